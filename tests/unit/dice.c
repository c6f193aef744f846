/* The only way to give all of libcrypto other random numbers is one that it calls deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/unit/dice.h"

#include <stdlib.h>

#include <openssl/rand.h>

static struct {
	uint64_t crypto, own;
	int (*fails)(void);
} state;

/* splitmix64: Steele, Lea, Flood 2014. */
static uint64_t
next(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int
bytes(unsigned char *p, int n)
{
	if (state.fails != NULL && state.fails())
		return 0;
	for (int i = 0; i < n; i++)
		p[i] = (unsigned char)(next(&state.crypto) >> 56);
	return 1;
}

static int
status(void)
{
	return 1;
}

void
dice_seed(uint64_t seed)
{
	static const RAND_METHOD method = { .bytes = bytes, .pseudorand = bytes, .status = status };

	state.crypto = seed;
	state.own = ~seed;
	if (RAND_set_rand_method(&method) != 1)
		abort();
}

void
dice_hook(int (*fails)(void))
{
	state.fails = fails;
}

uint64_t
dice_roll(void)
{
	return next(&state.own);
}
