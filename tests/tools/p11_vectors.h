#ifndef CARDINAL_TESTS_P11_VECTORS_H
#define CARDINAL_TESTS_P11_VECTORS_H

#include "tests/tools/p11_load.h"

/*
 * One file of published test vectors, `NAME = value` in lines, through a module: its records one by
 * one, each with session objects that go again.
 */
enum { VECTOR_FIELDS = 64, VECTOR_BYTES = 64 * 1024 };

struct vector_field {
	char name[24];
	char *text;
	int stays;			/* with the next record: it stands for a section */
};

struct vectors {
	struct p11 m;
	CK_SESSION_HANDLE s;
	const char *file, *argument;	/* of the family, as a hash; or "" */
	unsigned line, ran, failed, skipped;
	struct vector_field field[VECTOR_FIELDS];
	size_t n;
};

struct vector_family {
	const char *name;
	const char *needs;		/* fields, with blanks between, that make a record whole */
	const char *stay;		/* those that stand above many records; or NULL */
	void (*run)(struct vectors *);
};

extern const struct vector_family vector_secret[];	/* digests, MACs, AES, wrapping, HKDF */
extern const struct vector_family vector_pairs[];	/* RSA, EC */

struct vector_bytes {
	CK_BYTE p[VECTOR_BYTES];
	CK_ULONG n;
};

/* The field's text, or NULL. */
const char *vector_text(const struct vectors *, const char *name);
/* Its hex; 0 bytes where it is not there. Odd digits are those of a number. */
void vector_bytes(struct vectors *, const char *name, struct vector_bytes *);
/* As a big number of exactly n bytes, in place. */
void vector_pad(struct vector_bytes *, CK_ULONG n);
/* Counts; says what failed, with the file's line. */
void vector_result(struct vectors *, int well, const char *what, CK_RV);
void vector_skip(struct vectors *);
/* A session object with that value; 0 after telling why there is none. */
CK_OBJECT_HANDLE vector_secret_key(struct vectors *, CK_KEY_TYPE, const void *, CK_ULONG n);
/* CKM_SHA256 of "SHA-256", "SHA256", "sha256"; 0: unknown. */
CK_MECHANISM_TYPE vector_hash(const char *);

#endif
