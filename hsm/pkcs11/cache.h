#ifndef CARDINAL_PKCS11_CACHE_H
#define CARDINAL_PKCS11_CACHE_H

#include <stdatomic.h>

#include "hsm/pkcs11/crypt.h"

/*
 * Keys made ready, kept for the next time: the least recently used go when there are more bytes
 * than the cache may have. From any thread; no lock is held while a key is at work.
 */
enum { CACHE_BYTES = 8 * 1024 * 1024 };

/* A key, and what of its attributes decides on its use. Counted; nobody changes it. */
struct cached {
	uint64_t uid;
	uint64_t owner;			/* the application of a session object, 0: a token object */
	uint64_t closings;		/* of the slot, when it was read */
	unsigned slot;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	CK_FLAGS may;			/* CKF_SIGN, CKF_DECRYPT ... */
	uint8_t private, always_authenticate, trusted, always_sensitive, never_extractable;
	struct crypt_key *key;
	size_t size;			/* bytes that it takes, about */
	size_t allowed_n;		/* 0: all mechanisms */
	CK_MECHANISM_TYPE *allowed;
	/* The cache's. */
	atomic_uint refs;
	struct cached *next, *newer, *older;
};

struct cache;
struct cache *cache_new(size_t bytes);
void cache_free(struct cache *);

/* From an object's attributes. The errors of crypt_key_new, CKR_HOST_MEMORY. */
CK_RV cached_new(struct crypt *, const struct attrs *object, struct cached **);
void cached_free(struct cached *);

/* A reference, when there is that very one: NULL otherwise. */
struct cached *cache_find(struct cache *, uint64_t uid, uint64_t owner, unsigned slot,
    uint64_t closings);
/*
 * Drops count: what was read before the last one may be old. A reader asks before it reads, and
 * what it puts then stays in the cache only when nothing was dropped meanwhile.
 */
uint64_t cache_drops(struct cache *);
void cache_put(struct cache *, struct cached *, uint64_t drops);
void cache_drop(struct cache *, uint64_t uid);
void cache_drop_slot(struct cache *, unsigned slot);
/* Half of all goes, when memory for secrets runs short. */
void cache_relieve(struct cache *);
size_t cache_bytes(struct cache *);

#endif
