#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"
#include "simulator/card_show.h"
#include "simulator/ctl.h"
#include "simulator/deck.h"
#include "simulator/options.h"

struct meaning {
	int err;
	const char *says;
};

/* Of making cards and their issuer. */
static const struct meaning making[] = {
	{ ERR_ARG, "names are of letters, digits, '.', '_' and '-', 64 at most, no dot in front" },
	{ ERR_EXISTS, "there is a card of that name already" },
	{ ERR_NOT_NOW, "of issuer.pem and issuer.key only one is there; bring back the other" },
	{ ERR_DENIED, "not allowed; choose another deck by --cards or CARDINAL_CARDS" },
	{ ERR_FORMAT, "issuer.pem or issuer.key is damaged; bring back what was there" },
	{ 0, NULL },
};

/* Of a card that is or should be there. */
static const struct meaning having[] = {
	{ ERR_ARG, "names are of letters, digits, '.', '_' and '-', 64 at most, no dot in front" },
	{ ERR_NOT_FOUND, "no card of that name; `cardinal-pad card list` shows the deck" },
	{ ERR_BUSY, "the card is in a pad; take it out first" },
	{ ERR_DENIED, "not allowed: the card is another user's; --cards or CARDINAL_CARDS choose "
	    "another deck" },
	{ ERR_VERSION, "made by another version of Cardinal, and left as it is; use it with "
	    "that one, or make a new card" },
	{ ERR_FORMAT, "damaged, or no card; bring back a copy of it, or delete it" },
	{ ERR_MAC, "damaged; bring back a copy of it, or delete it" },
	{ ERR_SIZE, "too long for a card; bring back a copy of it, or delete it" },
	{ 0, NULL },
};

static int
finish(const struct meaning *m, const char *what, int err)
{
	if (err == 0)
		return EXIT_DONE;
	while (m->err != 0 && m->err != err)
		m++;
	fprintf(stderr, "cardinal-pad: %s: %s\n", what, m->err != 0 ? m->says : err_str(err));
	return err == ERR_ARG ? EXIT_MISUSED : EXIT_FAILED;
}

static uint64_t
today(void)
{
	return (uint64_t)time(NULL);
}

static int
card_new(const struct deck *d, const struct options *o)
{
	int r = deck_make(d, o->v[2], o->profile, today());

	if (r == ERR_NOT_FOUND && strcmp(o->profile, "tcos") != 0) {
		fprintf(stderr, "cardinal-pad: %s: no such profile; there is tcos\n", o->profile);
		return EXIT_MISUSED;
	}
	return finish(making, o->v[2], r);
}

static const struct {
	uint16_t df, file;		/* what tells that it holds something */
	const char *name;
} applications[] = {
	{ FID_SHARE_DF, FID_SHARE, "share" },
	{ FID_SLOT_DF, FID_SLOT_USER, "slot" },
};

enum { APPLICATIONS = sizeof(applications) / sizeof(applications[0]) };

/* A file that is not all zeros. */
static int
is_used(const struct card_data *c, uint16_t df, uint16_t fid)
{
	uint16_t i = files_in(c, df, fid);

	for (size_t at = 0; i != CARD_NO_FILE && at < c->file[i].size; at++)
		if (files_bytes(c, i)[at] != 0)
			return 1;
	return 0;
}

/* Whether the card has the application; whether it holds something, and its PIN. */
static int
application(const struct card_data *c, size_t a, int *used, struct pin *pin)
{
	uint16_t df = files_in(c, 0, applications[a].df), file;

	if (df == CARD_NO_FILE || (file = files_ref(c, df, FILE_PIN, PIN_REF)) == CARD_NO_FILE)
		return 0;
	*used = is_used(c, df, applications[a].file);
	pin_get(c, file, pin);
	return 1;
}

static const char *
holds(int used)
{
	return used ? "in use" : "empty";
}

static void
print_card(const char *name, const struct card_data *c)
{
	char serial[SERIAL_TEXT];
	struct pin pin;
	int used;

	factory_serial_text(c->serial, serial);
	printf("name    %s\nserial  %s\n", name, serial);
	for (size_t i = 0; i < APPLICATIONS; i++)
		if (application(c, i, &used, &pin))
			printf("%-6s  %s, %s PIN, tries left: %u\n", applications[i].name,
			    holds(used), pin.factory ? "factory" : "own", pin.tries);
}

