#ifndef CARDINAL_STORE_H
#define CARDINAL_STORE_H

#include <stddef.h>

#include "hsm/keys/state.h"

/*
 * What the HSM keeps, in its state directory: cardinal.db (SQLite, WAL,
 * synchronous FULL), device.key, a random key that seals the MBK, and lock,
 * which one daemon holds; all 0600. docs/keys.md has the tables.
 *
 * One thread at a time: where there are several, each call stands between store_lock and
 * store_unlock. A call is one transaction and returns after its commit:
 * 0, or, with nothing changed, ERR_NOT_NOW (not allowed in this state), ERR_FULL, ERR_IO,
 * ERR_BUSY (another program holds the database), ERR_FORMAT (the database or device.key is
 * damaged), ERR_NOMEM, ERR_CRYPTO.
 */
struct store;
struct slot_plan;
struct user_seat;

enum { HASH_LEN = 32, ISSUER_MAX = 2048 };

/* A transcript record as it is kept: numbered, dated, chained. */
struct event {
	uint64_t seq;			/* from 1, without gaps */
	uint64_t time;			/* seconds since 1970 */
	struct record record;
	uint8_t hash[HASH_LEN];		/* SHA-256 over the hash before and this record */
};

/*
 * Makes directory (0700) and files where they are missing, takes the lock: ERR_BUSY
 * when another daemon has it, ERR_VERSION when a later release made the database,
 * ERR_DENIED when others may read device.key or write to the directory. An HSM found `installing`
 * had stopped in a ceremony: the caller makes it broken. secmem_init comes first. The caller
 * closes.
 */
int store_open(struct store **, const char *dir);
void store_close(struct store *);
/* Not recursive. */
void store_lock(struct store *);
void store_unlock(struct store *);

int store_status(struct store *, struct hsm_status *);
/* The HSM's label, "cardinal-" and four random hex digits at first; changes in factory only. */
int store_label(struct store *, const char *label);

/*
 * Transitions of SPEC 4; each is one transaction with its own record in the transcript.
 * A ceremony begins in factory or inconsistent; set, written, commit and broken belong to
 * installing; a set from before is known until store_set replaces it.
 */
int store_begin(struct store *, const char *ceremony);
int store_set(struct store *, const struct share_set *);
/* ERR_ARG when x is no card of the set, ERR_NOT_NOW when there is no set. */
int store_written(struct store *, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN]);
/*
 * Checks the key against the set's check value (ERR_SHARE_KCV), seals it, makes the ten slots as
 * the plan has them (NULL: all of mode auto; errors as of slots_make), state operational. Slots of
 * mode auto are open then.
 */
int store_commit(struct store *, const struct mbk *, const struct slot_plan *);
/*
 * The users of slots, while they are made: the seat is durable, and stays when the installation
 * breaks off, until it is finished, a new set is begun, or store_enrol_forget (slot 0 to 9, or
 * SLOTS for all). ERR_EXISTS: one of these keys sits there already, as another user. ERR_ARG.
 */
int store_enrol(struct store *, unsigned slot, unsigned user, const struct user_seat *);
int store_enrolled(struct store *, unsigned slot, unsigned user, struct user_seat *);
int store_enrol_forget(struct store *, unsigned slot);
/*
 * What store_commit leaves to do when the plan has slots of mode cards, whose users were not there
 * yet: then it keeps the key, and the state is still installing. This makes the slots.
 * ERR_NOT_FOUND: a user is missing. Errors otherwise as of store_commit.
 */
int store_finish(struct store *, const struct slot_plan *);
/*
 * A trial installation: from factory to operational without cards, set and key; slots as
 * above. The status says `trial` until a factory reset.
 */
int store_trial(struct store *, const struct slot_plan *);
/* A longer message is cut. */
int store_broken(struct store *, const char *message);
/*
 * From any state back to factory: key, set, slots and objects are gone, device.key is another
 * one, so that what a disk still has of the old database opens no more; label, issuers
 * and transcript stay, the latter says so. After an error the state may be factory
 * already; the next store_begin or store_open replaces device.key then.
 */
int store_factory_reset(struct store *);
/*
 * The sealed key opened (store_open tries it once, for the status): ERR_NOT_FOUND when
 * there is none, ERR_MAC when device.key is missing or not the one that sealed it, or
 * the set was tampered with. The caller wipes.
 */
int store_mbk(struct store *, struct mbk *);

/* In any state: a line for the transcript. ERR_ARG for a text that does not end. */
int store_record(struct store *, const struct record *);
/* Records after `since`, at most max: *n of them. */
int store_events(struct store *, uint64_t since, struct event *, size_t max, size_t *n);
/* Number of the last record: 0 when there is none. Without reading the records. */
int store_last(struct store *, uint64_t *seq);
/*
 * Recomputes the chain from its start: 0, or ERR_MAC and *seq of the first record
 * that is missing or does not fit. Records cut off at the end are found by a hash
 * kept elsewhere alone.
 */
int store_events_verify(struct store *, uint64_t *seq);

/* Trusted card issuers, DER certificates: ERR_FORMAT for no certificate, ERR_SIZE, ERR_EXISTS. */
int store_issuer_add(struct store *, const uint8_t *der, size_t n);
/* The i-th: ERR_NOT_FOUND after the last. *n: room (ERR_SIZE), then length. */
int store_issuer(struct store *, size_t i, uint8_t *der, size_t *n);

#endif
