#include "simulator/lcd.h"

#include <string.h>

static void
trim(char *line)
{
	size_t n = strlen(line);

	while (n > 0 && line[n - 1] == ' ')
		line[--n] = '\0';
}

static void
remember(struct lcd *l)
{
	l->log[l->count++ % LCD_LOG] = l->now;
}

void
lcd_show(struct lcd *l, const char *text, size_t n)
{
	size_t line = 0, column = 0;

	memset(&l->now, 0, sizeof(l->now));
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '\a') {
			l->beeps++;
			continue;
		}
		if (c == '\r' || c == '\n') {
			if (c == '\r' && i + 1 < n && text[i + 1] == '\n')
				i++;
			line++;
			column = 0;
			continue;
		}
		if (column == LCD_COLUMNS) {
			line++;
			column = 0;
		}
		if (line < LCD_LINES)
			l->now.line[line][column++] = c >= ' ' && c <= '~' ? c : '?';
	}
	for (line = 0; line < LCD_LINES; line++)
		trim(l->now.line[line]);
	remember(l);
}

void
lcd_blank(struct lcd *l)
{
	if (l->now.line[0][0] == '\0' && l->now.line[1][0] == '\0')
		return;
	memset(&l->now, 0, sizeof(l->now));
	remember(l);
}

void
lcd_stars(struct lcd *l, size_t n)
{
	char *line = l->now.line[LCD_LINES - 1];

	if (n > LCD_COLUMNS)
		n = LCD_COLUMNS;
	memset(line, 0, LCD_COLUMNS + 1);
	memset(line, '*', n);
}

void
lcd_typed(struct lcd *l, const char *text, size_t n)
{
	char *line = l->now.line[LCD_LINES - 1];

	if (n > LCD_COLUMNS)
		n = LCD_COLUMNS;
	memset(line, 0, LCD_COLUMNS + 1);
	memcpy(line, text, n);
}

static int
same(const char *line, const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return strlen(line) == n && memcmp(line, text, n) == 0;
}

static int
matches(const struct lcd_text *t, const char *text)
{
	static const char *const between[] = { " / ", "\n", "\\n" };
	const char *at;

	if (*text == '\0')
		return t->line[0][0] == '\0' && t->line[1][0] == '\0';
	if (same(t->line[0], text, strlen(text)))
		return 1;
	for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
		if ((at = strstr(text, between[i])) == NULL)
			continue;
		if (same(t->line[0], text, (size_t)(at - text)) &&
		    same(t->line[1], at + strlen(between[i]), strlen(at) - strlen(between[i])))
			return 1;
	}
	return 0;
}

int
lcd_find(const struct lcd *l, const char *text, uint64_t *from)
{
	uint64_t i = *from;

	if (l->count > LCD_LOG && i < l->count - LCD_LOG)
		i = l->count - LCD_LOG;
	for (; i < l->count; i++) {
		if (!matches(&l->log[i % LCD_LOG], text))
			continue;
		*from = i + 1;
		return 1;
	}
	return 0;
}
