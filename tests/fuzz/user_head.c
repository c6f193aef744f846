#include <stdlib.h>
#include <string.h>

#include "hsm/keys/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes: one encoding a record. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[SLOT_USER_LEN];
	struct user_head h;

	if (user_head_decode(p, n, &h) != 0)
		return 0;
	if (user_head_encode(&h, again) != 0 || memcmp(again, p, n) != 0)
		abort();
	return 0;
}
