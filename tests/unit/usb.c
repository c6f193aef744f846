#include "ifdhandler/usb.h"

#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

enum { TURNS = 50, ROUND_NS = 2000000 };

/* One that watches a device which always has something to say. */
struct watcher {
	struct usb usb;
	int rounds;		/* the device's lock guards it */
};

static void *
watch(void *arg)
{
	const struct timespec round = { .tv_nsec = ROUND_NS };
	struct watcher *w = arg;

	while (usb_watch(&w->usb, 0) != ERR_CLOSED) {
		pthread_mutex_lock(&w->usb.lock);
		w->rounds++;
		pthread_mutex_unlock(&w->usb.lock);
		(void)nanosleep(&round, NULL);
		usb_give(&w->usb, 0);
	}
	return NULL;
}

static int
rounds(struct watcher *w)
{
	int n;

	pthread_mutex_lock(&w->usb.lock);
	n = w->rounds;
	pthread_mutex_unlock(&w->usb.lock);
	return n;
}

static void
a_command_waits_for_one_turn_of_the_watcher_at_most(void)
{
	const struct timespec pause = { .tv_nsec = 3 * ROUND_NS };
	static struct watcher w;
	pthread_t thread;
	int before, most = 0;

	pthread_mutex_init(&w.usb.lock, NULL);
	pthread_cond_init(&w.usb.changed, NULL);
	w.usb.n = 1;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, watch, &w), 0);
	for (int i = 0; i < TURNS; i++) {
		(void)nanosleep(&pause, NULL);
		before = rounds(&w);
		usb_take(&w.usb);
		if (rounds(&w) - before > most)
			most = rounds(&w) - before;
		usb_give(&w.usb, 0);
	}
	CU_ASSERT_TRUE(most <= 1);
	usb_end_watch(&w.usb);
	pthread_join(thread, NULL);
	/* It was there, all the time. */
	CU_ASSERT_TRUE(w.rounds > TURNS);
	pthread_cond_destroy(&w.usb.changed);
	pthread_mutex_destroy(&w.usb.lock);
}

/* pcscd's word for it is enough, as where USB has told nothing. */
static void
a_device_that_pcscd_calls_removed_is_gone(void)
{
	struct usb usb = { .in_flies = 1 };	/* that is never told of its end */
	uint8_t p[1];
	size_t n = sizeof(p);
	pthread_condattr_t attr;

	pthread_mutex_init(&usb.lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&usb.changed, &attr);
	CU_ASSERT_EQUAL(usb_read(&usb, p, &n, 1), ERR_TIMEOUT);
	usb_removed(&usb);
	n = sizeof(p);
	CU_ASSERT_EQUAL_FATAL(usb_read(&usb, p, &n, 1), ERR_READER_GONE);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(usb_write(&usb, p, sizeof(p)), ERR_READER_GONE);
	CU_ASSERT_EQUAL(usb_watch(&usb, 1), ERR_READER_GONE);
	pthread_cond_destroy(&usb.changed);
	pthread_condattr_destroy(&attr);
	pthread_mutex_destroy(&usb.lock);
}

static const struct sentence sentences[] = {
	SENTENCE(a_command_waits_for_one_turn_of_the_watcher_at_most),
	SENTENCE(a_device_that_pcscd_calls_removed_is_gone),
};

SUITE("usb", sentences)
