#ifndef CARDINAL_DOMAIN_H
#define CARDINAL_DOMAIN_H

#include "hsm/keys/seal.h"
#include "hsm/vault/manifest.h"
#include "hsm/vault/store_sql.h"

/*
 * The public or the private objects of a slot: their keys, their rows, and the manifest over them.
 * docs/keys.md has the derivations and what is bound to what.
 */
enum { TERM_LEN = 16, TAG_LEN = 16, NONCE_LEN = 12 };

struct domain_keys {
	struct seal_key record, index, manifest, sum;
};

struct domain {
	struct domain_keys *keys;	/* in the secure heap; NULL while closed */
	struct manifest m;		/* with keys; without, count alone */
	uint64_t counter;		/* which writing of the manifest is the last */
	uint8_t dirty;			/* m has changed since */
};

/* What a domain's rows are bound to. */
struct domain_of {
	unsigned slot;
	unsigned domain;	/* enum object_domain */
	uint64_t generation;
};

/* A row of the table entry. */
struct entry {
	uint64_t id, revision;
	uint8_t tag[TAG_LEN];
};

/* All keys from the domain's one: 0, ERR_NOMEM, ERR_CRYPTO. The caller frees with secmem_free. */
int domain_keys_make(const struct seal_key *from, const char *label, const struct domain_of *,
    struct domain_keys **);
/* Rows of the domain, whatever they are. */
int domain_count(struct sql *, const struct domain_of *, uint64_t *n);
/*
 * Reads the manifest of d->counter and every row that it sums up, with d->keys: ERR_MAC when
 * anything does not fit.
 */
int domain_verify(struct sql *, const struct domain_of *, struct domain *);
/* Writes the manifest, as the one that follows d->counter; dirty no more. */
int domain_write(struct sql *, const struct domain_of *, struct domain *);

/*
 * Takes a row into the sum, or out of it, which is the same: 0, ERR_CRYPTO. Count and bytes are the
 * caller's.
 */
int domain_sum(struct domain *, const struct entry *, const uint8_t (*terms)[TERM_LEN], size_t n);
/* What stands for a term in the index: 0, ERR_CRYPTO. */
int domain_term(const struct domain_keys *, const struct object_term *, uint8_t hash[TERM_LEN]);
/*
 * Seals n bytes into sealed, nonce and as many bytes, and entry->tag, bound to entry's id and
 * revision; opens them again: ERR_MAC, and then nothing of the text is left.
 */
int domain_seal(const struct domain_keys *, const struct domain_of *, struct entry *,
    const uint8_t *text, size_t n, uint8_t *sealed);
int domain_open(const struct domain_keys *, const struct domain_of *, const struct entry *,
    const uint8_t *sealed, size_t n, uint8_t *text);

#endif
