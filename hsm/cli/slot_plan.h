#ifndef CARDINAL_SLOT_PLAN_H
#define CARDINAL_SLOT_PLAN_H

#include <stdio.h>

#include <jansson.h>

#include "hsm/cli/cli.h"
#include "hsm/cli/codes.h"
#include "hsm/cli/seats.h"

/* What `--slot N:MODE`, `--boot-cards` and `--codes FILE` say of the slots of an installation. */
struct slot_wishes {
	uint8_t mode[SLOTS];		/* 0: not named, which is auto */
	struct ceremony_slot seats[SLOTS];	/* mode cards; users 0 in the others */
	int boot;			/* slot 0 by its cards alone: its code is stored */
	const char *codes;		/* file, NULL: asked at the terminal */
};

/* The options, for the commands that have them. */
#define SLOT_OPTIONS \
	{ "slot", required_argument, NULL, 's' }, \
	{ "boot-cards", no_argument, NULL, 'b' }, \
	{ "codes", required_argument, NULL, 'c' }
#define SLOT_USAGE "[--slot N:MODE ...] [--boot-cards] [--codes FILE]"

/* Takes an option, 's', 'b' or 'c': 0, or CLI_MISUSED after saying why. */
int slot_wish(struct cli *, struct slot_wishes *, int option, const char *value);
/* All options are there: that they fit together. */
int slot_wishes_end(struct cli *, struct slot_wishes *);
/* Whether a person brings the slot's code. */
int slot_wishes_code(const struct slot_wishes *, unsigned slot);
/*
 * Gathers the codes: CLI_DONE and the member "slots" of the request, the caller's, NULL where all
 * is left to the HSM; else an exit status, said.
 */
int slot_plan(struct cli *, const struct slot_wishes *, json_t **slots);
/* What becomes of all ten, in one line, also of those that were not named. */
void slot_plan_say(FILE *, const struct slot_wishes *);
/* One line a thing that will be asked, for the checklist; the number of lines. */
enum { SLOT_ASKS_MAX = 2 * SLOTS, SLOT_ASK_ROOM = 128 };
size_t slot_asks(const struct slot_wishes *, char asks[SLOT_ASKS_MAX][SLOT_ASK_ROOM]);

/* The slot that an argument names, -1: none does. */
int slot_number(const char *text);
/* That there is no terminal, and the other way: CLI_MISUSED. */
int slot_no_terminal(struct cli *);

#endif
