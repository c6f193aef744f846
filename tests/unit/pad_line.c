#include <string.h>

#include "tests/unit/pad_face.h"
#include "tests/unit/suite.h"

enum { ALL = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR };

static void
line(struct pad *p, uint8_t mode, uint8_t max, const char *text, uint64_t now)
{
	struct padlink_input i = { .seconds = 15, .take = ALL, .mode = mode, .next_s = 5,
		.max = max, .n = (uint8_t)strlen(text) };

	memcpy(i.text, text, i.n);
	pad_input(p, &i, now);
}

static void
press(struct pad *p, const char *keys, uint64_t now)
{
	for (; *keys != '\0'; keys++)
		pad_key(p, *keys == '#' ? OK_KEY : *keys == 'x' ? CANCEL : *keys == 'c' ? CLEAR :
		    (uint8_t)*keys, now);
}

static int
typed(const struct pad *p, const char *digits)
{
	return p->typed.n == strlen(digits) && memcmp(p->typed.digits, digits, p->typed.n) == 0;
}

static const struct {
	uint8_t mode;
	const char *text, *keys, *line1, *line2;
} shown[] = {
	{ PADLINK_LINE_CLEAR, "Which card?", "", "Which card?", "" },
	{ PADLINK_LINE_CLEAR, "Which card?", "12", "Which card?", "12" },
	{ PADLINK_LINE_STARS, "Which card?", "12", "Which card?", "**" },
	{ PADLINK_LINE_BLANK, "Which card?", "12", "Which card?", "" },
	{ PADLINK_LINE_CLEAR, "Which card?\n1 to 3", "", "Which card?", "1 to 3" },
	{ PADLINK_LINE_CLEAR, "Which card?\n1 to 3", "2", "Which card?", "2" },
	{ PADLINK_LINE_CLEAR, "Which card?\n1 to 3", "2c", "Which card?", "1 to 3" },
	{ PADLINK_LINE_STARS, "Which card?\n1 to 3", "222c1", "Which card?", "*" },
	{ PADLINK_LINE_BLANK, "Which card?\n1 to 3", "2", "Which card?", "1 to 3" },
	{ PADLINK_LINE_CLEAR, "\a", "2", "", "2" },
	{ PADLINK_LINE_CLEAR, "Which card?\n1 to 3", "2#", "Which card?", "1 to 3" },
	{ PADLINK_LINE_CLEAR, "Which card?\n1 to 3", "2x", "Which card?", "1 to 3" },
	{ PADLINK_LINE_STARS, "Which card?\n1 to 3", "1234", "Which card?", "1 to 3" },
};

static void
what_is_typed_takes_line_two(void)
{
	struct pad p = { 0 };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		pad_clear(&p);
		line(&p, shown[i].mode, 4, shown[i].text, 0);
		press(&p, shown[i].keys, 1);
		if (!face_shows(&p, shown[i].line1, shown[i].line2) || pad_secure(&p))
			CU_FAIL(shown[i].keys);
	}
	/* As wide as the display is, but for the last one, which ends it. */
	pad_clear(&p);
	line(&p, PADLINK_LINE_CLEAR, 16, "a", 0);
	press(&p, "123456789012345", 1);
	CU_ASSERT_TRUE(face_shows(&p, "a", "123456789012345"));
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
}

static const struct {
	const char *keys;
	enum pad_end end;
	const char *digits;
} ends[] = {
	{ "", PAD_NOTHING, "" },
	{ "123", PAD_NOTHING, "123" },
	{ "#", PAD_LINE, "" },
	{ "123#", PAD_LINE, "123" },
	{ "1234", PAD_LINE, "1234" },
	{ "12345", PAD_LINE, "1234" },
	{ "123c#", PAD_LINE, "" },
	{ "123c45#", PAD_LINE, "45" },
	{ "ccc1#", PAD_LINE, "1" },
	{ "x", PAD_LINE, "\x1b" },
	{ "123x", PAD_LINE, "\x1b" },
	{ "12x34#", PAD_LINE, "\x1b" },
};

