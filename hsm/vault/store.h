#ifndef CARDINAL_STORE_H
#define CARDINAL_STORE_H

#include "hsm/keys/state.h"

/*
 * What the HSM keeps, in SQLite (WAL, synchronous FULL) in the state directory:
 * cardinal.db, and device.key (0600), a random key that seals the MBK. Calls
 * return after the commit: 0, ERR_FULL, ERR_IO, ERR_NOT_NOW (not allowed in this state, nothing changed),
 * ERR_BUSY (another daemon has it), ERR_VERSION, ERR_MAC.
 */
struct store;

enum { HASH_LEN = 32, ISSUER_MAX = 2048 };

/* A transcript record as it is kept: numbered, dated, chained. */
struct event {
	uint64_t seq;			/* from 1, without gaps */
	uint64_t time;			/* seconds since 1970 */
	struct record record;
	uint8_t hash[HASH_LEN];		/* SHA-256 over the hash before and this record */
};

/* Makes directory (0700) and database where they are missing, takes the lock. The caller closes. */
int store_open(struct store **, const char *dir);
void store_close(struct store *);

int store_status(struct store *, struct hsm_status *);
/* Transitions of SPEC 4; each is one transaction with its own record in the transcript. */
int store_begin(struct store *, const char *ceremony);
int store_set(struct store *, const struct share_set *);
int store_written(struct store *, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN]);
/* Checks the key against the set's check value (ERR_SHARE_KCV), seals it, state operational. */
int store_commit(struct store *, const struct mbk *);
int store_broken(struct store *, const char *message);
/* Back to factory: key and set are gone, the transcript stays and says so. */
int store_factory_reset(struct store *);
/* The sealed key opened: ERR_NOT_FOUND when there is none. The caller wipes. */
int store_mbk(struct store *, struct mbk *);

int store_record(struct store *, const struct record *);
/* Records after `since`, at most max: *n of them. */
int store_events(struct store *, uint64_t since, struct event *, size_t max, size_t *n);
/* Number of the last record: 0 when there is none. Without reading the records. */
int store_last(struct store *, uint64_t *seq);
/* Recomputes the chain from its start: 0, or ERR_MAC and *seq of the first record that does not fit. */
int store_events_verify(struct store *, uint64_t *seq);

/* Trusted card issuers, DER certificates. Adding one twice is ERR_EXISTS. */
int store_issuer_add(struct store *, const uint8_t *der, size_t n);
/* The i-th: ERR_NOT_FOUND after the last. *n: room, then length. */
int store_issuer(struct store *, size_t i, uint8_t *der, size_t *n);

#endif
