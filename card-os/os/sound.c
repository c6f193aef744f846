#include "card-os/os/sound.h"

#include <string.h>

#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "card-os/os/pins.h"
#include "card-os/os/records.h"

/* Places that are free are zeros, so that one state has one image. */
static int
is_free(const struct card_file *f)
{
	static const struct card_file none;

	return memcmp(f, &none, sizeof(none)) == 0;
}

static int
rules_are_sound(const struct card_file *f)
{
	for (size_t op = 0; op < OPS; op++) {
		const struct card_rule *r = &f->rule[op];

		if (r->needs > (ACCESS_ALWAYS | ACCESS_PIN | ACCESS_KEY | ACCESS_SM) ||
		    ((r->needs & ACCESS_ALWAYS) != 0 && r->needs != ACCESS_ALWAYS) ||
		    ((r->needs & ACCESS_PIN) != 0) != (r->pin != 0) ||
		    ((r->needs & ACCESS_KEY) != 0) != (r->key != 0))
			return 0;
	}
	return 1;
}

/* Under a DF, and reached from the MF in no more steps than there may be. */
static int
stands_under_a_df(const struct card_data *d, uint16_t i)
{
	/* DFs so far: the MF, and it itself. */
	unsigned depth = 1U + (d->file[i].kind == FILE_DF);

	for (i = d->file[i].parent; i != 0; i = d->file[i].parent)
		if (i >= d->files_n || d->file[i].kind != FILE_DF || ++depth > CARD_DEPTH)
			return 0;
	return 1;
}

static int
fid_may_be(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];

	if (f->kind == FILE_OBJECT)
		return f->fid != 0 && files_object(d, f->parent, f->fid) == i;
	return file_fid_may_be(f->fid) && files_in(d, f->parent, f->fid) == i;
}

static int
window_is_sound(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];
	uint16_t of = files_in(d, f->parent, f->window_of);

	return of != CARD_NO_FILE && d->file[of].kind == FILE_EF && f->size <= d->file[of].size &&
	    f->rule[OP_UPDATE].needs == ACCESS_NEVER && f->rule[OP_WRITE].needs == ACCESS_NEVER &&
	    f->rule[OP_ERASE].needs == ACCESS_NEVER && f->at == 0;
}

static int
pin_file_is_sound(const struct card_data *d, uint16_t i)
{
	struct pin pin;

	if (d->file[i].size != PIN_CONTENT)
		return 0;
	pin_get(d, i, &pin);
	return pin_is_sound(&pin);
}

static int
key_file_is_sound(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];

	return f->size != 0 && f->size == key_content(f->key) && key_is_sound(d, i);
}

/* What belongs to some kinds only is 0 in all others. */
static int
fields_are_sound(const struct card_file *f)
{
	return (f->kind == FILE_DF || f->aid_n == 0) && f->aid_n <= sizeof(f->aid) &&
	    file_is_internal(f) == (f->ref != 0) && (f->kind == FILE_KEY) == (f->key != 0) &&
	    (f->kind == FILE_WINDOW) == (f->window_of != 0) && f->sfi <= SFI_MAX &&
	    (f->sfi == 0 || (f->kind != FILE_DF && f->kind != FILE_OBJECT)) &&
	    (f->kind != FILE_DF || f->size == 0) && (f->size != 0 || f->at == 0) &&
	    (file_has_records(f) || (f->record | f->records_max | f->records | f->newest) == 0);
}

static int
life_is_sound(const struct card_file *f)
{
	return f->life == LIFE_ACTIVATED || f->life == LIFE_DEACTIVATED ||
	    f->life == LIFE_TERMINATED || (f->life == LIFE_INITIALISATION && f->kind == FILE_DF);
}

static int
kind_is_sound(const struct card_data *d, uint16_t i)
{
	switch (d->file[i].kind) {
	case FILE_WINDOW:
		return window_is_sound(d, i);
	case FILE_FIXED:
	case FILE_VARIABLE:
	case FILE_CYCLIC:
		return records_are_sound(d, i);
	case FILE_PIN:
		return pin_file_is_sound(d, i);
	case FILE_KEY:
		return key_file_is_sound(d, i);
	default:
		return 1;
	}
}

static int
file_is_sound(const struct card_data *d, uint16_t i)
{
	const struct card_file *f = &d->file[i];

	if (f->kind == FILE_FREE)
		return is_free(f);
	if (f->kind >= FILE_KINDS || !fields_are_sound(f) || !life_is_sound(f) ||
	    !rules_are_sound(f))
		return 0;
	if (i == 0)
		return f->fid == FID_MF && f->parent == CARD_NO_FILE && f->kind == FILE_DF;
	/* The first of that name is that one, so no two have it. */
	return stands_under_a_df(d, i) && fid_may_be(d, i) &&
	    (f->sfi == 0 || files_short(d, f->parent, f->sfi) == i) &&
	    (f->ref == 0 || files_ref(d, f->parent, f->kind, f->ref) == i) && kind_is_sound(d, i);
}

/* Contents stand side by side: as many bytes as the files have, and no byte in two. */
static int
space_is_sound(const struct card_data *d)
{
	size_t taken = 0, cost = 0, next;

	for (uint16_t i = 0; i < d->files_n; i++) {
		const struct card_file *f = &d->file[i];

		if (f->kind == FILE_FREE)
			continue;
		cost += CARD_FILE_COST;
		if (f->kind == FILE_WINDOW || f->size == 0)
			continue;
		taken += f->size;
		next = (size_t)f->at + f->size;
		if (next > d->space_n)
			return 0;
		for (uint16_t j = 0; j < i; j++)
			if (d->file[j].kind != FILE_FREE && d->file[j].kind != FILE_WINDOW &&
			    d->file[j].size > 0 && f->at < d->file[j].at + d->file[j].size &&
			    d->file[j].at < next)
				return 0;
	}
	return taken == d->space_n && taken + cost <= CARD_SPACE;
}

int
card_data_is_sound(const struct card_data *d)
{
	if (d->files_n == 0 || d->files_n > CARD_FILES_MAX || d->space_n > CARD_SPACE ||
	    d->file[d->files_n - 1].kind == FILE_FREE || !space_is_sound(d))
		return 0;
	for (uint16_t i = 0; i < d->files_n; i++)
		if (!file_is_sound(d, i))
			return 0;
	return 1;
}
