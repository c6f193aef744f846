#include "ifdhandler/part10_structure.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/*
 * A structure is put together of its fields, so that a row changes the one that it is about. In
 * this order, with a blank between: times, format, offsets (MODIFY), digits, confirm (MODIFY),
 * end, messages, language, indices, T=1, length, template.
 */
enum { BYTES_MAX = 512 };

static const struct reader_properties pad = {
	.lines = 2, .columns = 16, .pin_min = 6, .pin_max = 16, .firmware = "cardinal-pad",
};

static const char verify_ours[] = "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081";
static const char modify_ours[] =
    "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 00240081";

static int
decode(int modify, const char *text, struct padlink_pin *pin)
{
	uint8_t p[BYTES_MAX];
	size_t n = hex(text, p, sizeof(p));

	return modify ? part10_modify(p, n, &pad, pin) : part10_verify(p, n, &pad, pin);
}

static void
a_verify_structure_is_read_field_by_field(void)
{
	struct padlink_pin pin;

	OK(decode(0, verify_ours, &pin));
	CU_ASSERT_EQUAL(pin.kind, PADLINK_PIN_VERIFY);
	CU_ASSERT_EQUAL(pin.first_s, 30);
	CU_ASSERT_EQUAL(pin.next_s, 10);
	CU_ASSERT_EQUAL(pin.format, PADLINK_ASCII);
	CU_ASSERT_EQUAL(pin.right, 0);
	CU_ASSERT_EQUAL(pin.pin_bits, 0);
	CU_ASSERT_EQUAL(pin.block, 0);
	CU_ASSERT_EQUAL(pin.min, 6);
	CU_ASSERT_EQUAL(pin.max, 16);
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK);
	CU_ASSERT_EQUAL(pin.n, 4);
	SAME(pin.apdu, "\x00\x20\x00\x81", 4);
}

static void
a_modify_structure_is_read_field_by_field(void)
{
	struct padlink_pin pin;

	OK(decode(1, "3C05 81120A 0102 0C04 03 0303 0904 000102 000000"
	    "15000000 00240081 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF", &pin));
	CU_ASSERT_EQUAL(pin.kind, PADLINK_PIN_MODIFY);
	CU_ASSERT_EQUAL(pin.first_s, 60);
	CU_ASSERT_EQUAL(pin.next_s, 5);
	CU_ASSERT_EQUAL(pin.format, PADLINK_BCD);
	CU_ASSERT_EQUAL(pin.length_bits, 1);
	CU_ASSERT_EQUAL(pin.block, 2);
	CU_ASSERT_EQUAL(pin.length_at, 10);
	CU_ASSERT_EQUAL(pin.offset_old, 1);
	CU_ASSERT_EQUAL(pin.offset_new, 2);
	CU_ASSERT_EQUAL(pin.min, 4);
	CU_ASSERT_EQUAL(pin.max, 12);
	CU_ASSERT_EQUAL(pin.confirm, PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD);
	CU_ASSERT_EQUAL(pin.end, PADLINK_END_OK | PADLINK_END_MAX);
	CU_ASSERT_EQUAL(pin.n, 21);
	OK(decode(1, modify_ours, &pin));
	CU_ASSERT_EQUAL(pin.n, 4);
}

