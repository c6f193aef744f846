#include "simulator/script.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* Words. -------------------------------------------------------------------------------------- */

static const struct {
	const char *line;
	int r;
	size_t n;
	const char *v[3];
} lines[] = {
	{ "a b  c", 0, 3, { "a", "b", "c" } },
	{ "  a\t", 0, 1, { "a" } },
	{ "'a b' \"c d\"", 0, 2, { "a b", "c d" } },
	{ "a'b'\"c\"d", 0, 1, { "abcd" } },
	{ "'' \"\"", 0, 2, { "", "" } },
	{ "a\\ b", 0, 1, { "a b" } },
	{ "'a\\nb' a\\\\nb \"a\\nb\"", 0, 3, { "a\\nb", "a\\nb", "a\\nb" } },
	{ "\"a\\\"b\"", 0, 1, { "a\"b" } },
	{ "a # b", 0, 1, { "a" } },
	{ "a#b", 0, 1, { "a#b" } },
	{ "# a", 0, 0, { NULL } },
	{ "", 0, 0, { NULL } },
	{ "a\r\n", 0, 1, { "a" } },
	{ "'a\tb'\tc", 0, 2, { "a\tb", "c" } },
	{ "a\rb", ERR_FORMAT, 0, { NULL } },
	{ "'a", ERR_FORMAT, 0, { NULL } },
	{ "\"a", ERR_FORMAT, 0, { NULL } },
	{ "\"a\\\"", ERR_FORMAT, 0, { NULL } },
	{ "a\x01", ERR_FORMAT, 0, { NULL } },
	{ "a\x7f", ERR_FORMAT, 0, { NULL } },
};

static void
a_line_is_cut_into_words(void)
{
	char line[64];
	struct words w;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(line, sizeof(line), "%s", lines[i].line);
		if (words_split(line, &w) != lines[i].r) {
			CU_FAIL(lines[i].line);
			continue;
		}
		if (lines[i].r == 0 && w.n != lines[i].n)
			CU_FAIL(lines[i].line);
		for (size_t j = 0; lines[i].r == 0 && j < w.n; j++)
			CU_ASSERT_STRING_EQUAL(w.v[j], lines[i].v[j]);
	}
}

static void
a_line_has_so_many_words_and_no_more(void)
{
	char line[2 * WORDS_MAX + 3];
	struct words w;

	memset(line, 0, sizeof(line));
	for (size_t i = 0; i < 2 * WORDS_MAX; i += 2)
		memcpy(line + i, "a ", 2);
	OK(words_split(line, &w));
	CU_ASSERT_EQUAL(w.n, WORDS_MAX);
	for (size_t i = 0; i <= 2 * WORDS_MAX; i += 2)
		memcpy(line + i, "a ", 2);
	CU_ASSERT_EQUAL(words_split(line, &w), ERR_SIZE);
}

static void
joined_words_split_into_the_same(void)
{
	char a[] = "it's", b[] = "a b", c[] = "", d[] = "\\\"#", e[] = "plain";
	char nl[] = "a\nb", line[64];
	char *const v[] = { a, b, c, d, e };
	char *const bad[] = { nl };
	struct words w;

	OK(words_join(v, 5, line, sizeof(line)));
	CU_ASSERT_STRING_EQUAL(line, "'it'\\''s' 'a b' '' '\\\"#' plain");
	OK(words_split(line, &w));
	CU_ASSERT_EQUAL_FATAL(w.n, 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(w.v[i], v[i]);
	CU_ASSERT_EQUAL(words_join(bad, 1, line, sizeof(line)), ERR_FORMAT);
	OK(words_join(v, 0, line, sizeof(line)));
	CU_ASSERT_STRING_EQUAL(line, "");
	OK(words_join(v + 4, 1, line, 6));
	CU_ASSERT_EQUAL(words_join(v + 4, 1, line, 5), ERR_SIZE);
	CU_ASSERT_EQUAL(words_join(v + 1, 1, line, 5), ERR_SIZE);
}

/* Lines. -------------------------------------------------------------------------------------- */

static void
a_script_is_lines_with_comments_between_them(void)
{
	char text[] = "# a rehearsal\n\npress ok  # now\n  \nwait 'a / b'\npin";
	struct script s = { .file = fmemopen(text, strlen(text), "r") };
	struct words w;

	CU_ASSERT_PTR_NOT_NULL_FATAL(s.file);
	CU_ASSERT_EQUAL(script_next(&s, &w), 1);
	CU_ASSERT_EQUAL(s.line, 3);
	CU_ASSERT_EQUAL(w.n, 2);
	CU_ASSERT_EQUAL(script_next(&s, &w), 1);
	CU_ASSERT_STRING_EQUAL(w.v[1], "a / b");
	CU_ASSERT_EQUAL(script_next(&s, &w), 1);
	CU_ASSERT_STRING_EQUAL(w.v[0], "pin");
	CU_ASSERT_EQUAL(s.line, 6);
	CU_ASSERT_EQUAL(script_next(&s, &w), 0);
	fclose(s.file);
}

static void
a_line_of_a_script_that_cannot_be_read_is_named(void)
{
	char quote[] = "press 1\npress 'a\n", nul[] = "press\0 1\npress 1\n";
	char lng[WORDS_LINE_MAX + 8];
	struct script s = { .file = fmemopen(quote, strlen(quote), "r") };
	struct words w;

	CU_ASSERT_EQUAL(script_next(&s, &w), 1);
	CU_ASSERT_EQUAL(script_next(&s, &w), ERR_FORMAT);
	CU_ASSERT_EQUAL(s.line, 2);
	fclose(s.file);
	s.file = fmemopen(nul, sizeof(nul) - 1, "r");
	CU_ASSERT_EQUAL(script_next(&s, &w), ERR_FORMAT);
	fclose(s.file);
	memset(lng, 'a', sizeof(lng));
	lng[sizeof(lng) - 1] = '\n';
	s.file = fmemopen(lng, sizeof(lng), "r");
	CU_ASSERT_EQUAL(script_next(&s, &w), ERR_SIZE);
	fclose(s.file);
}

static const struct sentence sentences[] = {
	SENTENCE(a_line_is_cut_into_words),
	SENTENCE(a_line_has_so_many_words_and_no_more),
	SENTENCE(joined_words_split_into_the_same),
	SENTENCE(a_script_is_lines_with_comments_between_them),
	SENTENCE(a_line_of_a_script_that_cannot_be_read_is_named),
};

SUITE("script", sentences)
