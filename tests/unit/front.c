#include "tests/unit/front.h"

#include <string.h>

#include "ifdhandler/ctbcs.h"
#include "tests/unit/suite.h"

void
front_set_up(struct front *f)
{
	memset(f, 0, sizeof(*f));
	memreader_init(&f->mem);
	f->slot.reader = &f->mem.reader;
}

int
front_answered(const struct front *f, const char *text)
{
	uint8_t want[FRONT_ANSWER_MAX];
	const size_t n = hex(text, want, sizeof(want));

	return f->wr.n == n && memcmp(f->got, want, n) == 0;
}

int
front_ctbcs(struct front *f, const char *text)
{
	uint8_t p[FRONT_COMMAND_MAX];
	const size_t n = hex(text, p, sizeof(p));

	wr_init(&f->wr, f->got, sizeof(f->got));
	return ctbcs_run(&f->slot, &f->mem.properties, p, n, &f->wr);
}
