#ifndef CARDINAL_COUNTDOWN_H
#define CARDINAL_COUNTDOWN_H

#include <jansson.h>

/*
 * How long the people at the pad still have: one line of standard error that is written over each
 * second. Only on a terminal, and not where that terminal is what is waited for.
 */
struct countdown {
	int shown;
};

/* What a status says of it; takes the line away when nothing runs out. */
void countdown_show(struct countdown *, const json_t *status);
/* Before anything else is written. */
void countdown_clear(struct countdown *);
/* How long to wait for another status: to the next second, or as long as the daemon likes. */
int countdown_wait(const struct countdown *);

#endif
