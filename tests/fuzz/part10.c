#include "ifdhandler/part10_structure.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Either structure, by the first byte. What the driver takes from a host, the pad takes from the
 * driver, as it was; the rest is told by one of two errors.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct reader_properties pad = { .lines = 2, .columns = 16, .pin_min = 6,
	    .pin_max = 16 };
	uint8_t mem[PADLINK_TEMPLATE_MAX + 64];
	struct padlink_pin pin, again;
	struct wr wr;
	int r;

	if (n == 0)
		return 0;
	r = (p[0] & 1 ? part10_modify : part10_verify)(p + 1, n - 1, &pad, &pin);
	if (r == ERR_FORMAT || r == ERR_DENIED)
		return 0;
	wr_init(&wr, mem, sizeof(mem));
	padlink_put_pin(&wr, &pin);
	if (r != 0 || pin.max > pad.pin_max || wr_end(&wr) != 0 ||
	    padlink_get_pin(wr.p, wr.n, &again) != 0 || memcmp(&pin, &again, sizeof(pin)) != 0)
		abort();
	return 0;
}
