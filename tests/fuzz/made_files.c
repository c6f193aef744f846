#include "tests/fuzz/made.h"

#include "card-os/iso7816/tlv.h"
#include "card-os/os/card.h"
#include "tests/fuzz/world.h"
#include "tests/unit/dice.h"

/* A way to where there is something, mostly. */
static void
by_path(struct made *m)
{
	static const uint16_t dfs[] = { 0x5a01, 0x5a02, 0x5a02, 0x5015, 0x5a10 };

	m->p1 = 0x08;
	if (!in(3)) {
		world_any_path(m->data);
		return;
	}
	if (in(6)) {
		wr_u16(m->data, made_fid());
		return;
	}
	wr_u16(m->data, dfs[one_of(MADE_COUNT(dfs))]);
	if (in(5))
		wr_u16(m->data, (uint16_t)(0xdf01 + one_of(2)));
	if (!in(5))
		wr_u16(m->data, in(2) ? made_fid() : made_new_fid());
}

static void
by_name(struct made *m)
{
	m->p1 = 0x04;
	if (in(8))
		m->p2 |= (uint8_t)one_of(4);
	if (in(8))
		wr_bytes(m->data, "foo-1", 1 + one_of(5));
	else
		wr_bytes(m->data, in(2) ? "\xf0" "CARDINAL\x01" : "\xf0" "CARDINAL\x02",
		    in(8) ? 5 : 10);
}

static void
select_file(struct made *m)
{
	static const uint8_t p1[] = { 0x00, 0x00, 0x01, 0x02, 0x02, 0x03, 0x09 },
	    p2[] = { 0, 4, 4, 12 };

	m->p2 = in(30) ? (uint8_t)dice_roll() : p2[one_of(MADE_COUNT(p2))];
	m->ne = m->p2 == 12 ? 0 : in(8) ? 1 + one_of(40) : 256;
	if (!in(3)) {
		by_path(m);
	} else if (in(3)) {
		by_name(m);
	} else {
		m->p1 = in(30) ? (uint8_t)dice_roll() : p1[one_of(MADE_COUNT(p1))];
		if (m->p1 != 0x03)
			wr_u16(m->data, in(2) ? made_new_fid() : made_fid());
		if (m->p1 == 0x09 && in(2))
			wr_u16(m->data, made_new_fid());
	}
}

static void
at_offset(struct made *m)
{
	if (in(4))
		made_p1p2(m, (0x80U | one_of(0x20)) << 8 | one_of(16));
	else
		made_p1p2(m, in(20) ? one_of(0x8000) : in(2) ? 0 : one_of(in(3) ? 160 : 20));
}

static void
read_binary(struct made *m)
{
	at_offset(m);
	m->ne = in(3) ? 256 : in(8) ? 65536 : 1 + one_of(200);
}

static void
write_binary(struct made *m)
{
	at_offset(m);
	made_bytes(m->data, in(12) ? one_of(300) : 1 + one_of(12));
}

/* Where an odd instruction begins: file in P1-P2, offset in the data. */
static void
odd_offset(struct made *m)
{
	made_p1p2(m, in(2) ? 0 : in(3) ? one_of(0x20) : made_fid());
	if (in(2)) {
		tlv_put_u8(m->data, 0x54, (uint8_t)one_of(140));
	} else {
		tlv_put_u16(m->data, 0x54, (uint16_t)(in(8) ? dice_roll() : one_of(140)));
	}
}

static void
read_odd(struct made *m)
{
	odd_offset(m);
	m->ne = in(2) ? 256 : 1 + one_of(200);
}

static void
write_odd(struct made *m)
{
	size_t opened;

	odd_offset(m);
	opened = tlv_open(m->data, in(2) ? 0x53 : 0x73);
	made_bytes(m->data, one_of(24));
	tlv_close(m->data, opened);
}

static void
erase_binary(struct made *m)
{
	at_offset(m);
	if (in(2))
		wr_u16(m->data, (uint16_t)one_of(160));
}

static void
at_record(struct made *m)
{
	m->p1 = (uint8_t)(in(10) ? dice_roll() : one_of(4));
	m->p2 = (uint8_t)((in(6) ? one_of(0x20) : 0) << 3 | (!in(4) ? 4 : one_of(8)));
}

static void
read_record(struct made *m)
{
	at_record(m);
	m->ne = in(2) ? 256 : 1 + one_of(60);
}

static void
write_record(struct made *m)
{
	at_record(m);
	made_bytes(m->data, in(2) ? 8 : one_of(40));
}

static void
append_record(struct made *m)
{
	write_record(m);
	if (!in(8))
		m->p1 = 0;
	m->p2 &= 0xf8;
}

static void
write_record_odd(struct made *m)
{
	at_record(m);
	write_odd(m);
}

static void
search_record(struct made *m)
{
	at_record(m);
	m->p2 |= 4;
	made_bytes(m->data, 1 + one_of(4));
	m->ne = 256;
}

static void
file_named(struct made *m)
{
	if (in(2))
		wr_u16(m->data, in(4) ? made_fid() : made_new_fid());
}

static void
list_files(struct made *m)
{
	m->p1 = (uint8_t)(in(8) ? dice_roll() : 1 + one_of(2));
	m->ne = 256;
}

static const struct made_row rows[] = {
	{ 0x00, INS_SELECT, 40, 0, select_file },
	{ 0x00, INS_READ_BINARY, 20, 'b', read_binary },
	{ 0x00, INS_READ_BINARY_ODD, 10, 'b', read_odd },
	{ 0x00, INS_UPDATE_BINARY, 20, 'b', write_binary },
	{ 0x00, INS_UPDATE_BINARY_ODD, 8, 'b', write_odd },
	{ 0x00, INS_WRITE_BINARY, 8, 'b', write_binary },
	{ 0x00, INS_WRITE_BINARY_ODD, 5, 'b', write_odd },
	{ 0x00, INS_ERASE_BINARY, 6, 'b', erase_binary },
	{ 0x00, INS_ERASE_BINARY_ODD, 4, 'b', odd_offset },
	{ 0x00, INS_READ_RECORD, 10, 'r', read_record },
	{ 0x00, INS_READ_RECORD_ODD, 5, 'r', read_odd },
	{ 0x00, INS_UPDATE_RECORD, 8, 'r', write_record },
	{ 0x00, INS_UPDATE_RECORD_ODD, 5, 'r', write_record_odd },
	{ 0x00, INS_WRITE_RECORD, 6, 'r', write_record },
	{ 0x00, INS_APPEND_RECORD, 30, 'r', append_record },
	{ 0x00, INS_SEARCH_RECORD, 5, 'r', search_record },
	{ 0x80, INS_CREATE, 24, 0, made_create },
	{ 0x00, INS_CREATE, 4, 0, made_create },
	{ 0x80, INS_DELETE, 5, 0, file_named },
	{ 0x00, INS_DELETE, 2, 0, file_named },
	{ 0x80, INS_LIST_FILES, 4, 0, list_files },
	{ 0x00, INS_ACTIVATE, 4, 0, file_named },
	{ 0x00, INS_DEACTIVATE, 4, 0, file_named },
	{ 0x00, INS_TERMINATE_DF, 1, 0, file_named },
	{ 0x00, INS_TERMINATE_EF, 2, 0, file_named },
	{ 0x00, INS_TERMINATE_CARD, 1, 0, made_nothing },
	{ 0x80, INS_SET_PERMANENT, 2, 0, made_nothing },
};

const struct made_table made_files = { rows, MADE_COUNT(rows) };
