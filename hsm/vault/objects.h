#ifndef CARDINAL_OBJECTS_H
#define CARDINAL_OBJECTS_H

#include "hsm/vault/slots.h"

/*
 * Token objects: records of bytes, sealed and indexed. What is in a record is the PKCS#11 room's
 * business; here it is bound to slot, domain, number, key generation, revision and format version
 * (AES-256-GCM), its index terms are kept as keyed hashes, and a manifest for each slot and domain,
 * with a counter and a sum over all of its records, finds one that was removed, put back or
 * replaced by an older one. The storage interface of DESIGN.md 3: a shared database could stand
 * behind these few calls.
 *
 * All calls between store_lock and store_unlock. Records of OBJECT_PRIVATE need the slot open
 * (ERR_NOT_NOW). ERR_MAC: tampered with; the slot is `damaged` from then on. The store's errors.
 */
enum object_domain {
	OBJECT_PUBLIC = 1,	/* under a key of the device: readable while the slot is closed */
	OBJECT_PRIVATE = 2,	/* under the slot's key */
};

enum {
	OBJECT_MAX = 24 * 1024,		/* bytes of a record */
	OBJECT_TERMS_MAX = 12,
	/*
	 * Bytes of the public objects of a slot, as they are stored, and as many of the private
	 * ones: who makes public ones need not have logged in, and takes no room from those who
	 * have. 100 000 certificates of 2 KiB take under 300 MiB, with all said of them.
	 */
	OBJECTS_BYTES = 384 * 1024 * 1024,
	OBJECTS_COUNT = 250000,		/* of a slot, public and private */
};

struct object_term {
	uint32_t kind;			/* which attribute */
	const uint8_t *p;
	size_t n;
};

/*
 * One transaction around several calls, so that both halves of a key pair are there or none;
 * store_record may be among them. ERR_NOT_NOW when there is one. What has failed after it changed
 * something cannot be committed: objects_end tells that failure again.
 */
int objects_begin(struct store *);
/* Commits when r is 0, else takes all back, in memory too; returns r or its own error. */
int objects_end(struct store *, int r);

/* *id: never one that was used before, 1 to 2^62. ERR_FULL: too many, or too many bytes. */
int object_add(struct store *, unsigned slot, enum object_domain, const uint8_t *record, size_t n,
    const struct object_term *, size_t terms, uint64_t *id);
/* Also into the other domain, with the same number. ERR_FULL as above, when it gets longer. */
int object_replace(struct store *, uint64_t id, enum object_domain, const uint8_t *record,
    size_t n, const struct object_term *, size_t terms);
int object_delete(struct store *, uint64_t id);
/*
 * *n: room (ERR_SIZE), then length. ERR_NOT_FOUND, also when `slot` is another. The caller wipes.
 */
int object_read(struct store *, unsigned slot, uint64_t id, enum object_domain *,
    uint8_t *record, size_t *n);
/*
 * Numbers over `after`, ascending, at most max, of those that have all the terms (none: all), in
 * the domains given (a sum). Terms are exact but for collisions of 128 bits: the caller compares.
 */
int object_find(struct store *, unsigned slot, unsigned domains, const struct object_term *,
    size_t terms, uint64_t after, uint64_t *ids, size_t max, size_t *n);

#endif
