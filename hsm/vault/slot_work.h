#ifndef CARDINAL_SLOT_WORK_H
#define CARDINAL_SLOT_WORK_H

#include "hsm/vault/store_parts.h"

/*
 * An act at one slot that takes the time of scrypt, and does not hold the store's lock meanwhile:
 * a copy of what it needs, in secure memory. One at a time a slot; what happens to the slot in
 * between is found by the store's epoch (ERR_NOT_NOW).
 */
struct work {
	struct store *store;
	unsigned slot;
	uint64_t epoch;
	uint8_t lost, damaged;
	int open;
	int barred;
	struct seal_key device;
	struct slot_record record;
	struct seal_key key;	/* the slot's, after work_key */
	/* Mode cards: of an open slot. work_commit takes them over when they are new. */
	struct slot_envelopes env;
	int env_new;
	int frees;	/* ends a hold: what is written is another token to all who knew it */
	int seated;	/* its users were enrolled: work_commit forgets them there */
	int fresh;	/* its key is new: work_commit begins its private objects, and closes it */
	uint64_t writing;	/* where a lost record's begin anew */
};

/*
 * Before a try is charged: whether a code, or none (n 0), may open it for the user. insists: as the
 * operator does, who ends a hold. ERR_MAC, ERR_ARG, ERR_NOT_NOW.
 */
int work_may_open(const struct work *, size_t n, int insists);
/* Its token has no code yet, so that it was never open and nothing lies under its key. */
int work_vacant(const struct work *);
/* Whether slot_set_mode may, a try charged. */
int work_may_change(struct work *, const uint8_t *now, size_t now_n, const struct slot_plan *);
/* The user's code anew, given by the SO, of a slot whose key and envelopes are at hand. */
int work_give_code(struct work *, const uint8_t *code, size_t n);
/* Locked: another mode is committed; what becomes auto is opened with it. */
int work_put_mode(struct work *);
/* Waits for its turn. ERR_ARG, ERR_NOT_NOW, ERR_NOMEM. work_end goes with success and failure. */
int work_begin(struct store *, unsigned slot, struct work **);
void work_end(struct work *);
/*
 * Charges a try on disk, compares, gives it back: ERR_PIN_WRONG after the delay, ERR_CARD_BLOCKED,
 * ERR_NOT_FOUND, and the store's own.
 */
int work_try(struct work *, enum slot_who, const uint8_t *code, size_t n);
/*
 * The slot's key into w->key, from memory, from the device's (mode auto), or with a code that
 * work_try has found right. ERR_NOT_FOUND when that opens nothing, ERR_MAC.
 */
int work_key(struct work *, enum slot_who, const uint8_t *code, size_t n);
/* Locks the store for the rest, when it is still the same; work_commit and work_unlock follow. */
int work_lock(struct work *);
void work_unlock(struct work *);
/* Between these: the record as it is now, written. */
int work_commit(struct work *);
/* Within a transaction: the record as it is now, put where it is written from. */
void work_record(struct work *);
/* All three. */
int work_put(struct work *);

struct pass_of work_of(struct work *, enum slot_who);
struct slot_pass *work_pass(struct slot_record *, enum slot_who);

#endif
