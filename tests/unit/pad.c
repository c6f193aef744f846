#include <string.h>

#include "tests/unit/pad_face.h"
#include "tests/unit/suite.h"

enum { OK_CANCEL = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL };

static void
output(struct pad *p, uint8_t seconds, const char *text, uint64_t now)
{
	struct padlink_output o = { .seconds = seconds, .n = (uint8_t)strlen(text) };

	memcpy(o.text, text, o.n);
	pad_output(p, &o, now);
}

static void
input(struct pad *p, uint8_t take, const char *text, uint64_t now)
{
	struct padlink_input i = { .seconds = 2, .take = take, .n = (uint8_t)strlen(text) };

	memcpy(i.text, text, i.n);
	pad_input(p, &i, now);
}

static void
the_idle_text_goes_with_the_first_operation(void)
{
	struct pad p = { 0 };

	pad_plug(&p);
	CU_ASSERT_TRUE(face_shows(&p, "REINER SCT", "cyberJack e-com"));
	pad_wake(&p);
	CU_ASSERT_TRUE(face_shows(&p, "", ""));
	CU_ASSERT_FALSE(p.idle);
	pad_plug(&p);
	output(&p, 0, "Please wait", 0);
	pad_wake(&p);
	CU_ASSERT_TRUE(face_shows(&p, "Please wait", ""));
	pad_clear(&p);
	CU_ASSERT_TRUE(face_shows(&p, "", ""));
	pad_plug(&p);
	CU_ASSERT_TRUE(face_shows(&p, "REINER SCT", "cyberJack e-com"));
}

static void
an_output_stays_or_goes_after_its_time(void)
{
	struct pad p = { 0 };

	output(&p, 0, "a", 0);
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
	output(&p, 2, "b", 1000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 3000);
	pad_tick(&p, 2999);
	CU_ASSERT_TRUE(face_shows(&p, "b", ""));
	pad_tick(&p, 3000);
	CU_ASSERT_TRUE(face_shows(&p, "", ""));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
	output(&p, 0, "c", 4000);
	output(&p, 0, "", 4000);
	CU_ASSERT_TRUE(face_shows(&p, "", ""));
}

static void
an_outputs_time_does_not_blank_what_came_after_it(void)
{
	struct pad p = { 0 };

	output(&p, 2, "a", 0);
	input(&p, OK_CANCEL, "b", 1900);
	pad_tick(&p, 2500);
	CU_ASSERT_TRUE(face_shows(&p, "b", ""));
	output(&p, 2, "a", 3000);
	output(&p, 0, "b", 4000);
	pad_tick(&p, 6000);
	CU_ASSERT_TRUE(face_shows(&p, "b", ""));
}

