#include <string.h>

#include "tests/unit/device_bench.h"
#include "tests/unit/suite.h"

static const uint8_t as_values[] = { 1, 2, 3, 4, 5, 6 };

static int
no_pin_in(const struct device *d)
{
	return !bench_holds(d, sizeof(*d), "123456", 6) &&
	    !bench_holds(d, sizeof(*d), as_values, 6);
}

static uint8_t
step(struct bench *b, uint8_t type)
{
	return bench_ask(b, type, "", 0);
}

static void
begin(struct bench *b, uint8_t kind)
{
	bench_pin_start(b, kind, kind == PADLINK_PIN_MODIFY ? 0x24 : 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_PIN_START);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_TRUE(pad_secure(&b->dev.pad));
}

static unsigned
finish(struct bench *b)
{
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 2);
	return bench_sw(b);
}

/* What KEY tells until it tells none, as letters: digit, 0 cleared, OK, x, timeout, aborted. */
static int
told(struct bench *b, const char *want)
{
	static const uint8_t v[] = { 0x2b, 0x0a, 0x0d, 0x1b, 0x0e, 0x40 };
	static const char letters[] = "*0#xta";
	char got[80] = "";
	size_t n = 0;

	while (step(b, PADLINK_PIN_KEY) == PADLINK_OK && b->rest[0] != 0 && n + 1 < sizeof(got))
		for (size_t i = 0; i < sizeof(v); i++)
			if (v[i] == b->rest[0])
				got[n++] = letters[i];
	got[n] = '\0';
	return strcmp(got, want) == 0;
}

static void
an_entry_in_steps_tells_each_key_and_never_which(void)
{
	struct bench *b;

	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_TRUE(told(b, ""));
	bench_press(b, "1");
	CU_ASSERT_TRUE(told(b, "*"));
	bench_press(b, "23c123456");
	CU_ASSERT_TRUE(told(b, "0******"));
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "******");
	bench_press(b, "#");
	/* The card has it already, and nothing of it is left. */
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	CU_ASSERT_TRUE(no_pin_in(&b->dev));
	CU_ASSERT_TRUE(told(b, "#"));
	CU_ASSERT_EQUAL(finish(b), SW_OK);
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	bench_end(b);
}

static void
a_finish_waits_for_the_end(void)
{
	uint32_t number;
	struct bench *b;

	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
	bench_send(b, PADLINK_PIN_FINISH, "", 0);
	number = b->number;
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_press(b, "654321");
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	/* One request at a time, as ever. */
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_KEY), PADLINK_BUSY);
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
	begin(b, PADLINK_PIN_MODIFY);
	bench_press(b, "123456#77777777#");
	CU_ASSERT_TRUE(told(b, "******#********#"));
	bench_press(b, "77777777#");
	CU_ASSERT_TRUE(told(b, "********#"));
	CU_ASSERT_EQUAL(finish(b), SW_OK);
	bench_end(b);
}

/* How an entry ends: c Clear, x Cancel, t its time, a ABORT, p POWER, r the card pulled. */
static const struct {
	uint8_t kind;
	const char *keys, *told;
	unsigned sw;
} ends[] = {
	{ 0, "123456x", "******x", 0x6401 },
	{ 0, "x", "x", 0x6401 },
	{ 0, "t", "t", 0x6400 },
	{ 0, "123456t", "******t", 0x6400 },
	{ 0, "12345#", "*****#a", 0x6403 },
	{ 0, "#", "#a", 0x6403 },
	{ 0, "123456a", "******a", 0x6480 },
	{ 0, "a", "a", 0x6480 },
	{ 0, "12c1a", "0*a", 0x6480 },
	{ 0, "123456p", "******a", 0x6480 },
	{ 0, "123456r", "******a", 0x64a1 },
	{ 1, "123#", "***#a", 0x6403 },
	{ 1, "123456#t", "******#t", 0x6400 },
	{ 1, "123456#123#", "******#***#a", 0x6403 },
	{ 1, "123456#777777#777778#", "******#******#******#", 0x6402 },
	{ 1, "123456#777777#x", "******#******#x", 0x6401 },
	{ 1, "123456#777777#7r", "******#******#*a", 0x64a1 },
};

static void
end_by(struct bench *b, char way)
{
	uint8_t reset = PADLINK_RESET;

	switch (way) {
	case 't':
		b->now = device_deadline(&b->dev);
		device_tick(&b->dev, b->now);
		break;
	case 'a':
		CU_ASSERT_EQUAL(step(b, PADLINK_PIN_ABORT), PADLINK_OK);
		break;
	case 'p':
		CU_ASSERT_EQUAL(bench_ask(b, PADLINK_POWER, &reset, 1), PADLINK_OK);
		break;
	case 'r':
		OK(device_remove(&b->dev));
		break;
	default:
		bench_press(b, (char[]){ way, '\0' });
	}
}