/* bmFormatString, bmPINBlockString, bmPINLengthFormat, at their boundaries. */
static void
formats_are_read_bit_by_bit(void)
{
	static const struct {
		const char *why;
		uint8_t format, block, length;
		struct padlink_pin pin;
	} rows[] = {
		{ "binary, left, no position", 0x00, 0x08, 0x00, { .format = PADLINK_BINARY,
		    .block = 8 } },
		{ "BCD", 0x01, 0x08, 0x00, { .format = PADLINK_BCD, .block = 8 } },
		{ "ASCII", 0x02, 0x08, 0x00, { .format = PADLINK_ASCII, .block = 8 } },
		{ "justified right", 0x06, 0x08, 0x00, { .format = PADLINK_ASCII, .right = 1,
		    .block = 8 } },
		{ "one bit in", 0x0a, 0x08, 0x00, { .format = PADLINK_ASCII, .block = 8,
		    .pin_bits = 1 } },
		{ "one byte in", 0x8a, 0x08, 0x00, { .format = PADLINK_ASCII, .block = 8,
		    .pin_bits = 8 } },
		{ "15 bits in", 0x79, 0x08, 0x00, { .format = PADLINK_BCD, .block = 8,
		    .pin_bits = 15 } },
		{ "15 bytes in", 0xf9, 0x08, 0x00, { .format = PADLINK_BCD, .block = 8,
		    .pin_bits = 120 } },
		{ "a block of 15", 0x02, 0x0f, 0x00, { .format = PADLINK_ASCII, .block = 15 } },
		{ "a length of 4 bits", 0x41, 0x48, 0x04, { .format = PADLINK_BCD, .block = 8,
		    .pin_bits = 8, .length_bits = 4, .length_at = 4 } },
		{ "the same, position in bytes", 0x89, 0x48, 0x04, { .format = PADLINK_BCD,
		    .block = 8, .pin_bits = 8, .length_bits = 4, .length_at = 4 } },
		{ "the same, as cyberJack's manual says it", 0x81, 0x48, 0x04,
		    { .format = PADLINK_BCD, .block = 8, .length_bits = 4, .length_at = 4 } },
		{ "a length of 15 bits, 15 bits in", 0x02, 0xf8, 0x0f, { .format = PADLINK_ASCII,
		    .block = 8, .length_bits = 15, .length_at = 15 } },
		{ "a length of 8 bits, 15 bytes in", 0x02, 0x88, 0x1f, { .format = PADLINK_ASCII,
		    .block = 8, .length_bits = 8, .length_at = 120 } },
		{ "bits without a meaning in the third", 0x02, 0x08, 0xe0,
		    { .format = PADLINK_ASCII, .block = 8 } },
		{ "the handbook of the ACR83", 0x39, 0x49, 0x02, { .format = PADLINK_BCD,
		    .block = 9, .pin_bits = 7, .length_bits = 4, .length_at = 2 } },
	};
	uint8_t p[PART10_VERIFY_HEAD + 5 + 32];
	struct padlink_pin pin;
	const struct padlink_pin *want;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(p, 0, sizeof(p));
		hex("1E0A 000000 1004 0201 0904 00 000000 25000000 00200081 20", p, sizeof(p));
		p[2] = rows[i].format;
		p[3] = rows[i].block;
		p[4] = rows[i].length;
		want = &rows[i].pin;
		if (part10_verify(p, sizeof(p), &pad, &pin) != 0 || pin.format != want->format ||
		    pin.right != want->right || pin.block != want->block ||
		    pin.pin_bits != want->pin_bits || pin.length_bits != want->length_bits ||
		    pin.length_at != want->length_at) {
			printf("    %s\n", rows[i].why);
			CU_FAIL("read as something else");
		}
	}
}

static void
what_the_host_leaves_open_is_the_readers(void)
{
	struct padlink_pin pin;

	OK(decode(0, "0000 820000 1006 0201 0000 00 000000 04000000 00200081", &pin));
	CU_ASSERT_EQUAL(pin.first_s, PART10_FIRST_S);
	CU_ASSERT_EQUAL(pin.next_s, PART10_NEXT_S);
	OK(decode(0, "FFFF 820000 1006 0201 0000 00 000000 04000000 00200081", &pin));
	CU_ASSERT_EQUAL(pin.first_s, 255);
	CU_ASSERT_EQUAL(pin.next_s, 255);
	OK(decode(0, "1E0A 820000 1006 0201 0000 00 000000 05000000 0020008100", &pin));
	CU_ASSERT_EQUAL(pin.n, 5);
}

/* bEntryValidationCondition. */
static void
an_entry_ends_as_the_host_says_or_with_ok(void)
{
	static const uint8_t ends[][2] = {
		{ 0, 2 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 6 }, { 5, 5 }, { 6, 6 }, { 7, 7 },
		{ 8, 2 }, { 0x83, 2 }, { 0xff, 2 },
	};
	uint8_t p[64];
	size_t n = hex(verify_ours, p, sizeof(p));
	struct padlink_pin pin;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		p[7] = ends[i][0];
		OK(part10_verify(p, n, &pad, &pin));
		CU_ASSERT_EQUAL(pin.end, ends[i][1]);
	}
	n = hex(modify_ours, p, sizeof(p));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		p[10] = ends[i][0];
		OK(part10_modify(p, n, &pad, &pin));
		CU_ASSERT_EQUAL(pin.end, ends[i][1]);
	}
}

