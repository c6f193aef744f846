#include "tests/unit/ownstack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { STACK = 512 * 1024 };

struct job {
	void (*f)(void *);
	void *arg;
};

static void *
run(void *arg)
{
	const struct job *job = arg;

	job->f(job->arg);
	return NULL;
}

int
ownstack_keeps(void (*f)(void *), void *arg, const void *bytes, size_t n)
{
	struct job job = { f, arg };
	void *stack = aligned_alloc(4096, STACK);
	pthread_attr_t attr;
	pthread_t thread;
	int r = -1;

	if (stack == NULL || pthread_attr_init(&attr) != 0)
		abort();
	memset(stack, 0, STACK);
	if (pthread_attr_setstack(&attr, stack, STACK) == 0 &&
	    pthread_create(&thread, &attr, run, &job) == 0 && pthread_join(thread, NULL) == 0)
		r = memmem(stack, STACK, bytes, n) != NULL;
	pthread_attr_destroy(&attr);
	free(stack);
	return r;
}
