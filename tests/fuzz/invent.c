#include <string.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/card.h"
#include "tests/fuzz/world.h"
#include "tests/unit/dice.h"

/*
 * Commands that make some sense: each row an instruction that the card may have, with P1, P2 and
 * data out of what is on the card and what stands in the standard, and now and then a
 * byte that is neither.
 */

enum { DATA = 4096, COMMAND = DATA + 16 };

static unsigned
one_of(unsigned n)
{
	return (unsigned)(dice_roll() % n);
}

static int
in(unsigned n)
{
	return one_of(n) == 0;
}

static const uint16_t fids[] = {
	0x3f00, 0x2f00, 0x2f02, 0x2f03, 0x5a01, 0x5a02, 0x5015, 0x4101, 0x4102, 0x4103, 0x4331,
	0x5081,
	0x5101, 0x5102, 0x5a10, 0x5a11, 0x4110, 0x4111, 0x5031, 0x5032, 0x4401, 0x4402,
	/* Those that CREATE makes here. */
	0xa001, 0xa002, 0xa003, 0xa004, 0xa005, 0xa006, 0xdf01, 0xdf02, 0xb081, 0xb082, 0xb083,
	0xb084,
};

#define COUNT(v) (sizeof(v) / sizeof((v)[0]))

static uint16_t
a_fid(void)
{
	return in(30) ? (uint16_t)dice_roll() : fids[one_of(COUNT(fids))];
}

/* One that CREATE makes. */
static uint16_t
a_new_fid(void)
{
	return fids[COUNT(fids) - 12 + one_of(12)];
}

static void
some_bytes(struct wr *wr, unsigned n)
{
	while (n-- > 0)
		wr_u8(wr, in(4) ? 0 : (uint8_t)dice_roll());
}

/* Of keys and PINs: those of the ring, of the credential, and what CREATE makes. */
static uint8_t
a_ref(void)
{
	return (uint8_t)(in(30) ? dice_roll() : in(2) ? 0x91 + one_of(5) : 0x81 + one_of(6));
}

static void
some_digits(struct wr *wr, unsigned n)
{
	/* Short PINs of few digits are met again. */
	while (n-- > 0)
		wr_u8(wr, (uint8_t)('1' + one_of(2) * in(8)));
}

struct made {
	uint8_t p1, p2;
	struct wr *data;
	unsigned ne;
};

static void
in_p1p2(struct made *m, unsigned v)
{
	m->p1 = (uint8_t)(v >> 8);
	m->p2 = (uint8_t)v;
}

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
		wr_u16(m->data, a_fid());
		return;
	}
	wr_u16(m->data, dfs[one_of(COUNT(dfs))]);
	if (in(5))
		wr_u16(m->data, (uint16_t)(0xdf01 + one_of(2)));
	if (!in(5))
		wr_u16(m->data, in(2) ? a_fid() : a_new_fid());
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

	m->p2 = in(30) ? (uint8_t)dice_roll() : p2[one_of(COUNT(p2))];
	m->ne = m->p2 == 12 ? 0 : in(8) ? 1 + one_of(40) : 256;
	if (!in(3)) {
		by_path(m);
	} else if (in(3)) {
		by_name(m);
	} else {
		m->p1 = in(30) ? (uint8_t)dice_roll() : p1[one_of(COUNT(p1))];
		if (m->p1 != 0x03)
			wr_u16(m->data, in(2) ? a_new_fid() : a_fid());
		if (m->p1 == 0x09 && in(2))
			wr_u16(m->data, a_new_fid());
	}
}

static void
at_offset(struct made *m)
{
	if (in(4))
		in_p1p2(m, (0x80U | one_of(0x20)) << 8 | one_of(16));
	else
		in_p1p2(m, in(20) ? one_of(0x8000) : in(2) ? 0 : one_of(in(3) ? 160 : 20));
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
	some_bytes(m->data, in(12) ? one_of(300) : 1 + one_of(12));
}

