#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/pinblock.h"
#include "tests/unit/suite.h"

static struct digits
digits(const char *text)
{
	struct digits d = { 0 };

	for (; *text != '\0'; text++)
		d.v[d.n++] = (uint8_t)(*text - '0');
	return d;
}

/* The request's fields in the order of Part 10, then what the card is to get. */
static const struct {
	const char *why;
	uint8_t kind, format, right;
	uint16_t pin_bits;
	uint8_t block, length_bits;
	uint16_t length_at;
	uint8_t old, new, confirm;
	const char *template, *old_pin, *pin, *command;
	int room;
} good[] = {
	{ "ASCII, as long as it is, header alone", 0, PADLINK_ASCII, 0, 0, 0, 0, 0, 0, 0, 0,
	    "00200081", "", "123456", "0020008106 313233343536", 16 },
	{ "ASCII, as long as it is, header and Lc", 0, PADLINK_ASCII, 0, 0, 0, 0, 0, 0, 0, 0,
	    "0020008100", "", "123456", "0020008106 313233343536", 16 },
	{ "ASCII, sixteen digits", 0, PADLINK_ASCII, 0, 0, 0, 0, 0, 0, 0, 0,
	    "00200081", "", "1234567890123456", "0020008110 31323334353637383930313233343536", 16 },
	{ "BCD, as long as it is", 0, PADLINK_BCD, 0, 0, 0, 0, 0, 0, 0, 0,
	    "00200081", "", "123456", "0020008103 123456", 16 },
	{ "BCD, odd", 0, PADLINK_BCD, 0, 0, 0, 0, 0, 0, 0, 0,
	    "00200081", "", "12345", "0020008103 12345F", 16 },
	{ "binary, as long as it is", 0, PADLINK_BINARY, 0, 0, 0, 0, 0, 0, 0, 0,
	    "00200081", "", "9012", "0020008104 09000102", 16 },
	{ "82 08 00: a block of eight, left", 0, PADLINK_ASCII, 0, 0, 8, 0, 0, 0, 0, 0,
	    "0020008108 FFFFFFFFFFFFFFFF", "", "123456", "0020008108 313233343536FFFF", 8 },
	{ "the same, right", 0, PADLINK_ASCII, 1, 0, 8, 0, 0, 0, 0, 0,
	    "0020008108 FFFFFFFFFFFFFFFF", "", "123456", "0020008108 FFFF313233343536", 8 },
	{ "a block behind two bytes of data", 0, PADLINK_ASCII, 0, 16, 6, 0, 0, 0, 0, 0,
	    "0020008108 AABB000000000000", "", "1234", "0020008108 AABB313233340000", 6 },
	{ "41 48 04: format 2, the PIN at bit 8", 0, PADLINK_BCD, 0, 8, 8, 4, 4, 0, 0, 0,
	    "0020008108 2FFFFFFFFFFFFFFF", "", "123456", "0020008108 26123456FFFFFFFF", 14 },
	{ "81 48 04: format 2, the PIN at byte 0", 0, PADLINK_BCD, 0, 0, 8, 4, 4, 0, 0, 0,
	    "0020008108 2FFFFFFFFFFFFFFF", "", "12345", "0020008108 2512345FFFFFFFFF", 14 },
	{ "BCD, odd, right", 0, PADLINK_BCD, 1, 0, 4, 0, 0, 0, 0, 0,
	    "0020008104 FFFFFFFF", "", "12345", "0020008104 FFF12345", 8 },
	{ "a length byte", 0, PADLINK_ASCII, 0, 8, 7, 8, 0, 0, 0, 0,
	    "0020008107 00000000000000", "", "1234", "0020008107 04313233340000", 6 },
	{ "a length of two bits lets three digits in", 0, PADLINK_ASCII, 0, 8, 7, 2, 0, 0, 0, 0,
	    "0020008107 00000000000000", "", "123", "0020008107 C0313233000000", 3 },
	{ "zeros of the PIN overwrite ones", 0, PADLINK_BINARY, 0, 0, 4, 0, 0, 0, 0, 0,
	    "0020008104 FFFFFFFF", "", "0000", "0020008104 00000000", 4 },
	{ "82 04 00: a block of four", 0, PADLINK_ASCII, 0, 0, 4, 0, 0, 0, 0, 0,
	    "0020008104 FFFFFFFF", "", "1234", "0020008104 31323334", 4 },
	{ "39 49 02: everything at odd bits", 0, PADLINK_BCD, 0, 7, 9, 4, 2, 0, 0, 0,
	    "0020008109 000000000000000000", "", "123456", "0020008109 182468AC0000000000", 15 },
	{ "the same, and its ones stay", 0, PADLINK_BCD, 0, 7, 9, 4, 2, 0, 0, 0,
	    "0020008109 FFFFFFFFFFFFFFFFFF", "", "00", "0020008109 CA01FFFFFFFFFFFFFF", 15 },
	{ "binary, right", 0, PADLINK_BINARY, 1, 0, 6, 0, 0, 0, 0, 0,
	    "0020008106 FFFFFFFFFFFF", "", "1234", "0020008106 FFFF01020304", 6 },
	{ "binary, and a length byte", 0, PADLINK_BINARY, 0, 8, 5, 8, 0, 0, 0, 0,
	    "0020008105 FFFFFFFFFF", "", "091", "0020008105 03000901FF", 4 },
	{ "ASCII at bit 4", 0, PADLINK_ASCII, 0, 4, 3, 0, 0, 0, 0, 0,
	    "0020008104 F0000F00", "", "12", "0020008104 F3132F00", 3 },
	{ "BCD at bit 4, right", 0, PADLINK_BCD, 1, 4, 3, 0, 0, 0, 0, 0,
	    "0020008104 FFFFFFFF", "", "123", "0020008104 FFFF123F", 6 },
	{ "a length in the second byte", 0, PADLINK_BCD, 0, 16, 8, 4, 12, 0, 0, 0,
	    "0020008108 2FFFFFFFFFFFFFFF", "", "1234", "0020008108 2FF41234FFFFFFFF", 12 },
	{ "the same, right", 0, PADLINK_BCD, 1, 16, 8, 4, 12, 0, 0, 0,
	    "0020008108 2FFFFFFFFFFFFFFF", "", "12345", "0020008108 2FF5FFFFFFF12345", 12 },
	{ "a length of half a byte, and the PIN at once behind it", 0, PADLINK_BCD, 0, 4, 4, 4, 0, 0,
	    0, 0, "0020008104 FFFFFFFF", "", "123", "0020008104 3123FFFF", 7 },
	{ "a length of fifteen bits", 0, PADLINK_ASCII, 0, 16, 5, 15, 1, 0, 0, 0,
	    "0020008105 FFFF000000", "", "123", "0020008105 8003313233", 3 },
	{ "a length of one bit", 0, PADLINK_ASCII, 0, 8, 3, 1, 7, 0, 0, 0,
	    "0020008103 FEFFFF", "", "1", "0020008103 FF31FF", 1 },
	{ "a block of one byte", 0, PADLINK_BCD, 0, 0, 1, 0, 0, 0, 0, 0,
	    "0020008101 FF", "", "7", "0020008101 7F", 2 },
	{ "a block of fifteen, full", 0, PADLINK_ASCII, 0, 0, 15, 0, 0, 0, 0, 0,
	    "002000810F FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "", "123456789012345",
	    "002000810F 313233343536373839303132333435", 15 },
	{ "BCD in fifteen bytes: no more than sixteen digits", 0, PADLINK_BCD, 0, 0, 15, 0, 0, 0, 0,
	    0, "002000810F 000000000000000000000000000000", "", "1234567890123456",
	    "002000810F 123456789012345600000000000000", 16 },
	{ "the farthest position, a block that ends with the data", 0, PADLINK_ASCII, 0, 120, 1, 0,
	    0, 0, 0, 0, "0020008110 00000000000000000000000000000000", "", "1",
	    "0020008110 00000000000000000000000000000031", 1 },
	{ "no digit at all, in a block", 0, PADLINK_BCD, 0, 8, 8, 4, 4, 0, 0, 0,
	    "0020008108 2FFFFFFFFFFFFFFF", "", "", "0020008108 20FFFFFFFFFFFFFF", 14 },
	{ "modify, as long as they are, BCD, odd", 1, PADLINK_BCD, 0, 0, 0, 0, 0, 0, 0, 3,
	    "00240081", "123", "45678", "0024008105 123F45678F", 16 },
	{ "modify, as long as they are, binary", 1, PADLINK_BINARY, 0, 0, 0, 0, 0, 0, 0, 3,
	    "002C008100", "90", "12", "002C008104 09000102", 16 },
	{ "modify in blocks, right", 1, PADLINK_ASCII, 1, 0, 4, 0, 0, 0, 4, 3,
	    "0024008108 FFFFFFFFFFFFFFFF", "12", "345", "0024008108 FFFF3132FF333435", 4 },
	{ "modify in blocks with the host's bytes around them", 1, PADLINK_ASCII, 0, 0, 2, 0, 0, 1,
	    5, 3, "0024008108 A0A1A2A3A4A5A6A7", "1", "23", "0024008108 A031A2A3A43233A7", 2 },
	{ "modify, each PIN a byte behind its offset", 1, PADLINK_ASCII, 0, 8, 2, 0, 0, 0, 4, 3,
	    "0024008108 A0A1A2A3A4A5A6A7", "1", "23", "0024008108 A031A2A3A43233A7", 2 },
	{ "modify in format 2, the PIN at byte 0", 1, PADLINK_BCD, 0, 0, 8, 4, 4, 8, 0, 3,
	    "0024008110 2FFFFFFFFFFFFFFF 2FFFFFFFFFFFFFFF", "1234", "56789",
	    "0024008110 2556789FFFFFFFFF 241234FFFFFFFFFF", 14 },
	{ "modify, as long as they are", 1, PADLINK_ASCII, 0, 0, 0, 0, 0, 0, 0, 3,
	    "0024008100", "12", "345", "0024008105 3132333435", 16 },
	{ "modify, new alone", 1, PADLINK_ASCII, 0, 0, 0, 0, 0, 0, 0, 1,
	    "00240181", "12", "345", "0024018103 333435", 16 },
	{ "modify in blocks", 1, PADLINK_ASCII, 0, 0, 4, 0, 0, 0, 4, 3,
	    "0024008108 FFFFFFFFFFFFFFFF", "12", "345", "0024008108 3132FFFF333435FF", 4 },
	{ "modify in blocks, new first", 1, PADLINK_ASCII, 0, 0, 4, 0, 0, 4, 0, 3,
	    "0024008108 FFFFFFFFFFFFFFFF", "12", "345", "0024008108 333435FF3132FFFF", 4 },
	{ "modify in blocks, new alone", 1, PADLINK_ASCII, 0, 0, 4, 0, 0, 0, 4, 1,
	    "0024008108 FFFFFFFFFFFFFFFF", "12", "345", "0024008108 FFFFFFFF333435FF", 4 },
	{ "modify in format 2", 1, PADLINK_BCD, 0, 8, 8, 4, 4, 0, 8, 3,
	    "0024008110 2FFFFFFFFFFFFFFF 2FFFFFFFFFFFFFFF", "1234", "56789",
	    "0024008110 241234FFFFFFFFFF 2556789FFFFFFFFF", 14 },
};

