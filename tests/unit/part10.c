#include "ifdhandler/part10.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/pin.h"
#include "tests/unit/front.h"
#include "tests/unit/suite.h"

enum {
	FEATURES = 0x42000d48,
	VERIFY_START = 0x42330001, VERIFY_FINISH, MODIFY_START, MODIFY_FINISH, KEY_PRESSED,
	VERIFY, MODIFY, MCT_DIRECT, MCT_UNIVERSAL, PIN_PROPERTIES, ABORT,
	TLV_PROPERTIES = 0x42330012,
};

static const char verify_ours[] = "1E0A 820000 1006 0201 0904 00 000000 04000000 00200081";
static const char modify_ours[] =
    "1E0A 820000 0000 1006 03 0203 0904 000102 000000 04000000 00240081";
static const char read_binary[] = "1E0A 820000 1006 0201 0904 00 000000 04000000 00B00081";

static int
control_in(struct front *f, size_t room, unsigned long code, const char *text)
{
	uint8_t p[512];
	size_t n = hex(text, p, sizeof(p));

	wr_init(&f->wr, f->got, room);
	return part10_control(&f->slot, code, p, n, &f->wr);
}

static int
control(struct front *f, unsigned long code, const char *text)
{
	return control_in(f, sizeof(f->got), code, text);
}

#define ANSWERS(f, code, command, want) \
	do { \
		OK(control((f), (code), (command))); \
		CU_ASSERT_TRUE(front_answered((f), (want))); \
	} while (0)

/* The list, and which tags are in it. ----------------------------------------------------- */

static void
features_are_listed_with_their_codes(void)
{
	static const char list[] =
	    "01 04 42330001 02 04 42330002 03 04 42330003 04 04 42330004 05 04 42330005"
	    "06 04 42330006 07 04 42330007 08 04 42330008 09 04 42330009 0A 04 4233000A"
	    "0B 04 4233000B 12 04 42330012";
	struct front f;

	front_set_up(&f);
	ANSWERS(&f, FEATURES, "", list);
	ANSWERS(&f, 0x313520, "", list);
	CU_ASSERT_EQUAL(control(&f, 0x42330000, ""), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(control(&f, 0x4233000c, ""), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(control(&f, 1, ""), ERR_UNSUPPORTED);
}

/* What a reader has, and the tags that it offers then; no other code of ours does anything. */
static void
a_feature_is_there_only_when_it_works(void)
{
	static const struct {
		uint8_t features, pin_max;
		const char *tags;
	} rows[] = {
		{ PADLINK_HAS_DIRECT, 16, "0607 0809 0A 12" },
		{ PADLINK_HAS_START, 16, "0102030405 0809 0A0B 12" },
		{ PADLINK_HAS_TEXT, 16, "0809 12" },
		{ 0, 16, "0809 12" },
		{ PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT, 0, "0809 12" },
	};
	uint8_t tags[16], want[16];
	struct front f;
	size_t n;
	int r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		front_set_up(&f);
		f.mem.properties.features = rows[i].features;
		f.mem.properties.pin_max = rows[i].pin_max;
		OK(control(&f, FEATURES, ""));
		n = hex(rows[i].tags, want, sizeof(want));
		CU_ASSERT_EQUAL_FATAL(f.wr.n, 6 * n);
		for (size_t k = 0; k < n; k++)
			CU_ASSERT_EQUAL(f.got[6 * k], want[k]);
		memcpy(tags, want, n);
		for (unsigned tag = 1; tag <= 0x12; tag++) {
			r = control(&f, 0x42330000 + tag, "");
			CU_ASSERT_EQUAL(r == ERR_UNSUPPORTED, memchr(tags, (int)tag, n) == NULL);
		}
		CU_ASSERT_EQUAL(f.mem.pins + f.mem.starts, 0);
	}
}

/* Before anything is done, or somebody enters a PIN of which nothing is heard. */
static void
an_answer_without_room_is_an_error(void)
{
	static const struct {
		unsigned long code;
		const char *command;
		size_t needs;
	} rows[] = {
		{ FEATURES, "", 72 }, { PIN_PROPERTIES, "", 4 }, { TLV_PROPERTIES, "", 46 },
		{ VERIFY, verify_ours, 2 }, { MODIFY, modify_ours, 2 },
		{ VERIFY_START, verify_ours, 1 }, { MODIFY_START, modify_ours, 1 },
		{ VERIFY_FINISH, "", 2 }, { KEY_PRESSED, "", 1 }, { MCT_DIRECT, "20110000", 2 },
		{ MCT_UNIVERSAL, "0201 0400 20110000", 6 },
	};
	struct front f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		front_set_up(&f);
		CU_ASSERT_EQUAL(control_in(&f, rows[i].needs - 1, rows[i].code, rows[i].command),
		    ERR_SIZE);
		CU_ASSERT_EQUAL(f.mem.pins + f.mem.starts + f.mem.outputs, 0);
		OK(control_in(&f, rows[i].needs, rows[i].code, rows[i].command));
	}
	front_set_up(&f);
	f.slot.started = 1;
	OK(control_in(&f, 0, ABORT, ""));
	CU_ASSERT_EQUAL(f.mem.aborts, 1);
}

