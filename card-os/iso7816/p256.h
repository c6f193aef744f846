#ifndef CARDINAL_ISO7816_P256_H
#define CARDINAL_ISO7816_P256_H

#include <stddef.h>
#include <stdint.h>

/*
 * The curve P-256 over libcrypto. Private keys are scalars, public ones uncompressed points 04 x y,
 * signatures r s, all big-endian. Who calls wipes scalars and secrets.
 */
enum { P256_SCALAR = 32, P256_POINT = 65, P256_HASH = 32, P256_SIGNATURE = 64 };

/* Makes a key. 0 or ERR_CRYPTO. */
int p256_generate(uint8_t scalar[P256_SCALAR], uint8_t point[P256_POINT]);
/* Whether the point is that of the scalar: 0, ERR_FORMAT when not or off the curve, ERR_CRYPTO. */
int p256_check(const uint8_t scalar[P256_SCALAR], const uint8_t point[P256_POINT]);
/* Whether a point is on the curve: 0, ERR_FORMAT, ERR_CRYPTO. */
int p256_check_point(const uint8_t point[P256_POINT]);
/* ECDH: the x of the product. 0, ERR_FORMAT for a point not on the curve, ERR_CRYPTO. */
int p256_agree(const uint8_t scalar[P256_SCALAR], const uint8_t point[P256_POINT],
    uint8_t secret[P256_SCALAR]);
/* ECDSA of a hash: 0 or ERR_CRYPTO. */
int p256_sign(const uint8_t scalar[P256_SCALAR], const uint8_t hash[P256_HASH],
    uint8_t signature[P256_SIGNATURE]);
/* 0, ERR_MAC when the signature is wrong, ERR_FORMAT for a point not on the curve, ERR_CRYPTO. */
int p256_verify(const uint8_t point[P256_POINT], const uint8_t hash[P256_HASH],
    const uint8_t signature[P256_SIGNATURE]);

#endif
