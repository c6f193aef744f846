#include "ifdhandler/ctbcs.h"

#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/front.h"
#include "tests/unit/suite.h"

static void
output_shows_a_text(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20174000 07 50 02 4F4B 80 01 05", "9000");
	CU_ASSERT_EQUAL(f.mem.output.seconds, 5);
	CU_ASSERT_EQUAL(f.mem.output.n, 2);
	SAME(f.mem.output.text, "OK", 2);
	CTBCS_ANSWERS(&f, "20174000 05 50 03 410A07", "9000");
	CU_ASSERT_EQUAL(f.mem.output.seconds, 0);
	SAME(f.mem.output.text, "A\n\a", 3);
	CTBCS_ANSWERS(&f, "20174000 02 5000", "9000");
	CU_ASSERT_EQUAL(f.mem.output.n, 0);
}

static void
input_returns_one_key(void)
{
	static const struct {
		uint8_t key;
		const char *want;
	} keys[] = {
		{ '0', "309000" }, { '9', "399000" }, { PADLINK_KEY_OK, "0D9000" },
		{ PADLINK_KEY_CLEAR, "089000" }, { PADLINK_KEY_CANCEL, "6401" }, { 0, "6400" },
	};
	struct front f;

	front_set_up(&f);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		f.mem.key = keys[i].key;
		CTBCS_ANSWERS(&f, "20165010 09 50 01 41 80 01 02 C1 01 06", keys[i].want);
		CTBCS_ANSWERS(&f, "20165010 09 50 01 41 C1 01 06 80 01 02 01", keys[i].want);
		CU_ASSERT_EQUAL(f.mem.input.seconds, 2);
		CU_ASSERT_EQUAL(f.mem.input.take, PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL);
	}
	CTBCS_ANSWERS(&f, "20165010 03 50 01 41", "6400");
	CU_ASSERT_EQUAL(f.mem.input.seconds, CTBCS_SECONDS);
	CU_ASSERT_EQUAL(f.mem.input.take, 0x0f);
	CTBCS_ANSWERS(&f, "20165010 06 50 01 41 C1 01 0F", "6400");
	CU_ASSERT_EQUAL(f.mem.input.mode, PADLINK_ONE_KEY);
	CU_ASSERT_EQUAL(f.mem.input.max + f.mem.input.next_s, 0);
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(front_ctbcs(&f, "20165010 03 50 01 41"), ERR_READER_GONE);
}

static void
input_returns_a_line_of_digits(void)
{
	static const struct {
		const char *command, *line, *want;
		uint8_t mode, max, seconds;
	} rows[] = {
		{ "20165000 03 50 01 41", "1234", "313233349000", PADLINK_LINE_BLANK, 16, 15 },
		{ "20165001 06 50 01 41 80 01 FF 06", "123456", "3132333435369000",
		    PADLINK_LINE_CLEAR, 6, 255 },
		{ "20165002 03 50 01 41 10", "", "9000", PADLINK_LINE_STARS, 16, 15 },
		{ "20165002 03 50 01 41 01", "7", "379000", PADLINK_LINE_STARS, 1, 15 },
		{ "20165002 03 50 01 41 00", "1234567890123456",
		    "313233343536373839303132333435369000", PADLINK_LINE_STARS, 16, 15 },
		{ "20165000 03 50 01 41", "\x1b", "6401", PADLINK_LINE_BLANK, 16, 15 },
		{ "20165000 03 50 01 41", NULL, "6400", PADLINK_LINE_BLANK, 16, 15 },
	};
	struct front f;

	front_set_up(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.mem.line = rows[i].line;
		CTBCS_ANSWERS(&f, rows[i].command, rows[i].want);
		CU_ASSERT_EQUAL(f.mem.input.mode, rows[i].mode);
		CU_ASSERT_EQUAL(f.mem.input.max, rows[i].max);
		CU_ASSERT_EQUAL(f.mem.input.seconds, rows[i].seconds);
		CU_ASSERT_EQUAL(f.mem.input.next_s, CTBCS_NEXT_S);
		CU_ASSERT_EQUAL(f.mem.input.take, 0x0f);
	}
}

