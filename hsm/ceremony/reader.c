#include "hsm/ceremony/reader.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/reader_name.h"

/* %w: the one that is wanted, %l: those there are, %f: what names it. */
static const struct {
	int err;
	int named;		/* by the configuration */
	int named_as;		/* what reader_named says of that name, 1: does not matter */
	const char *text;
} whys[] = {
	{ ERR_READER_NONE, 0, 1, "there is no card reader: plug one in, or start cardinal-pad for "
	    "a virtual one; `cardinal reader probe` tells more" },
	{ ERR_READER_NONE, 1, ERR_EXISTS, "several readers are meant by `%w`: %l; give more of the "
	    "name (%f)" },
	{ ERR_READER_NONE, 1, 1, "there is no reader `%w` (%f); there "
	    "is %l" },
	{ ERR_NO_PIN_PAD, 0, 1, "no reader has a PIN pad, and PINs are entered at one only; there "
	    "is %l; `cardinal reader probe NAME` tells what one can do" },
	{ ERR_NO_PIN_PAD, 1, 1, "the reader `%w` has no PIN pad, and PINs are entered at one only: "
	    "name another (%f); there is %l" },
	{ ERR_READER_GONE, 0, 1, "no reader answers (%l): it was unplugged, or is a virtual one "
	    "whose cardinal-pad does not run" },
	{ ERR_READER_GONE, 1, 1, "the reader `%w` does not answer: it was unplugged, or is a "
	    "virtual one whose cardinal-pad does not run" },
};

static void
add(char message[MESSAGE_MAX], const char *text, size_t n)
{
	const size_t at = strlen(message);

	(void)snprintf(message + at, MESSAGE_MAX - at, "%.*s", (int)n, text);
}

static void
add_list(char message[MESSAGE_MAX], const char names[][CARDS_NAME_MAX], size_t n)
{
	if (n == 0)
		add(message, "none", 4);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			add(message, ", ", 2);
		add(message, names[i], CARDS_NAME_MAX);
	}
}

static size_t
list(struct cards *cards, char names[CARDS_READERS_MAX][CARDS_NAME_MAX])
{
	struct cards_reader v[CARDS_READERS_MAX];
	size_t n = 0;

	if (cards->ops->list(cards, v, CARDS_READERS_MAX, &n) != 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		memcpy(names[i], v[i].name, CARDS_NAME_MAX);
	return n;
}

int
reader_why(struct cards *cards, const char *wanted, int of_user, int err,
    char message[MESSAGE_MAX])
{
	static const char *const from[] = { "reader = in cardinal.conf", "the slot's pads=" };

	char names[CARDS_READERS_MAX][CARDS_NAME_MAX];
	size_t n, which, i;
	const char *p;
	int named_as;

	for (i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].err == err)
			break;
	if (i == sizeof(whys) / sizeof(whys[0]))
		return 0;
	n = list(cards, names);
	named_as = reader_named(names, n, wanted, &which);
	for (; i + 1 < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].err == err && whys[i].named == (wanted[0] != '\0') &&
		    (whys[i].named_as == 1 || whys[i].named_as == named_as))
			break;
	message[0] = '\0';
	for (p = whys[i].text; *p != '\0'; p++) {
		if (p[0] != '%')
			add(message, p, 1);
		else if (*++p == 'w')
			add(message, wanted, CARDS_NAME_MAX);
		else if (*p == 'f')
			add(message, from[of_user != 0], MESSAGE_MAX);
		else
			add_list(message, names, n);
	}
	return 1;
}

int
reader_enter(struct ceremony *c, const char *name)
{
	struct cards *cards = c->env->cards;
	int r;

	if (name[0] == '\0')
		name = c->env->reader;
	if (c->open && (strcmp(name, c->wanted) == 0 || strcmp(name, c->reader.name) == 0))
		return 0;
	card_leave(&c->known);
	if (c->open)
		cards->ops->close(cards);
	c->open = 0;
	c->shown[0] = '\0';
	(void)snprintf(c->wanted, sizeof(c->wanted), "%s", name);
	if ((r = cards->ops->open(cards, name, &c->reader)) != 0)
		return r;
	c->open = 1;
	return c->reader.pin_pad ? 0 : ERR_NO_PIN_PAD;
}
