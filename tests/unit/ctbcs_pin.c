#include "ifdhandler/ctbcs_pin.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/ctbcs.h"
#include "tests/unit/front.h"
#include "tests/unit/suite.h"

/* PERFORM VERIFICATION, 20 18 01 00, and MODIFY VERIFICATION, 20 19 01 00. */

/* Without template and times, which are the same in all. */
static int
same_entry(const struct padlink_pin *a, const struct padlink_pin *b)
{
	return a->kind == b->kind && a->format == b->format && a->right == b->right &&
	    a->pin_bits == b->pin_bits && a->block == b->block && a->length_bits == b->length_bits &&
	    a->length_at == b->length_at && a->offset_old == b->offset_old &&
	    a->offset_new == b->offset_new && a->min == b->min && a->max == b->max &&
	    a->confirm == b->confirm && a->end == b->end && a->n == b->n;
}

enum { BOTH = PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD };

static const struct {
	const char *why, *hex;
	struct padlink_pin pin;
} taken[] = {
	{ "a header alone, ASCII", "20180100 08 52 06 01 06 00200081",
	    { .format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4 } },
	{ "a header and Lc 00, BCD", "20180100 09 52 07 00 06 0020008100",
	    { .format = PADLINK_BCD, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 5 } },
	{ "4 to 8 digits", "20180100 0C 52 06 01 06 00200081 51 02 0408",
	    { .format = PADLINK_ASCII, .min = 4, .max = 8, .end = PADLINK_END_OK, .n = 4 } },
	{ "more digits than the reader takes", "20180100 0C 52 06 01 06 00200081 51 02 04FF",
	    { .format = PADLINK_ASCII, .min = 4, .max = 16, .end = PADLINK_END_OK, .n = 4 } },
	{ "just 5 digits: the last one ends it", "20180100 08 52 06 51 06 00200081",
	    { .format = PADLINK_ASCII, .min = 5, .max = 5,
	    .end = PADLINK_END_OK | PADLINK_END_MAX, .n = 4 } },
	{ "just 5 digits, said twice", "20180100 0C 51 02 0505 52 06 51 06 00200081",
	    { .format = PADLINK_ASCII, .min = 5, .max = 5,
	    .end = PADLINK_END_OK | PADLINK_END_MAX, .n = 4 } },
	{ "a block of 8", "20180100 11 52 0F 01 06 00200081 08 FFFFFFFFFFFFFFFF",
	    { .format = PADLINK_ASCII, .block = 8, .min = 6, .max = 16, .end = PADLINK_END_OK,
	    .n = 13 } },
	{ "behind a byte of the template", "20180100 11 52 0F 00 07 00200081 08 25FFFFFFFFFFFFFF",
	    { .format = PADLINK_BCD, .block = 7, .pin_bits = 8, .min = 6, .max = 16,
	    .end = PADLINK_END_OK, .n = 13 } },
	{ "the last byte", "20180100 0B 52 09 00 07 00200081 02 FFFF",
	    { .format = PADLINK_BCD, .block = 1, .pin_bits = 8, .min = 6, .max = 16,
	    .end = PADLINK_END_OK, .n = 7 } },
	{ "format 2", "20180100 11 52 0F 02 06 00200081 08 2FFFFFFFFFFFFFFF",
	    { .format = PADLINK_BCD, .block = 8, .pin_bits = 8, .length_bits = 4,
	    .length_at = 4, .min = 6, .max = 12, .end = PADLINK_END_OK, .n = 13 } },
	{ "texts that the pad has anyway", "20180100 0E 52 06 01 06 00200081 53 01 00 54 01 01",
	    { .format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4 } },
	{ "three texts", "20180100 0B 52 06 01 06 00200081 54 01 03",
	    { .format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4 } },
	{ "as many as the reader has", "20180100 10 52 06 01 06 00200081 53 03 000102 54 01 FF",
	    { .format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4 } },
	{ "change: a header alone", "20190100 09 52 07 01 06 00 00240081",
	    { .kind = PADLINK_PIN_MODIFY, .format = PADLINK_ASCII, .min = 6, .max = 16,
	    .confirm = BOTH, .end = PADLINK_END_OK, .n = 4 } },
	{ "change: two blocks", "20190100 12 52 10 01 06 0A 00240081 08 FFFFFFFFFFFFFFFF",
	    { .kind = PADLINK_PIN_MODIFY, .format = PADLINK_ASCII, .block = 4, .offset_new = 4,
	    .min = 6, .max = 16, .confirm = BOTH, .end = PADLINK_END_OK, .n = 13 } },
	{ "change: the new one first", "20190100 12 52 10 01 09 06 00240081 08 FFFFFFFFFFFFFFFF",
	    { .kind = PADLINK_PIN_MODIFY, .format = PADLINK_ASCII, .block = 3, .offset_old = 3,
	    .min = 6, .max = 16, .confirm = BOTH, .end = PADLINK_END_OK, .n = 13 } },
	{ "change: format 2",
	    "20190100 1A 52 18 02 06 0E 00240081 10 2FFFFFFFFFFFFFFF2FFFFFFFFFFFFFFF",
	    { .kind = PADLINK_PIN_MODIFY, .format = PADLINK_BCD, .block = 8, .pin_bits = 8,
	    .length_bits = 4, .length_at = 4, .offset_new = 8, .min = 6, .max = 12,
	    .confirm = BOTH, .end = PADLINK_END_OK, .n = 21 } },
};

