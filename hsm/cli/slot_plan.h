#ifndef CARDINAL_SLOT_PLAN_H
#define CARDINAL_SLOT_PLAN_H

#include <jansson.h>

#include "hsm/cli/cli.h"
#include "hsm/cli/codes.h"

/* What `--slot N:MODE` and `--codes FILE` say of the slots of an installation. */
struct slot_wishes {
	uint8_t mode[SLOTS];		/* 0: not named, which is auto */
	const char *codes;		/* file, NULL: asked at the terminal */
};

/* The options, for the commands that have them. */
#define SLOT_OPTIONS \
	{ "slot", required_argument, NULL, 's' }, \
	{ "codes", required_argument, NULL, 'c' }

/* Takes an option, 's' or 'c': 0, or CLI_MISUSED after saying why. */
int slot_wish(struct cli *, struct slot_wishes *, int option, const char *value);
/*
 * Gathers the codes: CLI_DONE and the member "slots" of the request, the caller's, NULL where all
 * is left to the HSM; else an exit status, said.
 */
int slot_plan(struct cli *, const struct slot_wishes *, json_t **slots);
/* One line a thing that will be asked, for the checklist; the number of lines. */
enum { SLOT_ASKS_MAX = 2 * SLOTS, SLOT_ASK_ROOM = 128 };
size_t slot_asks(const struct slot_wishes *, char asks[SLOT_ASKS_MAX][SLOT_ASK_ROOM]);

/* The slot that an argument names, -1: none does. */
int slot_number(const char *text);
/* That there is no terminal, and the other way: CLI_MISUSED. */
int slot_no_terminal(struct cli *);

#endif
