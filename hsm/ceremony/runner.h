#ifndef CARDINAL_RUNNER_H
#define CARDINAL_RUNNER_H

#include "hsm/ceremony/ceremony.h"

/*
 * A ceremony is a list of phases, a phase a table of steps. The tables are what
 * the machine runs, what the transcript names and what `cardinal script` prints.
 *
 * A step returns 0 or an error. What can be mended (outcome.c's table: a wrong
 * PIN with tries left, the same card again, no card, a foreign card ...) shows its
 * outcome on the pad and goes back to a step of the same sub-table; every
 * other error ends the ceremony.
 */
struct ceremony;

/* Of a step. */
enum {
	STEP_ASKS = 1,		/* its text waits for OK or Cancel */
	STEP_CARD = 2,		/* it asks for a card: without a display, a card is an answer */
	STEP_PAD = 4,		/* the pad's own dialogue: it shows the text by itself */
	STEP_WRITES = 8,	/* changes the card */
	STEP_COMMITS = 16,	/* what keeps it has its record, too: nothing may fail after */
	STEP_MOVES = 32,	/* goes to the reader of the slot's user */
};

/* A table ends with a row without name. */
struct step {
	const char *name;
	/*
	 * Pad text, filled as text.h says; NULL: none. One that begins with a beep has it when it
	 * is shown first, not when a mistake makes it come again.
	 */
	const char *show;
	const char *say;	/* what the checklist tells people at the table; NULL: nothing */
	unsigned flags;
	int (*when)(const struct ceremony *);	/* passed over when it says 0; NULL: always */
	int (*run)(struct ceremony *);		/* after show, and after OK; NULL: nothing */
	/* Sub-table, run for 1 to count but those that are skipped; it may have one in it, too. */
	const struct step *each;
	unsigned (*count)(const struct ceremony *);
	int (*skip)(const struct ceremony *, unsigned i);
	/*
	 * What the i-th is: sets slot and user in struct ceremony; 0: it is over. NULL: a card of
	 * that number.
	 */
	void (*turn)(struct ceremony *, unsigned i);
	const char *front;	/* front display: %u the card's number, %n of how many */
};

struct phase {
	const char *name;
	const struct step *steps;
	int (*when)(const struct ceremony *);	/* as of a step, by what the operator chose */
};

enum { PHASES_MAX = 8 };

struct ceremony_plan {
	const char *name;
	const char *title;	/* of the checklist */
	unsigned states;	/* bits 1 << enum hsm_state in which it may begin */
	int installs;		/* makes or writes the key: an abort leaves the HSM inconsistent */
	int quorum;		/* makes a set: k and n have to be offered */
	int resumes;		/* k and n are those of the set that broke off, if there is one */
	/* Whether slots and users are such as it needs: 0, ERR_ARG; NULL: it has none. */
	int (*wants)(const struct ceremony_args *);
	/* The reader that it begins at; NULL: the HSM's. */
	int (*reader)(struct ceremony *, char name[USER_READER_MAX]);
	/* Which plan to run in this state instead; NULL: this one. */
	const struct ceremony_plan *(*choose)(const struct hsm_status *);
	const struct phase *phase[PHASES_MAX];	/* to the first NULL */
	const char *ends;	/* what the checklist tells of the end; NULL: nothing */
	/* How a message ends when somebody had been asked, %S the slot; NULL: not so. */
	const char *undone;
};

/* The backup key and its shares on their way; see backup.h. */
struct backup {
	struct mbk key;			/* made here, or rebuilt from cards */
	int have_key;
	struct share made[SHAMIR_N_MAX];	/* to be written: share x at x - 1 */
	struct share got[SHAMIR_N_MAX];		/* read from cards, in their order */
	unsigned got_n;
	struct mbk again;		/* the key from the cards */
	struct share back;		/* a share just written, read again */
};

/* A slot user's credential on its way onto cards; see users.c. */
struct issue {
	struct credential *credential;	/* in secret memory; NULL: none */
	char serial[COPIES_MAX][SERIAL_DIGITS + 1];	/* of the cards that have it */
	unsigned copies;
	uint64_t kept;			/* bit i - 1: seat i was enrolled before */
	int stale;			/* the card's credential is of an issuing that broke off */
};

/* A running ceremony, in the secure heap, wiped at its end. */
struct ceremony {
	const struct ceremony_env *env;
	const struct ceremony_plan *plan;
	const struct ceremony_args *args;
	uint8_t mode, k, n;		/* of args, or of the set that broke off */
	struct ceremony_result *result;
	struct cards_reader reader;
	char wanted[USER_READER_MAX];	/* the name that it was opened by */
	uint64_t until;			/* 0, or the ticks at which the whole has to be done */
	struct hsm_status status;	/* as the journal has it */
	struct share_set before;	/* the broken-off set, before a new one is made */
	int have_before;

	const struct phase *phase;
	const struct step *step;
	unsigned card, cards;		/* number of the card, of how many; 0 for none */
	unsigned slot, user, users;	/* user of the slot, of how many; user 0: none */
	int again;			/* a mistake has led back: no beep */
	unsigned mistakes;		/* of this turn */
	int open;			/* the reader is ours */
	int begun;			/* the journal was told: an abort has to be */
	int committed;
	char shown[64];			/* what the pad shows by us, "" when it may be other */

	/* The card in the reader, from `known` on. */
	struct known_card known;
	struct pin_state pin;
	struct share_header on_card;
	int holds;			/* on_card is meaningful */
	struct user_head on_user;
	struct user_keys on_keys;
	int has_user, has_keys;		/* which of the two are meaningful */
	unsigned left;			/* tries after a wrong PIN */

	struct backup backup;
	struct issue issue;
	uint64_t opening;		/* its number */
	int opens;			/* it is ours to end */
	struct user_seat seat;		/* whose card has to be there */
	uint8_t z[32];			/* what it has agreed on */
};

#endif
