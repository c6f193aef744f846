#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/access.h"
#include "card-os/os/bytes.h"
#include "card-os/os/commands.h"
#include "card-os/os/current.h"
#include "card-os/os/files.h"
#include "card-os/os/records.h"

/*
 * Commands for EFs with records, ISO 7816-4:2005 7.3. Records are named by
 * their number. That leaves the current record as it is (5.3.4.2); APPEND and
 * SEARCH make theirs the current one.
 */

enum { P2_MODE = 0x07, P2_BY_NUMBER = 0x04, RECORD_MAX = 255 };

/* Tables 49 to 55: modes of P2 with a number in P1. */
enum { ONE = 4, TO_THE_LAST = 5, FROM_THE_LAST = 6 };
enum { FORWARD = 4, BACKWARD = 5 };

/* The mode of a command whose modes end there: 9000, 6A81 by identifier, 6A86. */
static uint16_t
check_mode(const struct apdu *a, unsigned last)
{
	unsigned mode = a->p2 & P2_MODE;

	return mode < P2_BY_NUMBER ? SW_NO_FUNCTION : mode > last ? SW_P1P2 : SW_OK;
}

/* Makes the EF current that P2 means. */
static uint16_t
enter(struct card *c, const struct apdu *a, enum card_op op)
{
	uint8_t sfi = a->p2 >> 3;
	uint16_t i, sw;

	if (sfi > SFI_MAX)
		return SW_P1P2;
	if ((sw = current_short(c, sfi, &i)) != SW_OK)
		return sw;
	if (!file_has_records(&c->data.file[i]))
		return SW_NOT_TRANSPARENT;
	if ((sw = access_check(c, i, op)) == SW_OK)
		current_name(c, i);
	return sw;
}

/* The record that P1 means, NULL when there is none; 0 is the current one. */
static const uint8_t *
meant(const struct card *c, const struct apdu *a, unsigned *number, size_t *n)
{
	*number = a->p1 != 0 ? a->p1 : c->record;
	return records_at(&c->data, c->ef, *number, n);
}

static void
put_all(const struct card *c, struct wr *out, unsigned from, unsigned to)
{
	const uint8_t *p;
	size_t n;

	for (unsigned i = from; ; i = from < to ? i + 1 : i - 1) {
		p = records_at(&c->data, c->ef, i, &n);
		wr_bytes(out, p, n);
		if (i == to)
			return;
	}
}

uint16_t
cmd_read_record(struct card *c, const struct apdu *a, struct wr *out)
{
	unsigned number, last;
	uint16_t sw;
	size_t n;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = check_mode(a, FROM_THE_LAST)) != SW_OK || (sw = enter(c, a, OP_READ)) != SW_OK)
		return sw;
	if (meant(c, a, &number, &n) == NULL)
		return SW_NO_RECORD;
	last = c->data.file[c->ef].records;
	switch (a->p2 & P2_MODE) {
	case TO_THE_LAST:
		put_all(c, out, number, last);
		break;
	case FROM_THE_LAST:
		put_all(c, out, last, number);
		break;
	default:
		put_all(c, out, number, number);
	}
	/* What Ne is too small for is seen to where all answers are. */
	return bytes_end(a, out->n);
}

uint16_t
cmd_read_record_odd(struct card *c, const struct apdu *a, struct wr *out)
{
	const uint8_t *p;
	unsigned number;
	uint16_t sw;
	size_t n, at;

	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = check_mode(a, ONE)) != SW_OK || (sw = enter(c, a, OP_READ)) != SW_OK)
		return sw;
	if ((p = meant(c, a, &number, &n)) == NULL)
		return SW_NO_RECORD;
	if (bytes_offset_only(a, &at) != 0)
		return SW_DATA;
	return at >= n ? SW_OFFSET : bytes_answer_object(out, a, p + at, n - at);
}

/* Writes a whole record, of another length where its file has such. */
static uint16_t
replace(struct card *c, unsigned number, const uint8_t *p, size_t n)
{
	const struct card_file *f = &c->data.file[c->ef];

	if (n > f->record || (f->kind != FILE_VARIABLE && n != f->record))
		return SW_LENGTH;
	card_begin(c);
	if (records_replace(&c->next, c->ef, number, p, n) != 0)
		return SW_NO_ROOM;
	return card_commit_sw(c);
}

