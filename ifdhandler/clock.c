#include "ifdhandler/clock.h"

static void
unlock(void *lock)
{
	pthread_mutex_unlock(lock);
}

struct timespec
clock_after(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

int
clock_left(const struct timespec *end)
{
	const struct timespec now = clock_after(0);
	const long ms = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;

	return ms < 0 ? 0 : (int)ms;
}

void
clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

/* AddressSanitizer does not hear of the end of such a thread: its stack must have no marks then. */
__attribute__((no_sanitize_address)) int
clock_wait(pthread_cond_t *changed, pthread_mutex_t *lock, struct timespec end)
{
	int r;

	pthread_cleanup_push(unlock, lock);
	r = pthread_cond_timedwait(changed, lock, &end);
	pthread_cleanup_pop(0);
	return r;
}
