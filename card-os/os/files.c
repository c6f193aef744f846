#include "card-os/os/files.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

int
file_is_transparent(const struct card_file *f)
{
	return f->kind == FILE_EF || f->kind == FILE_WINDOW;
}

int
file_has_records(const struct card_file *f)
{
	return f->kind == FILE_FIXED || f->kind == FILE_VARIABLE || f->kind == FILE_CYCLIC;
}

int
file_is_internal(const struct card_file *f)
{
	return f->kind == FILE_PIN || f->kind == FILE_KEY;
}

int
file_is_ef(const struct card_file *f)
{
	return file_is_transparent(f) || file_has_records(f) || file_is_internal(f);
}

int
file_fid_may_be(uint16_t fid)
{
	return fid != 0 && fid != FID_MF && fid != 0x3fff && fid != 0xffff;
}

uint16_t
files_in(const struct card_data *d, uint16_t df, uint16_t fid)
{
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].fid == fid && d->file[i].parent == df &&
		    (d->file[i].kind == FILE_DF || file_is_ef(&d->file[i])))
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_short(const struct card_data *d, uint16_t df, uint8_t sfi)
{
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind != FILE_FREE && d->file[i].sfi == sfi &&
		    d->file[i].parent == df)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_ref(const struct card_data *d, uint16_t df, enum card_file_kind kind, uint8_t ref)
{
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind == kind && d->file[i].ref == ref && d->file[i].parent == df)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_object(const struct card_data *d, uint16_t df, uint16_t tag)
{
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind == FILE_OBJECT && d->file[i].fid == tag &&
		    d->file[i].parent == df)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_nearest(const struct card_data *d, uint16_t df, enum card_file_kind kind, uint8_t ref)
{
	uint16_t i;

	if ((ref & REF_LOCAL) == 0)
		return files_ref(d, 0, kind, ref);
	for (; df != CARD_NO_FILE; df = d->file[df].parent)
		if ((i = files_ref(d, df, kind, ref)) != CARD_NO_FILE)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_path(const struct card_data *d, uint16_t i, const uint8_t *p, size_t n)
{
	for (; n >= 2 && i != CARD_NO_FILE; p += 2, n -= 2)
		i = files_in(d, i, (uint16_t)(p[0] << 8 | p[1]));
	return i;
}

int
files_within(const struct card_data *d, uint16_t i, uint16_t df)
{
	for (; i != CARD_NO_FILE; i = d->file[i].parent)
		if (i == df)
			return 1;
	return 0;
}

unsigned
files_depth(const struct card_data *d, uint16_t i)
{
	unsigned depth = 0;

	for (; i != CARD_NO_FILE; i = d->file[i].parent)
		depth += d->file[i].kind == FILE_DF;
	return depth;
}

int
files_is_asleep(const struct card_data *d, uint16_t i)
{
	for (; i != CARD_NO_FILE; i = d->file[i].parent)
		if (d->file[i].life == LIFE_DEACTIVATED || d->file[i].life == LIFE_TERMINATED)
			return 1;
	return 0;
}

int
files_is_in_use(const struct card_data *d, uint16_t i)
{
	return d->file[i].life == LIFE_ACTIVATED && !files_is_asleep(d, d->file[i].parent);
}

static int
has_name(const struct card_file *f, const uint8_t *aid, size_t n)
{
	return f->kind == FILE_DF && n <= f->aid_n && memcmp(f->aid, aid, n) == 0;
}

uint16_t
files_named(const struct card_data *d, const uint8_t *aid, size_t n, enum files_occurrence which,
    uint16_t current)
{
	uint16_t found = CARD_NO_FILE;

	for (uint16_t i = 0; i < d->files_n; i++) {
		if (!has_name(&d->file[i], aid, n))
			continue;
		if (which == FILES_FIRST || (which == FILES_NEXT && i > current))
			return i;
		if (which == FILES_LAST || (which == FILES_PREVIOUS && i < current))
			found = i;
	}
	return found;
}

const uint8_t *
files_bytes(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];

	if (f->kind == FILE_WINDOW)
		f = &d->file[files_in(d, f->parent, f->window_of)];
	return d->space + f->at;
}

uint8_t *
files_content(struct card_data *d, uint16_t i)
{
	return d->space + d->file[i].at;
}

/* What a file takes of the space. */
static size_t
content_of(const struct card_file *f)
{
	return f->kind == FILE_FREE || f->kind == FILE_WINDOW ? 0 : f->size;
}

size_t
files_free(const struct card_data *d)
{
	size_t taken = d->space_n;

	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind != FILE_FREE)
			taken += CARD_FILE_COST;
	return CARD_SPACE - taken;
}

size_t
files_room(const struct card_data *d)
{
	size_t n = files_free(d);

	return n < CARD_FILE_COST ? 0 : n - CARD_FILE_COST;
}

static uint16_t
free_place(const struct card_data *d)
{
	uint16_t i = 0;

	while (i < d->files_n && d->file[i].kind != FILE_FREE)
		i++;
	return i < CARD_FILES_MAX ? i : CARD_NO_FILE;
}

uint16_t
files_add(struct card_data *d, const struct card_file *f)
{
	size_t n = content_of(f);
	uint16_t i = free_place(d);

	if (i == CARD_NO_FILE || n + CARD_FILE_COST > files_free(d))
		return CARD_NO_FILE;
	if (i == d->files_n)
		d->files_n++;
	d->file[i] = *f;
	d->file[i].at = n == 0 ? 0 : (uint16_t)d->space_n;
	memset(d->space + d->space_n, 0, n);
	d->space_n += (uint32_t)n;
	return i;
}

/* Closes a gap in the space. */
static void
give_back(struct card_data *d, size_t at, size_t n)
{
	memmove(d->space + at, d->space + at + n, d->space_n - at - n);
	d->space_n -= (uint32_t)n;
	OPENSSL_cleanse(d->space + d->space_n, n);
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].at > at)
			d->file[i].at = (uint16_t)(d->file[i].at - n);
}

static void
remove_one(struct card_data *d, uint16_t i)
{
	size_t at = d->file[i].at, n = content_of(&d->file[i]);

	memset(&d->file[i], 0, sizeof(d->file[i]));
	give_back(d, at, n);
	while (d->files_n > 0 && d->file[d->files_n - 1].kind == FILE_FREE)
		d->files_n--;
}

void
files_remove(struct card_data *d, uint16_t df)
{
	/* From below: who is removed has nothing under it any more, however deep it stood. */
	for (unsigned depth = CARD_DEPTH; depth > 0; depth--)
		for (uint16_t i = 0; i < d->files_n; i++)
			if (i != df && d->file[i].kind != FILE_FREE && files_within(d, i, df) &&
			    files_depth(d, d->file[i].parent) == depth)
				remove_one(d, i);
	remove_one(d, df);
}

int
files_fill(struct card_data *d, uint16_t i, const void *p, size_t n)
{
	struct card_file *f = &d->file[i];

	if (n > f->size + files_free(d))
		return ERR_SIZE;
	if (n != f->size) {
		give_back(d, f->at, f->size);
		f->at = n == 0 ? 0 : (uint16_t)d->space_n;
		f->size = (uint16_t)n;
		d->space_n += (uint32_t)n;
	}
	if (n > 0)
		memcpy(d->space + f->at, p, n);
	return 0;
}
