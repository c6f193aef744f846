#include <stdlib.h>
#include <string.h>

#include "hsm/keys/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Nothing but what was sealed opens: neither the input as it is, nor what was sealed from it, cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct seal_key key = { { 7 } };
	static uint8_t secret[SEAL_MAX], sealed[SEAL_MAX + SEAL_OVERHEAD];

	if (seal_open(&key, "fuzz", 4, p, n, secret, 32) == 0)
		abort();
	if (n > SEAL_OVERHEAD && n <= sizeof(sealed) &&
	    seal_open(&key, "fuzz", 4, p, n, secret, n - SEAL_OVERHEAD) == 0)
		abort();
	if (n < 1 || n > SEAL_MAX)
		return 0;
	if (seal_make(&key, p, n, p, n, sealed) != 0 ||
	    seal_open(&key, p, n, sealed, n + SEAL_OVERHEAD, secret, n) != 0 ||
	    memcmp(secret, p, n) != 0)
		abort();
	if (seal_open(&key, p, n, sealed, n + SEAL_OVERHEAD - 1, secret, n) == 0)
		abort();
	return 0;
}