static void
a_line_ends_at_ok_at_its_last_digit_or_at_cancel(void)
{
	struct pad p = { 0 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		pad_clear(&p);
		line(&p, PADLINK_LINE_STARS, 4, "a", 0);
		press(&p, ends[i].keys, 1);
		if (pad_end(&p) != ends[i].end || !typed(&p, ends[i].digits) ||
		    !face_wiped(p.typed.digits + p.typed.n, PADLINK_LINE_MAX - p.typed.n))
			CU_FAIL(ends[i].keys);
	}
	pad_clear(&p);
	line(&p, PADLINK_LINE_STARS, 1, "a", 0);
	press(&p, "7", 1);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_LINE);
	CU_ASSERT_TRUE(typed(&p, "7"));
	line(&p, PADLINK_LINE_STARS, 16, "a", 0);
	press(&p, "1234567890123456", 1);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_LINE);
	CU_ASSERT_TRUE(typed(&p, "1234567890123456"));
}

static void
a_line_has_a_time_to_its_first_digit_and_one_to_each_other(void)
{
	struct pad p = { 0 };

	line(&p, PADLINK_LINE_CLEAR, 4, "a\nb", 1000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 16000);
	press(&p, "1", 2000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 7000);
	press(&p, "c", 3000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 18000);
	press(&p, "12", 4000);
	pad_tick(&p, 8999);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	pad_tick(&p, 9000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	CU_ASSERT_TRUE(face_wiped(&p.typed, sizeof(p.typed)));
	CU_ASSERT_TRUE(face_shows(&p, "a", "b"));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
}

static void
a_line_begins_anew_each_time(void)
{
	const struct padlink_input key = { .seconds = 1, .take = ALL, .n = 1, .text = "a" };
	struct pad p = { 0 };
	uint64_t shown_before;

	pad_input(&p, &key, 0);
	pad_tick(&p, 1000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	press(&p, "1", 1001);
	CU_ASSERT_EQUAL(p.queued, 1);
	/* What was pressed for a key is none of a line's. */
	line(&p, PADLINK_LINE_CLEAR, 4, "a", 1002);
	CU_ASSERT_EQUAL(p.queued, 0);
	CU_ASSERT_TRUE(typed(&p, ""));
	press(&p, "12", 1003);
	pad_tick(&p, 99000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NO_KEY);
	/* Nor are keys kept for the next one. */
	press(&p, "3", 99001);
	CU_ASSERT_EQUAL(p.queued, 0);
	shown_before = p.lcd.count;
	line(&p, PADLINK_LINE_CLEAR, 4, "\aa", 99002);
	CU_ASSERT_EQUAL(p.lcd.count, shown_before + 1);
	CU_ASSERT_EQUAL(p.lcd.beeps, 1);
	CU_ASSERT_TRUE(typed(&p, ""));
	press(&p, "4#", 99003);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_LINE);
	CU_ASSERT_TRUE(typed(&p, "4"));
	/* Digits are no texts of the log. */
	CU_ASSERT_EQUAL(p.lcd.count, shown_before + 1);
}

static void
a_line_that_is_broken_off_leaves_no_digit(void)
{
	const struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	for (int way = 0; way < 3; way++) {
		line(&p, PADLINK_LINE_CLEAR, 4, "a\nb", 0);
		press(&p, "123", 1);
		if (way == 0)
			pad_stop(&p);
		else if (way == 1)
			pad_clear(&p);
		else
			pad_plug(&p);
		CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
		CU_ASSERT_TRUE(face_wiped(&p.typed, sizeof(p.typed)));
		CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
		CU_ASSERT_STRING_EQUAL(p.lcd.now.line[1], way == 0 ? "b" : way == 1 ? "" :
		    "cyberJack e-com");
	}
	OK(pad_pin(&p, &v, 0));
	press(&p, "123", 1);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", "***"));
	CU_ASSERT_TRUE(typed(&p, ""));
	pad_clear(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_typed_takes_line_two),
	SENTENCE(a_line_ends_at_ok_at_its_last_digit_or_at_cancel),
	SENTENCE(a_line_has_a_time_to_its_first_digit_and_one_to_each_other),
	SENTENCE(a_line_begins_anew_each_time),
	SENTENCE(a_line_that_is_broken_off_leaves_no_digit),
};

SUITE("pad_line", sentences)
