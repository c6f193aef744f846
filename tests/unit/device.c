#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/device_bench.h"
#include "tests/unit/suite.h"

static void
a_hello_tells_what_the_pad_is(void)
{
	struct padlink_hello_answer a;
	struct bench *b;
	uint8_t status;

	bench_start(&b);
	OK(bench_insert(b));
	bench_send(b, PADLINK_HELLO, "\0\2", 2);
	CU_ASSERT_EQUAL(bench_receive(b), PADLINK_HELLO);
	OK(padlink_get_hello_answer(b->got.body, b->got.n, &status, &a));
	CU_ASSERT_EQUAL(status, PADLINK_OK);
	CU_ASSERT_EQUAL(a.lines, 2);
	CU_ASSERT_EQUAL(a.columns, 16);
	CU_ASSERT_EQUAL(a.pin_min, 6);
	CU_ASSERT_EQUAL(a.pin_max, 16);
	CU_ASSERT_EQUAL(a.features,
	    PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT);
	CU_ASSERT_EQUAL(a.card.present, 1);
	CU_ASSERT_EQUAL(a.card.changes, 1);
	CU_ASSERT_STRING_EQUAL(a.firmware, "cardinal-pad");
	/* The card was told with it. */
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_end(b);
}

static void
what_is_not_offered_is_refused(void)
{
	static const struct {
		uint8_t type, needs;
	} types[] = {
		{ PADLINK_POWER, 0 }, { PADLINK_TRANSMIT, 0 },
		{ PADLINK_PIN, PADLINK_HAS_DIRECT }, { PADLINK_OUTPUT, PADLINK_HAS_TEXT },
		{ PADLINK_INPUT, PADLINK_HAS_TEXT }, { PADLINK_PIN_START, PADLINK_HAS_START },
		{ PADLINK_PIN_KEY, PADLINK_HAS_START }, { PADLINK_PIN_FINISH, PADLINK_HAS_START },
		{ PADLINK_PIN_ABORT, PADLINK_HAS_START },
	};
	struct padlink_hello_answer a;
	uint8_t status;
	struct bench *b;

	for (uint8_t features = 0; features < 8; features++) {
		bench_start(&b);
		device_offer(&b->dev, features);
		bench_send(b, PADLINK_HELLO, "\0\2", 2);
		CU_ASSERT_EQUAL(bench_receive(b), PADLINK_HELLO);
		OK(padlink_get_hello_answer(b->got.body, b->got.n, &status, &a));
		CU_ASSERT_EQUAL(a.features, features);
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			int refused = bench_ask(b, types[i].type, "", 0) == PADLINK_NOT_OFFERED;

			CU_ASSERT_EQUAL(refused, (types[i].needs & ~features) != 0);
		}
		bench_end(b);
	}
}

static void
a_pad_without_text_still_asks_for_a_pin(void)
{
	struct bench *b;

	bench_ready(&b);
	device_offer(&b->dev, PADLINK_HAS_DIRECT);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "Enter PIN");
	bench_press(b, "123456#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), SW_OK);
	bench_end(b);
}

static void
nothing_comes_before_hello(void)
{
	struct bench *b;

	bench_start(&b);
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_BAD);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_HELLO, "\0\3", 2), PADLINK_BAD);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_HELLO, "\0", 1), PADLINK_BAD);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_BAD);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_HELLO, "\0\2", 2), PADLINK_OK);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_OK);
	bench_end(b);
}

static void
malformed_requests_are_bad(void)
{
	static const uint8_t types[] = { PADLINK_HELLO, PADLINK_POWER, PADLINK_PIN, PADLINK_OUTPUT,
		PADLINK_INPUT };
	struct padlink_msg m = { .type = 99, .number = 7, .body = (const uint8_t *)"", .n = 0 };
	struct bench *b;

	bench_connected(&b);
	for (size_t i = 0; i < sizeof(types); i++)
		CU_ASSERT_EQUAL(bench_ask(b, types[i], "", 0), PADLINK_BAD);
	device_message(&b->dev, &m, 0);
	CU_ASSERT_EQUAL(bench_receive(b), 99);
	CU_ASSERT_EQUAL(b->got.n, 1);
	CU_ASSERT_EQUAL(b->got.body[0], PADLINK_BAD);
	bench_end(b);
}

