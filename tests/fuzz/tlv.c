#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/tlv.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read is written again to the same bytes: one encoding an object. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t again[70000];
	struct tlv t;
	struct rd rd;
	struct wr wr;
	int r;

	rd_init(&rd, p, n);
	wr_init(&wr, again, sizeof(again));
	while ((r = tlv_next(&rd, &t)) == 1)
		tlv_put(&wr, t.tag, t.p, t.n);
	if (r == 0 && (wr_end(&wr) != 0 || wr.n != n || memcmp(again, p, n) != 0))
		abort();
	return 0;
}
