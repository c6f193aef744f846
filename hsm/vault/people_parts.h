#ifndef CARDINAL_PEOPLE_PARTS_H
#define CARDINAL_PEOPLE_PARTS_H

#include <pthread.h>

#include "hsm/keys/lock.h"
#include "hsm/vault/people.h"
#include "hsm/vault/slot_record.h"

/*
 * What the files of slots know of the people that are asked for. All of it is read and written
 * under the store's told_lock, but for what is said.
 */
struct work;

enum {
	/* Of a slot's codes at a time: each has secret memory, and an SO may order without end. */
	ORDERS_MAX = 16,
};

enum ask_state {
	ASK_QUEUED,
	ASK_CLAIMED,		/* by a ceremony that is about to take it */
	ASK_ASKED,		/* its people are being asked */
	ASK_ENDING,		/* what they proved is used; the ender's own until it has ended */
	ASK_ENDED,
};

/* In the secure heap. */
struct ask_secret {
	struct seal_key lock;		/* opens the envelope of who asked */
	struct lock_secrets z;
	struct slot_plan plan;		/* INIT: its code is the user's; ADMIN: the mode */
};

/* An opening. Its caller's and its users' until it has ended, then of those who wait for it. */
struct ask {
	struct ask *next;
	struct opening o;
	enum ask_state state;
	unsigned waiters;
	int bell;			/* an eventfd that is readable when it has ended */
	int result;			/* ASK_ENDED */
	int voided;			/* while it was ending */
	enum slot_who who;
	uint64_t generation;
	uint8_t salt[DERIVE_SALT_LEN];	/* of the envelope that secret->lock opens */
	uint8_t hsm[CHALLENGE_HSM];
	struct ask_secret *secret;
	struct slot_cards cards;	/* as they were when people began to be asked */
	unsigned proven;		/* users 1 to it */
	uint64_t seq;			/* challenges made */
	uint8_t text[CHALLENGE_LEN];
	int live;			/* text waits for its answer */
	uint64_t until;			/* ms of the monotonic clock */
};

/* After openings of a slot that ended before anybody could be asked. */
struct rest {
	unsigned vain;			/* so many in a row */
	uint64_t until;			/* ms of the monotonic clock: none begins before */
};

struct people {
	struct ask *first;		/* not ended, in the order of their coming */
	uint64_t last;			/* number */
	uint64_t given;			/* by people_next, and not ended; or 0 */
	uint64_t boot;			/* this start, for challenges */
	int stopped;
	struct rest rest[SLOTS];
	pthread_cond_t asked;		/* of the monotonic clock */
};

/* What somebody with a right code wants. */
struct join {
	uint8_t purpose;
	enum slot_who who;
	const uint8_t *code;
	size_t n;			/* 0: the stored one */
	const struct slot_plan *plan;	/* NULL: none */
	uint32_t seconds;
	int claims;			/* asks its people itself */
	int insists;			/* ends a hold, where the others are refused */
	int waits;			/* people_wait follows */
};

void people_init(struct store *);
void people_free(struct store *);
/* The slot was closed or is another: its openings end with ERR_NOT_NOW, and nothing opens. */
void people_void(struct store *, unsigned slot);
/*
 * Begins a hold, or ends it, with the store locked and told_lock not: in memory in any case. What
 * cannot be written goes with the next writing of the slot's record. A slot that is of another mode
 * by now has none.
 */
int people_hold(struct store *, unsigned slot, int held);
/* Whether there is an opening. Under told_lock. */
int people_asking(const struct store *, unsigned slot);

/*
 * Into the queue, or to those who are there already, with the record and the turn of that work,
 * which ends afterwards: the code, which was right, is stretched now. 0, ERR_NOT_NOW (held),
 * ERR_CLOSED, ERR_NOT_FOUND (it has no envelope), ERR_BUSY (there is such an order already),
 * ERR_FULL (too many), and others. *number is the opening's.
 */
int people_join(struct work *, const struct join *, struct ask **, uint64_t *number);
/* The order of another mode, or ERR_BUSY when there is one; plan is not of mode cards. */
int people_join_mode(struct work *, const uint8_t *now, size_t now_n, const struct slot_plan *,
    int waits, struct ask **, uint64_t *number);
/*
 * With told_lock. begin also with the store's: its people are asked from now on, or, if the slot
 * has changed since, it ends (ERR_NOT_NOW). end: nobody finds it any more.
 */
int ask_begin(struct store *, struct ask *);
void ask_end(struct store *, struct ask *, int result);
struct ask *ask_find(struct store *, uint64_t number);
/*
 * All have proven themselves: opens, and does what was asked for. Without any lock. ERR_NOT_NOW
 * when the slot is another than it was, ERR_MAC when what the cards answered opens nothing.
 */
int ask_carry_out(struct store *, struct ask *);

#endif
