#include <string.h>

#include "card-os/apps/slot_user.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/current.h"
#include "card-os/os/fcp.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* CREATE FILE, ISO 7816-9:2004 6.1, and SET PERMANENT of TCOS. */

static int
name_is_taken(const struct card_data *d, const struct card_file *f)
{
	for (uint16_t i = 0; f->aid_n > 0 && i < d->files_n; i++)
		if (d->file[i].kind == FILE_DF && d->file[i].aid_n == f->aid_n &&
		    memcmp(d->file[i].aid, f->aid, f->aid_n) == 0)
			return 1;
	return 0;
}

/* Whether the DF can take it: 9000, 6A80, 6A84, 6A89, 6A8A. */
static uint16_t
check_names(const struct card_data *d, const struct card_file *f)
{
	/* 7.5.1: a reference without b8 is the whole card's. */
	if (f->ref != 0 && (f->ref & REF_LOCAL) == 0 && f->parent != 0)
		return SW_DATA;
	if (files_depth(d, f->parent) + (f->kind == FILE_DF) > CARD_DEPTH)
		return SW_NO_ROOM;
	if (files_in(d, f->parent, f->fid) != CARD_NO_FILE ||
	    (f->sfi != 0 && files_short(d, f->parent, f->sfi) != CARD_NO_FILE) ||
	    (f->ref != 0 && files_ref(d, f->parent, f->kind, f->ref) != CARD_NO_FILE))
		return SW_FID_EXISTS;
	return name_is_taken(d, f) ? SW_NAME_EXISTS : SW_OK;
}

uint16_t
cmd_create(struct card *c, const struct apdu *a, struct wr *out)
{
	struct card_file f;
	struct pin pin;
	uint16_t sw, i;

	(void)out;
	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = access_check(c, c->df, OP_CREATE)) != SW_OK)
		return sw;
	if (fcp_get(a->data, a->nc, &f, &pin) != 0)
		return SW_DATA;
	f.parent = c->df;
	if ((sw = check_names(&c->data, &f)) != SW_OK)
		return sw;
	card_begin(c);
	if ((i = files_add(&c->next, &f)) == CARD_NO_FILE || slot_user_is_short(c))
		return SW_NO_ROOM;
	if (f.kind == FILE_PIN)
		pin_put(&c->next, i, &pin);
	if ((sw = card_commit_sw(c)) == SW_OK)
		current_set(c, i);
	return sw;
}

/* Ours, since nothing public says more than the name: the current DF is complete. */
uint16_t
cmd_set_permanent(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t sw;

	(void)out;
	if (a->p1 != 0 || a->p2 != 0)
		return SW_P1P2;
	if (a->nc != 0 || a->ne != 0)
		return SW_LENGTH;
	if (files_is_asleep(&c->data, c->df) || c->data.file[c->df].life != LIFE_INITIALISATION)
		return SW_CONDITIONS;
	if ((sw = access_check(c, c->df, OP_CREATE)) != SW_OK)
		return sw;
	card_begin(c);
	c->next.file[c->df].life = LIFE_ACTIVATED;
	return card_commit_sw(c);
}