static void
entries_reach_the_reader_as_they_were_asked_for(void)
{
	struct front f;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		front_set_up(&f);
	f.mem.sw = 0x9000;
		OK(front_ctbcs(&f, taken[i].hex));
		if (!front_answered(&f, "9000") || f.mem.pins != 1 ||
		    !same_entry(&f.mem.pin, &taken[i].pin)) {
			printf("    %s\n", taken[i].why);
			CU_FAIL("another entry");
		}
		CU_ASSERT_EQUAL(f.mem.pin.first_s, CTBCS_SECONDS);
		CU_ASSERT_EQUAL(f.mem.pin.next_s, CTBCS_NEXT_S);
	}
	SAME(f.mem.pin.apdu, "\x00\x24\x00\x81\x10\x2f", 6);
	front_set_up(&f);
	f.mem.sw = 0x9000;
	CTBCS_ANSWERS(&f, "20180100 0B 80 01 FF 52 06 01 06 00200081", "9000");
	CU_ASSERT_EQUAL(f.mem.pin.first_s, 255);
	CTBCS_ANSWERS(&f, "20180100 0B 80 01 00 52 06 01 06 00200081", "9000");
	CU_ASSERT_EQUAL(f.mem.pin.first_s, CTBCS_SECONDS);
}

static const struct {
	const char *why, *hex, *sw;
} refused[] = {
	{ "nothing", "20180100", "6A80" },
	{ "no template", "20180100 03 80 01 0F", "6A80" },
	{ "a control byte alone", "20180100 04 52 02 01 06", "6A80" },
	{ "a header of 3", "20180100 07 52 05 01 06 002000", "6A80" },
	{ "coding 3", "20180100 08 52 06 03 06 00200081", "6A80" },
	{ "coding 8", "20180100 08 52 06 08 06 00200081", "6A80" },
	{ "a position before the data", "20180100 08 52 06 01 05 00200081", "6A80" },
	{ "no position", "20180100 08 52 06 01 00 00200081", "6A80" },
	{ "a position behind a header", "20180100 08 52 06 01 07 00200081", "6A80" },
	{ "a position behind the data", "20180100 0B 52 09 01 08 00200081 02 FFFF", "6A80" },
	{ "a position before the data of a block", "20180100 0B 52 09 01 05 00200081 02 FFFF",
	    "6A80" },
	{ "Lc over the data", "20180100 0B 52 09 01 06 00200081 03 FFFF", "6A80" },
	{ "Lc under the data", "20180100 0B 52 09 01 06 00200081 01 FFFF", "6A80" },
	{ "an Lc that stands alone", "20180100 09 52 07 01 06 00200081 02", "6A80" },
	{ "format 2 in a header", "20180100 08 52 06 02 06 00200081", "6A80" },
	{ "format 2 in 7 bytes", "20180100 10 52 0E 02 06 00200081 07 2FFFFFFFFFFFFF", "6A80" },
	{ "format 2 behind a byte",
	    "20180100 12 52 10 02 07 00200081 09 002FFFFFFFFFFFFFFF", "6A80" },
	{ "no digit", "20180100 0C 52 06 01 06 00200081 51 02 0000", "6A80" },
	{ "fewest over most", "20180100 0C 52 06 01 06 00200081 51 02 0706", "6A80" },
	{ "more digits than the pad has", "20180100 0C 52 06 01 06 00200081 51 02 1111", "6A80" },
	{ "13 digits of format 2",
	    "20180100 15 52 0F 02 06 00200081 08 2FFFFFFFFFFFFFFF 51 02 0D0F", "6A80" },
	{ "just 5 digits, and 4 to 8", "20180100 0C 51 02 0408 52 06 51 06 00200081", "6A80" },
	{ "just 5 digits, and 5 to 8", "20180100 0C 51 02 0508 52 06 51 06 00200081", "6A80" },
	{ "just 5 digits, and 4 to 5", "20180100 0C 51 02 0405 52 06 51 06 00200081", "6A80" },
	{ "one number for digits", "20180100 0B 52 06 01 06 00200081 51 01 06", "6A80" },
	{ "four texts", "20180100 0B 52 06 01 06 00200081 54 01 04", "6A80" },
	{ "indices of four texts", "20180100 0E 52 06 01 06 00200081 53 04 00000000", "6A80" },
	{ "a text of the host's", "20180100 0B 50 01 41 52 06 01 06 00200081", "6A80" },
	{ "two templates", "20180100 10 52 06 01 06 00200081 52 06 01 06 00200081", "6A80" },
	{ "READ BINARY", "20180100 08 52 06 01 06 00B00081", "6404" },
	{ "CHANGE that is performed", "20180100 08 52 06 01 06 00240081", "6404" },
	{ "VERIFY that modifies", "20190100 09 52 07 01 06 00 00200081", "6404" },
	{ "change: one position", "20190100 08 52 06 01 06 00240081", "6A80" },
	{ "change: a header, the new one placed", "20190100 09 52 07 01 06 0C 00240081", "6A80" },
	{ "change: a header, the old one nowhere", "20190100 09 52 07 01 00 00 00240081", "6A80" },
	{ "change: a block, the old one nowhere",
	    "20190100 12 52 10 01 00 06 00240081 08 FFFFFFFFFFFFFFFF", "6A80" },
	{ "change: a block, the new one nowhere",
	    "20190100 12 52 10 01 06 00 00240081 08 FFFFFFFFFFFFFFFF", "6A80" },
	{ "change: both in one place",
	    "20190100 12 52 10 01 06 06 00240081 08 FFFFFFFFFFFFFFFF", "6A80" },
	{ "change: the old one behind the data",
	    "20190100 12 52 10 01 0E 06 00240081 08 FFFFFFFFFFFFFFFF", "6A80" },
	{ "change: the new one behind the data",
	    "20190100 12 52 10 01 06 0E 00240081 08 FFFFFFFFFFFFFFFF", "6A80" },
	{ "change: format 2, one in the other",
	    "20190100 1A 52 18 02 06 0D 00240081 10 2FFFFFFFFFFFFFFF2FFFFFFFFFFFFFFF", "6A80" },
};

