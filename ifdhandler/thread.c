#include "ifdhandler/thread.h"

#include <signal.h>

#include "card-os/iso7816/err.h"

int
thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0 ? 0 : ERR_NOMEM;
}
