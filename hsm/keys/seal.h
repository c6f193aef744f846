#ifndef CARDINAL_SEAL_H
#define CARDINAL_SEAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * A small secret sealed under a key of the device, AES-256-GCM (SP 800-38D):
 *
 *   version:1 nonce:12 ciphertext:n tag:16
 *
 * The nonce is random (8.2.2: at most 2^32 seals under one key). Authenticated
 * beside the ciphertext: "cardinal seal", the version, and bind, which names the
 * purpose and what the secret belongs to, so that one sealed secret cannot stand
 * in another's place.
 */
enum {
	SEAL_KEY_LEN = 32,
	SEAL_VERSION = 1,
	SEAL_OVERHEAD = 1 + 12 + 16,
	SEAL_MAX = 4096,	/* bytes of a secret, and of bind */
};

struct seal_key {
	uint8_t key[SEAL_KEY_LEN];
};

/*
 * Seals n bytes (1 to SEAL_MAX) into n + SEAL_OVERHEAD: 0, ERR_ARG, ERR_CRYPTO. On an error they
 * are zeroed.
 */
int seal_make(const struct seal_key *, const void *bind, size_t bind_n, const uint8_t *secret,
    size_t n, uint8_t *sealed);
/*
 * Opens a secret of exactly n bytes: 0, ERR_FORMAT (another length), ERR_VERSION, ERR_MAC (not
 * this key, not that purpose, or damaged), ERR_CRYPTO. On an error secret is zeroed.
 */
int seal_open(const struct seal_key *, const void *bind, size_t bind_n, const uint8_t *sealed,
    size_t sealed_n, uint8_t *secret, size_t n);

#endif
