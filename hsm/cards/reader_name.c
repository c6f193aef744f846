#include "hsm/cards/reader_name.h"

#include <ctype.h>
#include <string.h>

#include "card-os/iso7816/err.h"

enum { NUMBERS = 6 };	/* " 00 00" */

static int
as_it_is(const char *name, const char *wanted)
{
	return strcmp(name, wanted) == 0;
}

/* Length without the numbers. */
static size_t
bare(const char *name)
{
	const size_t n = strlen(name);
	const char *p = name + n - NUMBERS;

	if (n <= NUMBERS || p[0] != ' ' || !isxdigit((unsigned char)p[1]) ||
	    !isxdigit((unsigned char)p[2]) || p[3] != ' ' || !isxdigit((unsigned char)p[4]) ||
	    !isxdigit((unsigned char)p[5]))
		return n;
	return n - NUMBERS;
}

static int
but_for_the_numbers(const char *name, const char *wanted)
{
	return bare(name) == bare(wanted) && strncmp(name, wanted, bare(name)) == 0;
}

static int
as_a_part(const char *name, const char *wanted)
{
	return strcasestr(name, wanted) != NULL;
}

static int (*const rules[])(const char *, const char *) = {
	as_it_is, but_for_the_numbers, as_a_part,
};

int
reader_named(const char names[][CARDS_NAME_MAX], size_t n, const char *wanted, size_t *which)
{
	size_t rule, i, found;

	*which = 0;
	for (rule = 0; rule < sizeof(rules) / sizeof(rules[0]); rule++) {
		for (i = found = 0; i < n; i++)
			if (rules[rule](names[i], wanted) && found++ == 0)
				*which = i;
		if (found > 0)
			return found == 1 ? 0 : ERR_EXISTS;
	}
	return ERR_READER_NONE;
}

int
reader_is_virtual(const char *name)
{
	static const char begins[] = "Cardinal PIN pad ";

	return strncmp(name, begins, sizeof(begins) - 1) == 0;
}
