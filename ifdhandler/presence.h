#ifndef CARDINAL_PRESENCE_H
#define CARDINAL_PRESENCE_H

#include <pthread.h>
#include <stdint.h>

/*
 * Whether a card is in a reader, for one thread that hears it from the reader
 * and others that ask or wait for a change. Zeroed and initialised there is none.
 */
struct presence {
	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t changed;
	int present;
	int missed;			/* absent since somebody was told so last */
	uint32_t events, seen;		/* changes, and those that wait has told */
	int stopped;
};

void presence_init(struct presence *);
void presence_free(struct presence *);

/* What the reader says. was_away: a card that was there before was pulled meanwhile. */
void presence_set(struct presence *, int present, int was_away);

/* As reader.h's present, wait and stop. */
int presence_look(struct presence *);
void presence_wait(struct presence *, int timeout_ms);
void presence_stop(struct presence *);

#endif
