#include "ifdhandler/part10_structure.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What the driver takes from a host, the pad takes from the driver. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct reader_properties pad = { .lines = 2, .columns = 16, .pin_min = 6,
	    .pin_max = 16 };
	uint8_t mem[PADLINK_TEMPLATE_MAX + 64];
	struct padlink_pin pin, again;
	struct wr wr;

	if (n == 0 || (p[0] & 1 ? part10_modify : part10_verify)(p + 1, n - 1, &pad, &pin) != 0)
		return 0;
	wr_init(&wr, mem, sizeof(mem));
	padlink_put_pin(&wr, &pin);
	if (wr_end(&wr) != 0 || padlink_get_pin(wr.p, wr.n, &again) != 0)
		abort();
	return 0;
}
