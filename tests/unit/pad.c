#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/pad.h"
#include "tests/unit/suite.h"

enum { OK_KEY = PADLINK_KEY_OK, CLEAR = PADLINK_KEY_CLEAR, CANCEL = PADLINK_KEY_CANCEL };
enum { OK_CANCEL = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL };

static int
shows(const struct pad *p, const char *line1, const char *line2)
{
	return strcmp(p->lcd.now.line[0], line1) == 0 && strcmp(p->lcd.now.line[1], line2) == 0;
}

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
press(struct pad *p, const char *digits, uint64_t now)
{
	for (; *digits != '\0'; digits++)
		pad_key(p, (uint8_t)*digits, now);
}

static struct padlink_pin
verify(void)
{
	return (struct padlink_pin){ .kind = PADLINK_PIN_VERIFY, .first_s = 30, .next_s = 10,
		.format = PADLINK_ASCII, .min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4,
		.apdu = { 0, 0x20, 0, 0x81 } };
}

static struct padlink_pin
modify(uint8_t confirm)
{
	struct padlink_pin v = verify();

	v.kind = PADLINK_PIN_MODIFY;
	v.confirm = confirm;
	v.apdu[1] = 0x24;
	return v;
}

static int
wiped(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return 0;
	return 1;
}

static int
no_digits(const struct pad *p)
{
	return wiped(&p->entry.now, sizeof(p->entry.now)) &&
	    wiped(&p->entry.old, sizeof(p->entry.old)) &&
	    wiped(&p->entry.pin, sizeof(p->entry.pin));
}

/* The display. ------------------------------------------------------------------------------- */

static const struct {
	const char *text, *line1, *line2;
} texts[] = {
	{ "a\nb", "a", "b" },
	{ "a\rb", "a", "b" },
	{ "a\r\nb", "a", "b" },
	{ "a\n\rb", "a", "" },
	{ "a\nb\nc", "a", "b" },
	{ "\nb", "", "b" },
	{ "0123456789abcdef\nb", "0123456789abcdef", "b" },
	{ "0123456789abcdefg", "0123456789abcdef", "g" },
	{ "0123456789abcdef0123456789abcdefX", "0123456789abcdef", "0123456789abcdef" },
	{ "a  \n  b ", "a", "  b" },
	{ "\aa\a", "a", "" },
	{ "\x01\x7f\xc3\xa4", "????", "" },
};

static void
lines_end_at_cr_lf_or_both(void)
{
	struct lcd l = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		lcd_show(&l, texts[i].text, strlen(texts[i].text));
		if (strcmp(l.now.line[0], texts[i].line1) != 0 ||
		    strcmp(l.now.line[1], texts[i].line2) != 0)
			CU_FAIL(texts[i].text);
	}
	CU_ASSERT_EQUAL(l.beeps, 2);
}

static void
a_text_that_stood_for_a_moment_is_found_once(void)
{
	struct lcd l = { 0 };
	uint64_t from = 0;

	lcd_show(&l, "one\n1", 5);
	lcd_show(&l, "two\n2", 5);
	lcd_show(&l, "three", 5);
	CU_ASSERT_FALSE(lcd_find(&l, "tw", &from));
	CU_ASSERT_FALSE(lcd_find(&l, "one / 2", &from));
	CU_ASSERT_EQUAL(from, 0);
	CU_ASSERT_TRUE(lcd_find(&l, "two", &from));
	CU_ASSERT_EQUAL(from, 2);
	CU_ASSERT_FALSE(lcd_find(&l, "two", &from));
	CU_ASSERT_FALSE(lcd_find(&l, "one", &from));
	CU_ASSERT_TRUE(lcd_find(&l, "three", &from));
}

static void
both_lines_are_asked_for_in_three_ways(void)
{
	static const char *const ways[] = { "one / 1", "one\n1", "one\\n1", "one" };
	struct lcd l = { 0 };
	uint64_t from;

	lcd_show(&l, "one\n1", 5);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		from = 0;
		if (!lcd_find(&l, ways[i], &from))
			CU_FAIL(ways[i]);
	}
	from = 0;
	CU_ASSERT_FALSE(lcd_find(&l, "", &from));
	lcd_blank(&l);
	CU_ASSERT_TRUE(lcd_find(&l, "", &from));
	from = 0;
	CU_ASSERT_TRUE(lcd_find(&l, "one  / 1 ", &from));
}

static void
there_is_room_for_sixteen_stars(void)
{
	struct lcd l = { 0 };

	lcd_stars(&l, LCD_COLUMNS + 1);
	CU_ASSERT_STRING_EQUAL(l.now.line[1], "****************");
}

