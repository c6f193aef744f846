#ifndef CARDINAL_SHAMIR_H
#define CARDINAL_SHAMIR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Shamir's secret sharing over GF(2^8) with the polynomial 0x11B, byte by
 * byte (Shamir 1979). Time and memory access depend on k, n and x, which are
 * public, never on a secret or a share's bytes.
 */
enum {
	SHAMIR_N_MAX = 16,	/* shares of one set */
	SHAMIR_LEN_MAX = 64,	/* bytes of a secret */
};

struct shamir_point {
	uint8_t x;		/* 1 to n; 0 would be the secret itself */
	uint8_t y[SHAMIR_LEN_MAX];
};

/*
 * Splits len bytes into n points, x = 1 ... n, any k of which give them back.
 * 0, ERR_ARG (2 <= k <= n <= SHAMIR_N_MAX, 1 <= len <= SHAMIR_LEN_MAX), ERR_CRYPTO when there is
 * no randomness. The caller wipes the points.
 */
int shamir_split(const uint8_t *secret, size_t len, unsigned k, unsigned n, struct shamir_point *);

/*
 * The value at x of the polynomial through k points: at 0 the secret, at an
 * unused x another share of the same set. 0, ERR_SHARES_FEW (k < 2), ERR_SHARE_X for a
 * point with x = 0, ERR_SHARE_TWICE, ERR_ARG. On an error out is zeroed.
 */
int shamir_combine(const struct shamir_point *, unsigned k, size_t len, uint8_t x, uint8_t *out);

#endif
