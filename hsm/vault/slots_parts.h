#ifndef CARDINAL_SLOTS_PARTS_H
#define CARDINAL_SLOTS_PARTS_H

#include <semaphore.h>

#include "hsm/keys/lock.h"
#include "hsm/vault/domain.h"
#include "hsm/vault/pass.h"

/*
 * What the files of slots and objects know of each other. Memory is the truth while the store is
 * open: an operation changes it within a transaction, whose end writes what has changed, or takes
 * memory back to what it was when nothing could be written.
 */
enum { PUBLIC = 0, PRIVATE = 1 };	/* in struct slot; enum object_domain less one */

/* Both envelopes of a slot of mode cards, out of their box. What is not there is zeros. */
struct slot_envelopes {
	uint8_t user[SLOT_KEY_SEALED], so[SLOT_KEY_SEALED];
};

struct slot {
	uint8_t present;
	uint8_t lost;		/* its record does not open: nothing is known of it */
	uint8_t damaged;	/* that, or its objects do not fit the manifest */
	uint8_t dirty;		/* its record has changed */
	uint8_t shut;		/* to be closed when the transaction ends */
	uint64_t writing;	/* which writing of the record is the last */
	struct slot_record record;
	struct seal_key *key;	/* in the secure heap; NULL while closed */
	/* As key, and NULL but in mode cards: what a code that is changed is sealed beside. */
	struct slot_envelopes *envelopes;
	struct domain domain[DOMAINS];	/* PUBLIC has keys whenever it is not damaged */
};

struct slots {
	uint64_t counter;	/* of the head */
	uint64_t next;		/* number of the next object */
	uint8_t enrolled[HASH_LEN];	/* of that table as it was left (enrol.c) */
	struct slot slot[SLOTS];
};

/* The slot, of a token: NULL with *r ERR_ARG or ERR_NOT_NOW. */
struct slot *slot_of(struct store *, unsigned slot, int *r);
struct domain_of slot_domain(const struct store *, unsigned slot, unsigned domain);
struct pass_of slot_pass_of(struct store *, const struct seal_key *device, unsigned slot,
    enum slot_who, uint64_t generation);

/* Transactions (slots_tx.c). ------------------------------------------------- */

/* ERR_NOT_NOW when there is one. tx_end goes with success and failure, as sql_end does. */
int tx_begin(struct store *);
/* One that the database has begun already. */
void tx_take(struct store *);
int tx_end(struct store *, int r);
/* Within the caller's transaction, or one of its own: *own, for tx_leave. */
int tx_join(struct store *, int *own);
/* In the caller's transaction a failure after something was changed spoils it. */
int tx_leave(struct store *, int own, int r);
/* Tampered with: it is closed, now or when the transaction has ended. Returns ERR_MAC. */
int slot_harmed(struct store *, unsigned slot);
/* slot_info tells what memory has. */
void slots_tell(struct store *);
/* Keys out of memory. */
void slot_shut(struct slot *);

/* Rows (slots_rows.c). -------------------------------------------------------- */

/* Reads everything at opening. What was tampered with is a damaged slot, not an error. */
int slots_load(struct store *);
/* Writes what is dirty, and the head; within a transaction. */
int slots_write(struct store *);
/* No slots and objects any more; within a transaction. */
int slots_forget(struct store *);
/* All objects of one; within a transaction. */
int slots_drop_objects(struct store *, unsigned slot);

/* Keys (slots.c). ------------------------------------------------------------- */

/* Checks plans as slots_make does. */
int slot_plan_check(unsigned slot, const struct slot_plan *);
/*
 * Another generation's empty domains, of the record's generation; key NULL: the private one comes
 * later, as slot_fresh_private. Within a transaction.
 */
int slot_fresh(struct store *, unsigned slot, const struct seal_key *key);
int slot_fresh_private(struct store *, unsigned slot, const struct seal_key *key);
/*
 * Opens it with its key: private objects are verified. env NULL but in mode cards. 0, ERR_MAC,
 * ERR_NOMEM, ERR_NOT_NOW (barred), and others.
 */
int slot_open(struct store *, unsigned slot, const struct seal_key *key,
    const struct slot_envelopes *env);
/* Slot 0 has to open before it (slots_start). */
int slot_barred(const struct store *, unsigned slot);
/*
 * Fills in the codes that plan has or wants made; key is the slot's. env: the envelopes of a record
 * that is of mode cards, and of one that becomes it. Needs no lock.
 */
int slot_plan_codes(const struct pass_of *user, const struct slot_plan *,
    const struct seal_key *key, struct slot_record *, struct slot_envelopes *env);
/* The audit key made, where there is none yet: ERR_NOT_NOW while slot 0 is closed. */
int audit_ready(struct store *);

/* Mode cards (slot_cards.c). -------------------------------------------------- */

/* The envelopes into the record's box, with new ephemeral points; the record says which exist. */
int cards_seal(unsigned slot, struct slot_record *, const struct slot_envelopes *);
/* Out of it: ERR_MAC, and what lock_open says. */
int cards_unseal(unsigned slot, const struct slot_record *, const struct lock_secrets *,
    struct slot_envelopes *);
/* Another code with its envelope; n 0: one that is made, and stored. The box is the caller's. */
int cards_put(const struct pass_of *, const uint8_t *code, size_t n, int store, unsigned cost,
    const struct seal_key *key, struct slot_pass *, uint8_t envelope[SLOT_KEY_SEALED]);
/* The SO's envelope goes where that mode has it; to another than cards, the users go. */
void cards_move(struct slot_record *, unsigned mode, struct slot_envelopes *);

#endif
