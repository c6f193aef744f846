#ifndef CARDINAL_STORE_PARTS_H
#define CARDINAL_STORE_PARTS_H

#include <pthread.h>

#include "hsm/keys/seal.h"
#include "hsm/vault/people_parts.h"
#include "hsm/vault/slots_parts.h"
#include "hsm/vault/statedir.h"
#include "hsm/vault/store.h"
#include "hsm/vault/store_sql.h"

/* What the store's own files know of each other. */
struct store {
	pthread_mutex_t lock;
	struct statedir dir;
	struct sql sql;
	struct seal_key *key;	/* secure heap; NULL: device.key is missing */
	int lost;		/* a sealed key that did not open when the store did */

	struct slots now;
	/* The transaction that is open, and what was when it began. */
	int tx;
	int spoiled;		/* what failed in it, so that it cannot be committed */
	unsigned harmed;	/* slots found to be tampered with in it, a bit each */
	struct slots before;
	int booted;			/* slot 0 has been open since */
	uint8_t boot[BOOT_LEN];		/* the machine's */

	pthread_mutex_t gate[SLOTS];	/* one attempt at a slot at a time; taken before lock */
	sem_t turns;			/* scrypts that may begin now */

	/* What is read without lock; the innermost of all. */
	pthread_mutex_t told_lock;
	pthread_cond_t woken;		/* epoch has changed */
	uint64_t epoch;			/* counts slots_close; changes under both locks */
	struct slot_info told[SLOTS];
	struct people people;
	unsigned delay_first, delay_most;	/* ms */
};

/* The table hsm's only row. */
struct row {
	uint64_t state;
	char ceremony[STEP_NAME_MAX];
	char message[MESSAGE_MAX];
	char label[LABEL_MAX + 1];
	int erase;	/* device.key has to be replaced: a reset did not come that far */
	int sealed;	/* there is a sealed key */
	int trial;
};

/* 0, ERR_FORMAT, and the database's errors. */
int row_get(struct store *, struct row *);

/* Reads device.key at opening; a missing one leaves store->key NULL. */
int key_load(struct store *);
/*
 * Sees to device.key: another one when a reset asked for it, a first one when
 * nothing is sealed yet. A missing key with something sealed by it stays missing:
 * store_mbk tells it and a reset mends it. Outside of transactions.
 */
int key_renew(struct store *);
/* Opens what is sealed once, and wipes it: store->lost. ERR_NOMEM. */
int key_try(struct store *);
/* The rest of store_commit, within its transaction. */
int key_seal(struct store *, const struct mbk *);
/* Forgets it, within the caller's transaction. */
int key_drop(struct store *);

/*
 * Users that have been enrolled (enrol.c), a slot's first `users` for its record: ERR_NOT_FOUND
 * when one is missing, ERR_MAC when the table is not as it was left: rows that somebody put back,
 * or took away, while the store is open. load takes it as it lies on the disk. drop forgets all,
 * within the caller's transaction; drop_of one slot's, and all when that table has such rows.
 */
int enrol_load(struct store *);
int enrol_seats(struct store *, unsigned slot, unsigned users, struct slot_cards *);
int enrol_drop(struct store *);
int enrol_drop_of(struct store *, unsigned slot);
/* Who has one of these keys, of a slot or enrolled; but for that user. ERR_NOT_FOUND. */
int seat_find(struct store *, const struct user_keys *, unsigned but_slot, unsigned but_user,
    unsigned *slot, unsigned *user);

/*
 * Appends to the transcript, within the caller's transaction: 0, ERR_ARG for a
 * text that does not end, and the database's errors.
 */
int transcript_append(struct store *, const struct record *);

/* The set's table: read (ERR_NOT_FOUND), replaced, a share marked, emptied. */
int backup_set_get(struct store *, struct hsm_status *);
int backup_set_put(struct store *, const struct share_set *);
int backup_set_written(struct store *, uint8_t x, const char *serial,
    const uint8_t check[CHECK_LEN]);
int backup_set_drop(struct store *);

#endif
