#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/apdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes: one encoding a command. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t again[CAPDU_MAX];
	struct apdu a;
	struct wr wr;

	if (apdu_decode(p, n, &a) != 0)
		return 0;
	wr_init(&wr, again, sizeof(again));
	apdu_encode(&wr, &a);
	if (wr_end(&wr) != 0 || wr.n != n || memcmp(again, p, n) != 0)
		abort();
	return 0;
}