static void
the_loop_of_the_manual_is_understood(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.key = PADLINK_KEY_OK;
	CTBCS_ANSWERS(&f, "20165010 26 501E 496E7365727420312E20636172640A7072657373204F4B2F43616E63656C"
	    "800101 C10106 01", "0D9000");
	SAME(f.mem.input.text, "Insert 1. card\npress OK/Cancel", 30);
	CU_ASSERT_EQUAL(f.mem.input.n, 30);
}

static void
request_waits_for_a_card_and_gives_it_no_power(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.comes_after = 3;
	CTBCS_ANSWERS(&f, "20120101 06 50 01 41 80 01 05", "9001");
	CU_ASSERT_EQUAL(f.mem.inputs, 3);
	CU_ASSERT_EQUAL(f.mem.input.take, PADLINK_TAKE_CANCEL);
	CU_ASSERT_EQUAL(f.mem.input.seconds, 1);
	SAME(f.mem.input.text, "A", 1);
	CU_ASSERT_EQUAL(f.slot.powered, 0);
	CU_ASSERT_EQUAL(f.mem.outputs, 1);	/* the text is taken away */
	CU_ASSERT_EQUAL(f.mem.output.n, 0);
	CTBCS_ANSWERS(&f, "20120100", "6201");
	CU_ASSERT_EQUAL(f.mem.inputs, 3);
}

static void *
poll_once(void *arg)
{
	slot_wait(arg, 0);
	return NULL;
}

/* pcscd's lock keeps its polling thread away until REQUEST has ended. */
static void
request_sees_a_card_that_pcscd_has_not_heard_of(void)
{
	struct front f;
	pthread_t poller;

	front_set_up(&f);
	OK(pthread_create(&poller, NULL, poll_once, &f.slot));
	pthread_join(poller, NULL);
	f.mem.comes_after = 1;
	CTBCS_ANSWERS(&f, "20120101 01 05", "9001");
	CU_ASSERT_EQUAL(f.mem.inputs, 1);
	CTBCS_ANSWERS(&f, "20130080 00", "80 01 03 9000");
	CU_ASSERT_EQUAL(slot_present(&f.slot), 0);
}

static void
request_ends_when_nobody_comes(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20120101 01 02", "6200");
	CU_ASSERT_EQUAL(f.mem.inputs, 2);
	CTBCS_ANSWERS(&f, "20120101", "6200");
	CU_ASSERT_EQUAL(f.mem.inputs, 2 + CTBCS_SECONDS);
	f.mem.outputs = 0;
	CTBCS_ANSWERS(&f, "20120101 03 80 01 00", "6200");
	CU_ASSERT_EQUAL(f.mem.outputs, 0);
	CU_ASSERT_EQUAL(f.mem.inputs, 2 + CTBCS_SECONDS);
	f.mem.key = PADLINK_KEY_CANCEL;
	f.mem.inputs = 0;
	f.mem.key_after = 1;
	CTBCS_ANSWERS(&f, "20120101 01 09", "6401");
	CU_ASSERT_EQUAL(f.mem.inputs, 2);
	f.mem.r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(front_ctbcs(&f, "20120101 01 09"), ERR_READER_GONE);
}

static void
request_is_quiet_when_it_is_told_to(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20120102 01 01", "6200");
	SAME(f.mem.input.text, "Insert card", 11);
	CTBCS_ANSWERS(&f, "201201F1 01 01", "6200");
	CU_ASSERT_EQUAL(f.mem.input.n, 0);
	CTBCS_ANSWERS(&f, "201201F0 06 50 01 41 80 01 01", "6200");
	CU_ASSERT_EQUAL(f.mem.input.n, 1);
}

