#include <stdlib.h>
#include <string.h>

#include "hsm/keys/share.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes: one encoding a header. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[SHARE_HEADER_LEN];
	struct share_header h;

	if (share_header_decode(p, n, &h) != 0)
		return 0;
	if (share_header_check(&h) != 0 || share_label_check(h.label) != 0)
		abort();
	if (share_header_encode(&h, again) != 0 || memcmp(again, p, n) != 0)
		abort();
	return 0;
}
