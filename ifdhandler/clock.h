#ifndef CARDINAL_CLOCK_H
#define CARDINAL_CLOCK_H

#include <time.h>

/* CLOCK_MONOTONIC, which the conditions use. */

/* The time in ms from now. */
struct timespec clock_after(int ms);
/* How many ms until then; 0 when it has passed. */
int clock_left(const struct timespec *end);

#endif
