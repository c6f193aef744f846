#ifndef CARDINAL_BESIDE_H
#define CARDINAL_BESIDE_H

#include <sched.h>

/*
 * Where a thread of vault runs that answers one client. While processors are idle the kernel knows
 * best. When all have work, a client and who answers it are best on one processor: one of them
 * sleeps while the other works, and neither has to interrupt another one to wake it.
 */
struct beside {
	cpu_set_t allowed;		/* by whoever started the daemon */
	int at;				/* the processor that it keeps to, or -1 */
	unsigned calm;			/* requests since it was crowded */
};

void beside_init(struct beside *);
/* The calling thread, whose client has asked from `processor` (-1: unknown). */
void beside_keep(struct beside *, int processor, int crowded);

#endif