static void
every_end_has_its_key_and_its_status_word_and_leaves_no_digit(void)
{
	struct bench *b;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		bench_ready(&b);
		begin(b, ends[i].kind);
		for (const char *way = ends[i].keys; *way != '\0'; way++)
			end_by(b, *way);
		if (!no_pin_in(&b->dev) || pad_secure(&b->dev.pad) || !told(b, ends[i].told) ||
		    finish(b) != ends[i].sw || step(b, PADLINK_PIN_FINISH) != PADLINK_BAD)
			CU_FAIL(ends[i].keys);
		CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
		bench_end(b);
	}
}

static void
an_end_answers_the_finish_that_waits(void)
{
	static const struct {
		char way;
		unsigned sw;
	} ways[] = { { 'x', 0x6401 }, { 't', 0x6400 }, { '#', 0x6403 }, { 'r', 0x64a1 } };
	struct bench *b;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		bench_ready(&b);
		begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, "12345");
		bench_send(b, PADLINK_PIN_FINISH, "", 0);
		end_by(b, ways[i].way);
		CU_ASSERT_TRUE(bench_answered(b));
		CU_ASSERT_EQUAL(b->status, PADLINK_OK);
		CU_ASSERT_EQUAL(bench_sw(b), ways[i].sw);
		CU_ASSERT_EQUAL(b->dev.running, 0);
		bench_end(b);
	}
}

static void
a_finish_that_is_cancelled_ends_the_entry(void)
{
	struct bench *b;

	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
	/* Without a request that runs there is nothing to be cancelled. */
	bench_send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_TRUE(pad_secure(&b->dev.pad));
	bench_press(b, "123456");
	bench_send(b, PADLINK_PIN_FINISH, "", 0);
	bench_send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_PIN_FINISH);
	CU_ASSERT_EQUAL(b->status, PADLINK_CANCELLED);
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	CU_ASSERT_TRUE(no_pin_in(&b->dev));
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	bench_end(b);
}

static void
while_a_pin_is_entered_nobody_shows_a_text_or_talks_to_the_card(void)
{
	static const uint8_t others[] = { PADLINK_HELLO, PADLINK_TRANSMIT, PADLINK_PIN,
		PADLINK_OUTPUT, PADLINK_INPUT, PADLINK_PIN_START };
	struct bench *b;

	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
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
	CU_ASSERT_EQUAL(finish(b), SW_OK);
	bench_end(b);
}

static void
what_nobody_fetches_is_forgotten(void)
{
	uint8_t r = PADLINK_BAD;
	struct bench *b;

	for (int way = 0; way < 5; way++) {
		bench_ready(&b);
		begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, "123456#");
		CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_ENDED);
		if (way == 0)
			bench_power(b, PADLINK_POWER_DOWN);
		else if (way == 1)
			device_eof(&b->dev);
		else if (way == 2)
			device_unplug(&b->dev);
		else
			r = step(b, way == 3 ? PADLINK_PIN_START : PADLINK_PIN);
		CU_ASSERT_EQUAL(r, PADLINK_BAD);
		CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_NONE);
		if (way == 0 || way > 2)
			CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_BAD);
		bench_end(b);
	}
	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "x");
	/* A new one tells its own keys only. */
	begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_TRUE(told(b, ""));
	bench_press(b, "123456#");
	CU_ASSERT_EQUAL(finish(b), SW_OK);
	bench_end(b);
}

static void
an_entry_that_loses_its_driver_is_wiped(void)
{
	struct bench *b;

	for (int way = 0; way < 4; way++) {
		bench_ready(&b);
		begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, "123456");
		if (way >= 2)
			bench_send(b, PADLINK_PIN_FINISH, "", 0);
		if (way % 2 == 0)
			device_eof(&b->dev);
		else
			device_unplug(&b->dev);
		CU_ASSERT_TRUE(no_pin_in(&b->dev));
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
		CU_ASSERT_EQUAL(b->dev.started, DEVICE_PIN_NONE);
		CU_ASSERT_EQUAL(b->dev.running, 0);
		CU_ASSERT_EQUAL(b->dev.pad.presses.n, 0);
		CU_ASSERT_EQUAL(bench_receive(b), 0);
		bench_end(b);
	}
}

static void
an_entry_that_nobody_finishes_ends_by_its_time(void)
{
	struct bench *b;

	bench_ready(&b);
	begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), b->now + 30000);
	bench_press(b, "1");
	CU_ASSERT_EQUAL(device_deadline(&b->dev), b->now + 10000);
	b->now += 10000;
	/* Whatever comes then finds it over. */
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_OK);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), UINT64_MAX);
	CU_ASSERT_EQUAL(finish(b), 0x6400);
	bench_end(b);
}

