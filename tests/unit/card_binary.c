#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/suite.h"
#include "tests/unit/workshop.h"

static struct deck d;

#define PLAY(table) workshop_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
writing_once_takes_only_what_is_erased(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0008"), SW_OK, "" },
		{ "00D00002(0102)", SW_OK, "" },
		{ "00B0000000", SW_OK, "0000010200000000" },
		{ "00D00002(0102)", SW_CONDITIONS, "" },
		{ "00D00001(FF00)", SW_CONDITIONS, "" },
		{ "00D00003(0000)", SW_CONDITIONS, "" },
		{ "00D00004(00000005)", SW_OK, "" },
		{ "00B0000000", SW_OK, "0000010200000005" },
		{ "00D00007(0000)", SW_NO_ROOM, "" },
		{ "00D00008(00)", SW_OFFSET, "" },
		{ "00D00000", SW_LENGTH, "" },
		{ "00D00000(00)00", SW_LENGTH, "" },
		{ "00B0000000", SW_OK, "0000010200000005" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
writing_goes_by_the_data_coding_byte(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0002) 82(0141) 83(4101)" OPEN), SW_OK, "" },
		{ "00D00000(0F50)", SW_OK, "" },
		{ "00D00000(F003)", SW_OK, "" },
		{ "00B0000000", SW_OK, "FF53" },
		{ CREATE("80(0002) 82(0161) 83(4102)" OPEN), SW_OK, "" },
		{ "00D60000(FFF0)", SW_OK, "" },
		{ "00D00000(0F3C)", SW_OK, "" },
		{ "00B0000000", SW_OK, "0F30" },
		/* 01, of the maker's own, is once as well. */
		{ CREATE("80(0001) 82(0121) 83(4103)" OPEN), SW_OK, "" },
		{ "00D00000(01)", SW_OK, "" },
		{ "00D00000(02)", SW_CONDITIONS, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
erasing_makes_zeros_of_what_is_between(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0006"), SW_OK, "" },
		{ "00D60000(010203040506)", SW_OK, "" },
		{ "000E0001(0003)", SW_OK, "" },
		{ "00B0000000", SW_OK, "010000040506" },
		{ "000E0001(0001)", SW_DATA, "" },
		{ "000E0002(0001)", SW_DATA, "" },
		{ "000E0001(0007)", SW_OFFSET, "" },
		{ "000E0006", SW_OFFSET, "" },
		{ "000E0001(03)", SW_LENGTH, "" },
		{ "000E0001(000003)", SW_LENGTH, "" },
		{ "000E000100", SW_LENGTH, "" },
		{ "00B0000000", SW_OK, "010000040506" },
		{ "000E0004(0006)", SW_OK, "" },
		{ "00B0000000", SW_OK, "010000040000" },
		{ "000E0001", SW_OK, "" },
		{ "00B0000000", SW_OK, "010000000000" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
odd_instructions_name_the_file_and_bring_the_offset(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0006) 82(01) 83(4101) 88(08)" OPEN), SW_OK, "" },
		{ "00D70000(54(00)53(010203040506))", SW_OK, "" },
		{ "00B10000(54(0002))00", SW_OK, "53(03040506)" },
		{ CREATE_EF("4102", "0002"), SW_OK, "" },
		{ "00B10000(54(00))00", SW_OK, "53(0000)" },
		{ "00B14101(54(04))00", SW_OK, "53(0506)" },
		/* It is the current one then. */
		{ "00B0000500", SW_OK, "06" },
		{ "00D74102(54(01)73(AA))", SW_OK, "" },
		{ "00B0000000", SW_OK, "00AA" },
		{ "00B10001(54(05))00", SW_OK, "53(06)" },
		{ "00B0000500", SW_OK, "06" },
		{ "000F0001(54(01)54(03))", SW_OK, "" },
		{ "00B0000000", SW_OK, "010000040506" },
		{ "000F0001(54(04))", SW_OK, "" },
		{ "00B0000000", SW_OK, "010000040000" },
		{ "00D10001(54(05)53(07))", SW_OK, "" },
		{ "00D10001(54(05)53(07))", SW_CONDITIONS, "" },
		{ "00B0000000", SW_OK, "010000040007" },
		{ "000F0001", SW_OK, "" },
		{ "00B0000000", SW_OK, "000000000000" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
odd_instructions_refuse_what_is_malformed(void)
{
	static const struct deck_step v[] = {
		{ "00B10000(54(00))00", SW_NO_EF, "" },
		{ CREATE_EF("4101", "0004"), SW_OK, "" },
		{ "00B10002(54(00))00", SW_NO_FILE, "" },
		{ "00B1001F(54(00))00", SW_NO_FILE, "" },
		{ "00B14102(54(00))00", SW_NO_FILE, "" },
		{ "00B10000(54(00))", SW_LENGTH, "" },
		{ "00B1000000", SW_LENGTH, "" },
		{ "00B10000(53(00))00", SW_DATA, "" },
		{ "00B10000(54())00", SW_DATA, "" },
		{ "00B10000(54(000000))00", SW_DATA, "" },
		{ "00B10000(54(00)54(00))00", SW_DATA, "" },
		{ "00B10000(5402 00)00", SW_DATA, "" },
		{ "00B10000(54(04))00", SW_OFFSET, "" },
		{ "00B10000(54(FFFF))00", SW_OFFSET, "" },
		{ "00D70000(54(00))", SW_DATA, "" },
		{ "00D70000(53(00))", SW_DATA, "" },
		{ "00D70000(53(00)54(00))", SW_DATA, "" },
		{ "00D70000(54(00)53())", SW_DATA, "" },
		{ "00D70000(54(00)55(00))", SW_DATA, "" },
		{ "00D70000(54(00)53(00)53(00))", SW_DATA, "" },
		{ "00D70000(54(03)53(0000))", SW_NO_ROOM, "" },
		{ "00D70000(54(04)53(00))", SW_OFFSET, "" },
		{ "00D70000", SW_LENGTH, "" },
		{ "00D70000(54(00)53(00))00", SW_LENGTH, "" },
		{ "000F0000(53(00))", SW_DATA, "" },
		{ "000F0000(54(00)54(01)54(02))", SW_DATA, "" },
		{ "000F0000(54(02)54(02))", SW_DATA, "" },
		{ "000F0000(54(04))", SW_OFFSET, "" },
		{ "000F0000(54(00)54(05))", SW_OFFSET, "" },
		{ "000F000000", SW_LENGTH, "" },
		/* A DF is no file to read from. */
		{ "00A4030C", SW_OK, "" },
		{ "00B15A10(54(00))00", SW_NO_FILE, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* Ne at the borders where the length of an object gets a byte more. */
static void
an_object_is_as_long_as_ne_has_room_for(void)
{
	static const struct {
		unsigned ne;
		size_t content, header;
		uint16_t sw;
	} v[] = {
		{ 1, 0, 0, SW_LENGTH }, { 2, 0, 2, SW_OK }, { 3, 1, 2, SW_OK },
		{ 129, 127, 2, SW_OK }, { 130, 127, 2, SW_OK }, { 131, 128, 3, SW_OK },
		{ 258, 255, 3, SW_OK }, { 259, 255, 3, SW_OK }, { 260, 256, 4, SW_OK },
		{ 303, 299, 4, SW_OK }, { 304, 300, 4, SW_OK }, { 305, 300, 4, SW_EOF },
		{ 0, 300, 4, SW_OK },
	};
	/* 127 bytes before the end: with room for one byte more there is one too few. */
	static const struct deck_step last[] = {
		{ "00B10000(54(00AD))81", SW_OK, NULL },
		{ "00B10000(54(00AD))82", SW_EOF, NULL },
		{ "00B10000(54(00AC))82", SW_OK, NULL },
	};
	uint8_t p[] = { 0, 0xb1, 0, 0, 0, 0, 3, 0x54, 1, 0, 0, 0 };

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "012C")), SW_OK);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		p[10] = (uint8_t)(v[i].ne >> 8);
		p[11] = (uint8_t)v[i].ne;
		CU_ASSERT_EQUAL(deck_send(&d, p, sizeof(p)), v[i].sw);
		CU_ASSERT_EQUAL(d.rsp_n, v[i].header + v[i].content);
	}
	PLAY(last);
}

static void
a_short_identifier_makes_its_file_current(void)
{
	static const struct deck_step v[] = {
		{ CREATE("80(0002) 82(01) 83(4101) 88(F0)" OPEN), SW_OK, "" },
		{ CREATE_EF("4102", "0002"), SW_OK, "" },
		{ "00B09E0000", SW_OK, "0000" },
		{ "00D60001(77)", SW_OK, "" },
		{ SELECT_FID("4102"), SW_OK, "" },
		{ "00D69E00(66)", SW_OK, "" },
		{ SELECT_FID("4102"), SW_OK, "" },
		{ "000E9E01", SW_OK, "" },
		{ "00B0000000", SW_OK, "6600" },
		{ "00B09E0200", SW_OFFSET, "" },
		{ "00B09D0000", SW_NO_FILE, "" },
		{ "00B0800000", SW_P1P2, "" },
		{ "00B09F0000", SW_P1P2, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

/* Each way to write has its own rule. */
static void
each_way_to_change_asks_for_its_own_rule(void)
{
	static const char *const commands[] = {
		"00B0000000", "00B10000(54(00))00", "00D60000(00)", "00D70000(54(00)53(00))",
		"00D00000(00)", "00D10000(54(00)53(00))", "000E0000", "000F0000",
	};
	/* D6 speaks for the others too, unless they have a rule: here one that is never met. */
	static const char *const makes[] = {
		CREATE("80(0001) 82(01) 83(4101) 86(B0000000FFFF)"),
		CREATE("80(0001) 82(01) 83(4101) 86(D6000000FFFF D00000000000 0E0000000000)"),
		CREATE("80(0001) 82(01) 83(4101) 86(D0000000FFFF)"),
		CREATE("80(0001) 82(01) 83(4101) 86(0E000000FFFF)"),
	};

	for (size_t i = 0; i < 4; i++) {
		workshop_new(&d);
		CU_ASSERT_EQUAL(workshop_send(&d, makes[i]), SW_OK);
		for (size_t j = 0; j < sizeof(commands) / sizeof(commands[0]); j++)
			CU_ASSERT_EQUAL(workshop_send(&d, commands[j]),
			    j / 2 == i ? SW_OK : SW_SECURITY);
	}
}

static void
a_window_is_read_only(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SHARE, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00D14101(54(00)53(01))", SW_SECURITY, "" },
		{ "00D74101(54(00)53(01))", SW_SECURITY, "" },
		{ "000F4101", SW_SECURITY, "" },
		{ "00B14101(54(3F))00", SW_OK, "53(00)" },
		{ "00B14102(54(00))00", SW_SECURITY, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
a_long_update_comes_in_parts(void)
{
	static const struct deck_step v[] = {
		{ CREATE_EF("4101", "0004"), SW_OK, "" },
		{ "10D70000(54(00)5304)", SW_OK, "" },
		{ "10D70000(0102)", SW_OK, "" },
		{ "00D70000(0304)", SW_OK, "" },
		{ "10D00000(00)", SW_OK, "" },
		{ "00B0000000", SW_OK, "01020304" },
		/* That was no part, so it has dropped the one before. */
		{ "00D00000(05)", SW_CONDITIONS, "" },
		{ "10D60000(11)", SW_OK, "" },
		{ "10D60001(11)", SW_LAST_OF_CHAIN, "" },
		{ "00D60000(22)", SW_OK, "" },
		{ "00B0000000", SW_OK, "22020304" },
		{ "10B10000(54(00))00", SW_NO_CHAINING, "" },
		{ "100E0000", SW_NO_CHAINING, "" },
	};

	workshop_new(&d);
	PLAY(v);
}

static void
what_cannot_be_saved_is_not_there(void)
{
	static const char *const changes[] = {
		"00D60000(09)", "00D00001(09)", "000E0000", "00D74101(54(00)53(09))",
	};

	workshop_new(&d);
	CU_ASSERT_EQUAL(workshop_send(&d, CREATE_EF("4101", "0002")), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60000(05)"), SW_OK);
	d.fault = DECK_REFUSES;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		d.fail_at = d.saves + 1;
		CU_ASSERT_EQUAL(workshop_send(&d, changes[i]), SW_MEMORY);
		CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_OK);
		SAME(d.rsp, "\x05\x00", 2);
	}
	/* Nor does it come with what is saved later. */
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60001(06)"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_OK);
	SAME(d.rsp, "\x05\x06", 2);
	d.fail_at = d.saves + 1;
	CU_ASSERT_EQUAL(workshop_send(&d, "00D60000(09)"), SW_MEMORY);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(workshop_send(&d, "000E0001"), SW_OK);
	CU_ASSERT_EQUAL(workshop_send(&d, "00B0000000"), SW_OK);
	SAME(d.rsp, "\x05\x00", 2);
}

static const struct sentence sentences[] = {
	SENTENCE(writing_once_takes_only_what_is_erased),
	SENTENCE(writing_goes_by_the_data_coding_byte),
	SENTENCE(erasing_makes_zeros_of_what_is_between),
	SENTENCE(odd_instructions_name_the_file_and_bring_the_offset),
	SENTENCE(odd_instructions_refuse_what_is_malformed),
	SENTENCE(an_object_is_as_long_as_ne_has_room_for),
	SENTENCE(a_short_identifier_makes_its_file_current),
	SENTENCE(each_way_to_change_asks_for_its_own_rule),
	SENTENCE(a_window_is_read_only),
	SENTENCE(a_long_update_comes_in_parts),
	SENTENCE(what_cannot_be_saved_is_not_there),
};

SUITE("card_binary", sentences)
