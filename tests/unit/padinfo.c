#include "hsm/cards/padinfo.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

enum { ROOM = 300 };

static void
features_are_listed_as_the_reader_gives_them(void)
{
	struct pad_report v = { 0 };
	uint8_t p[ROOM];

	OK(padinfo_features(p, hex("060442330006 7F0400000001 060442330007", p, sizeof(p)), &v));
	CU_ASSERT_EQUAL(v.features, 3);
	CU_ASSERT_EQUAL(padinfo_code(&v, FEATURE_VERIFY), 0x42330006);
	CU_ASSERT_EQUAL(padinfo_code(&v, 0x7f), 1);
	CU_ASSERT_EQUAL(padinfo_code(&v, FEATURE_MODIFY), 0);
	CU_ASSERT_STRING_EQUAL(padinfo_feature_name(FEATURE_VERIFY), "VERIFY_PIN_DIRECT");
	CU_ASSERT_STRING_EQUAL(padinfo_feature_name(0x20), "EXECUTE_PACE");
	CU_ASSERT_STRING_EQUAL(padinfo_feature_name(0x7f), "?");
}

static void
lists_of_features_that_are_malformed_are_refused(void)
{
	static const struct {
		const char *why, *hex;
	} table[] = {
		{ "cut in the code", "0604423300" },
		{ "cut after the tag", "060442330006 07" },
		{ "a length of 3", "0603423300" },
		{ "a length of 5", "06054233000600" },
	};
	struct pad_report v = { 0 };
	uint8_t p[ROOM];
	size_t i;

	for (i = 0; i < LEN(table); i++)
		if (padinfo_features(p, hex(table[i].hex, p, sizeof(p)), &v) != ERR_FORMAT)
			CU_FAIL(table[i].why);
	for (i = 0; i < 6 * (PADINFO_FEATURES_MAX + 1); i++)
		p[i] = i % 6 == 1 ? 4 : (uint8_t)i;
	OK(padinfo_features(p, 6 * PADINFO_FEATURES_MAX, &v));
	CU_ASSERT_EQUAL(v.features, PADINFO_FEATURES_MAX);
	CU_ASSERT_EQUAL(padinfo_features(p, 6 * (PADINFO_FEATURES_MAX + 1), &v), ERR_FORMAT);
}

static void
pin_properties_are_four_bytes(void)
{
	struct pad_properties v;
	uint8_t p[ROOM];

	OK(padinfo_pin_properties(p, hex("10020201", p, sizeof(p)), &v));
	CU_ASSERT_EQUAL(v.lines, 2);
	CU_ASSERT_EQUAL(v.columns, 16);
	CU_ASSERT_EQUAL(v.condition, 2);
	CU_ASSERT_EQUAL(v.next_timeout, 1);
	CU_ASSERT_EQUAL(padinfo_pin_properties(p, 3, &v), ERR_FORMAT);
	CU_ASSERT_EQUAL(v.said, 0);
	CU_ASSERT_EQUAL(padinfo_pin_properties(p, 5, &v), ERR_FORMAT);
	CU_ASSERT_EQUAL(padinfo_pin_properties(p, 0, &v), ERR_FORMAT);
}

static void
tlv_properties_are_little_endian(void)
{
	struct pad_properties v;
	uint8_t p[ROOM];

	OK(padinfo_tlv_properties(p, hex("01021002 020102 030101 04021000 05020200 060104 070110"
	    "0803410A7A 090100 0A0400000100 0B024B0C 0C020001 0D0100 EE00", p, sizeof(p)), &v));
	CU_ASSERT_EQUAL(v.said, 0x1ffe);
	CU_ASSERT_EQUAL(v.lines, 2);
	CU_ASSERT_EQUAL(v.columns, 16);
	CU_ASSERT_EQUAL(v.condition, 2);
	CU_ASSERT_EQUAL(v.next_timeout, 1);
	CU_ASSERT_EQUAL(v.characters, 16);
	CU_ASSERT_EQUAL(v.text_lines, 2);
	CU_ASSERT_EQUAL(v.pin_min, 4);
	CU_ASSERT_EQUAL(v.pin_max, 16);
	CU_ASSERT_STRING_EQUAL(v.firmware, "A?z");
	CU_ASSERT_EQUAL(v.apdu_max, 0x10000);
	CU_ASSERT_EQUAL(v.vendor, 0x0c4b);
	CU_ASSERT_EQUAL(v.product, 0x0100);
	OK(padinfo_tlv_properties(p, 0, &v));
	CU_ASSERT_EQUAL(v.said, 0);
}

