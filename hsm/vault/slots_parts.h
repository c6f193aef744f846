#ifndef CARDINAL_SLOTS_PARTS_H
#define CARDINAL_SLOTS_PARTS_H

#include <semaphore.h>

#include "hsm/vault/domain.h"
#include "hsm/vault/pass.h"

/*
 * What the files of slots and objects know of each other. Memory is the truth while the store is
 * open: an operation changes it within a transaction, whose end writes what has changed, or takes
 * memory back to what it was when nothing could be written.
 */
enum { PUBLIC = 0, PRIVATE = 1 };	/* in struct slot; enum object_domain less one */

struct slot {
	uint8_t present;
	uint8_t lost;		/* its record does not open: nothing is known of it */
	uint8_t damaged;	/* that, or its objects do not fit the manifest */
	uint8_t dirty;		/* its record has changed */
	uint8_t shut;		/* to be closed when the transaction ends */
	uint64_t writing;	/* which writing of the record is the last */
	struct slot_record record;
	struct seal_key *key;	/* in the secure heap; NULL while closed */
	struct domain domain[DOMAINS];	/* PUBLIC has keys whenever it is not damaged */
};

struct slots {
	uint64_t counter;	/* of the head */
	uint64_t next;		/* number of the next object */
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
/* Opens it with its key: private objects are verified. 0, ERR_MAC, ERR_NOMEM, and others. */
int slot_open(struct store *, unsigned slot, const struct seal_key *key);
/* Fills in the codes that plan has or wants made; key is the slot's. Needs no lock. */
int slot_plan_codes(const struct pass_of *user, const struct slot_plan *,
    const struct seal_key *key, struct slot_record *);

#endif