/* wPINMaxExtraDigit, the most first; 0: refused. */
static void
digits_are_cut_to_what_the_reader_takes(void)
{
	static const struct {
		const char *why;
		uint8_t most, fewest, max, min;
	} rows[] = {
		{ "6 to 16", 16, 6, 16, 6 }, { "just 6", 6, 6, 6, 6 },
		{ "0 to 16", 16, 0, 16, 0 }, { "1 digit", 1, 1, 1, 1 },
		{ "swapped: just 8", 6, 8, 8, 8 }, { "just 4, without a most", 0, 4, 4, 4 },
		{ "17", 17, 6, 16, 6 }, { "255", 255, 6, 16, 6 }, { "just 16", 16, 16, 16, 16 },
		{ "just 17", 17, 17, 0, 0 }, { "swapped: just 17", 6, 17, 0, 0 },
		{ "none", 0, 0, 0, 0 },
	};
	uint8_t p[64];
	size_t n = hex(verify_ours, p, sizeof(p));
	struct padlink_pin pin;
	int r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p[5] = rows[i].most;
		p[6] = rows[i].fewest;
		r = part10_verify(p, n, &pad, &pin);
		if (r != (rows[i].max == 0 ? ERR_FORMAT : 0) ||
		    (r == 0 && (pin.max != rows[i].max || pin.min != rows[i].min))) {
			printf("    %s\n", rows[i].why);
			CU_FAIL("read as something else");
		}
	}
}

/* A host whose words are big-endian writes the others so that it writes the length so. */
static void
a_big_endian_host_is_known_by_its_length(void)
{
	struct padlink_pin pin;

	OK(decode(0, "1E0A 820000 0610 0201 0409 00 000000 00000004 00200081", &pin));
	CU_ASSERT_EQUAL(pin.max, 16);
	CU_ASSERT_EQUAL(pin.min, 6);
	OK(decode(1, "1E0A 820000 0000 040C 03 0203 0409 000102 000000 00000005 0024008100", &pin));
	CU_ASSERT_EQUAL(pin.max, 12);
	CU_ASSERT_EQUAL(pin.min, 4);
	CU_ASSERT_EQUAL(pin.n, 5);
}