static void
a_request_waits_for_its_key(void)
{
	struct bench *b;

	bench_connected(&b);
	bench_input(b, "Insert 1. card\npress OK/Cancel");
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), 2000);
	bench_press(b, "1#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_OK);
	bench_input(b, "Insert 1. card\npress OK/Cancel");
	b->now = 2000;
	device_tick(&b->dev, b->now);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_TIMEOUT);
	bench_press(b, "x");
	bench_input(b, "Insert 1. card\npress OK/Cancel");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_CANCEL);
	CU_ASSERT_EQUAL(b->got.number, b->number);
	bench_end(b);
}

static const struct {
	const char *keys;
	uint8_t status;
	const char *digits;
} lines[] = {
	{ "12#", PADLINK_OK, "12" },
	{ "#", PADLINK_OK, "" },
	{ "1c#", PADLINK_OK, "" },
	{ "12x", PADLINK_OK, "\x1b" },
	{ "1234", PADLINK_OK, "1234" },
	{ "123", PADLINK_TIMEOUT, "" },
};

static void
a_line_comes_with_its_digits_and_leaves_none(void)
{
	struct bench *b;

	bench_connected(&b);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		bench_send(b, PADLINK_INPUT, "\x0f\x0f\x02\x05\x04\x01" "a", 7);
		CU_ASSERT_EQUAL(bench_receive(b), 0);
		bench_press(b, lines[i].keys);
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
		if (lines[i].status == PADLINK_TIMEOUT)
			b->now += 5000;
		device_tick(&b->dev, b->now);
		if (!bench_answered(b) || b->got.number != b->number ||
		    b->status != lines[i].status || b->rest_n != strlen(lines[i].digits) ||
		    (b->rest_n > 0 && memcmp(b->rest, lines[i].digits, b->rest_n) != 0) ||
		    !bench_is_zero(&b->dev.pad.typed, sizeof(b->dev.pad.typed)))
			CU_FAIL(lines[i].keys);
	}
	bench_end(b);
}

static void
a_request_whose_time_is_over_is_not_in_the_way(void)
{
	struct bench *b;
	uint8_t down = PADLINK_POWER_DOWN;

	bench_connected(&b);
	bench_input(b, "a");
	b->now = 2000;
	bench_send(b, PADLINK_POWER, &down, 1);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_INPUT);
	CU_ASSERT_EQUAL(b->status, PADLINK_TIMEOUT);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_POWER);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	bench_end(b);
}

static void
a_text_is_shown_and_answered_at_once(void)
{
	struct bench *b;

	bench_connected(&b);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_OK);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "a");
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "b");
	bench_end(b);
}

static void
a_device_that_is_done_with_is_all_zero(void)
{
	const struct image closed = { .fd = -1 };
	struct bench *b;

	bench_ready(&b);
	device_free(&b->dev);
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	b->dev.slot.image = closed;
	b->dev.slot.image.fd = 0;
	CU_ASSERT_TRUE(bench_is_zero(&b->dev, sizeof(b->dev)));
	free(b);
}

static void
a_second_request_is_busy_and_cancel_gets_through(void)
{
	uint32_t first;
	struct bench *b;

	bench_connected(&b);
	bench_input(b, "a");
	first = b->number;
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_DOWN), PADLINK_BUSY);
	bench_send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_INPUT);
	CU_ASSERT_EQUAL(b->got.number, first);
	CU_ASSERT_EQUAL(b->status, PADLINK_CANCELLED);
	bench_send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_DOWN), PADLINK_OK);
	bench_end(b);
}

static void
the_first_operation_takes_the_idle_text_away(void)
{
	struct bench *b;

	bench_connected(&b);
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_OK);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "REINER SCT");
	bench_ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
	bench_end(b);
}

static void
a_prompt_outlives_the_card(void)
{
	struct bench *b;

	bench_ready(&b);
	bench_input(b, "Insert 2. card");
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(b->dev.running, PADLINK_INPUT);
	bench_press(b, "#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_OK);
	bench_end(b);
}

static void
a_driver_that_goes_leaves_a_dark_pad_and_no_power(void)
{
	struct bench *b;

	bench_ready(&b);
	bench_input(b, "a");
	device_eof(&b->dev);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), UINT64_MAX);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	/* The next one begins with a HELLO of its own. */
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_BAD);
	bench_end(b);
}

