#include <string.h>

#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"

/* Commands for transparent EFs, ISO 7816-4:2005 7.2. */

enum { P1_SFI = 0x80, P1_SFI_ZEROS = 0x60 };

/* Which file is meant, and where in it; 7.2.2. By a short identifier it becomes the current one. */
static uint16_t
locate(struct card *c, const struct apdu *a, enum card_op op, size_t *at)
{
	uint16_t i = c->ef, sw;

	*at = (size_t)(a->p1 << 8 | a->p2);
	if ((a->p1 & P1_SFI) != 0) {
		if ((a->p1 & P1_SFI_ZEROS) != 0)
			return SW_P1P2;
		if ((i = files_short(&c->data, c->df, a->p1 & 0x1f)) == CARD_NO_FILE)
			return SW_NO_FILE;
		*at = a->p2;
	}
	if (i == CARD_NO_FILE)
		return SW_NO_EF;
	if (!file_is_transparent(&c->data.file[i]))
		return SW_NOT_TRANSPARENT;
	if ((sw = access_check(c, i, op)) != SW_OK)
		return sw;
	c->ef = i;
	return *at >= c->data.file[i].size ? SW_OFFSET : SW_OK;
}

uint16_t
cmd_read_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t at, n;
	uint16_t sw;
	int all;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = locate(c, a, OP_READ, &at)) != SW_OK)
		return sw;
	/* 7.2.3: Le of zeros asks for what there is, another for exactly that. */
	all = a->ne == (a->extended ? (size_t)APDU_NE_MAX : 256);
	n = c->data.file[c->ef].size - at;
	if (n > a->ne)
		n = a->ne;
	sw = n < a->ne && !all ? SW_EOF : SW_OK;
	wr_bytes(out, files_bytes(&c->data, c->ef) + at, n);
	return sw;
}

uint16_t
cmd_update_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t at;
	uint16_t sw;

	(void)out;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = locate(c, a, OP_UPDATE, &at)) != SW_OK)
		return sw;
	if (a->nc > c->data.file[c->ef].size - at)
		return SW_NO_ROOM;
	card_begin(c);
	memcpy(files_content(&c->next, c->ef) + at, a->data, a->nc);
	return card_commit_sw(c);
}
