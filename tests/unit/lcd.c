#include "simulator/lcd.h"

#include <string.h>

#include "tests/unit/suite.h"

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
	lcd_stars(&l, 2);
	CU_ASSERT_STRING_EQUAL(l.now.line[1], "**");
}

static void
what_is_typed_takes_line_two_and_no_more(void)
{
	struct lcd l = { 0 };

	lcd_show(&l, "a\nb", 3);
	lcd_typed(&l, "12345678901234567", LCD_COLUMNS + 1);
	CU_ASSERT_STRING_EQUAL(l.now.line[0], "a");
	CU_ASSERT_STRING_EQUAL(l.now.line[1], "1234567890123456");
	lcd_typed(&l, "12", 2);
	CU_ASSERT_STRING_EQUAL(l.now.line[1], "12");
	lcd_typed(&l, "", 0);
	CU_ASSERT_STRING_EQUAL(l.now.line[1], "");
	CU_ASSERT_EQUAL(l.count, 1);
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

static const struct sentence sentences[] = {
	SENTENCE(lines_end_at_cr_lf_or_both),
	SENTENCE(a_text_that_stood_for_a_moment_is_found_once),
	SENTENCE(both_lines_are_asked_for_in_three_ways),
	SENTENCE(there_is_room_for_sixteen_stars),
	SENTENCE(what_is_typed_takes_line_two_and_no_more),
	SENTENCE(the_log_of_texts_is_bounded),
};

SUITE("lcd", sentences)
