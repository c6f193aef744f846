#include "ifdhandler/thread.h"

#include <signal.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void *
look(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return NULL;
}

static void
signals_are_not_for_it(void)
{
	static const int theirs[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE };
	sigset_t mask;
	pthread_t t;

	sigemptyset(&mask);
	OK(thread_start(&t, look, &mask));
	OK(pthread_join(t, NULL));
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		CU_ASSERT_EQUAL(sigismember(&mask, theirs[i]), 1);
}

/* More of a stack than there are addresses for. */
static int
start_in_vain(void)
{
	pthread_attr_t usual, huge;
	pthread_t t;
	int r;

	pthread_getattr_default_np(&usual);
	pthread_attr_init(&huge);
	pthread_attr_setstacksize(&huge, (size_t)1 << 47);
	pthread_setattr_default_np(&huge);
	r = thread_start(&t, look, NULL);
	pthread_setattr_default_np(&usual);
	pthread_attr_destroy(&huge);
	pthread_attr_destroy(&usual);
	return r;
}

static void
who_starts_one_keeps_its_own_signals(void)
{
	sigset_t mine, after;
	pthread_t t;

	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
	OK(thread_start(&t, look, &after));
	OK(pthread_join(t, NULL));
	for (int vain = 0; vain < 2; vain++) {
		if (vain)
			CU_ASSERT_EQUAL(start_in_vain(), ERR_NOMEM);
		pthread_sigmask(SIG_SETMASK, NULL, &after);
		CU_ASSERT_EQUAL(sigismember(&after, SIGUSR2), 1);
		CU_ASSERT_EQUAL(sigismember(&after, SIGTERM), 0);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(signals_are_not_for_it),
	SENTENCE(who_starts_one_keeps_its_own_signals),
};

SUITE("ifd_thread", sentences)
