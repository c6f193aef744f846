#include "tests/fuzz/made.h"

#include "card-os/iso7816/tlv.h"
#include "card-os/os/card.h"
#include "tests/fuzz/first.h"
#include "tests/unit/dice.h"

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
		made_digits(m->data, 4 + one_of(in(4) ? 14 : 2));
}

static void
change(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)(in(2) ? 1 : 0);
	made_digits(m->data, m->p1 ? 4 + one_of(5) : 8 + one_of(9));
}

static void
reset_retry(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)one_of(4);
	made_digits(m->data, m->p1 == 3 ? 0 : m->p1 == 0 ? 8 + one_of(9) : 4 + one_of(5));
}

static void
switch_pin(struct made *m)
{
	of_pin(m);
	m->p1 = (uint8_t)one_of(2);
	if (m->p1 == 0)
		made_digits(m->data, 4 + one_of(5));
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

	m->p1 = p1[one_of(MADE_COUNT(p1))];
	m->p2 = p2[one_of(MADE_COUNT(p2))];
	if (in(3))
		tlv_put_u8(m->data, 0x80, (uint8_t)(in(4) ? dice_roll() : one_of(4)));
	if (in(8))
		tlv_put(m->data, 0x83, "DECARDINAL001", 1 + one_of(13));
	else
		tlv_put_u8(m->data, in(4) ? 0x83 : 0x84, made_ref());
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
	m->p2 = in(2) ? 0 : made_ref();
	made_bytes(m->data, in(2) ? 8 : in(2) ? 16 : one_of(80));
	m->ne = in(2) ? 256 : 0;
}

static void
operate(struct made *m)
{
	static const uint16_t what[] = { 0x9e9a, 0x8086, 0x00be, 0x00ae, 0x90a0 };
	size_t all, key;

	made_p1p2(m, in(10) ? (unsigned)dice_roll() : what[one_of(MADE_COUNT(what))]);
	m->ne = in(8) ? 0 : in(2) ? 256 : 65536;
	if (m->p1 == 0x80 && in(2)) {
		all = tlv_open(m->data, 0xa6);
		key = tlv_open(m->data, 0x7f49);
		tlv_put(m->data, 0x86, point, sizeof(point));
		tlv_close(m->data, key);
		tlv_close(m->data, all);
	} else if (m->p1 == 0x80) {
		wr_u8(m->data, (uint8_t)(in(4) ? one_of(4) : 0));
		made_bytes(m->data, in(2) ? 256 : 128);
	} else {
		made_bytes(m->data, in(2) ? 32 : one_of(80));
	}
}

static void
generate(struct made *m)
{
	size_t all;

	m->p1 = (uint8_t)(0x80 + one_of(in(8) ? 4 : 2));
	m->p2 = in(16) ? made_ref() : 0;
	if (!in(4)) {
		all = tlv_open(m->data, in(2) ? 0xb6 : 0xb8);
		tlv_put_u8(m->data, 0x84, made_ref());
		tlv_close(m->data, all);
	}
	m->ne = in(2) ? 256 : 65536;
}

/* A secret, or a key of P-256 that is none, most likely. */
static void
a_key(struct wr *wr)
{
	size_t all = tlv_open(wr, 0x7f48);
	uint8_t ref = made_ref();

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
	made_p1p2(m, in(3) ? 0x0181 : in(2) ? one_of(0x100) : 0x3fff);
	m->ne = in(2) ? 256 : 1 + one_of(20);
}

static void
put_data(struct made *m)
{
	made_p1p2(m, in(3) ? 0x0040 + one_of(8) : one_of(0x300));
	made_bytes(m->data, one_of(30));
}

static void
put_data_odd(struct made *m)
{
	made_p1p2(m, in(2) ? 0x3fff : one_of(0x100));
	if (in(3))
		a_key(m->data);
	else if (in(4))
		wr_bytes(m->data, first_credential, first_credential_n);
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

static const struct made_row rows[] = {
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
	{ 0x00, INS_MANAGE_CHANNEL, 1, 0, made_nothing },
};

const struct made_table made_keys = { rows, MADE_COUNT(rows) };
