#include "hsm/ceremony/text.h"

#include <stdio.h>

static size_t
put(char *out, size_t n, size_t cap, const char *text)
{
	for (; *text != '\0' && n + 1 < cap; text++)
		out[n++] = *text;
	out[n] = '\0';
	return n;
}

void
text_fill(const char *format, unsigned u, unsigned n, const char *s, char *out, size_t cap)
{
	char part[16] = "";
	size_t at = 0;

	for (out[0] = '\0'; *format != '\0'; format++) {
		if (*format == '%' && format[1] == 's') {
			at = put(out, at, cap, s);
			format++;
			continue;
		}
		if (*format == '%' && (format[1] == 'u' || format[1] == 'n'))
			(void)snprintf(part, sizeof(part), "%u", *++format == 'u' ? u : n);
		else
			(void)snprintf(part, sizeof(part), "%c", *format);
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
