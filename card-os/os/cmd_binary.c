#include <string.h>

#include "card-os/os/access.h"
#include "card-os/os/bytes.h"
#include "card-os/os/commands.h"
#include "card-os/os/current.h"
#include "card-os/os/files.h"

/* Commands for transparent EFs, ISO 7816-4:2005 7.2. */

enum { P1_SFI = 0x80, P1_SFI_ZEROS = 0x60 };

/* Makes an EF current for what is to be done with it; 7.2.2. */
static uint16_t
enter(struct card *c, uint16_t i, enum card_op op)
{
	uint16_t sw;

	if (!file_is_transparent(&c->data.file[i]))
		return SW_NOT_TRANSPARENT;
	if ((sw = access_check(c, i, op)) == SW_OK)
		current_name(c, i);
	return sw;
}

/* Which file an even instruction means, and where in it. */
static uint16_t
enter_even(struct card *c, const struct apdu *a, enum card_op op, size_t *at)
{
	uint8_t sfi = 0;
	uint16_t i, sw;

	*at = (size_t)(a->p1 << 8 | a->p2);
	if ((a->p1 & P1_SFI) != 0) {
		if ((a->p1 & P1_SFI_ZEROS) != 0 || (sfi = a->p1 & 0x1f) == 0 || sfi > SFI_MAX)
			return SW_P1P2;
		*at = a->p2;
	}
	if ((sw = current_short(c, sfi, &i)) != SW_OK || (sw = enter(c, i, op)) != SW_OK)
		return sw;
	return *at >= c->data.file[i].size ? SW_OFFSET : SW_OK;
}

static uint16_t
enter_odd(struct card *c, const struct apdu *a, enum card_op op)
{
	uint16_t i, sw = current_odd(c, a, &i);

	return sw == SW_OK ? enter(c, i, op) : sw;
}

uint16_t
cmd_read_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t at;
	uint16_t sw;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = enter_even(c, a, OP_READ, &at)) != SW_OK)
		return sw;
	return bytes_answer(out, a, files_bytes(&c->data, c->ef) + at,
	    c->data.file[c->ef].size - at);
}

uint16_t
cmd_read_binary_odd(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t at;
	uint16_t sw;

	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = enter_odd(c, a, OP_READ)) != SW_OK)
		return sw;
	if (bytes_offset_only(a, &at) != 0)
		return SW_DATA;
	if (at >= c->data.file[c->ef].size)
		return SW_OFFSET;
	return bytes_answer_object(out, a, files_bytes(&c->data, c->ef) + at,
	    c->data.file[c->ef].size - at);
}

/* Changes n bytes of the current EF. */
static uint16_t
change(struct card *c, enum bytes_way way, size_t at, const uint8_t *p, size_t n)
{
	if (n > c->data.file[c->ef].size - at)
		return SW_NO_ROOM;
	card_begin(c);
	if (bytes_write(way, files_content(&c->next, c->ef) + at, p, n) != 0)
		return SW_CONDITIONS;
	return card_commit_sw(c);
}

static uint16_t
change_even(struct card *c, const struct apdu *a, enum card_op op)
{
	size_t at;
	uint16_t sw;

	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = enter_even(c, a, op, &at)) != SW_OK)
		return sw;
	return change(c, op == OP_WRITE ? bytes_way(&c->data.file[c->ef]) : BYTES_REPLACE,
	    at, a->data, a->nc);
}

static uint16_t
change_odd(struct card *c, const struct apdu *a, enum card_op op)
{
	const uint8_t *p;
	size_t at, n;
	uint16_t sw;

	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = enter_odd(c, a, op)) != SW_OK)
		return sw;
	if (bytes_offset_and_data(a, &at, &p, &n) != 0)
		return SW_DATA;
	if (at >= c->data.file[c->ef].size)
		return SW_OFFSET;
	return change(c, op == OP_WRITE ? bytes_way(&c->data.file[c->ef]) : BYTES_REPLACE,
	    at, p, n);
}

uint16_t
cmd_write_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	(void)out;
	return a->ins == INS_WRITE_BINARY ? change_even(c, a, OP_WRITE) :
	    change_odd(c, a, OP_WRITE);
}

uint16_t
cmd_update_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	(void)out;
	return a->ins == INS_UPDATE_BINARY ? change_even(c, a, OP_UPDATE) :
	    change_odd(c, a, OP_UPDATE);
}

static uint16_t
erase(struct card *c, size_t from, size_t to)
{
	if (from >= c->data.file[c->ef].size || to > c->data.file[c->ef].size)
		return SW_OFFSET;
	if (to <= from)
		return SW_DATA;
	card_begin(c);
	memset(files_content(&c->next, c->ef) + from, 0, to - from);
	return card_commit_sw(c);
}

/* 7.2.7: data is the first byte that stays, without data none of those behind does. */
uint16_t
cmd_erase_binary(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t at;
	uint16_t sw;

	(void)out;
	if ((a->nc != 0 && a->nc != 2) || a->ne != 0)
		return SW_LENGTH;
	if ((sw = enter_even(c, a, OP_ERASE, &at)) != SW_OK)
		return sw;
	return erase(c, at, a->nc == 0 ? c->data.file[c->ef].size :
	    (size_t)(a->data[0] << 8 | a->data[1]));
}

/* 7.2.7: no offset for the whole EF, one for all from there, two for all from one to the other. */
uint16_t
cmd_erase_binary_odd(struct card *c, const struct apdu *a, struct wr *out)
{
	size_t from = 0, to;
	struct rd rd;
	uint16_t sw;

	(void)out;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((sw = enter_odd(c, a, OP_ERASE)) != SW_OK)
		return sw;
	to = c->data.file[c->ef].size;
	rd_init(&rd, a->data, a->nc);
	if ((rd.n > 0 && bytes_offset(&rd, &from) != 0) ||
	    (rd.n > 0 && bytes_offset(&rd, &to) != 0) || rd_end(&rd) != 0)
		return SW_DATA;
	return erase(c, from, to);
}
