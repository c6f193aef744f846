#include "hsm/pkcs11/module_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 512 };

/* The module's interface has no handle, so neither has its log. */
static atomic_int level;
static atomic_int target = -1;	/* -1: standard error */

static const char *const names[] = { "none", "error", "info", "debug" };

/* What the operator wants; -1: what he wrote is no level. */
static int
wanted(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return LEVEL_NONE;
	for (int i = LEVEL_NONE; i <= LEVEL_DEBUG; i++)
		if (strcasecmp(text, names[i]) == 0)
			return i;
	return -1;
}

void
module_log_open(void)
{
	const char *want = secure_getenv("CARDINAL_PKCS11_LOG");
	const char *file = secure_getenv("CARDINAL_PKCS11_LOG_FILE");
	const int asked = wanted(want), now = asked >= 0 ? asked : LEVEL_ERROR;
	int e = 0, fd = -1;

	if (now != LEVEL_NONE && file != NULL && (fd = open(file, O_WRONLY | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600)) < 0)
		e = errno;
	if ((fd = atomic_exchange(&target, fd)) >= 0)
		close(fd);
	atomic_store(&level, now);
	if (e != 0)
		module_log(LEVEL_ERROR, "cannot write to CARDINAL_PKCS11_LOG_FILE %s: %s", file,
		    strerror(e));
	if (asked < 0)
		module_log(LEVEL_ERROR, "CARDINAL_PKCS11_LOG is %s: it may be error, info or debug",
		    want);
	module_log(LEVEL_INFO, "log level set to %s, version " CARDINAL_VERSION, names[now]);
}

void
module_log_close(void)
{
	const int fd = atomic_exchange(&target, -1);

	atomic_store(&level, LEVEL_NONE);
	if (fd >= 0)
		close(fd);
}

void
module_log(enum module_level at, const char *fmt, ...)
{
	char text[LOG_LINE_MAX], line[4 * LOG_LINE_MAX];
	const int fd = atomic_load(&target);
	size_t n = 0;
	va_list ap;

	if ((int)at > atomic_load_explicit(&level, memory_order_relaxed))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *c = text; *c != '\0'; c++)
		n += (size_t)snprintf(line + n, sizeof(line) - n,
		    *c >= ' ' && *c <= '~' ? "%c" : "\\x%02x", (unsigned char)*c);
	/* One write a line, so that threads do not mix theirs. */
	dprintf(fd >= 0 ? fd : STDERR_FILENO, "cardinal-pkcs11[%ld]: %s: %s\n", (long)getpid(),
	    names[at], n > 0 ? line : "");
}

void
module_log_call(const char *function, CK_RV rv)
{
	module_log(LEVEL_DEBUG, "%s: 0x%lx", function, rv);
}