static void
an_input_takes_the_keys_of_its_mask(void)
{
	static const uint8_t masks[] = { PADLINK_TAKE_DIGITS, PADLINK_TAKE_OK, PADLINK_TAKE_CANCEL,
		PADLINK_TAKE_CLEAR };
	static const uint8_t keys[] = { '0', OK_KEY, CANCEL, CLEAR };
	struct pad p = { 0 };

	for (size_t i = 0; i < sizeof(masks); i++)
		for (size_t j = 0; j < sizeof(keys); j++) {
			pad_clear(&p);
			input(&p, masks[i], "a", 0);
			pad_key(&p, keys[j], 1);
			CU_ASSERT_EQUAL(pad_end(&p), i == j ? PAD_KEY : PAD_NOTHING);
			if (i == j)
				CU_ASSERT_EQUAL(p.key, keys[j]);
		}
	pad_clear(&p);
	input(&p, 0xf, "a", 0);
	pad_key(&p, '9' + 1, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	pad_key(&p, '9', 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_KEY);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
}

static void
the_text_of_an_input_stays_when_its_time_is_over(void)
{
	struct pad p = { 0 };
	uint64_t shown;

	input(&p, OK_CANCEL, "\aInsert 1. card\npress OK/Cancel", 0);
	shown = p.lcd.count;
	CU_ASSERT_EQUAL(pad_deadline(&p), 2000);
	pad_tick(&p, 1999);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	pad_tick(&p, 2000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	CU_ASSERT_TRUE(face_shows(&p, "Insert 1. card", "press OK/Cancel"));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
	input(&p, OK_CANCEL, "Insert 1. card\npress OK/Cancel", 2100);
	input(&p, OK_CANCEL, "\aInsert 1. card\npress OK/Cancel", 4200);
	CU_ASSERT_EQUAL(p.lcd.count, shown);
	CU_ASSERT_EQUAL(p.lcd.beeps, 1);
}

static void
a_text_that_was_answered_is_shown_anew(void)
{
	struct pad p = { 0 };
	uint64_t shown;

	input(&p, OK_CANCEL, "\aa", 0);
	shown = p.lcd.count;
	pad_key(&p, OK_KEY, 1);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_KEY);
	input(&p, OK_CANCEL, "\aa", 2);
	CU_ASSERT_EQUAL(p.lcd.count, shown + 1);
	CU_ASSERT_EQUAL(p.lcd.beeps, 2);
	/* And from then on it stands unanswered again. */
	input(&p, OK_CANCEL, "\aa", 3);
	CU_ASSERT_EQUAL(p.lcd.count, shown + 1);
	CU_ASSERT_EQUAL(p.lcd.beeps, 2);
}

static void
keys_pressed_in_the_gap_serve_the_next_input_of_the_same_text(void)
{
	struct pad p = { 0 };

	input(&p, OK_CANCEL, "a", 0);
	pad_tick(&p, 2000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	pad_key(&p, '1', 2001);
	pad_key(&p, CANCEL, 2001);
	pad_key(&p, OK_KEY, 2002);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	input(&p, OK_CANCEL, "\aa", 2003);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_KEY);
	CU_ASSERT_EQUAL(p.key, CANCEL);
	/* The mask may have changed since: what it does not take is gone. */
	input(&p, PADLINK_TAKE_CANCEL, "a", 2004);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	CU_ASSERT_EQUAL(p.queued, 0);
}

static void
a_new_text_an_output_and_a_pin_entry_empty_the_queue(void)
{
	const struct padlink_pin v = face_verify();
	struct pad p = { 0 };
	int r = 0;

	for (int way = 0; way < 4; way++) {
		pad_clear(&p);
		input(&p, OK_CANCEL, "a", 0);
		pad_tick(&p, 2000);
		pad_end(&p);
		pad_key(&p, OK_KEY, 2001);
		CU_ASSERT_EQUAL(p.queued, 1);
		if (way == 0)
			input(&p, OK_CANCEL, "b", 2002);
		else if (way == 1)
			output(&p, 0, "a", 2002);
		else if (way == 2)
			r = pad_pin(&p, &v, 2002);
		else
			pad_clear(&p);
		OK(r);
		CU_ASSERT_EQUAL(p.queued, 0);
		CU_ASSERT_TRUE(face_wiped(p.queue, sizeof(p.queue)));
		if (way == 0)
			continue;
		pad_stop(&p);
		input(&p, OK_CANCEL, "a", 2003);
		CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	}
}

static void
keys_nobody_asked_for_do_nothing(void)
{
	struct pad p = { 0 };

	pad_plug(&p);
	pad_key(&p, OK_KEY, 0);
	output(&p, 0, "a", 0);
	pad_key(&p, OK_KEY, 1);
	CU_ASSERT_EQUAL(p.queued, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	input(&p, OK_CANCEL, "b", 2);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	pad_stop(&p);
	output(&p, 0, "c", 3);
	pad_key(&p, OK_KEY, 4);
	CU_ASSERT_EQUAL(p.queued, 0);
}

static void
what_was_not_fetched_is_forgotten(void)
{
	struct pad p = { 0 };

	input(&p, OK_CANCEL, "a", 0);
	pad_key(&p, OK_KEY, 1);
	pad_stop(&p);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	input(&p, OK_CANCEL, "a", 2);
	pad_key(&p, OK_KEY, 3);
	pad_clear(&p);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	CU_ASSERT_EQUAL(p.key, 0);
}

static void
the_queue_is_bounded(void)
{
	struct pad p = { 0 };

	input(&p, OK_CANCEL, "a", 0);
	pad_tick(&p, 2000);
	for (int i = 0; i < PAD_QUEUE + 3; i++)
		pad_key(&p, OK_KEY, 2001);
	CU_ASSERT_EQUAL(p.queued, PAD_QUEUE);
}

static void
a_key_that_comes_after_the_time_is_over_waits_for_the_next_input(void)
{
	struct pad p = { 0 };

	input(&p, OK_CANCEL, "a", 0);
	pad_key(&p, OK_KEY, 2000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	CU_ASSERT_EQUAL(p.queued, 1);
}

static void
an_input_that_is_broken_off_keeps_its_text(void)
{
	struct pad p = { 0 };

	input(&p, OK_CANCEL, "a", 0);
	pad_stop(&p);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	CU_ASSERT_TRUE(face_shows(&p, "a", ""));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
}

static const struct sentence sentences[] = {
	SENTENCE(the_idle_text_goes_with_the_first_operation),
	SENTENCE(an_output_stays_or_goes_after_its_time),
	SENTENCE(an_outputs_time_does_not_blank_what_came_after_it),
	SENTENCE(an_input_takes_the_keys_of_its_mask),
	SENTENCE(the_text_of_an_input_stays_when_its_time_is_over),
	SENTENCE(a_text_that_was_answered_is_shown_anew),
	SENTENCE(keys_pressed_in_the_gap_serve_the_next_input_of_the_same_text),
	SENTENCE(a_new_text_an_output_and_a_pin_entry_empty_the_queue),
	SENTENCE(keys_nobody_asked_for_do_nothing),
	SENTENCE(what_was_not_fetched_is_forgotten),
	SENTENCE(the_queue_is_bounded),
	SENTENCE(a_key_that_comes_after_the_time_is_over_waits_for_the_next_input),
	SENTENCE(an_input_that_is_broken_off_keeps_its_text),
};

SUITE("pad", sentences)