/* Where an odd instruction begins: file in P1-P2, offset in the data. */
static void
odd_offset(struct made *m)
{
	in_p1p2(m, in(2) ? 0 : in(3) ? one_of(0x20) : a_fid());
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
	some_bytes(m->data, one_of(24));
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
	some_bytes(m->data, in(2) ? 8 : one_of(40));
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
	some_bytes(m->data, 1 + one_of(4));
	m->ne = 256;
}

static void
a_rule(struct wr *wr, uint8_t ins)
{
	unsigned pin = in(3), key = in(8);

	wr_u8(wr, ins);
	wr_u8(wr, (uint8_t)pin);
	wr_u16(wr, (uint16_t)(key ? 0x81 + one_of(4) : 0));
	if (pin || key)
		wr_u16(wr, (uint16_t)((in(4) ? 0x8000 : 0) | (pin ? 0x81 + one_of(2) : 0)));
	else
		wr_u16(wr, 0xffff);
}

/* A few in any order, or for all that there is. */
static void
some_rules(struct wr *wr)
{
	static const uint8_t ins[] = {
		0xb0, 0xb2, 0xd6, 0xdc, 0x24, 0xd0, 0xd2, 0xe2, 0x0e, 0xe0, 0xe4, 0x44, 0x04, 0xe6,
		0xe8,
		0x2a, 0x46, 0x60, 0xa4,
	};
	size_t opened = tlv_open(wr, 0x86);

	if (in(3))
		for (unsigned n = one_of(8); n > 0; n--)
			a_rule(wr, ins[one_of(COUNT(ins))]);
	else
		for (size_t i = 0; i < COUNT(ins); i++)
			if (!in(10))
				a_rule(wr, ins[i]);
	tlv_close(wr, opened);
}

static void
create(struct made *m)
{
	static const uint8_t kinds[] = { 0x38, 0x01, 0x01, 0x02, 0x04, 0x06, 0x09, 0x09, 0x41 };
	uint8_t kind = kinds[one_of(COUNT(kinds))];
	struct wr *wr = m->data;
	size_t all = tlv_open(wr, in(2) ? 0x62 : 0x6f), inner, pin;

	if (kind != 0x09 && kind != 0x38)
		tlv_put_u16(wr, 0x81, (uint16_t)(in(20) ? dice_roll() :
		    in(10) ? 20000 : 1 + one_of(100)));
	inner = tlv_open(wr, 0x82);
	wr_u8(wr, kind);
	if ((kind & 7) >= 2 && kind != 0x09) {
		wr_u8(wr, (uint8_t)(in(3) ? 0x41 : 0x01));
		wr_u8(wr, (uint8_t)(in(2) ? 8 : one_of(20)));
	} else if (kind == 1 && in(2)) {
		/* What WRITE does with what is there. */
		wr_u8(wr, (uint8_t)(0x01 | one_of(4) << 5));
	}
	tlv_close(wr, inner);
	tlv_put_u16(wr, 0x83, in(10) ? a_fid() : a_new_fid());
	if (kind == 0x38 && in(2))
		tlv_put(wr, 0x84, "foo-1", in(8) ? 1 + one_of(5) : 5);
	some_rules(wr);
	if (in(4))
		tlv_put_u8(wr, 0x88, (uint8_t)(one_of(0x20) << 3));
	if (in(4))
		tlv_put_u8(wr, 0x8a, (uint8_t)(in(2) ? 5 : one_of(16)));
	if (kind == 0x09) {
		inner = tlv_open(wr, 0xa5);
		tlv_put_u8(wr, 0x83, (uint8_t)(0x81 + one_of(6)));
		if (in(2)) {
			pin = tlv_open(wr, 0x90);
			wr_bytes(wr, "\x04\x08\x03\x03", 4);
			wr_u8(wr, (uint8_t)(in(2) ? 0x81 + one_of(3) : 0));
			tlv_close(wr, pin);
		} else {
			tlv_put_u8(wr, 0x91, (uint8_t)(1 + one_of(6)));
		}
		tlv_close(wr, inner);
	}
	tlv_close(wr, all);
}