static void
wrong_entries_never_reach_the_reader(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		OK(front_ctbcs(&f, refused[i].hex));
		if (!front_answered(&f, refused[i].sw)) {
			printf("    %s\n", refused[i].why);
			CU_FAIL("another answer");
		}
	}
	CU_ASSERT_EQUAL(f.mem.pins, 0);
}

/* Positions are of 15 bytes at most, also where a template is longer. */
static void
a_pin_far_behind_is_refused(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	CTBCS_ANSWERS(&f, "20180100 19 52 17 01 15 00200081 10 00112233445566778899AABBCCDDEEFF", "9000");
	CU_ASSERT_EQUAL(f.mem.pin.pin_bits, 120);
	CU_ASSERT_EQUAL(f.mem.pin.block, 1);
	CTBCS_ANSWERS(&f, "20180100 1A 52 18 01 16 00200081 11 00112233445566778899AABBCCDDEEFF00",
	    "6A80");
	CTBCS_ANSWERS(&f, "20180100 1A 52 18 01 06 00200081 11 00112233445566778899AABBCCDDEEFF00",
	    "9000");
	CU_ASSERT_EQUAL(f.mem.pin.block, PADLINK_BLOCK_MAX);
}

/* In an extended APDU there can be one byte more than the longest template has. */
static void
a_template_too_long_is_refused(void)
{
	uint8_t p[7 + 4 + 264] = { 0 };
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	hex("20180100 00010C 52820108 01 06 00200081 FF", p, sizeof(p));
	wr_init(&f.wr, f.got, sizeof(f.got));
	OK(ctbcs_run(&f.slot, &f.mem.properties, p, sizeof(p), &f.wr));
	CU_ASSERT_TRUE(front_answered(&f, "6A80"));
	CU_ASSERT_EQUAL(f.mem.pins, 0);
	/* The longest. */
	p[6] = 0x0a;
	p[10] = 0x06;
	wr_init(&f.wr, f.got, sizeof(f.got));
	OK(ctbcs_run(&f.slot, &f.mem.properties, p, sizeof(p) - 2, &f.wr));
	CU_ASSERT_TRUE(front_answered(&f, "9000"));
	CU_ASSERT_EQUAL(f.mem.pin.n, 5 + 255);
}