static void
properties_are_little_endian(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.properties.usb_vendor = 0x0c4b;
	f.mem.properties.usb_product = 0x0100;
	ANSWERS(&f, PIN_PROPERTIES, "", "1002 02 01");
	ANSWERS(&f, TLV_PROPERTIES, "",
	    "01 02 1002 02 01 02 03 01 01 04 02 1000 05 02 0200 06 01 06 07 01 10"
	    "08 03 6D656D 09 01 00 0A 04 00000100 0B 02 4B0C 0C 02 0001");
}

/* At once. --------------------------------------------------------------------------------- */

static const struct {
	int r;
	uint16_t sw;
	const char *want;
} ends[] = {
	{ 0, 0x9000, "9000" }, { 0, 0x63c2, "63C2" }, { 0, 0x6402, "6402" }, { 0, 0x6403, "6403" },
	{ 0, 0x6480, "6480" }, { ERR_TIMEOUT, 0, "6400" }, { ERR_CANCELLED, 0, "6401" },
	{ ERR_DENIED, 0, "6404" }, { ERR_NO_CARD, 0, "64A1" }, { ERR_BUSY, 0, "6985" },
};

static void
a_pin_entry_answers_with_a_status_word(void)
{
	struct front f;

	front_set_up(&f);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		f.mem.r = ends[i].r;
		f.mem.sw = ends[i].sw;
		ANSWERS(&f, VERIFY, verify_ours, ends[i].want);
		CU_ASSERT_EQUAL(f.mem.pin.kind, PADLINK_PIN_VERIFY);
		ANSWERS(&f, MODIFY, modify_ours, ends[i].want);
		CU_ASSERT_EQUAL(f.mem.pin.kind, PADLINK_PIN_MODIFY);
	}
	f.mem.r = ERR_NOT_NOW;
	ANSWERS(&f, VERIFY, verify_ours, "64A2");
	f.mem.r = ERR_FORMAT;
	ANSWERS(&f, VERIFY, verify_ours, "6B80");
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(control(&f, VERIFY, verify_ours), ERR_READER_GONE);
}

static void
a_bad_structure_never_reaches_the_reader(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	ANSWERS(&f, VERIFY, "00", "6B80");
	ANSWERS(&f, MODIFY, "", "6B80");
	ANSWERS(&f, VERIFY, read_binary, "6404");
	ANSWERS(&f, VERIFY_START, "00", "57");
	ANSWERS(&f, MODIFY_START, "", "57");
	ANSWERS(&f, VERIFY_START, read_binary, "57");
	CU_ASSERT_EQUAL(f.mem.pins + f.mem.starts, 0);
}

/* In steps. -------------------------------------------------------------------------------- */

static void
an_entry_in_steps_begins_without_a_word_and_ends_with_one(void)
{
	static const struct {
		unsigned long start, finish;
		const char *structure;
		uint8_t kind;
	} kinds[] = {
		{ VERIFY_START, VERIFY_FINISH, verify_ours, PADLINK_PIN_VERIFY },
		{ MODIFY_START, MODIFY_FINISH, modify_ours, PADLINK_PIN_MODIFY },
	};
	struct front f;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			front_set_up(&f);
			ANSWERS(&f, kinds[k].start, kinds[k].structure, "");
			CU_ASSERT_EQUAL(f.mem.pin.kind, kinds[k].kind);
			f.mem.pressed = PADLINK_PRESSED_DIGIT;
			ANSWERS(&f, KEY_PRESSED, "", "2B");
			f.mem.r = ends[i].r;
			f.mem.sw = ends[i].sw;
			ANSWERS(&f, kinds[k].finish, "", ends[i].want);
			/* Told once. */
			ANSWERS(&f, kinds[k].finish, "", "6985");
			CU_ASSERT_EQUAL(f.mem.finishes, 1);
		}
}

