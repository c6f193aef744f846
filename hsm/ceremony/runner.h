#ifndef CARDINAL_RUNNER_H
#define CARDINAL_RUNNER_H

#include "hsm/cards/requests.h"
#include "hsm/ceremony/journal.h"

/*
 * A ceremony is a table of steps. The table is what the machine runs, what the
 * transcript names and what `cardinal script` prints.
 *
 * A step returns 0 or an error. What can be mended (runner.c's table: a wrong
 * PIN with tries left, the same card again, no card, a foreign card ...) shows its
 * outcome on the pad and goes back to a step of the same sub-table; every
 * other error ends the ceremony.
 */
struct ceremony;

struct step {
	const char *name;
	const char *show;	/* pad text, %u the card's number in the ceremony; NULL: nothing, or the pad's own */
	const char *say;	/* what the checklist tells the people at the table; NULL: nothing */
	int (*run)(struct ceremony *);
	const struct step *each;	/* sub-table, run once a card; how often: the table's count */
	unsigned (*count)(const struct ceremony *);
};

struct ceremony_plan {
	const char *name;
	const struct step *steps;
	int installs;		/* an abort leaves the HSM inconsistent */
};

struct ceremony_timeouts {
	unsigned prompt_s, pin_first_s, pin_next_s, outcome_s;
};

/*
 * Everything a running ceremony knows; secrets in it live in the secure heap.
 * Public part: what the runner and the table share; see backup.h for what the steps add.
 */
struct ceremony_env {
	struct cards *cards;
	struct journal *journal;
	const struct issuers *issuers;
	struct ceremony_timeouts timeouts;
	const char *reader;		/* "" for the first with a PIN pad */
	uint64_t (*now)(void *arg);	/* seconds since 1970 */
	/* Front display: one line of what is awaited now; "" when nothing is. */
	void (*front)(void *arg, const char *line);
	void *arg;
};

#endif