static void
the_log_of_texts_is_bounded(void)
{
	struct lcd l = { 0 };
	uint64_t from = 0;

	lcd_show(&l, "first", 5);
	for (int i = 0; i < LCD_LOG - 1; i++)
		lcd_show(&l, "more", 4);
	CU_ASSERT_TRUE(lcd_find(&l, "first", &from));
	from = 0;
	lcd_show(&l, "last", 4);
	CU_ASSERT_FALSE(lcd_find(&l, "first", &from));
	CU_ASSERT_TRUE(lcd_find(&l, "last", &from));
	CU_ASSERT_EQUAL(from, l.count);
}

/* Host texts. -------------------------------------------------------------------------------- */

static void
the_idle_text_goes_with_the_first_operation(void)
{
	struct pad p = { 0 };

	pad_plug(&p);
	CU_ASSERT_TRUE(shows(&p, "REINER SCT", "cyberJack e-com"));
	pad_wake(&p);
	CU_ASSERT_TRUE(shows(&p, "", ""));
	CU_ASSERT_FALSE(p.idle);
	pad_plug(&p);
	output(&p, 0, "Please wait", 0);
	pad_wake(&p);
	CU_ASSERT_TRUE(shows(&p, "Please wait", ""));
	pad_clear(&p);
	CU_ASSERT_TRUE(shows(&p, "", ""));
	pad_plug(&p);
	CU_ASSERT_TRUE(shows(&p, "REINER SCT", "cyberJack e-com"));
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
	CU_ASSERT_TRUE(shows(&p, "b", ""));
	pad_tick(&p, 3000);
	CU_ASSERT_TRUE(shows(&p, "", ""));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
	output(&p, 0, "c", 4000);
	output(&p, 0, "", 4000);
	CU_ASSERT_TRUE(shows(&p, "", ""));
}

static void
an_outputs_time_does_not_blank_what_came_after_it(void)
{
	struct pad p = { 0 };

	output(&p, 2, "a", 0);
	input(&p, OK_CANCEL, "b", 1900);
	pad_tick(&p, 2500);
	CU_ASSERT_TRUE(shows(&p, "b", ""));
	output(&p, 2, "a", 3000);
	output(&p, 0, "b", 4000);
	pad_tick(&p, 6000);
	CU_ASSERT_TRUE(shows(&p, "b", ""));
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
	CU_ASSERT_TRUE(shows(&p, "Insert 1. card", "press OK/Cancel"));
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
	const struct padlink_pin v = verify();
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
		CU_ASSERT_TRUE(wiped(p.queue, sizeof(p.queue)));
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
	CU_ASSERT_TRUE(shows(&p, "a", ""));
	CU_ASSERT_EQUAL(pad_deadline(&p), UINT64_MAX);
}

/* The PIN. ----------------------------------------------------------------------------------- */

static void
every_digit_is_a_star(void)
{
	const struct padlink_pin v = verify();
	struct pad p = { 0 };

	OK(pad_pin(&p, &v, 0));
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", ""));
	CU_ASSERT_TRUE(pad_secure(&p));
	press(&p, "1", 1);
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", "*"));
	press(&p, "23456", 2);
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", "******"));
	CU_ASSERT_EQUAL(p.lcd.count, 1);
	pad_key(&p, OK_KEY, 3);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_FALSE(pad_secure(&p));
	CU_ASSERT_TRUE(shows(&p, "", ""));
	CU_ASSERT_EQUAL(p.entry.pin.n, 6);
	SAME(p.entry.pin.v, "\1\2\3\4\5\6", 6);
	entry_wipe(&p.entry);
	CU_ASSERT_TRUE(wiped(&p.entry, sizeof(p.entry)));
}

