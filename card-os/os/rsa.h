#ifndef CARDINAL_CARD_RSA_H
#define CARDINAL_CARD_RSA_H

#include <stddef.h>
#include <stdint.h>

/*
 * RSA of 2048 bits over libcrypto, which blinds, and checks each result of the Chinese
 * remainders by the public exponent, so that a fault gives nothing away. Numbers are
 * big-endian and have all their bytes. Who has a struct rsa wipes it.
 */
enum {
	RSA_BYTES = 256,
	RSA_HALF = RSA_BYTES / 2,
	RSA_E = 4,
	RSA_SIGN_MAX = 102,		/* PKCS#15 and ISO 9796: 40 % of the modulus */
	RSA_DER_MAX = 272,		/* RSAPublicKey */
};

struct rsa {
	uint8_t n[RSA_BYTES], e[RSA_E], d[RSA_BYTES];
	uint8_t p[RSA_HALF], q[RSA_HALF];
	uint8_t qinv[RSA_HALF];		/* q^-1 mod p */
	uint8_t dp[RSA_HALF], dq[RSA_HALF];
};

/* Makes a key with e = 65537. 0 or ERR_CRYPTO. */
int rsa_generate(struct rsa *);
/*
 * Works out d, and checks that the numbers are a key: p and q primes, 2048 bits, e odd
 * and from 65537 on. 0, ERR_FORMAT, ERR_CRYPTO.
 */
int rsa_complete(struct rsa *);
/* The private operation: 0, ERR_FORMAT for a number that is not below the modulus, ERR_CRYPTO. */
int rsa_raw(const struct rsa *, const uint8_t in[RSA_BYTES], uint8_t out[RSA_BYTES]);
/* Signs n bytes, at most RSA_SIGN_MAX, by PKCS#1 v1.5 block type 1: 0, ERR_SIZE, ERR_CRYPTO. */
int rsa_sign(const struct rsa *, const uint8_t *, size_t n, uint8_t out[RSA_BYTES]);
/*
 * What a block of PKCS#1 v1.5 type 2 holds, the last *n bytes of it, which may be none. 0
 * or ERR_FORMAT; why, and where in the block, takes the same time.
 */
int rsa_unpad(const uint8_t block[RSA_BYTES], size_t *n);
/* RSAPublicKey of PKCS#1, DER: 0, ERR_CRYPTO. */
int rsa_public_der(const struct rsa *, uint8_t out[RSA_DER_MAX], size_t *n);
/* Whether an X.509 certificate is about that key: 0, ERR_FORMAT, ERR_CRYPTO. */
int rsa_certified(const struct rsa *, const uint8_t *der, size_t n);

#endif