/* A host's line that looks like the pad's own prompt. */
static void
ask_line(struct bench *b)
{
	const struct padlink_input i = { .seconds = 30, .mode = PADLINK_LINE_STARS, .next_s = 10,
		.max = 16, .n = 9, .text = "Enter PIN",
		.take = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL |
		    PADLINK_TAKE_CLEAR };
	uint8_t body[PADLINK_TEXT_MAX + 8];
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	padlink_put_input(&wr, &i);
	bench_send(b, PADLINK_INPUT, body, wr.n);
}

/* GET_KEY_PRESSED tells a host when to end an entry and to ask for the rest itself. */
static void
digits_of_a_pin_whose_entry_the_host_ended_are_not_the_hosts(void)
{
	static const char ways[] = "apmt";	/* m: the entry is of one digit */
	struct bench *b;
	uint8_t one[32];
	size_t n = hex("00 1E 0A 02 00 0000 00 00 0000 00 00 01 01 00 03 0004 00200081", one,
	    sizeof(one));

	for (const char *way = ways; *way != '\0'; way++) {
		bench_ready(&b);
		if (*way != 'm')
			begin(b, PADLINK_PIN_VERIFY);
		else if (bench_ask(b, PADLINK_PIN_START, one, n) != PADLINK_OK)
			CU_FAIL("an entry of one digit");
		bench_press(b, "1");
		if (*way != 'm')
			end_by(b, *way);
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
		ask_line(b);
		for (const char *key = "23456"; *key != '\0'; key++, b->now += 900)
			bench_press(b, (const char[]){ *key, '\0' });
		CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "");
		bench_press(b, "#");
		CU_ASSERT_TRUE(bench_answered(b));
		CU_ASSERT_EQUAL(b->rest_n, 0);
		/* Who has looked up is heard again. */
		ask_line(b);
		b->now += PAD_DEAF_MS;
		bench_press(b, "78#");
		CU_ASSERT_TRUE(bench_answered(b));
		SAME(b->rest, "78", 2);
		bench_end(b);
	}
}

static void
digits_after_an_entry_that_a_person_ended_are_heard(void)
{
	static const char *const keys[] = { "123456#", "1x" };
	struct bench *b;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		bench_ready(&b);
		begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, keys[i]);
		ask_line(b);
		bench_press(b, "78#");
		CU_ASSERT_TRUE(bench_answered(b));
		SAME(b->rest, "78", 2);
		bench_end(b);
	}
}

static void
without_a_start_there_is_no_key_and_no_end(void)
{
	static const uint8_t steps[] = { PADLINK_PIN_KEY, PADLINK_PIN_FINISH, PADLINK_PIN_ABORT };
	struct bench *b;

	bench_ready(&b);
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_KEY), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_PRESSED_NONE);
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_ABORT), PADLINK_OK);
	/* Nor does an entry at once tell its keys afterwards. */
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "12345#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_TRUE(told(b, ""));
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
	begin(b, PADLINK_PIN_VERIFY);
	slot_power_down(&b->dev.slot);
	bench_press(b, "123456#");
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_MUTE);
	CU_ASSERT_EQUAL(step(b, PADLINK_PIN_FINISH), PADLINK_BAD);
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
	begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "123456#");
	begin(b, PADLINK_PIN_VERIFY);
	step(b, PADLINK_PIN_ABORT);
	begin(b, PADLINK_PIN_VERIFY);
	bench_press(b, "x");
	bench_pin_start(b, PADLINK_PIN_VERIFY, 0x24);
	bench_answered(b);
	begin(b, PADLINK_PIN_VERIFY);
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
	SENTENCE(every_end_has_its_key_and_its_status_word_and_leaves_no_digit),
	SENTENCE(an_end_answers_the_finish_that_waits),
	SENTENCE(a_finish_that_is_cancelled_ends_the_entry),
	SENTENCE(while_a_pin_is_entered_nobody_shows_a_text_or_talks_to_the_card),
	SENTENCE(what_nobody_fetches_is_forgotten),
	SENTENCE(an_entry_that_loses_its_driver_is_wiped),
	SENTENCE(an_entry_that_nobody_finishes_ends_by_its_time),
	SENTENCE(digits_of_a_pin_whose_entry_the_host_ended_are_not_the_hosts),
	SENTENCE(digits_after_an_entry_that_a_person_ended_are_heard),
	SENTENCE(without_a_start_there_is_no_key_and_no_end),
	SENTENCE(what_cannot_begin_does_not),
	SENTENCE(a_card_that_says_nothing_is_mute_to_finish),
	SENTENCE(the_log_shows_a_started_entry_as_any_other),
};

SUITE("device_start", sentences)
