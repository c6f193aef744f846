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
	struct seal_key device;
	struct slot_record record;
	struct seal_key key;	/* the slot's, after work_key */
	uint64_t writing;	/* where a lost record's begin anew */
};

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
/* All three. */
int work_put(struct work *);

struct pass_of work_of(struct work *, enum slot_who);
struct slot_pass *work_pass(struct slot_record *, enum slot_who);

#endif
