#ifndef CARDINAL_DERIVE_H
#define CARDINAL_DERIVE_H

#include "hsm/keys/seal.h"

/*
 * Keys from keys, HKDF with SHA-256 (RFC 5869), and from what people remember, scrypt (RFC 7914).
 */
enum { DERIVE_SALT_LEN = 16 };

/*
 * HKDF of 32 bytes: salt may be NULL (32 zeros, RFC 5869 2.2), info is the label, a zero byte, and
 * the n bytes of context. 0, ERR_CRYPTO; on an error the key is zeroed.
 */
int derive_key(const struct seal_key *from, const struct seal_key *salt, const char *label,
    const void *context, size_t n, struct seal_key *to);
/* The same of n secret bytes (1 to DERIVE_SECRET_MAX) and without a salt. Also ERR_ARG. */
enum { DERIVE_SECRET_MAX = 160 };
int derive_joined(const uint8_t *secret, size_t n, const char *label, const void *context,
    size_t context_n, struct seal_key *to);
/*
 * scrypt with N = 2^cost, r = 8, p = 1: 2^cost KiB of memory. 0, ERR_CRYPTO, which no memory is
 * too; on an error the key is zeroed.
 */
int derive_code(const uint8_t *code, size_t n, const uint8_t salt[DERIVE_SALT_LEN], unsigned cost,
    struct seal_key *to);

#endif
