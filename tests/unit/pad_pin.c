#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/pad_face.h"
#include "tests/unit/suite.h"

static void
press(struct pad *p, const char *digits, uint64_t now)
{
	for (; *digits != '\0'; digits++)
		pad_key(p, (uint8_t)*digits, now);
}

static struct padlink_pin
modify(uint8_t confirm)
{
	struct padlink_pin v = face_verify();

	v.kind = PADLINK_PIN_MODIFY;
	v.confirm = confirm;
	v.apdu[1] = 0x24;
	return v;
}

static int
no_digits(const struct pad *p)
{
	return face_wiped(&p->entry.now, sizeof(p->entry.now)) &&
	    face_wiped(&p->entry.old, sizeof(p->entry.old)) &&
	    face_wiped(&p->entry.pin, sizeof(p->entry.pin));
}

static void
every_digit_is_a_star(void)
{
	const struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	OK(pad_pin(&p, &v, 0));
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", ""));
	CU_ASSERT_TRUE(pad_secure(&p));
	press(&p, "1", 1);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", "*"));
	press(&p, "23456", 2);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", "******"));
	CU_ASSERT_EQUAL(p.lcd.count, 1);
	pad_key(&p, OK_KEY, 3);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_FALSE(pad_secure(&p));
	CU_ASSERT_TRUE(face_shows(&p, "", ""));
	CU_ASSERT_EQUAL(p.entry.pin.n, 6);
	SAME(p.entry.pin.v, "\1\2\3\4\5\6", 6);
	entry_wipe(&p.entry);
	CU_ASSERT_TRUE(face_wiped(&p.entry, sizeof(p.entry)));
}

static void
clear_empties_the_entry_and_starts_it_again(void)
{
	const struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	OK(pad_pin(&p, &v, 0));
	press(&p, "123", 1000);
	CU_ASSERT_EQUAL(pad_deadline(&p), 11000);
	pad_key(&p, CLEAR, 2000);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", ""));
	CU_ASSERT_TRUE(no_digits(&p));
	CU_ASSERT_EQUAL(pad_deadline(&p), 32000);
	press(&p, "987650", 3000);
	pad_key(&p, OK_KEY, 3000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	SAME(p.entry.pin.v, "\11\10\7\6\5\0", 6);
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
	const struct padlink_pin v = face_verify();
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
		    !face_shows(&p, "", "") || pad_secure(&p))
			CU_FAIL(ends[i].keys);
	}
}

static void
an_entry_that_is_broken_off_leaves_no_digit(void)
{
	const struct padlink_pin v = face_verify();
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
		CU_ASSERT_TRUE(face_wiped(&p.entry, sizeof(p.entry)));
		CU_ASSERT_FALSE(pad_secure(&p));
		CU_ASSERT_STRING_EQUAL(p.lcd.now.line[1], way == 2 ? "cyberJack e-com" : "");
	}
}

static void
more_digits_than_the_longest_are_not_taken(void)
{
	struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	v.max = 6;
	OK(pad_pin(&p, &v, 0));
	press(&p, "1234567", 0);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", "******"));
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_EQUAL(p.entry.pin.n, 6);
	v.max = 255;
	OK(pad_pin(&p, &v, 0));
	press(&p, "12345678901234567", 0);
	CU_ASSERT_TRUE(face_shows(&p, "Enter PIN", "****************"));
	pad_clear(&p);
}

