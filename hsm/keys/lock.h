#ifndef CARDINAL_LOCK_H
#define CARDINAL_LOCK_H

#include "hsm/keys/seal.h"
#include "hsm/keys/user.h"

/*
 * A box that all of a slot's users open together, each with a card. For each user an ephemeral key
 * pair is made; what its scalar and the user's public point agree on (ECDH, SP 800-56A 5.7.1.2) is
 * what the card agrees on with its own scalar and the ephemeral point. The box's key is
 *
 *   HKDF-SHA-256(Z1 .. Zu, "cardinal lock" 00 SHA-256(users:1 points ephemeral-points bind))
 *
 * so that one user less, another order, or a card of somebody else opens nothing. Sealing needs
 * public keys alone; each sealing has new ephemeral keys, and an answer that a card once gave is
 * worth nothing for the next.
 */
enum { LOCK_SECRET = 32 };

/* What an opening collects. In secret memory; wiped by whoever has it. */
struct lock_secrets {
	uint8_t z[USERS_MAX][LOCK_SECRET];
};

/*
 * Seals n bytes (1 to SEAL_MAX) for `users` users (1 to USERS_MAX) into n + SEAL_OVERHEAD bytes:
 * ephemeral gets the points that the cards will be given. 0, ERR_ARG, ERR_FORMAT (a point not on
 * the curve), ERR_CRYPTO. On an error, ERR_ARG apart, sealed and ephemeral are zeroed.
 */
int lock_seal(const uint8_t (*points)[USER_POINT], unsigned users, const void *bind, size_t bind_n,
    const uint8_t *secret, size_t n, uint8_t (*ephemeral)[USER_POINT], uint8_t *sealed);
/*
 * Opens it: 0, ERR_MAC, ERR_ARG, ERR_FORMAT, ERR_VERSION, ERR_CRYPTO. On an error secret is zeroed.
 */
int lock_open(const uint8_t (*points)[USER_POINT], const uint8_t (*ephemeral)[USER_POINT],
    const struct lock_secrets *, unsigned users, const void *bind, size_t bind_n,
    const uint8_t *sealed, size_t sealed_n, uint8_t *secret, size_t n);

#endif
