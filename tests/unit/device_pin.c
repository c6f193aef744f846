#include "tests/unit/device_bench.h"
#include "tests/unit/ownstack.h"
#include "tests/unit/suite.h"

static const uint8_t as_values[] = { 1, 2, 3, 4, 5, 6 };

static int
no_pin_in(const struct device *d)
{
	return !bench_holds(d, sizeof(*d), "123456", 6) &&
	    !bench_holds(d, sizeof(*d), as_values, 6);
}

static void
a_pin_goes_to_the_card_and_its_status_word_comes_back(void)
{
	struct bench *b;

	bench_ready(&b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_press(b, "123456");
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_press(b, "#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.number, b->number);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 2);
	CU_ASSERT_EQUAL(bench_sw(b), SW_OK);
	CU_ASSERT_TRUE(no_pin_in(&b->dev));
	CU_ASSERT_TRUE(bench_is_zero(b->dev.rsp, 16));
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "654321#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), 0x63c2);
	bench_end(b);
}

static void
a_changed_pin_is_the_cards_new_one(void)
{
	struct bench *b;

	bench_ready(&b);
	bench_pin(b, PADLINK_PIN_MODIFY, 0x24);
	bench_press(b, "123456#77777777#77777777#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), SW_OK);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "77777777#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), SW_OK);
	bench_end(b);
}

static const struct {
	const char *keys;
	uint64_t wait;
	unsigned sw;
} ends[] = {
	{ "123456x", 0, 0x6401 },
	{ "123456", 10000, 0x6400 },
	{ "12345#", 0, 0x6403 },
};

static void
an_entry_that_fails_never_reaches_the_card(void)
{
	struct bench *b;

	bench_ready(&b);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
		bench_press(b, ends[i].keys);
		b->now += ends[i].wait;
		device_tick(&b->dev, b->now);
		if (!bench_answered(b) || bench_sw(b) != ends[i].sw || !no_pin_in(&b->dev))
			CU_FAIL(ends[i].keys);
	}
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "000000#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), 0x63c2);
	bench_end(b);
}

static void
no_pin_is_asked_for_another_instruction(void)
{
	static const uint8_t ins[] = { 0xd6, 0x24 };
	struct bench *b;

	bench_ready(&b);
	/* The second: somebody is asked for his PIN, and has a new one of the host's. */
	for (size_t i = 0; i < sizeof(ins); i++) {
		bench_pin(b, PADLINK_PIN_VERIFY, ins[i]);
		CU_ASSERT_TRUE(bench_answered(b));
		CU_ASSERT_EQUAL(bench_sw(b), 0x6404);
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	}
	bench_end(b);
}

static void
no_pin_is_asked_without_a_powered_card(void)
{
	struct bench *b;

	bench_connected(&b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NO_CARD);
	OK(bench_insert(b));
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NOT_POWERED);
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	bench_end(b);
}

static void
a_pin_half_entered_is_wiped_by_whatever_ends_it(void)
{
	struct bench *b;

	for (int way = 0; way < 4; way++) {
		bench_ready(&b);
		bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
		bench_press(b, "123456");
		CU_ASSERT_FALSE(no_pin_in(&b->dev));
		if (way == 0)
			device_remove(&b->dev);
		else if (way == 1)
			device_eof(&b->dev);
		else if (way == 2)
			device_unplug(&b->dev);
		else
			bench_send(b, PADLINK_CANCEL, "", 0);
		CU_ASSERT_TRUE(no_pin_in(&b->dev));
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
		CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
		CU_ASSERT_EQUAL(bench_answered(b), way == 0 || way == 3);
		if (way == 0)
			CU_ASSERT_EQUAL(b->status, PADLINK_NO_CARD);
		bench_end(b);
	}
}

static void
enter_pin(void *arg)
{
	bench_press(arg, "#");
}

/* Where no card answers, no deeper call writes over what was left. */
static void
a_pin_leaves_nothing_on_the_stack(void)
{
	struct bench *b;

	bench_ready(&b);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "9753186420");
	slot_power_down(&b->dev.slot);
	CU_ASSERT_EQUAL(ownstack_keeps(enter_pin, b, "9753186420", 10), 0);
	CU_ASSERT_EQUAL(ownstack_keeps(enter_pin, b, "\11\7\5\3\1\10\6\4\2\0", 10), 0);
	bench_end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(a_pin_goes_to_the_card_and_its_status_word_comes_back),
	SENTENCE(a_changed_pin_is_the_cards_new_one),
	SENTENCE(an_entry_that_fails_never_reaches_the_card),
	SENTENCE(no_pin_is_asked_for_another_instruction),
	SENTENCE(no_pin_is_asked_without_a_powered_card),
	SENTENCE(a_pin_half_entered_is_wiped_by_whatever_ends_it),
	SENTENCE(a_pin_leaves_nothing_on_the_stack),
};

SUITE("device_pin", sentences)
