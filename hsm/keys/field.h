#ifndef CARDINAL_FIELD_H
#define CARDINAL_FIELD_H

#include "card-os/iso7816/buf.h"

/*
 * Records of a card that anybody may read, so no secret is in them: a magic number and a version,
 * fields of fixed size, zeros. A text is printable ASCII, one character at least, with zeros
 * behind.
 */
enum { FIELD_MAGIC_LEN = 4 };

struct field_record {
	uint8_t magic[FIELD_MAGIC_LEN];
	uint8_t version;
	size_t len, zeros;	/* of the whole, and of those at its end */
	size_t size;		/* of the struct that it becomes */
	void (*fields)(struct pass *, void *);	/* between version and zeros */
	int (*check)(const void *);	/* 0, or ERR_ARG for what no record may say */
};

/* 0, or what check says; then out, of len bytes, is zeroed. */
int field_encode(const struct field_record *, const void *, uint8_t *out);
/* 0, ERR_NOT_FOUND when all bytes are zero, ERR_VERSION, ERR_FORMAT; on an error it is zeroed. */
int field_decode(const struct field_record *, const uint8_t *, size_t n, void *);

/* A text of max bytes; it has room for a zero more. Read, what is behind it has to be zeros. */
void field_text(struct pass *, char *, size_t max);
/* Whether a text is one of at most max characters. */
int field_text_ok(const char *, size_t max);
/* Whether n bytes are zero, in constant time. */
int field_is_zero(const uint8_t *, size_t n);

#endif