static void
digits_go_where_part_10_says(void)
{
	uint8_t want[64], got[64];
	struct digits old, pin;
	struct padlink_pin v;
	struct wr wr;
	size_t n;
	int r;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&v, 0, sizeof(v));
		v.kind = good[i].kind;
		v.format = good[i].format;
		v.right = good[i].right;
		v.pin_bits = good[i].pin_bits;
		v.block = good[i].block;
		v.length_bits = good[i].length_bits;
		v.length_at = good[i].length_at;
		v.offset_old = good[i].old;
		v.offset_new = good[i].new;
		v.confirm = good[i].confirm;
		v.n = (uint16_t)hex(good[i].template, v.apdu, sizeof(v.apdu));
		old = digits(good[i].old_pin);
		pin = digits(good[i].pin);
		n = hex(good[i].command, want, sizeof(want));
		memset(got, 0xa5, sizeof(got));
		wr_init(&wr, got, sizeof(got));
		r = pinblock_complete(&v, &old, &pin, &wr);
		if (r != 0 || wr.n != n || memcmp(got, want, n) != 0 || got[n] != 0xa5 ||
		    pinblock_room(&v) != good[i].room)
			CU_FAIL(good[i].why);
	}
}

static const struct {
	const char *why;
	uint8_t kind;
	uint16_t pin_bits;
	uint8_t block, length_bits, length_at, old, new, confirm;
	const char *template;
} bad[] = {
	{ "variable with data", 0, 0, 0, 0, 0, 0, 0, 0, "0020008101 FF" },
	{ "variable with an Lc", 0, 0, 0, 0, 0, 0, 0, 0, "0020008108" },
	{ "variable with a position", 0, 8, 0, 0, 0, 0, 0, 0, "00200081" },
	{ "variable with a length field", 0, 0, 0, 4, 0, 0, 0, 0, "00200081" },
	{ "a block without data", 0, 0, 8, 0, 0, 0, 0, 0, "0020008100" },
	{ "a block and a header alone", 0, 0, 8, 0, 0, 0, 0, 0, "00200081" },
	{ "Lc over the data", 0, 0, 4, 0, 0, 0, 0, 0, "0020008105 FFFFFFFF" },
	{ "Lc under the data", 0, 0, 4, 0, 0, 0, 0, 0, "0020008104 FFFFFFFFFF" },
	{ "a block over the data", 0, 0, 5, 0, 0, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a block that begins too late", 0, 8, 4, 0, 0, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a length field as long as the block", 0, 0, 1, 8, 0, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a block that holds no digit", 0, 4, 1, 4, 0, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a position behind the data", 0, 120, 1, 0, 0, 0, 0, 0, "002000810F"
	    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" },
	{ "a block that ends a bit too late", 0, 1, 4, 0, 0, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a length behind the PIN", 0, 0, 4, 8, 24, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a length over the end of the block", 0, 0, 2, 8, 9, 0, 0, 0, "0020008104 FFFFFFFF" },
	{ "a template cut short", 0, 0, 0, 0, 0, 0, 0, 0, "002000" },
	{ "modify, new far over the data", 1, 0, 4, 0, 0, 0, 255, 3, "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, one over the last byte of the other", 1, 0, 4, 0, 0, 3, 0, 3,
	    "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, the length of one over the other", 1, 8, 4, 8, 0, 0, 3, 3,
	    "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, both in one place", 1, 0, 4, 0, 0, 0, 0, 3, "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, new over the data", 1, 0, 4, 0, 0, 0, 5, 3, "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, old over the data", 1, 0, 4, 0, 0, 5, 0, 3, "0024008108 FFFFFFFFFFFFFFFF" },
	{ "modify, one over the other", 1, 0, 4, 0, 0, 0, 3, 3, "0024008108 FFFFFFFFFFFFFFFF" },
};

static void
a_template_that_does_not_fit_is_refused(void)
{
	const struct digits none = { 0 };
	struct padlink_pin v;
	uint8_t got[64];
	struct wr wr;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&v, 0, sizeof(v));
		v.format = PADLINK_ASCII;
		v.kind = bad[i].kind;
		v.pin_bits = bad[i].pin_bits;
		v.block = bad[i].block;
		v.length_bits = bad[i].length_bits;
		v.length_at = bad[i].length_at;
		v.offset_old = bad[i].old;
		v.offset_new = bad[i].new;
		v.confirm = bad[i].confirm;
		v.n = (uint16_t)hex(bad[i].template, v.apdu, sizeof(v.apdu));
		wr_init(&wr, got, sizeof(got));
		if (pinblock_room(&v) != ERR_FORMAT ||
		    pinblock_complete(&v, &none, &none, &wr) != ERR_FORMAT || wr.n != 0)
			CU_FAIL(bad[i].why);
	}
}

