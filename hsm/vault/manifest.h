#ifndef CARDINAL_MANIFEST_H
#define CARDINAL_MANIFEST_H

#include "card-os/iso7816/buf.h"
#include "hsm/vault/objects.h"

/*
 * What finds a record that was changed, removed, put back or moved. The manifest of a domain sums
 * up its rows; the head, one for the whole HSM, says which writing of each slot's record and
 * of each manifest is the last. Both are sealed on disk (docs/keys.md).
 */
enum {
	DOMAINS = 2,
	SUM_LEN = 16,
	MANIFEST_LEN = 1 + 8 + 2 * SUM_LEN + 8,
	MANIFEST_1_LEN = MANIFEST_LEN - 8,	/* version 1, without bytes */
	HEAD_LEN = 1 + 8 + 8 + SLOTS * (1 + DOMAINS) * 8,
};

struct manifest {
	uint64_t count;			/* of entries */
	uint8_t entries[SUM_LEN], terms[SUM_LEN];
	uint64_t bytes;			/* of object.sealed, or MANIFEST_UNTOLD */
};
/* Version 1 says nothing of bytes; it is read, and never written. */
#define MANIFEST_UNTOLD UINT64_MAX

struct head {
	uint64_t counter;		/* writings of the head */
	uint64_t next;			/* number of the next object */
	struct {
		uint64_t record, manifest[DOMAINS];	/* writings of each */
	} slot[SLOTS];
};

/* Decoding: 0, ERR_VERSION, ERR_FORMAT with everything zeroed. */
void manifest_encode(const struct manifest *, uint8_t p[MANIFEST_LEN]);
int manifest_decode(const uint8_t *p, size_t n, struct manifest *);
void head_encode(const struct head *, uint8_t p[HEAD_LEN]);
int head_decode(const uint8_t *p, size_t n, struct head *);

#endif
