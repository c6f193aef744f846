#include "card-os/os/files.h"

#include <string.h>

#include "card-os/iso7816/tlv.h"

uint16_t
files_df(const struct card_data *d, uint16_t fid)
{
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind == FILE_DF && d->file[i].fid == fid)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_in(const struct card_data *d, uint16_t df, uint16_t fid)
{
	for (uint16_t i = 1; i < d->files_n; i++)
		if (d->file[i].fid == fid && d->file[i].parent == d->file[df].fid)
			return i;
	return CARD_NO_FILE;
}

uint16_t
files_parent(const struct card_data *d, uint16_t i)
{
	return i == 0 ? CARD_NO_FILE : files_df(d, d->file[i].parent);
}

int
files_within(const struct card_data *d, uint16_t i, uint16_t df)
{
	for (; i != CARD_NO_FILE; i = files_parent(d, i))
		if (i == df)
			return 1;
	return 0;
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
		return d->file[files_in(d, files_parent(d, i), f->window_of)].data;
	return f->data;
}

/*
 * A rule of the TCOS kind: instruction, PIN number (ours: 1, the only one),
 * 0000 for no key, then FFFF for always or the PIN's reference. What nobody
 * may has no rule, and secure messaging cannot be said in this form.
 */
static void
put_rule(struct wr *wr, uint8_t ins, uint8_t access)
{
	if (access == ACCESS_NEVER)
		return;
	wr_u8(wr, ins);
	wr_u8(wr, access == ACCESS_ALWAYS ? 0 : 1);
	wr_u16(wr, 0);
	wr_u16(wr, access == ACCESS_ALWAYS ? 0xffff : PIN_REF);
}

void
files_put_template(struct wr *wr, uint32_t tag, const struct card_data *d, uint16_t i)
{
	enum { TRANSPARENT = 0x01, DF = 0x38, ACTIVATED = 0x05 };	/* 5.3.3.2, 7.4.10 */
	const struct card_file *f = &d->file[i];
	size_t all = tlv_open(wr, tag), rules;

	if (f->kind != FILE_DF)
		tlv_put_u16(wr, 0x80, f->size);
	tlv_put_u8(wr, 0x82, f->kind == FILE_DF ? DF : TRANSPARENT);
	tlv_put_u16(wr, 0x83, f->fid);
	if (f->aid_n > 0)
		tlv_put(wr, 0x84, f->aid, f->aid_n);
	tlv_put_u8(wr, 0x8a, ACTIVATED);
	rules = tlv_open(wr, 0x86);
	put_rule(wr, INS_SELECT, ACCESS_ALWAYS);
	if (f->kind != FILE_DF) {
		put_rule(wr, INS_READ_BINARY, f->read);
		put_rule(wr, INS_UPDATE_BINARY, f->update);
	}
	tlv_close(wr, rules);
	tlv_close(wr, all);
}
