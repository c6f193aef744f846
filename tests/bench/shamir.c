#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hsm/keys/shamir.h"

/*
 * Split and combine of 32 bytes, beside a naive loop (byte by byte, eight steps with a
 * branch each) that is measured in turns with them, in the same run.
 */
enum { LEN = 32, ROUNDS = 15, TIMES = 4000 };

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static uint8_t
naive_mul(uint8_t a, uint8_t b)
{
	unsigned r = 0, v = a;

	for (; b != 0; b >>= 1) {
		if ((b & 1) != 0)
			r ^= v;
		v = (v & 0x80) != 0 ? v << 1 ^ 0x11b : v << 1;
	}
	return (uint8_t)r;
}

/* Without the random coefficients: the arithmetic alone. */
static void
naive_split(const uint8_t *poly, unsigned k, unsigned n, struct shamir_point *v)
{
	for (unsigned x = 1; x <= n; x++) {
		v[x - 1].x = (uint8_t)x;
		for (unsigned i = 0; i < LEN; i++) {
			v[x - 1].y[i] = 0;
			for (unsigned c = k; c-- > 0; )
				v[x - 1].y[i] = naive_mul(v[x - 1].y[i], (uint8_t)x) ^
				    poly[c * LEN + i];
		}
	}
}

static void
naive_combine(const struct shamir_point *v, unsigned k, uint8_t *out)
{
	uint8_t w, below, inverse;

	memset(out, 0, LEN);
	for (unsigned i = 0; i < k; i++) {
		w = below = 1;
		for (unsigned j = 0; j < k; j++) {
			if (j == i)
				continue;
			w = naive_mul(w, v[j].x);
			below = naive_mul(below, v[j].x ^ v[i].x);
		}
		inverse = 1;
		while (naive_mul(below, inverse) != 1)
			inverse++;
		w = naive_mul(w, inverse);
		for (unsigned b = 0; b < LEN; b++)
			out[b] ^= naive_mul(v[i].y[b], w);
	}
}

enum what { SPLIT, EVAL, COMBINE, NAIVE_SPLIT, NAIVE_COMBINE, WHATS };

static double
once(enum what what, unsigned k, unsigned n)
{
	static uint8_t poly[SHAMIR_N_MAX * LEN];
	static struct shamir_point v[SHAMIR_N_MAX];
	uint8_t out[LEN];
	double begin;

	for (unsigned i = 0; i < sizeof(poly); i++)
		poly[i] = (uint8_t)(i * 73 + 5);
	shamir_split(poly, LEN, k, n, v);
	begin = now_us();
	for (unsigned i = 0; i < TIMES; i++) {
		switch (what) {
		case SPLIT:
			shamir_split(poly, LEN, k, n, v);
			break;
		case EVAL:
			for (unsigned x = 1; x <= n; x++)
				shamir_eval(poly, LEN, k, (uint8_t)x, v[x - 1].y);
			break;
		case COMBINE:
			shamir_combine(v, k, LEN, 0, out);
			break;
		case NAIVE_SPLIT:
			naive_split(poly, k, n, v);
			break;
		default:
			naive_combine(v, k, out);
		}
		__asm__ volatile("" ::: "memory");
	}
	return (now_us() - begin) / TIMES;
}

static void
measure(unsigned k, unsigned n)
{
	double best[WHATS], t;

	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned w = 0; w < WHATS; w++) {
			t = once((enum what)w, k, n);
			if (round == 0 || t < best[w])
				best[w] = t;
		}
	printf("shamir %u of %u, 32 bytes: split %.2f us (arithmetic %.2f, naive %.2f, ratio %.2f), "
	    "combine %.2f us (naive %.2f, ratio %.2f)\n", k, n, best[SPLIT], best[EVAL],
	    best[NAIVE_SPLIT], best[EVAL] / best[NAIVE_SPLIT], best[COMBINE], best[NAIVE_COMBINE],
	    best[COMBINE] / best[NAIVE_COMBINE]);
}

int
main(void)
{
	measure(2, 3);
	measure(3, 5);
	return 0;
}
