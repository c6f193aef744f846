#include <stdlib.h>
#include <string.h>

#include "hsm/vault/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read, of either kind, is written again to the same bytes, but for what is of old. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[HEAD_LEN];
	struct manifest m;
	struct head h;

	if (manifest_decode(p, n, &m) == 0) {
		manifest_encode(&m, again);
		if (n == MANIFEST_1_LEN ? m.bytes != MANIFEST_UNTOLD : n != MANIFEST_LEN ||
		    memcmp(again, p, n) != 0)
			abort();
	}
	if (head_decode(p, n, &h) == 0) {
		head_encode(&h, again);
		if (n != HEAD_LEN || memcmp(again, p, n) != 0)
			abort();
	}
	return 0;
}