static void
tlv_properties_that_are_malformed_are_refused(void)
{
	static const struct {
		const char *why, *hex;
	} table[] = {
		{ "a tag alone", "01" },
		{ "a value that is cut", "010210" },
		{ "a layout of one byte", "010110" },
		{ "a layout of three bytes", "0103100200" },
		{ "a condition of two bytes", "02020200" },
		{ "a minimum of no byte", "0600" },
		{ "a maximum of two bytes", "07021000" },
		{ "an APDU size of two bytes", "0A020001" },
		{ "a vendor of one byte", "0B014B" },
		{ "the same twice", "060104 060104" },
		{ "an unknown one that is cut", "EE0200" },
	};
	struct pad_properties v;
	uint8_t p[ROOM];

	for (size_t i = 0; i < LEN(table); i++)
		if (padinfo_tlv_properties(p, hex(table[i].hex, p, sizeof(p)), &v) != ERR_FORMAT)
			CU_FAIL(table[i].why);
}

static void
a_long_firmware_name_is_cut(void)
{
	struct pad_properties v;
	uint8_t p[ROOM];

	memset(p, 'a', sizeof(p));
	p[0] = 0x08;
	p[1] = 255;
	OK(padinfo_tlv_properties(p, 257, &v));
	CU_ASSERT_EQUAL(strlen(v.firmware), PADINFO_TEXT_MAX);
}

static void
units_maker_and_card_come_by_get_status(void)
{
	char maker[PADINFO_TEXT_MAX + 1];
	struct pad_units v;
	uint8_t p[ROOM];
	struct wr wr;
	int present;

	wr_init(&wr, p, sizeof(p));
	padinfo_status(&wr, STATUS_UNITS);
	OK(wr_end(&wr));
	SAME(p, "\x20\x13\x00\x81\x00", 5);
	wr_init(&wr, p, sizeof(p));
	padinfo_status(&wr, STATUS_ICC);
	SAME(p, "\x20\x13\x01\x80\x00", 5);
	OK(padinfo_units(p, hex("8103014050 9000", p, sizeof(p)), &v));
	CU_ASSERT_EQUAL(v.n, 3);
	CU_ASSERT_TRUE(padinfo_has_unit(&v, 0x40));
	CU_ASSERT_FALSE(padinfo_has_unit(&v, 0x60));
	CU_ASSERT_STRING_EQUAL(padinfo_unit_name(0x0e), "card slot");
	CU_ASSERT_STRING_EQUAL(padinfo_unit_name(0x0f), "?");
	OK(padinfo_maker(p, hex("4603 44451B 9000", p, sizeof(p)), maker));
	CU_ASSERT_STRING_EQUAL(maker, "DE?");
	OK(padinfo_icc(p, hex("800105 9000", p, sizeof(p)), &present));
	CU_ASSERT_EQUAL(present, 1);
	OK(padinfo_icc(p, hex("800100 9000", p, sizeof(p)), &present));
	CU_ASSERT_EQUAL(present, 0);
}

static void
answers_of_get_status_that_are_malformed_are_refused(void)
{
	static const char *const table[] = {
		"", "90", "9000", "6985", "8103014050 6985", "81030140 9000", "8203014050 9000",
		"810101 810101 9000",
		"8121 0102030405060708091011121314151617181920212223242526272829303132AA 9000",
	};
	char maker[PADINFO_TEXT_MAX + 1];
	struct pad_units v;
	uint8_t p[ROOM];
	int present;
	size_t n;

	for (size_t i = 0; i < LEN(table); i++) {
		n = hex(table[i], p, sizeof(p));
		if (padinfo_units(p, n, &v) != ERR_FORMAT || v.n != 0 ||
		    padinfo_maker(p, n, maker) != ERR_FORMAT ||
		    padinfo_icc(p, n, &present) != ERR_FORMAT)
			CU_FAIL(table[i]);
	}
	CU_ASSERT_EQUAL(padinfo_icc(p, hex("8000 9000", p, sizeof(p)), &present), ERR_FORMAT);
}

static void
the_universal_way_has_addresses_and_a_length(void)
{
	uint8_t p[ROOM];
	const uint8_t *q;
	struct wr wr;
	size_t n;

	wr_init(&wr, p, sizeof(p));
	padinfo_universal(&wr, STATUS_UNITS);
	OK(wr_end(&wr));
	CU_ASSERT_EQUAL(wr.n, 9);
	SAME(p, "\x02\x01\x05\x00\x20\x13\x00\x81\x00", 9);
	q = p;
	n = hex("01020200 9000", p, sizeof(p));
	OK(padinfo_universal_answer(&q, &n));
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_PTR_EQUAL(q, p + 4);
	for (n = 0; n < 6; n++) {
		size_t m = n;

		q = p;
		CU_ASSERT_EQUAL(padinfo_universal_answer(&q, &m), ERR_FORMAT);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(features_are_listed_as_the_reader_gives_them),
	SENTENCE(lists_of_features_that_are_malformed_are_refused),
	SENTENCE(pin_properties_are_four_bytes),
	SENTENCE(tlv_properties_are_little_endian),
	SENTENCE(tlv_properties_that_are_malformed_are_refused),
	SENTENCE(a_long_firmware_name_is_cut),
	SENTENCE(units_maker_and_card_come_by_get_status),
	SENTENCE(answers_of_get_status_that_are_malformed_are_refused),
	SENTENCE(the_universal_way_has_addresses_and_a_length),
};

SUITE("padinfo", sentences)