/* It cannot be cancelled then; but a reader that goes ends it. */
static void
request_waits_without_a_text_where_there_is_no_display(void)
{
	struct timespec begin, end;
	struct front f;

	front_set_up(&f);
	f.mem.properties.features = PADLINK_HAS_DIRECT;
	f.mem.input_r = ERR_UNSUPPORTED;
	f.mem.looks_after = 5;
	CTBCS_ANSWERS(&f, "20120101 01 05", "9001");
	CU_ASSERT_EQUAL(f.mem.inputs, 1);
	front_set_up(&f);
	f.mem.input_r = ERR_UNSUPPORTED;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	CTBCS_ANSWERS(&f, "20120101 01 01", "6200");
	clock_gettime(CLOCK_MONOTONIC, &end);
	CU_ASSERT_TRUE((end.tv_sec - begin.tv_sec) * 1000 +
	    (end.tv_nsec - begin.tv_nsec) / 1000000 >= 990);
	front_set_up(&f);
	f.mem.input_r = ERR_READER_GONE;
	CU_ASSERT_EQUAL(front_ctbcs(&f, "20120101 01 05"), ERR_READER_GONE);
}

static void
eject_waits_until_the_card_is_taken(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20150100", "9001");
	CU_ASSERT_EQUAL(f.mem.inputs, 0);
	f.mem.present = 1;
	slot_look(&f.slot);
	CTBCS_ANSWERS(&f, "20150100 01 02", "6200");
	f.mem.inputs = 0;
	f.mem.goes_after = 2;
	CTBCS_ANSWERS(&f, "20150100 01 05", "9001");
	CU_ASSERT_EQUAL(f.mem.inputs, 2);
}

static void
status_tells_card_units_and_maker(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20130080 00", "80 01 00 9000");
	f.mem.present = 1;
	slot_look(&f.slot);
	CTBCS_ANSWERS(&f, "20130180", "80 01 03 9000");
	OK(slot_power(&f.slot, READER_POWER_UP));
	CTBCS_ANSWERS(&f, "20130080 00", "80 01 05 9000");
	CTBCS_ANSWERS(&f, "20130081 00", "81 03 01 40 50 9000");
	f.mem.properties.features = PADLINK_HAS_DIRECT | PADLINK_HAS_START;
	CTBCS_ANSWERS(&f, "20130081 00", "81 01 01 9000");
	OK(front_ctbcs(&f, "20130046 00"));
	CU_ASSERT_EQUAL(f.wr.n, 2 + CTBCS_MANUFACTURER + 2);
	SAME(f.got, "\x46\x0f" "DE", 4);
}

static void
reset_clears_the_display(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20110000", "9000");
	CU_ASSERT_EQUAL(f.mem.outputs, 1);
	CU_ASSERT_EQUAL(f.mem.output.n, 0);
	f.mem.r = ERR_UNSUPPORTED;
	CTBCS_ANSWERS(&f, "2011000000", "9000");
}

static void
reset_of_the_card_answers_what_it_is_asked_of_its_atr(void)
{
	struct front f;

	front_set_up(&f);
	CTBCS_ANSWERS(&f, "20110101", "64A1");
	f.mem.present = 1;
	slot_look(&f.slot);
	CTBCS_ANSWERS(&f, "20110101", "64A2");
	CU_ASSERT_EQUAL(f.mem.resets, 0);
	OK(slot_power(&f.slot, READER_POWER_UP));
	CTBCS_ANSWERS(&f, "20110100", "9001");
	CTBCS_ANSWERS(&f, "2011010100", "3B92118131FE45CAFEBC 9001");
	CTBCS_ANSWERS(&f, "2011010200", "CAFE 9001");
	CU_ASSERT_EQUAL(f.mem.resets, 3);
	CTBCS_ANSWERS(&f, "20130080 00", "80 01 05 9000");
	f.mem.r = ERR_CARD_ANSWER;
	CTBCS_ANSWERS(&f, "20110100", "64A2");
	f.mem.r = ERR_READER_GONE;
	f.slot.powered = 1;
	CU_ASSERT_EQUAL(front_ctbcs(&f, "20110100"), ERR_READER_GONE);
}

