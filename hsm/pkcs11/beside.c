#include "hsm/pkcs11/beside.h"

/* To come and go with each request would cost more than it gives. */
enum { CALM = 64 };

void
beside_init(struct beside *b)
{
	/* With more processors than fit it fails, and nobody is followed. */
	if (sched_getaffinity(0, sizeof(b->allowed), &b->allowed) != 0)
		CPU_ZERO(&b->allowed);
	b->at = -1;
	b->calm = 0;
}

static void
keep(struct beside *b, int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	b->at = sched_setaffinity(0, sizeof(set), &set) == 0 ? processor : -1;
}

void
beside_keep(struct beside *b, int processor, int crowded)
{
	if (crowded) {
		b->calm = 0;
		if (processor != b->at && processor >= 0 && processor < CPU_SETSIZE &&
		    CPU_ISSET((size_t)processor, &b->allowed))
			keep(b, processor);
	} else if (b->at >= 0 && ++b->calm >= CALM) {
		(void)sched_setaffinity(0, sizeof(b->allowed), &b->allowed);
		b->at = -1;
	}
}
