#ifndef CARDINAL_CLOCK_H
#define CARDINAL_CLOCK_H

#include <pthread.h>
#include <time.h>

/* CLOCK_MONOTONIC, which the conditions use. */

/* The time in ms from now. */
struct timespec clock_after(int ms);
/* How many ms until then; 0 when it has passed. */
int clock_left(const struct timespec *end);

/* A condition that goes by this clock. */
void clock_cond_init(pthread_cond_t *);
/* pthread_cond_timedwait for who may be cancelled in it: the lock is given back then. */
int clock_wait(pthread_cond_t *, pthread_mutex_t *, struct timespec end);

#endif
