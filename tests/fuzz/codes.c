#include "hsm/cli/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
sound(const struct code *c)
{
	if (c->n != 0 && (c->line < 1 || codes_check(c->text, c->n) != NULL))
		abort();
}

/* A file of codes: what is taken is codes, and what is not is said without one. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct codes c;

	memset(&c, 0, sizeof(c));
	if (freopen("/dev/null", "w", stderr) == NULL)
		abort();
	(void)codes_parse(&c, "fuzz", (const char *)p, n);
	for (size_t i = 0; i < SLOTS; i++) {
		sound(&c.user[i]);
		sound(&c.so[i]);
		sound(&c.now[i]);
	}
	return 0;
}
