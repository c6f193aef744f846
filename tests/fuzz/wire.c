#include "hsm/pkcs11/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint8_t again[WIRE_FRAME_MAX + 64];

/* What is accepted encodes to the same bytes again: one encoding a message. */
static void
request(const uint8_t *p, size_t n)
{
	static struct wire_request r;
	static struct mech mech;
	struct wr wr;

	r.mech = &mech;
	if (wire_get_request(p, n, &r) != 0)
		return;
	wr_init(&wr, again, sizeof(again));
	if (wire_put_request(&wr, &r) != 0 || wr.n != n || memcmp(again, p, n) != 0)
		abort();
}

static void
answer(const uint8_t *p, size_t n)
{
	static struct wire_answer a;
	struct wr wr;

	if (wire_get_answer(p + 1, n - 1, p[0], &a) != 0)
		return;
	/* What a lying daemon puts behind an error is nothing. */
	wr_init(&wr, again, sizeof(again));
	if (wire_put_answer(&wr, p[0], &a) != 0 || wr.n != n - 1 || memcmp(again, p + 1, wr.n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 2)
		return 0;
	if (p[0] & 1)
		request(p + 1, n - 1);
	else
		answer(p + 1, n - 1);
	return 0;
}