static void
file_named(struct made *m)
{
	if (in(2))
		wr_u16(m->data, in(4) ? a_fid() : a_new_fid());
}

static void
list_files(struct made *m)
{
	m->p1 = (uint8_t)(in(8) ? dice_roll() : 1 + one_of(2));
	m->ne = 256;
}

static void
nothing(struct made *m)
{
	if (in(10))
		in_p1p2(m, (unsigned)dice_roll());
	m->ne = in(8) ? 256 : 0;
}

static void
of_pin(struct made *m)
{
	m->p2 = (uint8_t)(in(2) ? 0x81 : in(10) ? dice_roll() : 0x81 + one_of(4));
}

static void
verify(struct made *m)
{
	of_pin(m);
	if (in(m->p2 == 0x81 ? 16 : 2))
		some_digits(m->data, 4 + one_of(in(4) ? 14 : 2));
}

static void
change(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)(in(2) ? 1 : 0);
	some_digits(m->data, m->p1 ? 4 + one_of(5) : 8 + one_of(9));
}

static void
reset_retry(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)one_of(4);
	some_digits(m->data, m->p1 == 3 ? 0 : m->p1 == 0 ? 8 + one_of(9) : 4 + one_of(5));
}

static void
switch_pin(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)one_of(2);
	if (m->p1 == 0)
		some_digits(m->data, 4 + one_of(5));
}

static void
challenge(struct made *m)
{
	m->ne = in(2) ? 8 : 1 + one_of(256);
}

static void
environment(struct made *m)
{
	static const uint8_t p1[] = { 0x41, 0x81, 0xc1, 0xf3 }, p2[] = { 0xa4, 0xb6, 0xb8, 0xaa };

	m->p1 = p1[one_of(COUNT(p1))];
	m->p2 = p2[one_of(COUNT(p2))];
	if (in(3))
		tlv_put_u8(m->data, 0x80, (uint8_t)(in(4) ? dice_roll() : one_of(4)));
	if (in(8))
		tlv_put(m->data, 0x83, "DECARDINAL001", 1 + one_of(13));
	else
		tlv_put_u8(m->data, in(4) ? 0x83 : 0x84, a_ref());
}

/* The generator of P-256, which is as good as any point. */
static const uint8_t point[] = {
	0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4,
	0x40,
	0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98,
	0xc2,
	0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f,
	0x9e,
	0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf,
	0x51,
	0xf5,
};

static void
authenticate_general(struct made *m)
{
	size_t all = tlv_open(m->data, 0x7c);

	tlv_put(m->data, 0x80, point, sizeof(point) - in(8));
	tlv_close(m->data, all);
	m->ne = 256;
}

static void
authenticate(struct made *m)
{
	m->p2 = in(2) ? 0 : a_ref();
	some_bytes(m->data, in(2) ? 8 : in(2) ? 16 : one_of(80));
	m->ne = in(2) ? 256 : 0;
}

static void
operate(struct made *m)
{
	static const uint16_t what[] = { 0x9e9a, 0x8086, 0x00be, 0x00ae, 0x90a0 };
	size_t all, key;

	in_p1p2(m, in(10) ? (unsigned)dice_roll() : what[one_of(COUNT(what))]);
	m->ne = in(8) ? 0 : in(2) ? 256 : 65536;
	if (m->p1 == 0x80 && in(2)) {
		all = tlv_open(m->data, 0xa6);
		key = tlv_open(m->data, 0x7f49);
		tlv_put(m->data, 0x86, point, sizeof(point));
		tlv_close(m->data, key);
		tlv_close(m->data, all);
	} else if (m->p1 == 0x80) {
		wr_u8(m->data, (uint8_t)(in(4) ? one_of(4) : 0));
		some_bytes(m->data, in(2) ? 256 : 128);
	} else {
		some_bytes(m->data, in(2) ? 32 : one_of(80));
	}
}