static void
clear_empties_the_entry_and_starts_it_again(void)
{
	const struct padlink_pin v = verify();
	struct pad p = { 0 };

	OK(pad_pin(&p, &v, 0));
	press(&p, "123", 1000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 11000);
	pad_key(&p, CLEAR, 2000);
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", ""));
	CU_ASSERT_TRUE(no_digits(&p));
	CU_ASSERT_EQUAL(pad_deadline(&p), 32000);
	press(&p, "654321", 3000);
	pad_key(&p, OK_KEY, 3000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	SAME(p.entry.pin.v, "\6\5\4\3\2\1", 6);
}

static const struct {
	const char *keys;
	uint64_t wait;
	uint16_t sw;
} ends[] = {
	{ "x", 0, 0x6401 },
	{ "123456x", 0, 0x6401 },
	{ "", 30000, 0x6400 },
	{ "123456", 10000, 0x6400 },
	{ "#", 0, 0x6403 },
	{ "12345#", 0, 0x6403 },
	{ "123456c12345#", 0, 0x6403 },
};

static void
press_all(struct pad *p, const char *keys)
{
	for (; *keys != '\0'; keys++)
		pad_key(p, *keys == '#' ? OK_KEY : *keys == 'x' ? CANCEL : *keys == 'c' ? CLEAR :
		    (uint8_t)*keys, 0);
}

static void
an_entry_that_fails_has_its_status_word_and_leaves_no_digit(void)
{
	const struct padlink_pin v = verify();
	struct pad p = { 0 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		OK(pad_pin(&p, &v, 0));
		press_all(&p, ends[i].keys);
		if (ends[i].wait > 0) {
			pad_tick(&p, ends[i].wait - 1);
			CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
			pad_tick(&p, ends[i].wait);
		}
		if (pad_end(&p) != PAD_PIN_SW || p.entry.sw != ends[i].sw || !no_digits(&p) ||
		    !shows(&p, "", "") || pad_secure(&p))
			CU_FAIL(ends[i].keys);
	}
}

static void
an_entry_that_is_broken_off_leaves_no_digit(void)
{
	const struct padlink_pin v = verify();
	struct pad p = { 0 };

	for (int way = 0; way < 3; way++) {
		OK(pad_pin(&p, &v, 0));
		press(&p, "123456", 0);
		if (way == 0)
			pad_stop(&p);
		else if (way == 1)
			pad_clear(&p);
		else
			pad_plug(&p);
		CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
		CU_ASSERT_TRUE(wiped(&p.entry, sizeof(p.entry)));
		CU_ASSERT_FALSE(pad_secure(&p));
		CU_ASSERT_STRING_EQUAL(p.lcd.now.line[1], way == 2 ? "cyberJack e-com" : "");
	}
}

static void
more_digits_than_the_longest_are_not_taken(void)
{
	struct padlink_pin v = verify();
	struct pad p = { 0 };

	v.max = 6;
	OK(pad_pin(&p, &v, 0));
	press(&p, "1234567", 0);
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", "******"));
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_EQUAL(p.entry.pin.n, 6);
	v.max = 255;
	OK(pad_pin(&p, &v, 0));
	press(&p, "12345678901234567", 0);
	CU_ASSERT_TRUE(shows(&p, "Enter PIN", "****************"));
	pad_clear(&p);
}

static void
a_pin_that_cannot_be_entered_is_refused(void)
{
	struct padlink_pin v = verify();
	struct pad p = { 0 };

	v.min = v.max = 17;
	CU_ASSERT_EQUAL(pad_pin(&p, &v, 0), ERR_FORMAT);
	CU_ASSERT_FALSE(pad_secure(&p));
	v = verify();
	v.block = 8;
	CU_ASSERT_EQUAL(pad_pin(&p, &v, 0), ERR_FORMAT);
	v.min = 0;
	v.block = 0;
	OK(pad_pin(&p, &v, 0));
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN_SW);
	CU_ASSERT_EQUAL(p.entry.sw, 0x6403);
}

