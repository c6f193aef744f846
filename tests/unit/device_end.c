#include "tests/unit/device_steps.h"
#include "tests/unit/suite.h"

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
		CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_ABORT), PADLINK_OK);
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
		steps_begin(b, ends[i].kind);
		for (const char *way = ends[i].keys; *way != '\0'; way++)
			end_by(b, *way);
		if (!steps_no_pin_in(&b->dev) || pad_secure(&b->dev.pad) || !steps_told(b, ends[i].told) ||
		    steps_finish(b) != ends[i].sw || steps_ask(b, PADLINK_PIN_FINISH) != PADLINK_BAD)
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
		steps_begin(b, PADLINK_PIN_VERIFY);
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
	steps_begin(b, PADLINK_PIN_VERIFY);
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
	CU_ASSERT_TRUE(steps_no_pin_in(&b->dev));
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_BAD);
	bench_end(b);
}

static void
an_entry_that_loses_its_driver_is_wiped(void)
{
	struct bench *b;

	for (int way = 0; way < 4; way++) {
		bench_ready(&b);
		steps_begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, "123456");
		if (way >= 2)
			bench_send(b, PADLINK_PIN_FINISH, "", 0);
		if (way % 2 == 0)
			device_eof(&b->dev);
		else
			device_unplug(&b->dev);
		CU_ASSERT_TRUE(steps_no_pin_in(&b->dev));
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
	steps_begin(b, PADLINK_PIN_VERIFY);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), b->now + 30000);
	bench_press(b, "1");
	CU_ASSERT_EQUAL(device_deadline(&b->dev), b->now + 10000);
	b->now += 10000;
	/* Whatever comes then finds it over. */
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_OK);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), UINT64_MAX);
	CU_ASSERT_EQUAL(steps_finish(b), 0x6400);
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
			steps_begin(b, PADLINK_PIN_VERIFY);
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
		steps_begin(b, PADLINK_PIN_VERIFY);
		bench_press(b, keys[i]);
		ask_line(b);
		bench_press(b, "78#");
		CU_ASSERT_TRUE(bench_answered(b));
		SAME(b->rest, "78", 2);
		bench_end(b);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(every_end_has_its_key_and_its_status_word_and_leaves_no_digit),
	SENTENCE(an_end_answers_the_finish_that_waits),
	SENTENCE(a_finish_that_is_cancelled_ends_the_entry),
	SENTENCE(an_entry_that_loses_its_driver_is_wiped),
	SENTENCE(an_entry_that_nobody_finishes_ends_by_its_time),
	SENTENCE(digits_of_a_pin_whose_entry_the_host_ended_are_not_the_hosts),
	SENTENCE(digits_after_an_entry_that_a_person_ended_are_heard),
};

SUITE("device_end", sentences)
