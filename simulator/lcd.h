#ifndef CARDINAL_LCD_H
#define CARDINAL_LCD_H

#include <stddef.h>
#include <stdint.h>

/*
 * The display, two lines of sixteen characters, and what it has shown: a
 * bounded log of its texts, so that one that stood for a moment only can still
 * be found.
 */
enum { LCD_LINES = 2, LCD_COLUMNS = 16, LCD_LOG = 128 };

struct lcd_text {
	char line[LCD_LINES][LCD_COLUMNS + 1];	/* terminated, without blanks at the end */
};

struct lcd {
	struct lcd_text now;
	unsigned beeps;			/* since the pad started */
	uint64_t count;			/* texts so far; text i stands in log[i % LCD_LOG] */
	struct lcd_text log[LCD_LOG];
};

/*
 * Shows a text: lines end at CR, LF or CR LF, a line that is full goes on in the
 * next, what is left over is not shown. BEL beeps, other bytes that are not
 * printable ASCII show as '?'.
 */
void lcd_show(struct lcd *, const char *text, size_t n);
void lcd_blank(struct lcd *);
/* Line 2 becomes n stars, or n characters that are typed; neither is a text of its own. */
void lcd_stars(struct lcd *, size_t n);
void lcd_typed(struct lcd *, const char *, size_t n);

/*
 * Looks for a text among those from number *from on; *from is then the number
 * after it. "a / b" and "a\n b" (a newline or backslash n) want both lines, all
 * others line 1; "" wants a blank display. 1 when found.
 */
int lcd_find(const struct lcd *, const char *text, uint64_t *from);

#endif
