#include "tests/unit/device_steps.h"
#include "tests/unit/suite.h"

static void
an_entry_in_steps_tells_each_key_and_never_which(void)
{
	struct bench *b;

	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_TRUE(steps_told(b, ""));
	bench_press(b, "1");
	CU_ASSERT_TRUE(steps_told(b, "*"));
	bench_press(b, "23c123456");
	CU_ASSERT_TRUE(steps_told(b, "0******"));
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "******");
	bench_press(b, "#");
	/* The card has it already, and nothing of it is left. */
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	CU_ASSERT_TRUE(steps_no_pin_in(&b->dev));
	CU_ASSERT_TRUE(steps_told(b, "#"));
	CU_ASSERT_EQUAL(steps_finish(b), SW_OK);
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	bench_end(b);
}

static void
a_finish_waits_for_the_end(void)
{
	uint32_t number;
	struct bench *b;

	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	bench_send(b, PADLINK_PIN_FINISH, "", 0);
	number = b->number;
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_press(b, "654321");
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	/* One request at a time, as ever. */
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_KEY), PADLINK_BUSY);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_DOWN), PADLINK_BUSY);
	bench_press(b, "#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_PIN_FINISH);
	CU_ASSERT_EQUAL(b->got.number, number);
	CU_ASSERT_EQUAL(bench_sw(b), 0x63c2);
	CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_NONE);
	bench_end(b);
}

static void
a_change_has_one_ok_for_each_pin(void)
{
	struct bench *b;

	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_MODIFY);
	bench_press(b, "123456#77777777#");
	CU_ASSERT_TRUE(steps_told(b, "******#********#"));
	bench_press(b, "77777777#");
	CU_ASSERT_TRUE(steps_told(b, "********#"));
	CU_ASSERT_EQUAL(steps_finish(b), SW_OK);
	bench_end(b);
}

static void
while_a_pin_is_entered_nobody_shows_a_text_or_talks_to_the_card(void)
{
	static const uint8_t others[] = { PADLINK_HELLO, PADLINK_TRANSMIT, PADLINK_PIN,
		PADLINK_OUTPUT, PADLINK_INPUT, PADLINK_PIN_START };
	struct bench *b;

	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	for (size_t i = 0; i < sizeof(others); i++)
		CU_ASSERT_EQUAL(bench_ask(b, others[i], "", 0), PADLINK_BUSY);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_BUSY);
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_BUSY);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "Enter PIN");
	bench_press(b, "123456#");
	/* It is over: a client that went without a FINISH is in nobody's way. */
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_OK);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xff\0\0", 4), PADLINK_OK);
	CU_ASSERT_EQUAL(steps_finish(b), SW_OK);
	bench_end(b);
}

static void
what_nobody_fetches_is_forgotten(void)
{
	uint8_t r = PADLINK_BAD;
	struct bench *b;

	for (int way = 0; way < 5; way++) {
		bench_ready(&b);
		steps_begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, "123456#");
		CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_ENDED);
		if (way == 0)
			bench_power(b, PADLINK_POWER_DOWN);
		else if (way == 1)
			device_eof(&b->dev);
		else if (way == 2)
			device_unplug(&b->dev);
		else
			r = steps_ask(b, way == 3 ? PADLINK_PIN_START : PADLINK_PIN);
		CU_ASSERT_EQUAL(r, PADLINK_BAD);
		CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_NONE);
		if (way == 0 || way > 2)
			CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_BAD);
		bench_end(b);
	}
	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "x");
	/* A new one tells its own keys only. */
	steps_begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_TRUE(steps_told(b, ""));
	bench_press(b, "123456#");
	CU_ASSERT_EQUAL(steps_finish(b), SW_OK);
	bench_end(b);
}

static void
without_a_start_there_is_no_key_and_no_end(void)
{
	static const uint8_t steps[] = { PADLINK_PIN_KEY, PADLINK_PIN_FINISH, PADLINK_PIN_ABORT };
	struct bench *b;

	bench_ready(&b);
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_KEY), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_PRESSED_NONE);
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_ABORT), PADLINK_OK);
	/* Nor does an entry at once tell its keys afterwards. */
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "12345#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_TRUE(steps_told(b, ""));
	for (size_t i = 0; i < sizeof(steps); i++)
		CU_ASSERT_EQUAL(bench_ask(b, steps[i], "\0", 1), PADLINK_BAD);
	bench_end(b);
}

static const struct {
	const char *why, *hex;
} misfits[] = {
	{ "a byte over", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0004 0020008100" },
	{ "a block over the data",
	    "00 1E 0A 02 00 0000 05 00 0000 00 00 04 04 00 02 0009 0020008104 FFFFFFFF" },
	{ "more digits than any PIN has",
	    "00 1E 0A 02 00 0000 00 00 0000 00 00 11 11 00 02 0004 00200081" },
	{ "more digits than the block has room for",
	    "00 1E 0A 02 00 0000 04 00 0000 00 00 05 05 00 02 0009 0020008104 FFFFFFFF" },
};

static void
what_cannot_begin_does_not(void)
{
	uint8_t body[64];
	size_t n;
	struct bench *b;

	bench_connected(&b);
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NO_CARD);
	OK(bench_insert(b));
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NOT_POWERED);
	bench_power(b, PADLINK_POWER_UP);
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x24);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_BAD);
	for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
		n = hex(misfits[i].hex, body, sizeof(body));
		if (bench_ask(b, PADLINK_PIN_START, body, n) != PADLINK_BAD ||
		    bench_ask(b, PADLINK_PIN, body, n) != PADLINK_BAD)
			CU_FAIL(misfits[i].why);
	}
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_NONE);
	bench_end(b);
}

static void
a_card_that_says_nothing_is_mute_to_finish(void)
{
	struct bench *b;

	bench_ready(&b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	slot_power_down(&b->dev.slot);
	bench_press(b, "123456#");
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_MUTE);
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	bench_end(b);
}

static void
the_log_shows_a_started_entry_as_any_other(void)
{
	static const char *const want[] = { "PIN entry begins", "PIN VERIFY 9000",
		"PIN entry begins", "PIN entry ends 6480", "PIN entry begins",
		"PIN entry ends 6401", "PIN entry refused 6404", "PIN entry begins",
		"card removed", "PIN entry ends 64A1" };
	struct bench *b;
	size_t from;

	bench_ready(&b);
	from = b->lines;
	steps_begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "123456#");
	steps_begin(b, PADLINK_PIN_VERIFY);
	steps_ask(b, PADLINK_PIN_ABORT);
	steps_begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "x");
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x24);
	bench_answered(b);
	steps_begin(b, PADLINK_PIN_VERIFY);
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(b->lines - from, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < b->lines - from; i++)
		CU_ASSERT_STRING_EQUAL(b->log[from + i], want[i]);
	bench_end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(an_entry_in_steps_tells_each_key_and_never_which),
	SENTENCE(a_finish_waits_for_the_end),
	SENTENCE(a_change_has_one_ok_for_each_pin),
	SENTENCE(while_a_pin_is_entered_nobody_shows_a_text_or_talks_to_the_card),
	SENTENCE(what_nobody_fetches_is_forgotten),
	SENTENCE(without_a_start_there_is_no_key_and_no_end),
	SENTENCE(what_cannot_begin_does_not),
	SENTENCE(a_card_that_says_nothing_is_mute_to_finish),
	SENTENCE(the_log_shows_a_started_entry_as_any_other),
};

SUITE("device_start", sentences)
