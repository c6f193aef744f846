#include "card-os/os/current.h"

#include "card-os/os/access.h"
#include "card-os/os/files.h"

static uint16_t
is_there(uint16_t i, uint16_t *file)
{
	*file = i;
	return i == CARD_NO_FILE ? SW_NO_FILE : SW_OK;
}

void
current_set(struct card *c, uint16_t i)
{
	const struct card_file *f = &c->data.file[i];

	c->df = f->kind == FILE_DF ? i : f->parent;
	c->ef = f->kind == FILE_DF ? CARD_NO_FILE : i;
	c->record = 0;
	access_leave(c);
}

void
current_name(struct card *c, uint16_t ef)
{
	if (ef == c->ef)
		return;
	c->ef = ef;
	c->record = 0;
}

uint16_t
current_short(const struct card *c, uint8_t sfi, uint16_t *ef)
{
	if (sfi != 0)
		return is_there(files_short(&c->data, c->df, sfi), ef);
	*ef = c->ef;
	return c->ef == CARD_NO_FILE ? SW_NO_EF : SW_OK;
}

uint16_t
current_odd(const struct card *c, const struct apdu *a, uint16_t *ef)
{
	uint16_t i;

	if (a->p1 == 0 && a->p2 <= SFI_MAX)
		return current_short(c, a->p2, ef);
	i = files_in(&c->data, c->df, (uint16_t)(a->p1 << 8 | a->p2));
	if (i != CARD_NO_FILE && !file_is_ef(&c->data.file[i]))
		i = CARD_NO_FILE;
	return is_there(i, ef);
}

uint16_t
current_target(const struct card *c, const struct apdu *a, uint16_t *file)
{
	uint16_t fid, i;

	if (a->nc == 0) {
		*file = c->ef != CARD_NO_FILE ? c->ef : c->df;
		return SW_OK;
	}
	if (a->nc != 2)
		return SW_LC_P1P2;
	fid = (uint16_t)(a->data[0] << 8 | a->data[1]);
	i = files_in(&c->data, c->df, fid);
	if (i == CARD_NO_FILE && c->data.file[c->df].fid == fid)
		i = c->df;
	return is_there(i, file);
}
