#include "simulator/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/offers.h"

/* Options with a value have a text, flags have an int. */
static const struct option {
	const char *name;
	size_t text, flag;
} table[] = {
#define TEXT(name, field) { name, offsetof(struct options, field), 0 }
#define FLAG(name, field) { name, 0, offsetof(struct options, field) }
	TEXT("--run", run),
	TEXT("--cards", cards),
	TEXT("--log", log),
	TEXT("--record", record),
	TEXT("--profile", profile),
	TEXT("--without", without),
	FLAG("--headless", headless),
	FLAG("--json", json),
	FLAG("--help", help),
	FLAG("-h", help),
	FLAG("--version", version),
};
/* Flag 0 means none in the table. */
_Static_assert(offsetof(struct options, headless) > 0, "no flag stands first");

static int
say(const char *what, const char *name)
{
	fprintf(stderr, "cardinal-pad: %s: %s; try --help\n", name, what);
	return ERR_ARG;
}

static int
read_pad(struct options *o, const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n > OPTIONS_PAD_MAX)
		return say("is a number from 0 to 255", "--pad");
	o->pad = (unsigned)n;
	return 0;
}

/* Whether an argument is this option, alone or with =VALUE. */
static int
is_option(const char *arg, const char *name, const char **value)
{
	size_t n = strlen(name);

	*value = NULL;
	if (strncmp(arg, name, n) != 0 || (arg[n] != '\0' && arg[n] != '='))
		return 0;
	*value = arg[n] == '=' ? arg + n + 1 : NULL;
	return 1;
}

/* How many arguments it took, 0 for none of ours, or an error. */
static int
read_option(struct options *o, int left, char **argv)
{
	const char *value;
	int r;

	if (is_option(argv[0], "--pad", &value)) {
		if (value == NULL && left < 2)
			return say("wants a value", argv[0]);
		r = read_pad(o, value != NULL ? value : argv[1]);
		return r != 0 ? r : value != NULL ? 1 : 2;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!is_option(argv[0], table[i].name, &value))
			continue;
		if (table[i].flag != 0) {
			if (value != NULL)
				return say("takes no value", argv[0]);
			*(int *)(void *)((char *)o + table[i].flag) = 1;
			return 1;
		}
		if (value == NULL && left < 2)
			return say("wants a value", argv[0]);
		*(const char **)(void *)((char *)o + table[i].text) =
		    value != NULL ? value : argv[1];
		return value != NULL ? 1 : 2;
	}
	return 0;
}

/* Names, commas between them. */
static int
read_without(struct options *o)
{
	const char *p = o->without;
	size_t n;

	o->features = (uint8_t)(PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT);
	while (p != NULL) {
		uint8_t feature;

		n = strcspn(p, ",");
		if ((feature = offers_named(p, n)) == 0)
			return say("is some of direct,start,text", "--without");
		o->features &= (uint8_t)~feature;
		p = p[n] == ',' ? p + n + 1 : NULL;
	}
	return 0;
}

static int
add_word(struct options *o, char *word)
{
	if (o->n == WORDS_MAX)
		return say("too many words", word);
	o->v[o->n++] = word;
	return 0;
}

int
options_read(struct options *o, int argc, char **argv)
{
	int r, plain = 0;

	memset(o, 0, sizeof(*o));
	o->profile = "tcos";
	for (int i = 1; i < argc; i += r) {
		r = 1;
		if (!plain && strcmp(argv[i], "--") == 0) {
			plain = 1;
			continue;
		}
		if (!plain && argv[i][0] == '-' && argv[i][1] != '\0') {
			if ((r = read_option(o, argc - i, argv + i)) < 0)
				return r;
			if (r > 0)
				continue;
			/* The pad itself knows what its commands take. */
			if (o->n == 0 || strcmp(o->v[0], "ctl") != 0)
				return say("no such option", argv[i]);
			r = 1;
		}
		if (add_word(o, argv[i]) != 0)
			return ERR_ARG;
	}
	if (read_without(o) != 0)
		return ERR_ARG;
	if (o->run == NULL)
		o->run = getenv("CARDINAL_RUN");
	if (o->run == NULL || *o->run == '\0')
		o->run = "/run/cardinal";
	return 0;
}