static void
an_unplugged_pad_is_deaf_and_keeps_its_card(void)
{
	struct bench *b;

	bench_ready(&b);
	CU_ASSERT_EQUAL(device_plug(&b->dev), ERR_NOT_NOW);
	OK(device_unplug(&b->dev));
	CU_ASSERT_EQUAL(device_unplug(&b->dev), ERR_NOT_NOW);
	CU_ASSERT_TRUE(b->dev.hang_up);
	CU_ASSERT_FALSE(device_ready(&b->dev));
	bench_send(b, PADLINK_HELLO, "\0\2", 2);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_press(b, "#");
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_EQUAL(b->dev.slot.has, SLOT_CARD);
	OK(device_plug(&b->dev));
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "cyberJack e-com");
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_HELLO, "\0\2", 2), PADLINK_OK);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_OK);
	bench_end(b);
}

static void
the_log_says_why_a_card_is_mute(void)
{
	struct bench *b;

	bench_start(&b);
	/* The version stands behind the eight bytes that every image begins with. */
	b->deck.disk[9] = 1;
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(b->dev.slot.has, SLOT_MUTE);
	CU_ASSERT_EQUAL(b->lines, 1);
	CU_ASSERT_STRING_EQUAL(b->log[0], "mute card inserted: unknown version");
	bench_end(b);
}

static void
the_log_names_instructions_and_no_data(void)
{
	static const char *const want[] = { "driver connected", "card inserted", "power up",
		"SELECT 9000", "PIN entry begins", "PIN VERIFY 63C2", "PIN entry begins",
		"PIN entry ends 6401", "PIN entry refused 6404", "PIN entry begins",
		"cancelled by the host", "INS FF 6D00", "power down", "card removed", "driver gone",
		"unplugged", "plugged in" };
	struct bench *b;

	bench_ready(&b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "000000#");
	bench_answered(b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "123456x");
	bench_answered(b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0xd6);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_send(b, PADLINK_CANCEL, "", 0);
	while (bench_answered(b))
		;
	bench_ask(b, PADLINK_TRANSMIT, "\0\xff\0\0", 4);
	bench_power(b, PADLINK_POWER_DOWN);
	OK(device_remove(&b->dev));
	device_eof(&b->dev);
	OK(device_unplug(&b->dev));
	OK(device_plug(&b->dev));
	device_eof(&b->dev);
	CU_ASSERT_EQUAL(b->lines, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < b->lines; i++)
		CU_ASSERT_STRING_EQUAL(b->log[i], want[i]);
	bench_end(b);
}

static void
answers_that_nobody_takes_stop_the_driver_not_the_pad(void)
{
	struct bench *b;
	uint8_t down = PADLINK_POWER_DOWN;
	int sent = 0;

	bench_connected(&b);
	while (device_ready(&b->dev) && sent < 1000) {
		bench_send(b, PADLINK_POWER, &down, 1);
		sent++;
	}
	CU_ASSERT_TRUE(sent < 1000);
	bench_send(b, PADLINK_POWER, &down, 1);
	CU_ASSERT_FALSE(device_ready(&b->dev));
	while (bench_receive(b) != 0)
		sent--;
	CU_ASSERT_EQUAL(sent, 0);
	CU_ASSERT_TRUE(device_ready(&b->dev));
	bench_end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(a_hello_tells_what_the_pad_is),
	SENTENCE(what_is_not_offered_is_refused),
	SENTENCE(a_pad_without_text_still_asks_for_a_pin),
	SENTENCE(nothing_comes_before_hello),
	SENTENCE(malformed_requests_are_bad),
	SENTENCE(a_request_waits_for_its_key),
	SENTENCE(a_line_comes_with_its_digits_and_leaves_none),
	SENTENCE(a_request_whose_time_is_over_is_not_in_the_way),
	SENTENCE(a_text_is_shown_and_answered_at_once),
	SENTENCE(a_device_that_is_done_with_is_all_zero),
	SENTENCE(a_second_request_is_busy_and_cancel_gets_through),
	SENTENCE(the_first_operation_takes_the_idle_text_away),
	SENTENCE(a_prompt_outlives_the_card),
	SENTENCE(a_driver_that_goes_leaves_a_dark_pad_and_no_power),
	SENTENCE(an_unplugged_pad_is_deaf_and_keeps_its_card),
	SENTENCE(the_log_says_why_a_card_is_mute),
	SENTENCE(the_log_names_instructions_and_no_data),
	SENTENCE(answers_that_nobody_takes_stop_the_driver_not_the_pad),
};

SUITE("device", sentences)
