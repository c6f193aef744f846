#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/current.h"
#include "card-os/os/files.h"

/* Files come, go and rest, ISO 7816-9:2004 6; LIST FILES of TCOS. */

enum { LIST_DFS = 0x01, LIST_EFS = 0x02, CARD_INFO = 0x06 };

static int
is_listed(const struct card_file *f, uint8_t which)
{
	return which == LIST_DFS ? f->kind == FILE_DF : file_is_ef(f);
}

static uint16_t
list(const struct card *c, uint8_t which, struct wr *out)
{
	for (uint16_t i = 0; i < c->data.files_n; i++)
		if (c->data.file[i].parent == c->df && is_listed(&c->data.file[i], which))
			wr_u16(out, c->data.file[i].fid);
	return out->n == 0 ? SW_NO_FILE : SW_OK;
}

/*
 * As GnuPG reads it: maker and type of the chip, as in the ATR; its number; TCOS 3, version,
 * release; how far it is completed; file system; two zeros and the reference of a key, none.
 */
static uint16_t
put_info(const struct card *c, struct wr *out)
{
	enum { CHIP_NUMBER = 6 };

	wr_bytes(out, "\x04\x28", 2);
	wr_bytes(out, c->data.serial + SERIAL_LEN - CHIP_NUMBER, CHIP_NUMBER);
	wr_bytes(out, "\x03\x03\x02\x01\x01\x00\x00\x00", 8);
	return SW_OK;
}

uint16_t
cmd_list_files(struct card *c, const struct apdu *a, struct wr *out)
{
	if (a->p2 != 0 || (a->p1 != LIST_DFS && a->p1 != LIST_EFS && a->p1 != CARD_INFO))
		return SW_P1P2;
	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	return a->p1 == CARD_INFO ? put_info(c, out) : list(c, a->p1, out);
}

static uint16_t
check_header(const struct apdu *a)
{
	return a->p1 != 0 || a->p2 != 0 ? SW_P1P2 : a->ne != 0 ? SW_LENGTH : SW_OK;
}

/* The file that a command names, when that may be done with it. */
static uint16_t
target(const struct card *c, const struct apdu *a, enum card_op op, uint16_t *i)
{
	uint16_t sw;

	if ((sw = check_header(a)) != SW_OK || (sw = current_target(c, a, i)) != SW_OK)
		return sw;
	return access_check(c, *i, op);
}

/* Whether a window of its DF, which stays, shows it. */
static int
is_shown(const struct card_data *d, uint16_t i)
{
	for (uint16_t j = 0; j < d->files_n; j++)
		if (d->file[j].kind == FILE_WINDOW && d->file[j].parent == d->file[i].parent &&
		    d->file[j].window_of == d->file[i].fid)
			return 1;
	return 0;
}

uint16_t
cmd_delete(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t i, parent, sw;
	int inside;

	(void)out;
	if ((sw = target(c, a, OP_DELETE, &i)) != SW_OK)
		return sw;
	if (is_shown(&c->data, i))
		return SW_CONDITIONS;
	parent = c->data.file[i].parent;
	inside = i == c->ef || files_within(&c->data, c->df, i);
	card_begin(c);
	files_remove(&c->next, i);
	if ((sw = card_commit_sw(c)) != SW_OK)
		return sw;
	/* What comes into the place later has proven nothing. */
	for (i = 0; i < CARD_FILES_MAX; i++)
		if (c->data.file[i].kind == FILE_FREE)
			c->proven[i] = 0;
	if (inside)
		current_set(c, parent);
	return SW_OK;
}

/* Puts a file into another state. What was proven to it and in it counts no more. */
static uint16_t
set_life(struct card *c, uint16_t file, enum card_life life)
{
	uint16_t sw;

	card_begin(c);
	c->next.file[file].life = (uint8_t)life;
	if ((sw = card_commit_sw(c)) != SW_OK)
		return sw;
	for (uint16_t i = 0; i < c->data.files_n; i++)
		if (files_within(&c->data, i, file))
			c->proven[i] = 0;
	return SW_OK;
}

uint16_t
cmd_activate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t i, sw;

	(void)out;
	if ((sw = target(c, a, OP_ACTIVATE, &i)) != SW_OK)
		return sw;
	return c->data.file[i].life == LIFE_ACTIVATED ? SW_OK : set_life(c, i, LIFE_ACTIVATED);
}

uint16_t
cmd_deactivate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t i, sw;

	(void)out;
	if ((sw = target(c, a, OP_DEACTIVATE, &i)) != SW_OK)
		return sw;
	return set_life(c, i, LIFE_DEACTIVATED);
}

/* A DF, an EF or the card; the MF goes as the card only. */
static uint16_t
find_to_terminate(const struct card *c, const struct apdu *a, uint16_t *i)
{
	int df = a->ins == INS_TERMINATE_DF;
	uint16_t sw;

	*i = a->ins == INS_TERMINATE_CARD ? 0 : df ? c->df : c->ef;
	if (a->ins == INS_TERMINATE_CARD)
		return a->nc == 0 ? SW_OK : SW_LENGTH;
	if (a->nc == 0 && *i == CARD_NO_FILE)
		return SW_NO_EF;
	if (a->nc != 0 && (sw = current_target(c, a, i)) != SW_OK)
		return sw;
	if ((c->data.file[*i].kind == FILE_DF) != df)
		return SW_NO_FILE;
	return *i == 0 ? SW_CONDITIONS : SW_OK;
}

uint16_t
cmd_terminate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t i, sw;

	(void)out;
	if ((sw = check_header(a)) != SW_OK || (sw = find_to_terminate(c, a, &i)) != SW_OK ||
	    (sw = access_check(c, i, OP_TERMINATE)) != SW_OK)
		return sw;
	return set_life(c, i, LIFE_TERMINATED);
}