static const struct {
	const char *why;
	int modify;
	const char *hex;
} taken[] = {
	{ "VERIFY", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081" },
	{ "DISABLE", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00260081" },
	{ "ENABLE", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00280081" },
	{ "RESET RETRY with a PUK alone", 0,
	    "1E0A 820000 1006 0201 0904 00 000000 04000000 002C0181" },
	{ "another class", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 0C200081" },
	{ "no message", 0, "1E0A 820000 1006 0200 0904 00 000000 04000000 00200081" },
	{ "messages as the reader has them", 0,
	    "1E0A 820000 1006 02FF 0904 00 000000 04000000 00200081" },
	{ "no language", 0, "1E0A 820000 1006 0201 0000 00 000000 04000000 00200081" },
	{ "a language of nobody", 0, "1E0A 820000 1006 0201 FFFF 00 000000 04000000 00200081" },
	{ "a message that is none", 0, "1E0A 820000 1006 0201 0904 FF 000000 04000000 00200081" },
	{ "a T=1 prologue", 0, "1E0A 820000 1006 0201 0904 00 00400D 04000000 00200081" },
	{ "a block that fills the data", 0,
	    "1E0A 820200 1006 0201 0904 00 000000 07000000 00200081 02 FFFF" },
	{ "a block that fills the data behind a bit", 0,
	    "1E0A 0A0200 1006 0201 0904 00 000000 08000000 00200081 03 FFFFFF" },
	{ "a block that fills the data with its length in it", 0,
	    "1E0A 414804 0C06 0201 0904 00 000000 0D000000 00200081 08 2FFFFFFFFFFFFFFF" },
	{ "a block of 1", 0, "1E0A 820100 1006 0201 0904 00 000000 06000000 00200081 01 FF" },
	{ "CHANGE", 1, "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 00240081" },
	{ "RESET RETRY", 1, "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 002C0081" },
	{ "the new one once", 1,
	    "1E0A 820000 0000 1006 00 0200 0904 000000 000000 04000000 00240181" },
	{ "the new one twice", 1,
	    "1E0A 820000 0000 1006 01 0202 0904 010200 000000 04000000 00240181" },
	{ "old, new once", 1,
	    "1E0A 820000 0000 1006 02 0202 0904 000100 000000 04000000 00240081" },
	{ "no message, MODIFY", 1,
	    "1E0A 820000 0000 1006 03 0200 0904 000000 000000 04000000 00240081" },
	{ "one message", 1, "1E0A 820000 0000 1006 03 0201 0904 000000 000000 04000000 00240081" },
	{ "as the reader has them, MODIFY", 1,
	    "1E0A 820000 0000 1006 03 02FF 0904 000102 000000 04000000 00240081" },
	{ "messages that are none, MODIFY", 1,
	    "1E0A 820000 0000 1006 03 0203 0904 FFFFFF 000000 04000000 00240081" },
	{ "five bytes, MODIFY, as OpenSC says it", 1,
	    "1E1E 820000 0000 1004 03 0203 0000 000102 000000 05000000 0024008100" },
	{ "blocks that fill the data", 1,
	    "1E0A 820200 0002 1006 03 0203 0904 000102 000000 09000000 00240081 04 FFFFFFFF" },
	{ "blocks that fill the data, the new one first", 1,
	    "1E0A 820200 0200 1006 03 0203 0904 000102 000000 09000000 00240081 04 FFFFFFFF" },
	/* Nobody is asked for the old one, so it needs no room. */
	{ "an old PIN out of the data that is not asked", 1,
	    "1E0A 820200 0F00 1006 01 0203 0904 000102 000000 07000000 00240181 02 FFFF" },
};

static void
structures_at_the_boundary_are_taken(void)
{
	struct padlink_pin pin;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (decode(taken[i].modify, taken[i].hex, &pin) != 0) {
			printf("    %s\n", taken[i].why);
			CU_FAIL("refused");
		}
}

static const struct {
	const char *why;
	int modify;
	const char *hex;
	int r;
} refused[] = {
	{ "nothing", 0, "", ERR_FORMAT },
	{ "no template", 0, "1E0A 820000 1006 0201 0904 00 000000 00000000", ERR_FORMAT },
	{ "a template of 3", 0, "1E0A 820000 1006 0201 0904 00 000000 03000000 002000",
	    ERR_FORMAT },
	{ "a length too small", 0, "1E0A 820000 1006 0201 0904 00 000000 03000000 00200081",
	    ERR_FORMAT },
	{ "a length too big", 0, "1E0A 820000 1006 0201 0904 00 000000 05000000 00200081",
	    ERR_FORMAT },
	{ "a length too big by 256", 0, "1E0A 820000 1006 0201 0904 00 000000 04010000 00200081",
	    ERR_FORMAT },
	{ "a length too big by 2^24", 0, "1E0A 820000 1006 0201 0904 00 000000 04000001 00200081",
	    ERR_FORMAT },
	{ "a length of neither byte order", 0,
	    "1E0A 820000 1006 0201 0904 00 000000 00040000 00200081", ERR_FORMAT },
	{ "format 3", 0, "1E0A 830000 1006 0201 0904 00 000000 04000000 00200081", ERR_FORMAT },
	{ "two messages of VERIFY", 0, "1E0A 820000 1006 0202 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "254 messages", 0, "1E0A 820000 1006 02FE 0904 00 000000 04000000 00200081", ERR_FORMAT },
	{ "READ BINARY", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00B00081", ERR_DENIED },
	{ "CHANGE in VERIFY", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00240081",
	    ERR_DENIED },
	{ "RESET RETRY with a new PIN in VERIFY", 0,
	    "1E0A 820000 1006 0201 0904 00 000000 04000000 002C0081", ERR_DENIED },
	{ "VERIFY in MODIFY", 1,
	    "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 00200081", ERR_DENIED },
	{ "a first part of VERIFY", 0,
	    "1E0A 820000 1006 0201 0904 00 000000 04000000 10200081", ERR_DENIED },
	{ "a new PIN asked where the old one goes", 1,
	    "1E0A 820200 0000 1006 01 0201 0904 000102 000000 09000000 00240081 04 FFFF3636",
	    ERR_DENIED },
	{ "the same, the host's in the rest of its block", 1,
	    "1E0A 820400 0000 1006 00 0201 0904 000102 000000 09000000 00240081 04 FFFF3636",
	    ERR_DENIED },
	{ "the same, behind a byte of the host's", 1,
	    "1E0A 820300 0001 1006 00 0201 0904 000102 000000 09000000 00240081 04 26FFFFFF",
	    ERR_DENIED },
	{ "the same, in bits", 1,
	    "1E0A 790200 0000 1006 00 0201 0904 000102 000000 09000000 002C0081 04 26FFFFFF",
	    ERR_DENIED },
	{ "an odd VERIFY", 0, "1E0A 820000 1006 0201 0904 00 000000 04000000 00210081",
	    ERR_DENIED },
	{ "no block, Lc", 0, "1E0A 820000 1006 0201 0904 00 000000 05000000 0020008106",
	    ERR_FORMAT },
	{ "no block, data", 0, "1E0A 820000 1006 0201 0904 00 000000 06000000 0020008101FF",
	    ERR_FORMAT },
	{ "a block without Lc", 0, "1E0A 820200 1006 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
	{ "a block and an Lc of 0", 0, "1E0A 820100 1006 0201 0904 00 000000 05000000 0020008100",
	    ERR_FORMAT },
	{ "a block over the data", 0,
	    "1E0A 820300 1006 0201 0904 00 000000 07000000 00200081 02 FFFF",
	    ERR_FORMAT },
	{ "a block over the data by where the PIN is, in bytes", 0,
	    "1E0A 8A0200 1006 0201 0904 00 000000 07000000 00200081 02 FFFF", ERR_FORMAT },
	{ "a block over the data by a bit", 0,
	    "1E0A 0A0200 1006 0201 0904 00 000000 07000000 00200081 02 FFFF", ERR_FORMAT },
	{ "the old block over the data by where the PIN is", 1,
	    "1E0A 8A0200 0200 1006 03 0203 0904 000102 000000 09000000 00240081 04 FFFFFFFF",
	    ERR_FORMAT },
	{ "Lc over the data", 0, "1E0A 820200 1006 0201 0904 00 000000 07000000 00200081 03 FFFF",
	    ERR_FORMAT },
	{ "Lc under the data", 0,
	    "1E0A 820200 1006 0201 0904 00 000000 08000000 00200081 02 FFFFFF",
	    ERR_FORMAT },
	{ "a confirmation that is none", 1,
	    "1E0A 820000 0000 1006 04 0203 0904 000102 000000 04000000 00240081", ERR_FORMAT },
	{ "four messages", 1,
	    "1E0A 820000 0000 1006 03 0204 0904 000102 000000 04000000 00240081", ERR_FORMAT },
	{ "the new block over the data", 1,
	    "1E0A 820200 0001 1006 01 0203 0904 000102 000000 07000000 00240081 02 FFFF",
	    ERR_FORMAT },
	{ "the old block over the data", 1,
	    "1E0A 820200 0100 1006 03 0203 0904 000102 000000 07000000 00240081 02 FFFF",
	    ERR_FORMAT },
	{ "a verify as a modify", 1, "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081",
	    ERR_FORMAT },
};

static void
malformed_structures_are_refused(void)
{
	struct padlink_pin pin;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (decode(refused[i].modify, refused[i].hex, &pin) != refused[i].r) {
			printf("    %s\n", refused[i].why);
			CU_FAIL("not refused so");
		}
}

/* No extended length: header, Lc and 255 bytes are the longest, and a byte more is not. */
static void
the_longest_template_has_an_lc_of_255(void)
{
	uint8_t p[PART10_VERIFY_HEAD + PADLINK_TEMPLATE_MAX + 1] = { 0 };
	struct padlink_pin pin;

	hex("1E0A 820800 1006 0201 0904 00 000000 04010000 00200081 FF", p, sizeof(p));
	OK(part10_verify(p, PART10_VERIFY_HEAD + 5 + 255, &pad, &pin));
	CU_ASSERT_EQUAL(pin.n, 5 + 255);
	for (unsigned more = 1; more <= 2; more++) {
		p[15] = (uint8_t)(4 + more);
		CU_ASSERT_EQUAL(part10_verify(p, PART10_VERIFY_HEAD + 5 + 255 + more, &pad, &pin),
		    ERR_FORMAT);
		/* What there is no room for is not taken, to be refused for its Lc afterwards. */
		CU_ASSERT_EQUAL(pin.n, 5 + 255 + more <= PADLINK_TEMPLATE_MAX ? 5 + 255 + more : 0);
	}
}

static void
every_shorter_structure_is_refused(void)
{
	struct padlink_pin pin;
	uint8_t p[64];
	size_t n = hex(verify_ours, p, sizeof(p));

	for (size_t i = 0; i < n; i++)
		CU_ASSERT_NOT_EQUAL(part10_verify(p, i, &pad, &pin), 0);
	n = hex(modify_ours, p, sizeof(p));
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_NOT_EQUAL(part10_modify(p, i, &pad, &pin), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(a_verify_structure_is_read_field_by_field),
	SENTENCE(a_modify_structure_is_read_field_by_field),
	SENTENCE(formats_are_read_bit_by_bit),
	SENTENCE(what_the_host_leaves_open_is_the_readers),
	SENTENCE(an_entry_ends_as_the_host_says_or_with_ok),
	SENTENCE(digits_are_cut_to_what_the_reader_takes),
	SENTENCE(a_big_endian_host_is_known_by_its_length),
	SENTENCE(structures_at_the_boundary_are_taken),
	SENTENCE(malformed_structures_are_refused),
	SENTENCE(the_longest_template_has_an_lc_of_255),
	SENTENCE(every_shorter_structure_is_refused),
};

SUITE("part10_structure", sentences)