static const struct {
	const char *why;
	uint8_t format, min, max, old, new, confirm;
	int r;
} offsets[] = {
	{ "none", PADLINK_ASCII, 4, 8, 0, 0, 3, DIGITS_MAX },
	{ "the new one behind six digits", PADLINK_ASCII, 6, 6, 0, 6, 3, DIGITS_MAX },
	{ "the new one behind six digits, BCD", PADLINK_BCD, 6, 6, 0, 3, 3, DIGITS_MAX },
	{ "the new one behind five digits, BCD", PADLINK_BCD, 5, 5, 0, 3, 3, DIGITS_MAX },
	{ "the new one behind six digits, or more", PADLINK_ASCII, 6, 7, 0, 6, 3, ERR_FORMAT },
	{ "the new one too early", PADLINK_ASCII, 6, 6, 0, 5, 3, ERR_FORMAT },
	{ "the new one too late", PADLINK_ASCII, 6, 6, 0, 7, 3, ERR_FORMAT },
	{ "the new one behind an old one that is not asked", PADLINK_ASCII, 6, 6, 0, 6, 1,
	    ERR_FORMAT },
	{ "the old one behind something", PADLINK_ASCII, 6, 6, 1, 0, 3, ERR_FORMAT },
	{ "the old one behind the new one", PADLINK_ASCII, 6, 6, 6, 0, 3, ERR_FORMAT },
};