static void
an_entry_ends_with_a_status_word(void)
{
	static const struct {
		int r;
		uint16_t sw;
		const char *want;
	} ends[] = {
		{ 0, 0x9000, "9000" }, { 0, 0x63c1, "63C1" }, { 0, 0x6400, "6400" },
		{ 0, 0x6403, "6403" }, { ERR_TIMEOUT, 0, "6400" }, { ERR_CANCELLED, 0, "6401" },
		{ ERR_NO_CARD, 0, "64A1" }, { ERR_NOT_NOW, 0, "64A2" }, { ERR_BUSY, 0, "6985" },
		{ ERR_FORMAT, 0, "6A80" }, { ERR_UNSUPPORTED, 0, "6985" },
	};
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		f.mem.r = ends[i].r;
		f.mem.sw = ends[i].sw;
		CTBCS_ANSWERS(&f, "20180100 08 52 06 01 06 00200081", ends[i].want);
		CTBCS_ANSWERS(&f, "20190100 09 52 07 01 06 00 00240081", ends[i].want);
	}
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(front_ctbcs(&f, "20180100 08 52 06 01 06 00200081"), ERR_READER_GONE);
	f.mem.properties.features = PADLINK_HAS_START | PADLINK_HAS_TEXT;
	CTBCS_ANSWERS(&f, "20180100 08 52 06 01 06 00200081", "6985");
	CTBCS_ANSWERS(&f, "20190100 09 52 07 01 06 00 00240081", "6985");
}

static const struct sentence sentences[] = {
	SENTENCE(entries_reach_the_reader_as_they_were_asked_for),
	SENTENCE(wrong_entries_never_reach_the_reader),
	SENTENCE(a_pin_far_behind_is_refused),
	SENTENCE(a_template_too_long_is_refused),
	SENTENCE(an_entry_ends_with_a_status_word),
};

SUITE("ctbcs_pin", sentences)
