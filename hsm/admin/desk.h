#ifndef CARDINAL_DESK_H
#define CARDINAL_DESK_H

#include <sys/types.h>

#include "hsm/admin/slot_order.h"
#include "hsm/ceremony/ceremony.h"

/*
 * The operator's desk: what administration may ask of the HSM. ward is behind
 * it in the daemon. Calls come from any thread; uid is the peer's. 0 or a negative ERR_*: besides
 * what each names, ERR_CLOSED when the vault is gone, ERR_IO, ERR_FULL.
 */
enum {
	FRONT_MAX = 64,
	DESK_EVENTS_MAX = 32,	/* at once */
	DESK_WAIT_MAX = 60,	/* seconds */
};

/* The ceremony that ended last; number 0: none since the daemon started. */
struct desk_end {
	uint32_t number;
	char ceremony[STEP_NAME_MAX];
	int err;			/* 0 or what ended it */
	uint64_t seq;			/* last record when it ended */
	uint64_t opening;		/* that it carried, 0: none */
	struct ceremony_result result;
};

struct desk_status {
	struct hsm_status hsm;
	struct slot_info slot[SLOTS];
	uint32_t number;		/* of the running ceremony, 0: none runs */
	char ceremony[STEP_NAME_MAX];
	uint64_t opening;		/* that it carries, 0: none */
	uint32_t seconds_left;		/* that `said` is still waited for, 0: it is not */
	char front[FRONT_MAX];		/* "" when nothing is awaited */
	char said[FRONT_MAX];		/* last text for people at the pad, lines parted by \n */
	char at[CARDS_NAME_MAX];	/* the reader that it stands at, "": the HSM's own */
	int display;			/* the reader shows it; otherwise the command line has to */
	int pin_entry;			/* it stands for the reader's own PIN entry */
	uint32_t asks;			/* number of the prompt that `answer` answers, 0: none */
	uint32_t beeps;			/* since the daemon started */
	char reader[CARDS_NAME_MAX];	/* as configured, "" for the first with a PIN pad */
	uint32_t count;			/* of changes to all this and to the transcript */
	struct desk_end last;
};

struct desk {
	const struct desk_ops *ops;
};

struct desk_ops {
	/*
	 * How things stand. While count is still `known`, waits up to wait_s seconds for a change
	 * first; without waiting, known does not matter.
	 */
	int (*status)(struct desk *, uint32_t known, unsigned wait_s, struct desk_status *);
	/*
	 * Records after `since`, at most max (DESK_EVENTS_MAX): *n. With none, waits up to wait_s
	 * seconds for one. *number is the ceremony that runs, 0 for none.
	 */
	int (*events)(struct desk *, uint64_t since, unsigned wait_s, struct event *, size_t max,
	    size_t *n, uint32_t *number);
	/* 0, or ERR_MAC and the first record that does not fit. */
	int (*verify)(struct desk *, uint64_t *seq);
	/*
	 * Starts a ceremony of ceremony_plan, which goes on by itself. ERR_BUSY: another one
	 * runs; ERR_NOT_NOW: not in this state; ERR_DENIED: no card issuer is trusted yet. plan:
	 * of its slots, for one that installs, NULL for the others. *since: the last record
	 * before it.
	 */
	int (*start)(struct desk *, const char *ceremony, const struct ceremony_args *,
	    struct slot_plan *plan, uid_t, uint32_t *number, uint64_t *since);
	/* An installation without cards, at once. */
	int (*trial)(struct desk *, uid_t);
	/*
	 * OK or Cancel to the prompt of that number, where the reader shows none. ERR_NOT_NOW: it
	 * is not the one that waits for an answer, or not any more.
	 */
	int (*answer)(struct desk *, uint32_t prompt, enum cards_key, uid_t);
	/* Ends the running ceremony, soon: ERR_NOT_FOUND when none runs. */
	int (*cancel)(struct desk *, uid_t);
	int (*reset)(struct desk *, uid_t);
	/* ERR_EXISTS. */
	int (*issuer_add)(struct desk *, const uint8_t *der, size_t n, uid_t);
	int (*issuer)(struct desk *, size_t i, uint8_t *der, size_t *n);
	int (*slots)(struct desk *, struct slot_info v[SLOTS]);
	/*
	 * done is zeros before and in secret memory. What needs people is begun, and goes on by
	 * itself: an opening, which queues behind others, or, for mode cards, the ceremony
	 * "slot-cards", with the errors of start. The errors of slots.h: ERR_NOT_NOW,
	 * ERR_PIN_WRONG, ERR_CARD_BLOCKED, ERR_MAC, ERR_NOT_FOUND ...
	 */
	int (*slot_act)(struct desk *, enum slot_act, struct slot_order *, uid_t,
	    struct slot_done *done);
};

#endif