static void
without_a_block_an_offset_is_kept_or_refused(void)
{
	struct padlink_pin v;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		v = (struct padlink_pin){ .kind = PADLINK_PIN_MODIFY, .format = offsets[i].format,
			.min = offsets[i].min, .max = offsets[i].max,
			.offset_old = offsets[i].old, .offset_new = offsets[i].new,
			.confirm = offsets[i].confirm, .n = 4, .apdu = { 0, 0x24, 0, 0x81 } };
		if (pinblock_room(&v) != offsets[i].r)
			CU_FAIL(offsets[i].why);
	}
}

static void
more_digits_than_fit_are_refused(void)
{
	struct padlink_pin v = { .kind = PADLINK_PIN_MODIFY, .format = PADLINK_ASCII, .block = 4,
		.offset_new = 4, .confirm = PADLINK_ASK_OLD };
	const struct digits five = digits("12345"), four = digits("1234");
	uint8_t got[64];
	struct wr wr;

	v.n = (uint16_t)hex("0024008108 FFFFFFFFFFFFFFFF", v.apdu, sizeof(v.apdu));
	wr_init(&wr, got, sizeof(got));
	CU_ASSERT_EQUAL(pinblock_complete(&v, &four, &five, &wr), ERR_SIZE);
	CU_ASSERT_EQUAL(pinblock_complete(&v, &five, &four, &wr), ERR_SIZE);
	OK(pinblock_complete(&v, &four, &four, &wr));
	wr_init(&wr, got, 12);
	CU_ASSERT_EQUAL(pinblock_complete(&v, &four, &four, &wr), ERR_SIZE);
	v.n = 4;
	v.block = 0;
	v.offset_new = 0;
	wr_init(&wr, got, 12);
	CU_ASSERT_EQUAL(pinblock_complete(&v, &four, &four, &wr), ERR_SIZE);
}