static void
the_request_says_what_ends_an_entry(void)
{
	struct padlink_pin v = verify();
	struct pad p = { 0 };

	v.max = 6;
	v.end = PADLINK_END_MAX;
	OK(pad_pin(&p, &v, 0));
	press(&p, "12345", 0);
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_NOTHING);
	press(&p, "6", 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	v.end = PADLINK_END_OK | PADLINK_END_TIMEOUT;
	OK(pad_pin(&p, &v, 0));
	press(&p, "12345", 0);
	pad_tick(&p, 10000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN_SW);
	CU_ASSERT_EQUAL(p.entry.sw, 0x6400);
	OK(pad_pin(&p, &v, 0));
	press(&p, "123456", 0);
	pad_tick(&p, 10000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	entry_wipe(&p.entry);
}

static void
times_of_zero_are_the_pads_own(void)
{
	struct padlink_pin v = verify();
	struct pad p = { 0 };

	v.first_s = v.next_s = 0;
	OK(pad_pin(&p, &v, 5));
	CU_ASSERT_EQUAL(pad_deadline(&p), 30005);
	press(&p, "1", 6);
	CU_ASSERT_EQUAL(pad_deadline(&p), 10006);
	pad_clear(&p);
}

static const struct {
	uint8_t confirm;
	const char *keys;
	const char *prompts[3];
	uint16_t sw;
	const char *old, *pin;
} changes[] = {
	{ 0, "111111#", { "Enter new PIN" }, 0, "", "111111" },
	{ 1, "111111#111111#", { "Enter new PIN", "Repeat new PIN" }, 0, "", "111111" },
	{ 2, "222222#111111#", { "Enter old PIN", "Enter new PIN" }, 0, "222222", "111111" },
	{ 3, "222222#111111#111111#", { "Enter old PIN", "Enter new PIN", "Repeat new PIN" }, 0,
	    "222222", "111111" },
	{ 3, "222222#111111#111112#", { "Enter old PIN", "Enter new PIN", "Repeat new PIN" },
	    0x6402, "", "" },
	{ 1, "111111#1111110#", { "Enter new PIN", "Repeat new PIN" }, 0x6402, "", "" },
	{ 3, "222222#111111#11#", { "Enter old PIN", "Enter new PIN", "Repeat new PIN" }, 0x6403,
	    "", "" },
	{ 3, "22#", { "Enter old PIN" }, 0x6403, "", "" },
	{ 3, "222222#111111#x", { "Enter old PIN", "Enter new PIN", "Repeat new PIN" }, 0x6401,
	    "", "" },
	{ 3, "222222#111111#12c111111#", { "Enter old PIN", "Enter new PIN", "Repeat new PIN" }, 0,
	    "222222", "111111" },
};

static int
holds(const struct digits *d, const char *text)
{
	if (d->n != strlen(text))
		return 0;
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i] != text[i] - '0')
			return 0;
	return 1;
}

static void
a_change_asks_old_new_and_again_as_it_was_told(void)
{
	struct padlink_pin v;
	uint64_t from;
	struct pad *p;
	enum pad_end end;

	p = calloc(1, sizeof(*p));
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		pad_clear(p);
		from = p->lcd.count;
		v = modify(changes[i].confirm);
		OK(pad_pin(p, &v, 0));
		press_all(p, changes[i].keys);
		end = pad_end(p);
		if (end != (changes[i].sw == 0 ? PAD_PIN : PAD_PIN_SW) ||
		    p->entry.sw != changes[i].sw || !holds(&p->entry.old, changes[i].old) ||
		    !holds(&p->entry.pin, changes[i].pin) || p->entry.now.n != 0)
			CU_FAIL(changes[i].keys);
		for (size_t j = 0; j < 3 && changes[i].prompts[j] != NULL; j++) {
			if (strcmp(p->lcd.log[from % LCD_LOG].line[0], changes[i].prompts[j]) != 0)
				CU_FAIL(changes[i].prompts[j]);
			from++;
		}
		CU_ASSERT_EQUAL(p->lcd.count, from + 1);
	}
	entry_wipe(&p->entry);
	free(p);
}

static void
each_pin_of_a_change_has_the_first_digits_time(void)
{
	const struct padlink_pin v = modify(3);
	struct pad p = { 0 };

	OK(pad_pin(&p, &v, 0));
	press(&p, "222222", 1000);
	pad_key(&p, OK_KEY, 2000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 32000);
	pad_tick(&p, 32000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN_SW);
	CU_ASSERT_EQUAL(p.entry.sw, 0x6400);
	CU_ASSERT_TRUE(no_digits(&p));
}

static const struct sentence sentences[] = {
	SENTENCE(lines_end_at_cr_lf_or_both),
	SENTENCE(a_text_that_stood_for_a_moment_is_found_once),
	SENTENCE(both_lines_are_asked_for_in_three_ways),
	SENTENCE(there_is_room_for_sixteen_stars),
	SENTENCE(the_log_of_texts_is_bounded),
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
	SENTENCE(every_digit_is_a_star),
	SENTENCE(clear_empties_the_entry_and_starts_it_again),
	SENTENCE(an_entry_that_fails_has_its_status_word_and_leaves_no_digit),
	SENTENCE(an_entry_that_is_broken_off_leaves_no_digit),
	SENTENCE(more_digits_than_the_longest_are_not_taken),
	SENTENCE(a_pin_that_cannot_be_entered_is_refused),
	SENTENCE(the_request_says_what_ends_an_entry),
	SENTENCE(times_of_zero_are_the_pads_own),
	SENTENCE(a_change_asks_old_new_and_again_as_it_was_told),
	SENTENCE(each_pin_of_a_change_has_the_first_digits_time),
};

SUITE("pad", sentences)
