#include "simulator/presses.h"

#include "tests/unit/suite.h"

enum { DIGIT = PADLINK_PRESSED_DIGIT, CLEARED = PADLINK_PRESSED_CLEARED,
	CONFIRMED = PADLINK_PRESSED_OK };

static void
add(struct presses *p, uint8_t what, int n)
{
	for (; n > 0; n--)
		presses_add(p, what);
}

static int
takes(struct presses *p, uint8_t what, int n)
{
	for (; n > 0; n--)
		if (presses_take(p) != what)
			return 0;
	return 1;
}

static void
presses_are_told_in_their_order_and_once(void)
{
	struct presses p = { 0 };

	CU_ASSERT_EQUAL(presses_take(&p), PADLINK_PRESSED_NONE);
	add(&p, DIGIT, 2);
	add(&p, CONFIRMED, 1);
	CU_ASSERT_TRUE(takes(&p, DIGIT, 2));
	add(&p, PADLINK_PRESSED_CANCEL, 1);
	CU_ASSERT_TRUE(takes(&p, CONFIRMED, 1));
	CU_ASSERT_TRUE(takes(&p, PADLINK_PRESSED_CANCEL, 1));
	CU_ASSERT_EQUAL(presses_take(&p), PADLINK_PRESSED_NONE);
	add(&p, DIGIT, 1);
	presses_empty(&p);
	CU_ASSERT_EQUAL(presses_take(&p), PADLINK_PRESSED_NONE);
}

static void
clear_takes_along_what_it_cleared(void)
{
	struct presses p = { 0 };

	add(&p, DIGIT, 6);
	add(&p, CONFIRMED, 1);
	for (int i = 0; i < 1000; i++) {
		add(&p, DIGIT, DIGITS_MAX);
		add(&p, CLEARED, 1);
	}
	add(&p, DIGIT, 3);
	CU_ASSERT_TRUE(takes(&p, DIGIT, 6));
	CU_ASSERT_TRUE(takes(&p, CONFIRMED, 1));
	CU_ASSERT_TRUE(takes(&p, CLEARED, 1));
	CU_ASSERT_TRUE(takes(&p, DIGIT, 3));
	CU_ASSERT_EQUAL(presses_take(&p), PADLINK_PRESSED_NONE);
}

static void
the_longest_change_has_room_and_nothing_has_more(void)
{
	struct presses p = { 0 };

	for (int pin = 0; pin < 3; pin++) {
		add(&p, DIGIT, DIGITS_MAX);
		add(&p, CLEARED, 1);
		add(&p, DIGIT, DIGITS_MAX);
		add(&p, CONFIRMED, 1);
	}
	add(&p, PADLINK_PRESSED_ABORTED, 2);
	add(&p, CONFIRMED, 5);
	for (int pin = 0; pin < 3; pin++) {
		CU_ASSERT_TRUE(takes(&p, CLEARED, 1));
		CU_ASSERT_TRUE(takes(&p, DIGIT, DIGITS_MAX));
		CU_ASSERT_TRUE(takes(&p, CONFIRMED, 1));
	}
	CU_ASSERT_TRUE(takes(&p, PADLINK_PRESSED_ABORTED, 2));
	CU_ASSERT_EQUAL(presses_take(&p), PADLINK_PRESSED_NONE);
}

static const struct sentence sentences[] = {
	SENTENCE(presses_are_told_in_their_order_and_once),
	SENTENCE(clear_takes_along_what_it_cleared),
	SENTENCE(the_longest_change_has_room_and_nothing_has_more),
};

SUITE("presses", sentences)
