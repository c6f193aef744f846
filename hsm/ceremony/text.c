#include "hsm/ceremony/text.h"

#include <stdio.h>
#include <string.h>

static size_t
put(char *out, size_t n, size_t cap, const char *text)
{
	for (; *text != '\0' && n + 1 < cap; text++)
		out[n++] = *text;
	out[n] = '\0';
	return n;
}

/* One that is none of ours stands for itself. */
static size_t
put_word(char *out, size_t n, size_t cap, char letter, const struct text_words *w)
{
	const char *text = letter == 's' ? w->set : letter == 'p' ? w->print :
	    letter == 'o' ? w->order : w->reader;
	unsigned number = letter == 'u' ? w->card : letter == 'n' ? w->cards :
	    letter == 'U' ? w->user : w->slot;
	char part[16];

	if (strchr("spor", letter) != NULL)
		return text != NULL ? put(out, n, cap, text) : n;
	(void)snprintf(part, sizeof(part), "%u", number);
	return put(out, n, cap, part);
}

void
text_fill(const char *format, const struct text_words *w, char *out, size_t cap)
{
	char part[2] = "";
	size_t at = 0;

	for (out[0] = '\0'; *format != '\0'; format++) {
		if (*format == '%' && format[1] != '\0' && strchr("unsUSopr", format[1]) != NULL) {
			at = put_word(out, at, cap, *++format, w);
			continue;
		}
		part[0] = *format;
		at = put(out, at, cap, part);
	}
}

void
text_line(const char *text, char *out, size_t cap)
{
	char part[2] = "";
	size_t at = 0;

	for (out[0] = '\0'; *text != '\0'; text++) {
		part[0] = *text;
		if (*text != '\a')
			at = put(out, at, cap, *text == '\n' ? " / " : part);
	}
}