static void
pins_go_into_the_instructions_of_their_kind_only(void)
{
	static const uint8_t verify[] = { 0x20, 0x26, 0x28 }, modify[] = { 0x24, 0x2c };
	struct padlink_pin v = { .n = 4 };

	for (unsigned p1 = 0; p1 < 256; p1++)
		for (unsigned ins = 0; ins < 256; ins++) {
			v.apdu[1] = (uint8_t)ins;
			v.apdu[2] = (uint8_t)p1;
			v.kind = PADLINK_PIN_VERIFY;
			CU_ASSERT_EQUAL(pinblock_allows(&v),
			    memchr(verify, (int)ins, sizeof(verify)) != NULL ||
			    (ins == 0x2c && p1 == 1));
			v.kind = PADLINK_PIN_MODIFY;
			CU_ASSERT_EQUAL(pinblock_allows(&v),
			    memchr(modify, (int)ins, sizeof(modify)) != NULL);
		}
	/* Its last part would be the host's. */
	v = (struct padlink_pin){ .n = 4, .apdu = { 0x10, 0x20, 0, 0x81 } };
	CU_ASSERT_FALSE(pinblock_allows(&v));
}

static void
a_new_pin_alone_does_not_go_where_the_old_one_is(void)
{
	static const struct {
		const char *why;
		uint8_t p1, confirm, block, offset;
		uint16_t bits;
		uint8_t length_bits;
		int allowed;
	} cases[] = {
		{ "at their start", 0, 1, 4, 0, 0, 0, 0 },
		{ "to their end", 0, 0, 15, 0, 0, 0, 0 },
		{ "a byte in", 0, 0, 4, 1, 0, 0, 0 },
		{ "fifteen bits in", 0, 0, 4, 0, 15, 0, 0 },
		{ "a length before it", 0, 0, 4, 1, 8, 4, 0 },
		{ "the shortest old one before it", 0, 0, 4, 2, 0, 0, 1 },
		{ "sixteen bits in", 0, 1, 4, 0, 16, 0, 1 },
		{ "no old one in this command", 1, 1, 4, 0, 0, 0, 1 },
		{ "no data of the host's", 0, 1, 0, 0, 0, 0, 1 },
		{ "the old one is asked", 0, PADLINK_ASK_OLD, 4, 0, 0, 0, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct padlink_pin v = { .kind = PADLINK_PIN_MODIFY, .n = 21,
			.block = cases[i].block, .confirm = cases[i].confirm,
			.offset_new = cases[i].offset, .pin_bits = cases[i].bits,
			.length_bits = cases[i].length_bits,
			.apdu = { 0, 0x24, cases[i].p1, 0x81, 16 } };

		if (pinblock_allows(&v) != cases[i].allowed)
			CU_FAIL(cases[i].why);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(digits_go_where_part_10_says),
	SENTENCE(a_template_that_does_not_fit_is_refused),
	SENTENCE(without_a_block_an_offset_is_kept_or_refused),
	SENTENCE(more_digits_than_fit_are_refused),
	SENTENCE(pins_go_into_the_instructions_of_their_kind_only),
	SENTENCE(a_new_pin_alone_does_not_go_where_the_old_one_is),
};

SUITE("pinblock", sentences)
