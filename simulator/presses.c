#include "simulator/presses.h"

#include <string.h>

void
presses_add(struct presses *p, uint8_t what)
{
	if (what == PADLINK_PRESSED_CLEARED)
		while (p->n > 0 && (p->v[p->n - 1] == PADLINK_PRESSED_DIGIT ||
		    p->v[p->n - 1] == PADLINK_PRESSED_CLEARED))
			p->n--;
	if (p->n < PRESSES_MAX)
		p->v[p->n++] = what;
}

uint8_t
presses_take(struct presses *p)
{
	uint8_t what;

	if (p->n == 0)
		return PADLINK_PRESSED_NONE;
	what = p->v[0];
	memmove(p->v, p->v + 1, --p->n);
	return what;
}

void
presses_empty(struct presses *p)
{
	memset(p, 0, sizeof(*p));
}
