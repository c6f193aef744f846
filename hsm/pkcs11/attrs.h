#ifndef CARDINAL_ATTRS_H
#define CARDINAL_ATTRS_H

#include <stddef.h>
#include <stdint.h>

#include "hsm/pkcs11/cryptoki.h"

/*
 * A set of attributes in the one encoding that templates and objects have on the wire, in memory
 * and, sealed, on disk:
 *
 *   { type:8 length:4 value } ...	ascending by type, each type once, integers big-endian
 *
 * CK_ULONG values are 8 bytes big-endian, CK_BBOOL one byte 0 or 1, lists of mechanisms 8 bytes
 * each, all else bytes as they are. The memory is the caller's; a set remembers its first
 * failure as
 * struct wr does, and attrs_end tells it.
 */
enum {
	ATTRS_MAX = 24 * 1024,		/* bytes of a whole set */
	ATTRS_COUNT_MAX = 96,
	ATTRS_HEAD = 8 + 4,		/* bytes before each value */
};

struct attrs {
	uint8_t *p;
	size_t n, cap;
	CK_RV rv;	/* CKR_OK, CKR_HOST_MEMORY: no room, CKR_ATTRIBUTE_VALUE_INVALID */
};

struct attr {
	CK_ATTRIBUTE_TYPE type;
	const uint8_t *p;
	size_t n;
};

/* Empty, over that memory. */
void attrs_init(struct attrs *, void *p, size_t cap);
/* A set for reading over n encoded bytes: CKR_ARGUMENTS_BAD when they are not one whole set. */
CK_RV attrs_read(struct attrs *, const void *p, size_t n);
/* A copy of src's bytes into dst's memory, in the place of what was there. */
void attrs_copy(struct attrs *dst, const struct attrs *src);
/* CKR_OK or the first failure since attrs_init. */
CK_RV attrs_end(const struct attrs *);
/* Wipes the bytes; the set is empty then. */
void attrs_wipe(struct attrs *);

/* Puts or replaces; bytes that are the set's own are allowed. */
void attrs_put(struct attrs *, CK_ATTRIBUTE_TYPE, const void *, size_t n);
void attrs_put_bool(struct attrs *, CK_ATTRIBUTE_TYPE, int);
void attrs_put_ulong(struct attrs *, CK_ATTRIBUTE_TYPE, CK_ULONG);
/* The removed value is wiped. */
void attrs_remove(struct attrs *, CK_ATTRIBUTE_TYPE);
/* Puts all of src, over what dst has of the same types. */
void attrs_merge(struct attrs *dst, const struct attrs *src);

/* 1 and the value in place, which stays until the set is next changed; 0: not there. */
int attrs_get(const struct attrs *, CK_ATTRIBUTE_TYPE, const uint8_t **, size_t *n);
int attrs_has(const struct attrs *, CK_ATTRIBUTE_TYPE);
/* 1 when it is there and true; 0 otherwise. */
int attrs_bool(const struct attrs *, CK_ATTRIBUTE_TYPE);
/* CK_UNAVAILABLE_INFORMATION when it is not there or no CK_ULONG. */
CK_ULONG attrs_ulong(const struct attrs *, CK_ATTRIBUTE_TYPE);
/* Whether it is there with exactly those bytes; without a branch on them. */
int attrs_equal(const struct attrs *, CK_ATTRIBUTE_TYPE, const void *, size_t n);
/* The next one from *at on, which begins as 0: 1, or 0 at the end. */
int attrs_next(const struct attrs *, size_t *at, struct attr *);

#endif