static void
without_a_start_there_is_nothing_to_finish(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.sw = 0x9000;
	ANSWERS(&f, VERIFY_FINISH, "", "6985");
	ANSWERS(&f, MODIFY_FINISH, "", "6985");
	ANSWERS(&f, KEY_PRESSED, "", "00");
	ANSWERS(&f, ABORT, "", "");
	CU_ASSERT_EQUAL(f.mem.finishes + f.mem.keys + f.mem.aborts, 0);
	/* The other kind's does not end it. */
	ANSWERS(&f, VERIFY_START, verify_ours, "");
	ANSWERS(&f, MODIFY_FINISH, "", "6985");
	CU_ASSERT_EQUAL(f.mem.finishes, 0);
	ANSWERS(&f, VERIFY_FINISH, "", "9000");
	/* The reader has forgotten it. */
	ANSWERS(&f, VERIFY_START, verify_ours, "");
	f.mem.r = ERR_NOT_NOW;
	ANSWERS(&f, VERIFY_FINISH, "", "6985");
}

static void
a_start_that_the_reader_refuses_says_why(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.r = ERR_BUSY;
	ANSWERS(&f, VERIFY_START, verify_ours, "AA");
	f.mem.r = ERR_FORMAT;
	ANSWERS(&f, VERIFY_START, verify_ours, "57");
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(control(&f, VERIFY_START, verify_ours), ERR_READER_GONE);
	ANSWERS(&f, VERIFY_FINISH, "", "6985");
	/* One that runs goes on. */
	f.mem.r = 0;
	ANSWERS(&f, VERIFY_START, verify_ours, "");
	f.mem.r = ERR_BUSY;
	ANSWERS(&f, VERIFY_START, verify_ours, "AA");
	f.mem.r = 0;
	f.mem.sw = 0x9000;
	ANSWERS(&f, VERIFY_FINISH, "", "9000");
}

static void
a_start_without_a_card_is_told_by_its_finish(void)
{
	static const struct {
		int r;
		const char *want;
	} rows[] = { { ERR_NO_CARD, "64A1" }, { ERR_NOT_NOW, "64A2" } };
	struct front f;

	for (size_t i = 0; i < 2; i++) {
		front_set_up(&f);
		f.mem.r = rows[i].r;
		ANSWERS(&f, VERIFY_START, verify_ours, "");
		ANSWERS(&f, KEY_PRESSED, "", "40");
		ANSWERS(&f, ABORT, "", "");
		ANSWERS(&f, VERIFY_FINISH, "", rows[i].want);
		CU_ASSERT_EQUAL(f.mem.finishes + f.mem.keys + f.mem.aborts, 0);
		ANSWERS(&f, VERIFY_FINISH, "", "6985");
	}
}

static void
an_abort_leaves_the_end_to_finish(void)
{
	struct front f;

	front_set_up(&f);
	ANSWERS(&f, VERIFY_START, verify_ours, "");
	ANSWERS(&f, ABORT, "", "");
	ANSWERS(&f, ABORT, "", "");
	CU_ASSERT_EQUAL(f.mem.aborts, 2);
	f.mem.pressed = PADLINK_PRESSED_ABORTED;
	ANSWERS(&f, KEY_PRESSED, "", "40");
	f.mem.sw = 0x6480;
	ANSWERS(&f, VERIFY_FINISH, "", "6480");
	ANSWERS(&f, VERIFY_START, verify_ours, "");
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(control(&f, KEY_PRESSED, ""), ERR_READER_GONE);
	CU_ASSERT_EQUAL(control(&f, VERIFY_FINISH, ""), ERR_READER_GONE);
}

/* MCT_UNIVERSAL. --------------------------------------------------------------------------- */