/* Changes a part of a record. */
static uint16_t
change(struct card *c, unsigned number, enum bytes_way way, size_t at, const uint8_t *p, size_t n)
{
	uint8_t record[RECORD_MAX];
	size_t length;
	const uint8_t *old = records_at(&c->data, c->ef, number, &length);
	uint16_t sw;

	memcpy(record, old, length);
	if (at >= length)
		sw = SW_OFFSET;
	else if (n > length - at)
		sw = SW_NO_ROOM;
	else if (bytes_write(way, record + at, p, n) != 0)
		sw = SW_CONDITIONS;
	else
		sw = replace(c, number, record, length);
	OPENSSL_cleanse(record, sizeof(record));
	return sw;
}

/* Makes the EF current in which a record is to be changed, and finds that record. */
static uint16_t
enter_change(struct card *c, const struct apdu *a, unsigned last, enum card_op op,
    unsigned *number, size_t *n)
{
	uint16_t sw;

	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((sw = check_mode(a, last)) != SW_OK || (sw = enter(c, a, op)) != SW_OK)
		return sw;
	return meant(c, a, number, n) == NULL ? SW_NO_RECORD : SW_OK;
}

uint16_t
cmd_update_record(struct card *c, const struct apdu *a, struct wr *out)
{
	unsigned number;
	uint16_t sw;
	size_t n;

	(void)out;
	if ((sw = enter_change(c, a, ONE, OP_UPDATE, &number, &n)) != SW_OK)
		return sw;
	return replace(c, number, a->data, a->nc);
}

uint16_t
cmd_update_record_odd(struct card *c, const struct apdu *a, struct wr *out)
{
	/* Table 51, from 100 on. */
	static const enum bytes_way ways[] = { BYTES_REPLACE, BYTES_AND, BYTES_OR, BYTES_XOR };
	const uint8_t *p;
	unsigned number;
	uint16_t sw;
	size_t at, n;

	(void)out;
	if ((sw = enter_change(c, a, P2_MODE, OP_UPDATE, &number, &n)) != SW_OK)
		return sw;
	if (bytes_offset_and_data(a, &at, &p, &n) != 0)
		return SW_DATA;
	return change(c, number, ways[(a->p2 & P2_MODE) - P2_BY_NUMBER], at, p, n);
}

uint16_t
cmd_write_record(struct card *c, const struct apdu *a, struct wr *out)
{
	unsigned number;
	uint16_t sw;
	size_t n;

	(void)out;
	if ((sw = enter_change(c, a, ONE, OP_WRITE, &number, &n)) != SW_OK)
		return sw;
	if (a->nc != n)
		return SW_LENGTH;
	return change(c, number, bytes_way(&c->data.file[c->ef]), 0, a->data, n);
}

uint16_t
cmd_append_record(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t sw;
	int r;

	(void)out;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if (a->p1 != 0 || (a->p2 & P2_MODE) != 0)
		return SW_P1P2;
	if ((sw = enter(c, a, OP_APPEND)) != SW_OK)
		return sw;
	card_begin(c);
	if ((r = records_append(&c->next, c->ef, a->data, a->nc)) != 0)
		return r == ERR_FULL ? SW_NO_ROOM : SW_LENGTH;
	if ((sw = card_commit_sw(c)) == SW_OK)
		c->record = c->data.file[c->ef].kind == FILE_CYCLIC ? 1 :
		    c->data.file[c->ef].records;
	return sw;
}

static int
has(const struct card *c, unsigned number, const struct apdu *a)
{
	size_t n;
	const uint8_t *p = records_at(&c->data, c->ef, number, &n);

	return memmem(p, n, a->data, a->nc) != NULL;
}

/* Simple search: the numbers of the records that hold the string. */
uint16_t
cmd_search_record(struct card *c, const struct apdu *a, struct wr *out)
{
	unsigned number, last, found = 0;
	uint16_t sw;
	size_t n;

	if (a->nc == 0)
		return SW_LENGTH;
	/* The other two are the enhanced search and one of the maker's own. */
	if (check_mode(a, BACKWARD) != SW_OK)
		return SW_NO_FUNCTION;
	if ((sw = enter(c, a, OP_READ)) != SW_OK)
		return sw;
	if (meant(c, a, &number, &n) == NULL)
		return SW_NO_RECORD;
	last = c->data.file[c->ef].records;
	for (; number >= 1 && number <= last;
	    number = (a->p2 & P2_MODE) == FORWARD ? number + 1 : number - 1) {
		if (!has(c, number, a))
			continue;
		if (found == 0)
			found = number;
		if (a->ne != 0)
			wr_u8(out, (uint8_t)number);
	}
	if (found == 0)
		return SW_EOF;
	c->record = (uint16_t)found;
	return SW_OK;
}