static void
a_pin_that_cannot_be_entered_is_refused(void)
{
	struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	v.min = v.max = 17;
	CU_ASSERT_EQUAL(pad_pin(&p, &v, 0), ERR_FORMAT);
	CU_ASSERT_FALSE(pad_secure(&p));
	v = face_verify();
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
	struct padlink_pin v = face_verify();
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

/* Three digits at least, four at most; '#' is OK, '.' the time to the next digit, ',' to the first. */
static const struct {
	uint8_t end;
	const char *keys;
	enum pad_end ends;
	uint16_t sw;
	const char *pin;
} conditions[] = {
	{ PADLINK_END_MAX, "123", PAD_NOTHING, 0, "" },
	{ PADLINK_END_MAX, "123#", PAD_NOTHING, 0, "" },
	{ PADLINK_END_MAX, "12#34", PAD_PIN, 0, "1234" },
	{ PADLINK_END_MAX, "1234", PAD_PIN, 0, "1234" },
	{ PADLINK_END_MAX, "123.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_MAX, ",", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_OK, "1234", PAD_NOTHING, 0, "" },
	{ PADLINK_END_OK, "12345", PAD_NOTHING, 0, "" },
	{ PADLINK_END_OK, "12345#", PAD_PIN, 0, "1234" },
	{ PADLINK_END_OK, "123#", PAD_PIN, 0, "123" },
	{ PADLINK_END_OK, "12#", PAD_PIN_SW, 0x6403, "" },
	{ PADLINK_END_OK, "#", PAD_PIN_SW, 0x6403, "" },
	{ PADLINK_END_OK, "123.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_OK, "1234.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_MAX | PADLINK_END_OK, "123", PAD_NOTHING, 0, "" },
	{ PADLINK_END_MAX | PADLINK_END_OK, "123#", PAD_PIN, 0, "123" },
	{ PADLINK_END_MAX | PADLINK_END_OK, "1234", PAD_PIN, 0, "1234" },
	{ PADLINK_END_MAX | PADLINK_END_OK, "12#", PAD_PIN_SW, 0x6403, "" },
	{ PADLINK_END_MAX | PADLINK_END_OK, "123.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_MAX | PADLINK_END_TIMEOUT, "123#", PAD_NOTHING, 0, "" },
	{ PADLINK_END_MAX | PADLINK_END_TIMEOUT, "123.", PAD_PIN, 0, "123" },
	{ PADLINK_END_MAX | PADLINK_END_TIMEOUT, "12.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_MAX | PADLINK_END_TIMEOUT, "1234", PAD_PIN, 0, "1234" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, "1234", PAD_NOTHING, 0, "" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, "123#", PAD_PIN, 0, "123" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, "1234.", PAD_PIN, 0, "1234" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, "12.", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, ",", PAD_PIN_SW, 0x6400, "" },
	{ PADLINK_END_OK | PADLINK_END_TIMEOUT, "123c,", PAD_PIN_SW, 0x6400, "" },
	{ 7, "123", PAD_NOTHING, 0, "" },
	{ 7, "123#", PAD_PIN, 0, "123" },
	{ 7, "123.", PAD_PIN, 0, "123" },
	{ 7, "1234", PAD_PIN, 0, "1234" },
	{ 7, "12.", PAD_PIN_SW, 0x6400, "" },
	{ 7, "12#", PAD_PIN_SW, 0x6403, "" },
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
each_condition_ends_an_entry_and_no_other_does(void)
{
	struct padlink_pin v = face_verify();
	enum pad_end end;
	struct pad p = { 0 };

	v.min = 3;
	v.max = 4;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		pad_clear(&p);
		v.end = conditions[i].end;
		OK(pad_pin(&p, &v, 0));
		for (const char *k = conditions[i].keys; *k != '\0'; k++)
			if (*k == '.' || *k == ',') {
				pad_tick(&p, *k == '.' ? 9999 : 29999);
				CU_ASSERT_EQUAL(p.end, PAD_NOTHING);
				pad_tick(&p, *k == '.' ? 10000 : 30000);
			} else
				press_all(&p, (char[]){ *k, '\0' });
		end = pad_end(&p);
		if (end != conditions[i].ends || (end == PAD_PIN_SW &&
		    p.entry.sw != conditions[i].sw) || !holds(&p.entry.pin, conditions[i].pin))
			CU_FAIL(conditions[i].keys);
	}
	entry_wipe(&p.entry);
}

/* The time that stands for OK goes on to the next PIN of a change, as OK does. */
static void
each_pin_of_a_change_ends_by_each_condition(void)
{
	struct padlink_pin v = modify(3);
	struct pad p = { 0 };

	v.min = 3;
	v.max = 4;
	v.end = PADLINK_END_MAX | PADLINK_END_OK | PADLINK_END_TIMEOUT;
	OK(pad_pin(&p, &v, 0));
	press(&p, "1234", 0);
	CU_ASSERT_TRUE(face_shows(&p, "Enter new PIN", ""));
	press(&p, "567", 0);
	pad_tick(&p, 10000);
	CU_ASSERT_TRUE(face_shows(&p, "Repeat new PIN", ""));
	CU_ASSERT_EQUAL(pad_deadline(&p), 40000);
	press(&p, "567", 10000);
	pad_key(&p, OK_KEY, 10000);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_TRUE(holds(&p.entry.old, "1234"));
	CU_ASSERT_TRUE(holds(&p.entry.pin, "567"));
	entry_wipe(&p.entry);
}

static void
one_length_is_exact(void)
{
	struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	v.min = v.max = 6;
	v.end = PADLINK_END_OK;
	OK(pad_pin(&p, &v, 0));
	press(&p, "12345", 0);
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN_SW);
	CU_ASSERT_EQUAL(p.entry.sw, 0x6403);
	OK(pad_pin(&p, &v, 0));
	press(&p, "1234567", 0);
	pad_key(&p, OK_KEY, 0);
	CU_ASSERT_EQUAL(pad_end(&p), PAD_PIN);
	CU_ASSERT_TRUE(holds(&p.entry.pin, "123456"));
	entry_wipe(&p.entry);
}

static void
times_of_zero_are_the_pads_own(void)
{
	struct padlink_pin v = face_verify();
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

/* Who types his old PIN for a PUK loses one of its tries. */
static void
a_puk_is_asked_by_its_name(void)
{
	struct padlink_pin v = face_verify();
	struct pad p = { 0 };

	v.apdu[1] = 0x2c;
	v.apdu[2] = 0x01;
	OK(pad_pin(&p, &v, 0));
	CU_ASSERT_TRUE(face_shows(&p, "Enter PUK", ""));
	for (uint8_t confirm = 2; confirm < 4; confirm++) {
		v = modify(confirm);
		v.apdu[1] = 0x2c;
		OK(pad_pin(&p, &v, 0));
		CU_ASSERT_TRUE(face_shows(&p, "Enter PUK", ""));
		press(&p, "12345678", 0);
		pad_key(&p, OK_KEY, 0);
		CU_ASSERT_TRUE(face_shows(&p, "Enter new PIN", ""));
	}
	v.confirm = 0;
	OK(pad_pin(&p, &v, 0));
	CU_ASSERT_TRUE(face_shows(&p, "Enter new PIN", ""));
	pad_clear(&p);
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
	SENTENCE(every_digit_is_a_star),
	SENTENCE(clear_empties_the_entry_and_starts_it_again),
	SENTENCE(an_entry_that_fails_has_its_status_word_and_leaves_no_digit),
	SENTENCE(an_entry_that_is_broken_off_leaves_no_digit),
	SENTENCE(more_digits_than_the_longest_are_not_taken),
	SENTENCE(a_pin_that_cannot_be_entered_is_refused),
	SENTENCE(the_request_says_what_ends_an_entry),
	SENTENCE(each_condition_ends_an_entry_and_no_other_does),
	SENTENCE(each_pin_of_a_change_ends_by_each_condition),
	SENTENCE(one_length_is_exact),
	SENTENCE(times_of_zero_are_the_pads_own),
	SENTENCE(a_change_asks_old_new_and_again_as_it_was_told),
	SENTENCE(a_puk_is_asked_by_its_name),
	SENTENCE(each_pin_of_a_change_has_the_first_digits_time),
};

SUITE("pad_pin", sentences)
