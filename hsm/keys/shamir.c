#include "hsm/keys/shamir.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

/*
 * FIPS 197 4.2. A test builds this file once more with 0x11d, the polynomial of libgfshare, to
 * have a stranger check it; a product has no choice.
 */
#ifndef SHAMIR_POLY
#define SHAMIR_POLY 0x11b
#endif

/* Eight field elements lie side by side in a word; all arithmetic is on whole words. */
enum { LANES = 8, WORDS = SHAMIR_LEN_MAX / LANES };
#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

struct row {
	uint64_t w[WORDS];
};

static size_t
words(size_t len)
{
	return (len + LANES - 1) / LANES;
}

static void
load(struct row *row, const uint8_t *p, size_t len)
{
	row->w[words(len) - 1] = 0;
	memcpy(row->w, p, len);
}

/* Every element times s: eight steps, a mask in each place where others branch or look up. */
static uint64_t
mul(uint64_t v, uint8_t s)
{
	uint64_t r = 0, high;

	for (int bit = 7; bit >= 0; bit--) {
		high = r & EACH(0x80);
		/* 0xff in each element whose bit 7 is shifted out. */
		high = (high << 1) - (high >> 7);
		r = (r & EACH(0x7f)) << 1 ^ (high & EACH(SHAMIR_POLY & 0xff));
		r ^= v & -(uint64_t)(s >> bit & 1);
	}
	return r;
}

/* a^254 is 1/a, FIPS 197 4.2: 254 = 2 + 4 + ... + 128. */
static uint8_t
inverse(uint8_t a)
{
	uint8_t r = 1;

	for (int i = 1; i < 8; i++) {
		a = (uint8_t)mul(a, a);
		r = (uint8_t)mul(r, a);
	}
	return r;
}

int
shamir_eval(const uint8_t *poly, size_t len, unsigned k, uint8_t x, uint8_t *y)
{
	struct row sum, row;

	if (k < 1 || k > SHAMIR_N_MAX || len < 1 || len > SHAMIR_LEN_MAX)
		return ERR_ARG;
	load(&sum, poly + (k - 1) * len, len);
	for (unsigned i = k - 1; i-- > 0; ) {
		load(&row, poly + i * len, len);
		for (size_t j = 0; j < words(len); j++)
			sum.w[j] = mul(sum.w[j], x) ^ row.w[j];
	}
	memcpy(y, sum.w, len);
	OPENSSL_cleanse(&sum, sizeof(sum));
	OPENSSL_cleanse(&row, sizeof(row));
	return 0;
}

int
shamir_split(const uint8_t *secret, size_t len, unsigned k, unsigned n, struct shamir_point *points)
{
	uint8_t poly[SHAMIR_N_MAX * SHAMIR_LEN_MAX];
	int r = 0;

	if (k < 2 || k > n || n > SHAMIR_N_MAX || len < 1 || len > SHAMIR_LEN_MAX)
		return ERR_ARG;
	memset(points, 0, n * sizeof(*points));
	memcpy(poly, secret, len);
	if (RAND_priv_bytes(poly + len, (int)((k - 1) * len)) != 1) {
		r = ERR_CRYPTO;
		goto out;
	}
	for (unsigned i = 0; i < n; i++) {
		points[i].x = (uint8_t)(i + 1);
		if ((r = shamir_eval(poly, len, k, points[i].x, points[i].y)) != 0)
			goto out;
	}
out:
	OPENSSL_cleanse(poly, k * len);
	return r;
}

static int
check_points(const struct shamir_point *points, unsigned k)
{
	if (k < 2)
		return ERR_SHARES_FEW;
	for (unsigned i = 0; i < k; i++)
		if (points[i].x == 0)
			return ERR_SHARE_X;
	for (unsigned i = 0; i < k; i++)
		for (unsigned j = 0; j < i; j++)
			if (points[i].x == points[j].x)
				return ERR_SHARE_TWICE;
	return 0;
}

/* What point i counts at x: the product of (x - xj) / (xi - xj) over all others (Lagrange). */
static uint8_t
weight(const struct shamir_point *points, unsigned k, unsigned i, uint8_t x)
{
	uint8_t above = 1, below = 1;

	for (unsigned j = 0; j < k; j++) {
		if (j == i)
			continue;
		above = (uint8_t)mul(above, x ^ points[j].x);
		below = (uint8_t)mul(below, points[i].x ^ points[j].x);
	}
	return (uint8_t)mul(above, inverse(below));
}

int
shamir_combine(const struct shamir_point *points, unsigned k, size_t len, uint8_t x, uint8_t *out)
{
	struct row sum = { { 0 } }, row;
	uint8_t s;
	int r;

	memset(out, 0, len);
	if (k > SHAMIR_N_MAX || len < 1 || len > SHAMIR_LEN_MAX)
		return ERR_ARG;
	if ((r = check_points(points, k)) != 0)
		return r;
	for (unsigned i = 0; i < k; i++) {
		s = weight(points, k, i, x);
		load(&row, points[i].y, len);
		for (size_t j = 0; j < words(len); j++)
			sum.w[j] ^= mul(row.w[j], s);
	}
	memcpy(out, sum.w, len);
	OPENSSL_cleanse(&sum, sizeof(sum));
	OPENSSL_cleanse(&row, sizeof(row));
	return 0;
}
