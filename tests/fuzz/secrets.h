#ifndef CARDINAL_TESTS_SECRETS_H
#define CARDINAL_TESTS_SECRETS_H

#include <stddef.h>
#include <stdint.h>

/* What may not come out of the card of the world, or, the share, to its owner only. */
enum { SECRETS_MAX = 16, SECRETS_LEN = 700 };

/* Keeps a copy of at most SECRETS_LEN bytes. Aborts when there are more, or SECRETS_MAX secrets. */
void secrets_add(const uint8_t *, size_t n, int share);
/* What came out in n bytes, when any eight bytes of a secret from a multiple of four on did. */
const char *secrets_in(const uint8_t *, size_t n, int share_may);

#endif
