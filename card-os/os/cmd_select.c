#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"
#include "card-os/os/current.h"
#include "card-os/os/fcp.h"
#include "card-os/os/files.h"

/* SELECT, ISO 7816-4:2005 7.1.1. Each way to name a file is a row of ways[]. */

enum {
	P2_OCCURRENCE = 0x03,
	P2_CONTROL = 0x0c,	/* which template */
	P2_FCI = 0x00,
	P2_FCP = 0x04,
	P2_NOTHING = 0x0c,
	AID_MAX = 16,
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
	uint16_t parent = d->file[c->df].parent, i;

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
	return c->data.file[c->df].parent;
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
by_path(const struct card *c, const struct apdu *a)
{
	size_t skip = fid_at(a->data) == FID_MF ? 2 : 0;

	return files_path(&c->data, 0, a->data + skip, a->nc - skip);
}

static uint16_t
by_path_from_df(const struct card *c, const struct apdu *a)
{
	return files_path(&c->data, c->df, a->data, a->nc);
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

/* Table 6: that the file is out of use is a warning, it is current all the same. */
static uint16_t
make_current(struct card *c, uint16_t i)
{
	const struct card_file *f = &c->data.file[i];

	current_set(c, i);
	return f->life == LIFE_DEACTIVATED ? SW_DEACTIVATED :
	    f->life == LIFE_TERMINATED ? SW_TERMINATED : SW_OK;
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
		fcp_put(out, control == P2_FCI ? TAG_FCI : TAG_FCP, &c->data, i);
	if (wr_end(out) != 0)
		return SW_INTERNAL;
	/* A SELECT that fails changes nothing, so the length is looked at first. */
	if (out->n > a->ne)
		return (uint16_t)(SW_LE | out->n);
	return make_current(c, i);
}
