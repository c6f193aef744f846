#ifndef CARDINAL_SHAMIR_H
#define CARDINAL_SHAMIR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Shamir's secret sharing over GF(2^8) with the polynomial 0x11B, byte by
 * byte (Shamir 1979). Time and memory access depend on k, n, x and the length,
 * which are public, never on a secret or a share's bytes.
 */
enum {
	SHAMIR_N_MAX = 16,	/* shares of one set */
	SHAMIR_LEN_MAX = 64,	/* bytes of a secret */
};

struct shamir_point {
	uint8_t x;		/* 1 to 255, in a split 1 to n; 0 would be the secret itself */
	uint8_t y[SHAMIR_LEN_MAX];
};

/*
 * Splits len bytes into n points, x = 1 ... n, any k of which give them back.
 * 0, ERR_ARG (2 <= k <= n <= SHAMIR_N_MAX, 1 <= len <= SHAMIR_LEN_MAX), ERR_CRYPTO when there is
 * no randomness. The caller wipes the points; on an error they are zeroed already.
 */
int shamir_split(const uint8_t *secret, size_t len, unsigned k, unsigned n, struct shamir_point *);

/*
 * What shamir_split calls for each x: y is the value at x of the polynomial whose
 * coefficients stand in poly, k rows of len bytes, the constant term (the
 * secret) first. Tests give it known coefficients; a split takes random ones,
 * the highest may be zero as well, or shares would exclude secrets. 0 or ERR_ARG
 * (1 <= k <= SHAMIR_N_MAX, 1 <= len <= SHAMIR_LEN_MAX).
 */
int shamir_eval(const uint8_t *poly, size_t len, unsigned k, uint8_t x, uint8_t *y);

/*
 * The value at x of the polynomial through k points: at 0 the secret, at an
 * unused x another share of the same set. 0, or the first that is wrong of ERR_ARG
 * (k, len), ERR_SHARES_FEW (k < 2), ERR_SHARE_X for a point with x = 0, ERR_SHARE_TWICE.
 * On an error the len bytes of out are zeroed.
 */
int shamir_combine(const struct shamir_point *, unsigned k, size_t len, uint8_t x, uint8_t *out);

#endif
