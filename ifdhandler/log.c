#include "ifdhandler/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 256 };

void
ifd_log(const char *fmt, ...)
{
	static const char prefix[] = "ifd-cardinal: ";
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	if (secure_getenv("CARDINAL_IFD_LOG") == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	for (char *c = line; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	/* One write a line, so that threads do not mix theirs. */
	dprintf(STDERR_FILENO, "%s%s\n", prefix, line);
}
