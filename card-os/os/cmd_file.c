#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* SELECT, ISO 7816-4:2005 7.1.1. Each way to name a file is a row of ways[]. */

enum {
	P2_OCCURRENCE = 0x03,
	P2_CONTROL = 0x0c,	/* which template */
	P2_FCI = 0x00,
	P2_FCP = 0x04,
	P2_NOTHING = 0x0c,
	AID_MAX = 16,
	P1_SFI = 0x80,
};

static uint16_t
fid_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Table 39, P1 00: what can be meant without naming the way there. */
static uint16_t
by_fid(const struct card *c, const struct apdu *a)
{
	const struct card_data *d = &c->data;
	uint16_t fid = a->nc == 0 ? FID_MF : fid_at(a->data);
	uint16_t parent = files_parent(d, c->df), i;

	if (fid == FID_MF)
		return 0;
	if ((i = files_in(d, c->df, fid)) != CARD_NO_FILE)
		return i;
	if (parent == CARD_NO_FILE)
		return CARD_NO_FILE;
	if (d->file[parent].fid == fid)
		return parent;
	/* The DF that we are in among them. */
	i = files_in(d, parent, fid);
	return i != CARD_NO_FILE && d->file[i].kind == FILE_DF ? i : CARD_NO_FILE;
}

static uint16_t
child_df(const struct card *c, const struct apdu *a)
{
	uint16_t i = files_in(&c->data, c->df, fid_at(a->data));

	return i != CARD_NO_FILE && c->data.file[i].kind == FILE_DF ? i : CARD_NO_FILE;
}

static uint16_t
child_ef(const struct card *c, const struct apdu *a)
{
	uint16_t i = files_in(&c->data, c->df, fid_at(a->data));

	return i != CARD_NO_FILE && c->data.file[i].kind != FILE_DF ? i : CARD_NO_FILE;
}

static uint16_t
parent_df(const struct card *c, const struct apdu *a)
{
	(void)a;
	return files_parent(&c->data, c->df);
}

static uint16_t
by_name(const struct card *c, const struct apdu *a)
{
	static const enum files_occurrence which[] = {
		FILES_FIRST, FILES_LAST, FILES_NEXT, FILES_PREVIOUS,
	};

	return files_named(&c->data, a->data, a->nc, which[a->p2 & P2_OCCURRENCE], c->df);
}

static uint16_t
down_from(const struct card *c, uint16_t i, const uint8_t *p, size_t n)
{
	for (; n > 0 && i != CARD_NO_FILE; p += 2, n -= 2)
		i = c->data.file[i].kind != FILE_DF ? CARD_NO_FILE :
		    files_in(&c->data, i, fid_at(p));
	return i;
}

static uint16_t
by_path(const struct card *c, const struct apdu *a)
{
	size_t skip = fid_at(a->data) == FID_MF ? 2 : 0;

	return down_from(c, 0, a->data + skip, a->nc - skip);
}

static uint16_t
by_path_from_df(const struct card *c, const struct apdu *a)
{
	return down_from(c, c->df, a->data, a->nc);
}

static const struct way {
	uint8_t p1;
	uint8_t min, max, unit;		/* bytes of data, and what they are a multiple of */
	uint8_t occurrence;		/* P2 may ask for another than the first */
	uint16_t (*find)(const struct card *, const struct apdu *);
} ways[] = {
	{ 0x00, 0, 2, 2, 0, by_fid },
	{ 0x01, 2, 2, 2, 0, child_df },
	{ 0x02, 2, 2, 2, 0, child_ef },
	{ 0x03, 0, 0, 1, 0, parent_df },
	{ 0x04, 1, AID_MAX, 1, 1, by_name },
	{ 0x08, 2, 254, 2, 0, by_path },
	{ 0x09, 2, 254, 2, 0, by_path_from_df },
};

static const struct way *
way_of(uint8_t p1)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].p1 == p1)
			return &ways[i];
	return NULL;
}

static void
make_current(struct card *c, uint16_t i)
{
	if (c->data.file[i].kind == FILE_DF) {
		c->df = i;
		c->ef = CARD_NO_FILE;
	} else {
		c->df = files_parent(&c->data, i);
		c->ef = i;
	}
	pins_leave(c);
}

uint16_t
cmd_select(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct way *way = way_of(a->p1);
	uint8_t control = a->p2 & P2_CONTROL;
	uint16_t i;

	if (way == NULL || (a->p2 & ~(P2_CONTROL | P2_OCCURRENCE)) != 0 ||
	    (control != P2_FCI && control != P2_FCP && control != P2_NOTHING) ||
	    (!way->occurrence && (a->p2 & P2_OCCURRENCE) != 0))
		return SW_P1P2;
	if (a->nc < way->min || a->nc > way->max || a->nc % way->unit != 0)
		return SW_LC_P1P2;
	if ((i = way->find(c, a)) == CARD_NO_FILE)
		return SW_NO_FILE;
	if (control != P2_NOTHING && a->ne > 0)
		files_put_template(out, control == P2_FCI ? TAG_FCI : TAG_FCP, &c->data, i);
	if (wr_end(out) != 0)
		return SW_INTERNAL;
	/* A SELECT that fails changes nothing, so the length is looked at first. */
	if (out->n > a->ne)
		return (uint16_t)(SW_LE | out->n);
	make_current(c, i);
	return SW_OK;
}

/* Which file READ and UPDATE BINARY mean, and where; 7.2.2. */
static uint16_t
locate(const struct card *c, const struct apdu *a, size_t *at)
{
	/* b8 of P1 chooses a file by its short identifier; no file has one. */
	if ((a->p1 & P1_SFI) != 0)
		return (a->p1 & 0x60) != 0 ? SW_P1P2 : SW_NO_FILE;
	*at = (size_t)(a->p1 << 8 | a->p2);
	return c->ef == CARD_NO_FILE ? SW_NO_EF : SW_OK;
}

uint16_t
cmd_read_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct card_file *f;
	size_t at = 0, n;
	uint16_t sw;
	int all;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = locate(c, a, &at)) != SW_OK)
		return sw;
	f = &c->data.file[c->ef];
	if (!access_is_met(c, c->ef, f->read))
		return SW_SECURITY;
	if (at >= f->size)
		return SW_OFFSET;
	/* 7.2.3: Le of zeros asks for what there is, another for exactly that. */
	all = a->ne == (a->extended ? (size_t)APDU_NE_MAX : 256);
	n = f->size - at;
	if (n > a->ne)
		n = a->ne;
	sw = n < a->ne && !all ? SW_EOF : SW_OK;
	wr_bytes(out, files_bytes(&c->data, c->ef) + at, n);
	return sw;
}

uint16_t
cmd_update_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct card_file *f;
	size_t at = 0;
	uint16_t sw;

	(void)out;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = locate(c, a, &at)) != SW_OK)
		return sw;
	f = &c->data.file[c->ef];
	if (!access_is_met(c, c->ef, f->update))
		return SW_SECURITY;
	if (at >= f->size)
		return SW_OFFSET;
	if (a->nc > f->size - at)
		return SW_NO_ROOM;
	card_begin(c);
	memcpy(c->next.file[c->ef].data + at, a->data, a->nc);
	return card_commit(c) == 0 ? SW_OK : SW_MEMORY;
}
