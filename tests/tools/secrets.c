#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "hsm/keys/shamir.h"

/*
 * Runs the arithmetic of Shamir's scheme on secrets that memcheck takes for
 * uninitialised: it then reports each branch and each address that depends on one.
 * With `branch` or `table` it does what must be reported, so that silence means
 * something.
 */
enum { LEN = 32 };

static int
arithmetic(unsigned k, unsigned n)
{
	struct shamir_point v[SHAMIR_N_MAX];
	uint8_t poly[SHAMIR_N_MAX * LEN], out[LEN], undefined[LEN];
	int r;

	memset(poly, 0x5a, sizeof(poly));
	VALGRIND_MAKE_MEM_UNDEFINED(poly, sizeof(poly));
	/* The secret alone, then all coefficients. */
	r = shamir_split(poly, LEN, k, n, v);
	for (unsigned i = 0; i < n; i++)
		r |= shamir_eval(poly, LEN, k, v[i].x, v[i].y);
	r |= shamir_combine(v + n - k, k, LEN, 0, out);
	r |= shamir_combine(v, k, LEN, (uint8_t)n, out);
	/* Had the mark been lost on the way, there would have been nothing to see. */
	(void)VALGRIND_GET_VBITS(out, undefined, LEN);
	for (unsigned i = 0; i < LEN; i++)
		r |= undefined[i] != 0xff;
	return r != 0;
}

static int
careless(const char *how)
{
	static volatile int table[256];
	volatile uint8_t secret = 0x5a;
	volatile int sink = 0;

	VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof(secret));
	if (strcmp(how, "branch") == 0 && secret > 100)
		sink = 1;
	if (strcmp(how, "table") == 0)
		sink = table[secret];
	(void)sink;
	return 0;
}

int
main(int argc, char **argv)
{
	if (!RUNNING_ON_VALGRIND) {
		fputs("secrets: runs under valgrind\n", stderr);
		return 2;
	}
	if (argc == 2)
		return careless(argv[1]);
	return arithmetic(2, 3) || arithmetic(3, 5) || arithmetic(SHAMIR_N_MAX, SHAMIR_N_MAX);
}