static void
historical_bytes_are_found_in_any_atr(void)
{
	static const struct {
		const char *why, *atr, *want;
	} rows[] = {
		{ "T=0, no TCK", "3B02CAFE", "CAFE9001" }, { "none", "3B8001 81", "9001" },
		{ "all of TA1 to TD1", "3BF211223301CAFE00", "CAFE9001" },
		{ "three, of which two came", "3B03CAFE", "9001" }, { "nothing behind TS", "3B", "9001" },
		{ "TD1 missing", "3B92", "9001" }, { "TA1 missing", "3B12", "9001" },
	};
	struct front f;

	front_set_up(&f);
	f.mem.present = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.mem.atr_n = hex(rows[i].atr, f.mem.atr, sizeof(f.mem.atr));
		OK(slot_power(&f.slot, READER_POWER_UP));
		OK(front_ctbcs(&f, "20110102"));
		if (!front_answered(&f, rows[i].want)) {
			printf("    %s\n", rows[i].why);
			CU_FAIL("another answer");
		}
	}
}

/* While a PIN is entered that was started. */
static void
a_busy_reader_says_so(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.r = ERR_BUSY;
	CTBCS_ANSWERS(&f, "20174000 03 50 01 41", "6985");
	CTBCS_ANSWERS(&f, "20165010 03 50 01 41", "6985");
	CTBCS_ANSWERS(&f, "20120101 01 05", "6985");
	CTBCS_ANSWERS(&f, "20110000", "6985");
}

static const struct {
	const char *why, *hex, *sw;
} refused[] = {
	{ "nothing", "", "6700" },
	{ "three bytes", "201740", "6700" },
	{ "Lc over the data", "20174000 05 50 01 41", "6700" },
	{ "a length beyond Le", "20174000 01 50 01 41", "6700" },
	{ "another class", "00174000 03 50 01 41", "6E00" },
	{ "another instruction", "20144000 03 50 01 41", "6D00" },
	{ "PERFORM of something else", "20180101", "6A86" },
	{ "PERFORM with a second card", "20180200", "6A86" },
	{ "MODIFY of something else", "20190101", "6A86" },
	{ "OUTPUT to the keypad", "20175000 03 50 01 41", "6A86" },
	{ "INPUT from the display", "20164010 03 50 01 41", "6A86" },
	{ "INPUT of a line shown in a fourth way", "20165003 03 50 01 41", "6A86" },
	{ "INPUT of two keys at once", "20165010 03 50 01 41 02", "6700" },
	{ "INPUT of a line too long", "20165000 03 50 01 41 11", "6700" },
	{ "INPUT of a line of some keys", "20165000 06 50 01 41 C1 01 06", "6A80" },
	{ "INPUT of a line without a text", "20165000 03 80 01 01", "6A80" },
	{ "INPUT of a line in no time", "20165000 06 50 01 41 80 01 00", "6A80" },
	{ "INPUT of a shown key", "20165011 03 50 01 41", "6A86" },
	{ "STATUS of something else", "20130082 00", "6A86" },
	{ "REQUEST of a second slot", "20120201", "6A86" },
	{ "REQUEST of more than an ATR", "20120103", "6A86" },
	{ "REQUEST of half a quiet", "20120110", "6A86" },
	{ "RESET of the reader with an ATR", "20110001", "6A86" },
	{ "RESET of the card with more than an ATR", "20110103", "6A86" },
	{ "RESET of a second card", "20110201", "6A86" },
	{ "OUTPUT of nothing", "20174000", "6A80" },
	{ "INPUT without a text", "20165010 03 80 01 01", "6A80" },
	{ "INPUT in no time", "20165010 06 50 01 41 80 01 00", "6A80" },
	{ "INPUT of no key", "20165010 06 50 01 41 C1 01 00", "6A80" },
	{ "INPUT of a fifth kind of key", "20165010 06 50 01 41 C1 01 10", "6A80" },
	{ "keys for OUTPUT", "20174000 06 50 01 41 C1 01 06", "6A80" },
	{ "two texts", "20174000 06 50 01 41 50 01 42", "6A80" },
	{ "two times", "20174000 09 50 01 41 80 01 01 80 01 01", "6A80" },
	{ "a time of two bytes", "20174000 07 50 01 41 80 02 0001", "6A80" },
	{ "an object that is none of them", "20174000 06 50 01 41 51 01 42", "6A80" },
	{ "an object cut off", "20174000 03 50 02 41", "6A80" },
	{ "an escape character", "20174000 03 50 01 1B", "6A80" },
	{ "a DEL", "20174000 03 50 01 7F", "6A80" },
	{ "data for STATUS", "20130080 03 50 01 41", "6700" },
};

