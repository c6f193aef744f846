#include "ifdhandler/presence.h"

#include <errno.h>
#include <string.h>

#include "ifdhandler/clock.h"

void
presence_init(struct presence *p)
{
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	clock_cond_init(&p->changed);
}

void
presence_free(struct presence *p)
{
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
}

void
presence_set(struct presence *p, int present, int was_away)
{
	pthread_mutex_lock(&p->lock);
	was_away = was_away && p->present;
	if (p->present != present || (was_away && !p->missed)) {
		p->events++;
		pthread_cond_broadcast(&p->changed);
	}
	if (!present || was_away)
		p->missed = 1;
	p->present = present;
	pthread_mutex_unlock(&p->lock);
}

int
presence_look(struct presence *p)
{
	int present;

	pthread_mutex_lock(&p->lock);
	present = p->present && !p->missed;
	if (p->present && p->missed)
		p->events++;	/* it will be there at the next look */
	p->missed = 0;
	pthread_mutex_unlock(&p->lock);
	return present;
}

void
presence_wait(struct presence *p, int timeout_ms)
{
	const struct timespec end = clock_after(timeout_ms);

	pthread_mutex_lock(&p->lock);
	while (p->events == p->seen && !p->stopped)
		if (clock_wait(&p->changed, &p->lock, end) == ETIMEDOUT)
			break;
	p->seen = p->events;
	p->stopped = 0;
	pthread_mutex_unlock(&p->lock);
}

void
presence_stop(struct presence *p)
{
	pthread_mutex_lock(&p->lock);
	p->stopped = 1;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}