static void
universal_reaches_the_reader_and_the_card(void)
{
	struct front f;

	front_set_up(&f);
	ANSWERS(&f, MCT_UNIVERSAL, "0201 0500 2013008000", "0102 0500 80 01 00 9000");
	ANSWERS(&f, MCT_UNIVERSAL, "0201 0400 20990000", "0102 0200 6D00");
	/* Without card or power it is the reader that answers. */
	ANSWERS(&f, MCT_UNIVERSAL, "0200 0400 00A40000", "0102 0200 64A1");
	f.mem.present = 1;
	slot_look(&f.slot);
	ANSWERS(&f, MCT_UNIVERSAL, "0200 0400 00A40000", "0102 0200 64A2");
	CU_ASSERT_EQUAL(f.mem.apdu_n, 0);
	OK(slot_power(&f.slot, READER_POWER_UP));
	memcpy(f.mem.answer, "\xca\xfe\x90\x00", 4);
	f.mem.answer_n = 4;
	ANSWERS(&f, MCT_UNIVERSAL, "0200 0500 0084000002", "0002 0400 CAFE 9000");
	CU_ASSERT_EQUAL(f.mem.apdu_n, 5);
	SAME(f.mem.apdu, "\x00\x84\x00\x00\x02", 5);
	CU_ASSERT_EQUAL(control_in(&f, 7, MCT_UNIVERSAL, "0200 0500 0084000002"), ERR_SIZE);
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(control(&f, MCT_UNIVERSAL, "0200 0500 0084000002"), ERR_READER_GONE);
}

/* Its length has two bytes. */
static void
the_longest_answer_of_universal_has_65535_bytes(void)
{
	static uint8_t big[4 + 65536], command[] = { 2, 0, 5, 0, 0, 0x84, 0, 0, 0 };
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	OK(slot_power(&f.slot, READER_POWER_UP));
	f.mem.answer_n = 0xffff;
	wr_init(&f.wr, big, sizeof(big));
	OK(part10_control(&f.slot, MCT_UNIVERSAL, command, sizeof(command), &f.wr));
	CU_ASSERT_EQUAL(f.wr.n, 4 + 0xffff);
	SAME(big, "\x00\x02\xff\xff\x90", 5);
	f.mem.answer_n = 0x10000;
	wr_init(&f.wr, big, sizeof(big));
	CU_ASSERT_EQUAL(part10_control(&f.slot, MCT_UNIVERSAL, command, sizeof(command), &f.wr),
	    ERR_SIZE);
}

static void
what_is_no_frame_of_universal_is_refused(void)
{
	static const struct {
		const char *why, *hex;
	} rows[] = {
		{ "nothing", "" }, { "no length", "0201 04" }, { "no APDU", "0201 0000" },
		{ "an APDU of three bytes", "0201 0300 201100" },
		{ "a length too small", "0201 0300 20110000" },
		{ "a length too big", "0201 0500 20110000" },
		{ "a length in big-endian", "0201 0004 20110000" },
		{ "from nobody", "0001 0400 20110000" }, { "from the reader", "0101 0400 20110000" },
		{ "to a second card", "0202 0400 20110000" }, { "to the host", "02FF 0400 20110000" },
	};
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	OK(slot_power(&f.slot, READER_POWER_UP));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (control(&f, MCT_UNIVERSAL, rows[i].hex) != ERR_FORMAT) {
			printf("    %s\n", rows[i].why);
			CU_FAIL("not refused so");
		}
	CU_ASSERT_EQUAL(f.mem.outputs + (int)f.mem.apdu_n, 0);
}

static const struct sentence sentences[] = {
	SENTENCE(features_are_listed_with_their_codes),
	SENTENCE(a_feature_is_there_only_when_it_works),
	SENTENCE(an_answer_without_room_is_an_error),
	SENTENCE(properties_are_little_endian),
	SENTENCE(a_pin_entry_answers_with_a_status_word),
	SENTENCE(a_bad_structure_never_reaches_the_reader),
	SENTENCE(an_entry_in_steps_begins_without_a_word_and_ends_with_one),
	SENTENCE(without_a_start_there_is_nothing_to_finish),
	SENTENCE(a_start_that_the_reader_refuses_says_why),
	SENTENCE(a_start_without_a_card_is_told_by_its_finish),
	SENTENCE(an_abort_leaves_the_end_to_finish),
	SENTENCE(universal_reaches_the_reader_and_the_card),
	SENTENCE(the_longest_answer_of_universal_has_65535_bytes),
	SENTENCE(what_is_no_frame_of_universal_is_refused),
};

SUITE("part10", sentences)