static void
generate(struct made *m)
{
	size_t all;

	m->p1 = (uint8_t)(0x80 + one_of(in(8) ? 4 : 2));
	m->p2 = in(16) ? a_ref() : 0;
	if (!in(4)) {
		all = tlv_open(m->data, in(2) ? 0xb6 : 0xb8);
		tlv_put_u8(m->data, 0x84, a_ref());
		tlv_close(m->data, all);
	}
	m->ne = in(2) ? 256 : 65536;
}

/* A secret, or a key of P-256 that is none, most likely. */
static void
a_key(struct wr *wr)
{
	size_t all = tlv_open(wr, 0x7f48);
	uint8_t ref = a_ref();

	tlv_put_u8(wr, 0x84, ref);
	if (in(2)) {
		tlv_put_u8(wr, 0x90, (uint8_t)(1 + one_of(3)));
		tlv_put(wr, 0x87, "0123456789ABCDEF", 16);
	} else if (in(2)) {
		tlv_put(wr, 0x5f20, "DECARDINAL001", 13);
		tlv_put(wr, 0x86, point, sizeof(point));
	} else {
		/* With the scalar 1 it is the generator. */
		tlv_put(wr, 0x86, point, sizeof(point));
		wr_bytes(wr, "\x87\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17);
		wr_bytes(wr, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 17);
	}
	tlv_close(wr, all);
}

static void
get_data(struct made *m)
{
	in_p1p2(m, in(3) ? 0x0181 : in(2) ? one_of(0x100) : 0x3fff);
	m->ne = in(2) ? 256 : 1 + one_of(20);
}

static void
put_data(struct made *m)
{
	in_p1p2(m, in(3) ? 0x0040 + one_of(8) : one_of(0x300));
	some_bytes(m->data, one_of(30));
}

static void
put_data_odd(struct made *m)
{
	in_p1p2(m, in(2) ? 0x3fff : one_of(0x100));
	if (in(3))
		a_key(m->data);
	else if (in(4))
		wr_bytes(m->data, world_credential, world_credential_n);
	else if (in(3))
		wr_bytes(m->data, "\x70\x00", 2);
	else
		tlv_put(m->data, 0x0041 + one_of(3), "abc", one_of(4));
}

static void
response(struct made *m)
{
	m->ne = in(2) ? 256 : 1 + one_of(60);
}

static const struct row {
	uint8_t cla, ins, weight;
	char suits;			/* world_current, when it goes for nothing else */
	void (*make)(struct made *);
} rows[] = {
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
	{ 0x80, INS_CREATE, 24, 0, create },
	{ 0x00, INS_CREATE, 4, 0, create },
	{ 0x80, INS_DELETE, 5, 0, file_named },
	{ 0x00, INS_DELETE, 2, 0, file_named },
	{ 0x80, INS_LIST_FILES, 4, 0, list_files },
	{ 0x00, INS_ACTIVATE, 4, 0, file_named },
	{ 0x00, INS_DEACTIVATE, 4, 0, file_named },
	{ 0x00, INS_TERMINATE_DF, 1, 0, file_named },
	{ 0x00, INS_TERMINATE_EF, 2, 0, file_named },
	{ 0x00, INS_TERMINATE_CARD, 1, 0, nothing },
	{ 0x80, INS_SET_PERMANENT, 2, 0, nothing },
	{ 0x00, INS_VERIFY, 8, 0, verify },
	{ 0x00, INS_CHANGE_REFERENCE, 4, 0, change },
	{ 0x00, INS_RESET_RETRY, 4, 0, reset_retry },
	{ 0x00, INS_ENABLE_VERIFICATION, 2, 0, switch_pin },
	{ 0x00, INS_DISABLE_VERIFICATION, 2, 0, switch_pin },
	{ 0x00, INS_GET_CHALLENGE, 5, 0, challenge },
	{ 0x00, INS_MANAGE_SE, 12, 0, environment },
	{ 0x00, INS_GENERAL_AUTHENTICATE, 3, 0, authenticate_general },
	{ 0x00, INS_INTERNAL_AUTHENTICATE, 5, 0, authenticate },
	{ 0x00, INS_EXTERNAL_AUTHENTICATE, 5, 0, authenticate },
	{ 0x00, INS_PSO, 5, 0, operate },
	{ 0x00, INS_GENERATE, 1, 0, generate },
	{ 0x00, INS_GET_DATA, 8, 0, get_data },
	{ 0x00, INS_PUT_DATA, 8, 0, put_data },
	{ 0x00, INS_PUT_DATA_ODD, 6, 0, put_data_odd },
	{ 0x00, INS_GET_RESPONSE, 4, 0, response },
	{ 0x00, INS_MANAGE_CHANNEL, 1, 0, nothing },
};

static const struct row *
a_row(void)
{
	unsigned all = 0, at;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		all += rows[i].weight;
	for (i = 0, at = one_of(all); at >= rows[i].weight; i++)
		at -= rows[i].weight;
	return &rows[i];
}

/* A command in parts, or with a byte or its end gone astray. */
static void
go_astray(uint8_t *p, size_t *n)
{
	switch (one_of(5)) {
	case 0:
		p[0] |= (uint8_t)(in(2) ? CLA_CHAIN : CLA_SM);
		break;
	case 1:
		p[0] = (uint8_t)dice_roll();
		break;
	case 2:
		*n = one_of((unsigned)*n);
		break;
	case 3:
		p[*n] = (uint8_t)dice_roll();
		++*n;
		break;
	default:
		p[one_of((unsigned)*n)] ^= (uint8_t)(1U << one_of(8));
	}
}

/* Every other time one for what is current, else one that has nothing against it, mostly. */
static const struct row *
a_fitting_row(void)
{
	const struct row *row = a_row();
	int wanted = in(2), current = world_current();

	for (unsigned i = in(20) ? 200 : 0; i < 200 && row->suits != current &&
	    (wanted || row->suits != 0); i++)
		row = a_row();
	return row;
}

static size_t
a_command(uint8_t out[COMMAND])
{
	const struct row *row = a_fitting_row();
	uint8_t mem[DATA];
	struct wr data, wr;
	struct made m = { .data = &data };
	struct apdu a = { 0 };

	wr_init(&data, mem, sizeof(mem));
	row->make(&m);
	a.cla = row->cla;
	a.ins = row->ins;
	a.p1 = m.p1;
	a.p2 = m.p2;
	a.data = data.n > 0 ? mem : NULL;
	a.nc = data.n;
	a.ne = m.ne;
	wr_init(&wr, out, COMMAND - 1);
	apdu_encode(&wr, &a);
	return wr.n;
}

void
world_invent(struct wr *out)
{
	static const uint8_t steps[] = {
		WORLD_OPEN_CHANNEL, WORLD_OPEN_CHANNEL, WORLD_OPEN_CHANNEL, WORLD_RIGHT_PIN,
		WORLD_RIGHT_PIN,
		WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN,
		WORLD_CHANGE_PIN, WORLD_PROVE, WORLD_PROVE, WORLD_RESET, WORLD_PULL_PLUG,
		WORLD_DISK_FULL, WORLD_DISK_WELL,
		WORLD_DISK_WELL, WORLD_DISK_WELL, WORLD_DISK_DIES,
	};
	uint8_t command[COMMAND], step;
	size_t n;

	if (in(10)) {
		step = steps[one_of(COUNT(steps))];
		wr_u8(out, step);
		if (step == WORLD_DISK_FULL || step == WORLD_DISK_DIES)
			wr_u8(out, (uint8_t)one_of(3));
		if (step == WORLD_OPEN_CHANNEL)
			world_talk = one_of(40);
		return;
	}
	n = a_command(command);
	if (in(20))
		go_astray(command, &n);
	wr_u8(out, world_talk > 0 ? WORLD_CHANNEL : WORLD_PLAIN);
	world_talk -= world_talk > 0;
	wr_u16(out, (uint16_t)n);
	wr_bytes(out, command, n);
	if (command[1] == INS_SELECT && in(3))
		wr_u8(out, WORLD_RIGHT_PIN);
}