static void
wrong_commands_get_the_word_that_says_so(void)
{
	struct front f;

	front_set_up(&f);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		OK(front_ctbcs(&f, refused[i].hex));
		if (!front_answered(&f, refused[i].sw)) {
			printf("    %s\n", refused[i].why);
			CU_FAIL("another answer");
		}
	}
	CU_ASSERT_EQUAL(f.mem.outputs + f.mem.inputs, 0);
}

static void
a_text_has_at_most_64_bytes(void)
{
	uint8_t p[128] = { 0x20, 0x17, 0x40, 0x00, 66, 0x50, 64 };
	struct front f;

	front_set_up(&f);
	memset(p + 7, 'x', 65);
	wr_init(&f.wr, f.got, sizeof(f.got));
	OK(ctbcs_run(&f.slot, &f.mem.properties, p, 7 + 64, &f.wr));
	CU_ASSERT_TRUE(front_answered(&f, "9000"));
	CU_ASSERT_EQUAL(f.mem.output.n, 64);
	p[4] = 67;
	p[6] = 65;
	wr_init(&f.wr, f.got, sizeof(f.got));
	OK(ctbcs_run(&f.slot, &f.mem.properties, p, 7 + 65, &f.wr));
	CU_ASSERT_TRUE(front_answered(&f, "6A80"));
	CU_ASSERT_EQUAL(f.mem.outputs, 1);
}

static void
a_reader_without_host_text_says_so(void)
{
	struct front f;

	front_set_up(&f);
	f.mem.properties.features = PADLINK_HAS_DIRECT;
	CTBCS_ANSWERS(&f, "20174000 03 50 01 41", "6985");
	CTBCS_ANSWERS(&f, "20165010 03 50 01 41", "6985");
	CTBCS_ANSWERS(&f, "20165000 03 50 01 41", "6985");
	CU_ASSERT_EQUAL(f.mem.outputs + f.mem.inputs, 0);
}

static const struct sentence sentences[] = {
	SENTENCE(output_shows_a_text),
	SENTENCE(input_returns_one_key),
	SENTENCE(input_returns_a_line_of_digits),
	SENTENCE(the_loop_of_the_manual_is_understood),
	SENTENCE(request_waits_for_a_card_and_gives_it_no_power),
	SENTENCE(request_sees_a_card_that_pcscd_has_not_heard_of),
	SENTENCE(request_ends_when_nobody_comes),
	SENTENCE(request_is_quiet_when_it_is_told_to),
	SENTENCE(request_waits_without_a_text_where_there_is_no_display),
	SENTENCE(eject_waits_until_the_card_is_taken),
	SENTENCE(status_tells_card_units_and_maker),
	SENTENCE(reset_clears_the_display),
	SENTENCE(reset_of_the_card_answers_what_it_is_asked_of_its_atr),
	SENTENCE(historical_bytes_are_found_in_any_atr),
	SENTENCE(a_busy_reader_says_so),
	SENTENCE(wrong_commands_get_the_word_that_says_so),
	SENTENCE(a_text_has_at_most_64_bytes),
	SENTENCE(a_reader_without_host_text_says_so),
};

SUITE("ctbcs", sentences)
