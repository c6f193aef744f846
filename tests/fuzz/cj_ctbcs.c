#include <stdlib.h>
#include <string.h>

#include "ifdhandler/cj_ctbcs.h"
#include "ifdhandler/part10_structure.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What Part 10 lets through becomes a command whose Lc is right, within a short one, or nothing. */
static void
tell(const struct padlink_pin *pin)
{
	uint8_t mem[CJ_COMMAND_MAX];
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	if (cj_put_pin(&wr, pin) == 0 && (wr.n < 5 || wr.n > 5 + 255 || mem[4] != wr.n - 5))
		abort();
}

/* The first byte: which structure; an answer to GET STATUS is looked at, too. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct reader_properties pad = { .pin_max = 16 };
	struct padlink_pin pin;
	const uint8_t *v;
	size_t value_n;

	if (n == 0)
		return 0;
	if ((p[0] & 1 ? part10_modify(p + 1, n - 1, &pad, &pin) :
	    part10_verify(p + 1, n - 1, &pad, &pin)) == 0)
		tell(&pin);
	v = cj_status(p + 1, n - 1, 0x80, &value_n);
	if (v != NULL && (v < p || v + value_n != p + n))
		abort();
	return 0;
}
