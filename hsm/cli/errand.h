#ifndef CARDINAL_ERRAND_H
#define CARDINAL_ERRAND_H

#include "hsm/admin/slot_order.h"
#include "hsm/cli/client.h"
#include "hsm/cli/slot_plan.h"

/* One command on one slot: what was asked for, how the slot stands, what the daemon answered. */
struct errand {
	struct cli *cli;
	struct client *client;
	unsigned slot;
	struct codes *codes;
	const char *file;		/* --codes */
	json_t *now;			/* the slot, as it was before */
	json_t *answer;			/* to what was posted */
};

/* Options of the commands on slots; what was not given is 0. */
struct errand_options {
	int json, show, so, yes, boot;
	const char *codes, *users, *copies, *pads;
};

/*
 * Takes those whose letters are there ("j" --json, "w" --show, "o" --so, "y" --yes, "c" --codes,
 * "b" --boot-cards, "u" --users, "m" --copies, "p" --pads), then so many arguments. 0, or the
 * command has been seen to already, for ERRAND_STATUS to say how.
 */
int errand_options(struct cli *, int argc, char **argv, const char *letters, int arguments,
    struct errand_options *);
#define ERRAND_STATUS(status) ((status) < 0 ? CLI_DONE : (status))
/* --users, --copies and --pads: 0, or CLI_MISUSED after saying why. */
int errand_seats(struct cli *, const struct errand_options *, struct ceremony_slot *);

/* The number, the client, the slot as it is, and the file of codes. An exit status, said. */
int errand_begin(struct errand *, struct cli *, const char *number);
void errand_end(struct errand *);
int errand_mode(const struct errand *, uint8_t mode);
int errand_flag(const struct errand *, const char *name);
/* A code of the slot, of one kind in `codes`, out of the file, or asked for: an exit status. */
int errand_want(struct errand *, struct code *of, const char *what, enum codes_ask);
/* Where requests about the slot go. */
enum { ERRAND_PATH = 64 };
void errand_path(const struct errand *, enum slot_act, char out[ERRAND_PATH]);
/* Asks the daemon. body: taken over, NULL for none in it. An exit status. */
int errand_post(struct errand *, enum slot_act, json_t *body);
/* The caller's. */
json_t *errand_text(const struct code *);

#endif
