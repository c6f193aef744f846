#ifndef CARDINAL_CEREMONY_H
#define CARDINAL_CEREMONY_H

#include "hsm/cards/requests.h"
#include "hsm/ceremony/gate.h"
#include "hsm/ceremony/journal.h"

/*
 * The ceremonies, as the daemon starts them: one call, which blocks its thread
 * until the people at the pad are done. It ends early by cards->ops->cancel
 * from another thread. What is final goes through the journal.
 */
struct ceremony_timeouts {
	unsigned prompt_s, pin_first_s, pin_next_s, outcome_s;
	/*
	 * 0, or how long the whole may take, as at boot: a prompt waits that long then, and what
	 * is awaited when it is over ends with ERR_TIMEOUT.
	 */
	unsigned whole_s;
};

/* SPEC 1 and 2: 120, 30, 10 and 2 seconds. */
#define CEREMONY_TIMEOUTS { 120, 30, 10, 2, 0 }

/* What a text is to those who hear it: a sum. */
enum {
	SAY_SHOWN = 1,		/* the reader shows it; else these words are all that people get */
	SAY_ASKS = 2,		/* not shown, and OK or Cancel has to come by `answer` */
	SAY_PIN = 4,		/* the reader's own PIN entry, which it may show or not */
};

/* What a ceremony uses; all of it outlives the call. front, say, answer and sits may be NULL. */
struct ceremony_env {
	struct cards *cards;		/* not open; the ceremony opens and closes it */
	struct journal *journal;
	struct gate *gate;		/* NULL where no slot is concerned */
	const struct issuers *issuers;
	struct ceremony_timeouts timeouts;
	const char *reader;		/* "" for the first with a PIN pad */
	uint64_t (*now)(void *arg);	/* seconds since 1970 */
	/* Seconds that pass evenly, whatever is done to the clock; NULL: as now. */
	uint64_t (*ticks)(void *arg);
	/* Front display: one line of what is awaited now; "" when nothing is. */
	void (*front)(void *arg, const char *line);
	/*
	 * Each text of the pad, lines parted by \n, a leading \a for a beep; how: SAY_*. A text
	 * takes the place of the one before, which is not to be answered any more. seconds: how
	 * long it is waited for now, 0 when nothing is. at: the reader where it stands, when that
	 * is another than `reader` has; else "".
	 */
	void (*say)(void *arg, const char *text, unsigned how, unsigned seconds, const char *at);
	/*
	 * What was answered to the text that asks, once; CARDS_NO_KEY: nothing yet. It does not
	 * wait. NULL: nobody can answer, but a card where one is asked for.
	 */
	enum cards_key (*answer)(void *arg);
	/*
	 * The pad's own dialogue begins, a PIN entry, which nothing from outside ends; secrets is
	 * where the ceremony has its own. It is over: NULL. Between the two another thread may
	 * wipe them, when the journal fails from then on.
	 */
	void (*sits)(void *arg, void *secrets, size_t n);
	void *arg;
};

enum { CEREMONY_SLOTS = 10 };

struct ceremony_slot {
	uint8_t users, copies;
	char reader[USERS_MAX][USER_READER_MAX];	/* of user u at u - 1; "": the HSM's */
};

/*
 * What the operator chose, for an installation. Resuming takes it only when the
 * installation broke off before its set was known. Ignored by the others, NULL allowed.
 */
struct ceremony_args {
	uint8_t mode;			/* SHARE_LIVE, or SHARE_TEST for a rehearsal */
	uint8_t k, n;			/* 2 of 3, 3 of 5 */
	/*
	 * Slots that get users: "install" and "resume" any of them, "slot-cards" one.
	 * users 0: none.
	 */
	struct ceremony_slot slot[CEREMONY_SLOTS];
	/*
	 * "activate": the number of the opening, its slot, how many users it has, what they are
	 * asked for, which the pad shows: enum challenge_purpose, 0 is CHALLENGE_ACTIVATE.
	 */
	uint64_t opening;
	uint8_t opens, users, purpose;
};

struct ceremony_card {
	int seen;			/* in this ceremony */
	int factory_pin;		/* its share PIN is still the factory's */
	char serial[SERIAL_DIGITS + 1];
};

enum { USER_CARDS_NAMED = 10 };

struct ceremony_user_card {
	uint8_t slot, user, copy;
	char serial[SERIAL_DIGITS + 1];
};

/* What came of it, whatever the return value; no secret in it. */
struct ceremony_result {
	char message[MESSAGE_MAX];	/* why it ended, or the verdict of a tool */
	struct share_header head;	/* the set (x is 0); share tools: the card's header */
	int have_head;
	struct ceremony_card card[SHAMIR_N_MAX];	/* of share x at x - 1; tools: at 0 */
	int asked;			/* somebody was asked for something: an opening has begun */
	int made;			/* the HSM is installed, the slot has its users: for good */
	/* Cards written for slot users that have the factory's PIN: how many, and the first. */
	unsigned user_factory;
	struct ceremony_user_card user_card[USER_CARDS_NAMED];
	struct pin_state pin;		/* share and user tools */
	struct user_head user;		/* user tools */
	int have_user;
	struct user_keys keys;		/* user tools: of the card */
	int have_keys;
	uint8_t slot, seat;		/* user tools: whose card it is; seat 0: nobody's here */
};

struct ceremony_plan;

/*
 * "install", "resume", "slot-cards", "activate", "share-verify", "share-info", "share-copy",
 * "share-pin", "user-verify", "user-info", "user-pin"; NULL for another name.
 */
const struct ceremony_plan *ceremony_plan(const char *name);

/*
 * Runs one. 0, or what ended it: the seams' errors, ERR_CANCELLED, ERR_TIMEOUT,
 * ERR_CARD_BLOCKED, ERR_SHARE_*; ERR_NOT_NOW when the HSM's state does not allow it, ERR_ARG for a
 * quorum that is not offered. An installation that had begun then has left the HSM inconsistent,
 * with result->message as its message; one that had not (no reader, reader in use) changed nothing.
 */
int ceremony_run(const struct ceremony_plan *, const struct ceremony_env *,
    const struct ceremony_args *, struct ceremony_result *);

/*
 * The advice for what was made, also when what came behind it failed: the set, if it is a new one,
 * and the cards with the factory's PIN; lines, each with its newline. ERR_SIZE.
 */
enum { ADVICE_MAX = 1536 };
int ceremony_advice(const struct ceremony_result *, char out[ADVICE_MAX]);

/*
 * The message for an installation that the end of the daemon cut off: last is the last record of
 * the transcript, NULL for none.
 */
void ceremony_stopped(const struct hsm_status *, const struct record *last,
    char message[MESSAGE_MAX]);

/*
 * How things stand while no ceremony runs. If the journal still says installing, it is told now
 * that the ceremony broke off: with the message that this ended with, or "" when it ended with the
 * daemon, as ceremony_stopped has it. *s has that message also when the journal does not take it
 * (its disk is full): then the state is still installing, and the next call tells it again. An
 * error of asking.
 */
int ceremony_settle(struct journal *, const char *message, struct hsm_status *s);

/*
 * The ceremony as a checklist for the people at the table, line by line, without newlines. args: as
 * for the ceremony, where opening does not matter. asks: what the operator's terminal asks before
 * it begins, to the first NULL; NULL for nothing. ERR_ARG: a quorum or users that cannot be.
 */
int ceremony_checklist(const struct ceremony_plan *, const struct ceremony_args *args,
    const char *const *asks, void (*line)(void *arg, const char *), void *arg);

#endif
