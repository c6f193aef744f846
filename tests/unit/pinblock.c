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
		wr_init(&wr, got, sizeof(got));
		r = pinblock_complete(&v, &old, &pin, &wr);
		if (r != 0 || wr.n != n || memcmp(got, want, n) != 0 ||
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
}

static const struct sentence sentences[] = {
	SENTENCE(digits_go_where_part_10_says),
	SENTENCE(a_template_that_does_not_fit_is_refused),
	SENTENCE(more_digits_than_fit_are_refused),
	SENTENCE(pins_go_into_the_instructions_of_their_kind_only),
};

SUITE("pinblock", sentences)
