#include <stdlib.h>
#include <string.h>

#include "ifdhandler/cj_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A frame lies within what came; a block that is sound goes out as it came in. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t again[CJ_FRAME_MAX];
	struct cj_block b;
	struct wr wr;
	int frame;

	while ((frame = cj_frame(p, n)) > 0) {
		const size_t len = (size_t)frame;

		if (len > n || len <= CJ_HEAD || len > CJ_FRAME_MAX)
			abort();
		if (cj_get(p + CJ_HEAD, len - CJ_HEAD, &b) == 0) {
			wr_init(&wr, again, sizeof(again));
			cj_put(&wr, &b);
			if (wr_end(&wr) != 0 || wr.n != len ||
			    memcmp(again + 1, p + 1, len - 1) != 0)
				abort();
		}
		p += len;
		n -= len;
	}
	return 0;
}