/* The members of an object; the caller has opened it, and closes it. */
static void
print_card_json(const char *name, const struct card_data *c)
{
	char serial[SERIAL_TEXT];
	struct pin pin;
	int used;

	factory_serial_text(c->serial, serial);
	printf("\"name\":\"%s\",\"serial\":\"%s\"", name, serial);
	for (size_t i = 0; i < APPLICATIONS; i++)
		if (application(c, i, &used, &pin))
			printf(",\"%s\":{\"empty\":%s,\"factory_pin\":%s,\"tries\":%u}",
			    applications[i].name, used ? "false" : "true",
			    pin.factory ? "true" : "false", pin.tries);
}

static int
card_show(const struct deck *d, const struct options *o)
{
	struct card_data c;
	int r;

	if ((r = deck_read(d, o->v[2], &c)) == 0 && o->json) {
		printf("{");
		print_card_json(o->v[2], &c);
		printf(",");
		card_show_files_json(stdout, &c);
		printf("}\n");
	} else if (r == 0) {
		print_card(o->v[2], &c);
		card_show_files(stdout, &c);
	}
	OPENSSL_cleanse(&c, sizeof(c));
	return finish(having, o->v[2], r);
}

static void
list_one(const char *name, const struct card_data *c, int r)
{
	char serial[SERIAL_TEXT] = "unreadable";
	struct pin pin;
	int used;

	if (r == 0)
		factory_serial_text(c->serial, serial);
	printf("%-20s  %-20s%s", name, serial, r == 0 ? "" : "  ");
	for (size_t i = 0; r == 0 && i < APPLICATIONS; i++)
		if (application(c, i, &used, &pin))
			printf("  %s %s", applications[i].name,
			    pin.tries > 0 ? holds(used) : "blocked");
	printf("%s\n", r == 0 ? "" : err_str(r));
}

static int
card_list(const struct deck *d, const struct options *o)
{
	struct deck_names names;
	struct card_data c;
	int r;

	if ((r = deck_names(d, &names)) != 0)
		return finish(making, d->dir, r);
	if (names.n == 0)
		fprintf(stderr, "cardinal-pad: no cards in %s; `cardinal-pad card new NAME` makes "
		    "one\n", d->dir);
	if (o->json)
		printf("[");
	for (size_t i = 0; i < names.n; i++) {
		r = deck_read(d, names.v[i], &c);
		if (!o->json)
			list_one(names.v[i], &c, r);
		else {
			printf("%s{", i > 0 ? "," : "");
			if (r == 0)
				print_card_json(names.v[i], &c);
			else
				printf("\"name\":\"%s\",\"error\":\"%s\"", names.v[i],
				    err_str(r));
			printf("}");
		}
		OPENSSL_cleanse(&c, sizeof(c));
	}
	if (o->json)
		printf("]\n");
	if (names.more)
		fprintf(stderr, "cardinal-pad: %s holds more cards than a deck has\n", d->dir);
	return EXIT_DONE;
}

static int
card_delete(const struct deck *d, const struct options *o)
{
	return finish(having, o->v[2], deck_delete(d, o->v[2]));
}

static int
card_issuer(const struct deck *d, const struct options *o)
{
	char path[IMAGE_PATH_MAX];
	int r = deck_issuer(d, today(), path);

	(void)o;
	if (r == 0)
		printf("%s\n", path);
	return finish(making, d->dir, r);
}

static const struct {
	const char *name;
	size_t words;		/* with "card" and the verb */
	int (*run)(const struct deck *, const struct options *);
} verbs[] = {
	{ "new", 3, card_new },
	{ "list", 2, card_list },
	{ "show", 3, card_show },
	{ "delete", 3, card_delete },
	{ "issuer", 2, card_issuer },
};

int
command_card(const struct options *o)
{
	struct deck deck;

	if (deck_init(&deck, o->cards) != 0) {
		fprintf(stderr, "cardinal-pad: the path of the cards is too long\n");
		return EXIT_FAILED;
	}
	for (size_t i = 0; o->n > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(o->v[1], verbs[i].name) == 0 && o->n == verbs[i].words)
			return verbs[i].run(&deck, o);
	fputs("cardinal-pad: card new NAME [--profile tcos] | list | show NAME | delete NAME | "
	    "issuer\n", stderr);
	return EXIT_MISUSED;
}
