#include "hsm/admin/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t
escape(const char *text, char *out, size_t cap)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n + 5 < cap; p++) {
		const unsigned char c = (unsigned char)*p;

		if (c >= 0x20 && c < 0x7f && c != '\\')
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, cap - n, "\\x%02x", c);
	}
	return n;
}

static void __attribute__((format(printf, 2, 0)))
line(const char *level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_MAX], out[LOG_LINE_MAX + 64];
	const int saved = errno;
	size_t n;
	ssize_t w;

	vsnprintf(text, sizeof(text), fmt, ap);
	n = (size_t)snprintf(out, 64, "%.24s %s: ", program_invocation_short_name, level);
	n += escape(text, out + n, sizeof(out) - n - 1);
	out[n++] = '\n';
	/* One write, so that the lines of several processes do not mix. */
	do
		w = write(STDERR_FILENO, out, n);
	while (w < 0 && errno == EINTR);
	errno = saved;
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("error", fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("info", fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (getenv("CARDINAL_DEBUG") == NULL)
		return;
	va_start(ap, fmt);
	line("debug", fmt, ap);
	va_end(ap);
}
