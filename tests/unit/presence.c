#include "ifdhandler/presence.h"

#include <time.h>

#include "tests/unit/suite.h"

enum { BOUND_MS = 5000, FOR_EVER_MS = 600000 };

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether a wait returns because of a change: one that has been waited for in vain lasts. */
static int
wakes(struct presence *p)
{
	const long begin = now_ms();

	presence_wait(p, BOUND_MS);
	return now_ms() - begin < BOUND_MS;
}

static int
lasts(struct presence *p)
{
	const long begin = now_ms();

	presence_wait(p, 20);
	return now_ms() - begin >= 19;
}

static void
there_is_no_card_at_first(void)
{
	struct presence p;

	presence_init(&p);
	CU_ASSERT_EQUAL(presence_look(&p), 0);
	CU_ASSERT_TRUE(lasts(&p));
	presence_free(&p);
}

/* What a reader says, one after the other, and what is told of it. */
static const struct {
	const char *why;
	struct {
		int present, was_away;
	} said[3];
	size_t n;
	int wakes;	/* at the end */
	int first;	/* at the first look then; at the second it is the last that was said */
} rows[] = {
	{ "it comes", { { 1, 0 } }, 1, 1, 1 },
	{ "it comes, as a reader says that counts", { { 1, 1 } }, 1, 1, 1 },
	{ "it stays", { { 1, 0 }, { 1, 0 } }, 2, 1, 1 },
	{ "it goes", { { 1, 0 }, { 0, 0 } }, 2, 1, 0 },
	{ "it is swapped", { { 1, 0 }, { 1, 1 } }, 2, 1, 0 },
	{ "it goes and comes", { { 1, 0 }, { 0, 0 }, { 1, 0 } }, 3, 1, 0 },
	{ "it is swapped, and stays", { { 1, 0 }, { 1, 1 }, { 1, 0 } }, 3, 1, 0 },
	{ "none, again", { { 0, 0 } }, 1, 0, 0 },
};

static void
a_card_that_was_away_is_absent_once(void)
{
	struct presence p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		presence_init(&p);
		for (size_t k = 0; k < rows[i].n; k++)
			presence_set(&p, rows[i].said[k].present, rows[i].said[k].was_away);
		if ((rows[i].wakes ? !wakes(&p) : !lasts(&p)) ||
		    presence_look(&p) != rows[i].first ||
		    presence_look(&p) != rows[i].said[rows[i].n - 1].present)
			CU_FAIL(rows[i].why);
		presence_free(&p);
	}
}

static void
each_change_wakes_once(void)
{
	struct presence p;

	presence_init(&p);
	presence_set(&p, 1, 0);
	CU_ASSERT_TRUE(wakes(&p));
	CU_ASSERT_TRUE(lasts(&p));
	presence_set(&p, 1, 0);
	CU_ASSERT_TRUE(lasts(&p));
	presence_set(&p, 1, 1);
	CU_ASSERT_TRUE(wakes(&p));
	/* Nobody has looked yet: that it was away is known. */
	presence_set(&p, 1, 1);
	CU_ASSERT_TRUE(lasts(&p));
	/* Who was told that it is away is to look again, since it is there. */
	CU_ASSERT_EQUAL(presence_look(&p), 0);
	CU_ASSERT_TRUE(wakes(&p));
	CU_ASSERT_EQUAL(presence_look(&p), 1);
	CU_ASSERT_TRUE(lasts(&p));
	presence_set(&p, 0, 0);
	CU_ASSERT_TRUE(wakes(&p));
	CU_ASSERT_EQUAL(presence_look(&p), 0);
	CU_ASSERT_TRUE(lasts(&p));
	presence_free(&p);
}

static void *
wait_for_ever(void *arg)
{
	presence_wait(arg, FOR_EVER_MS);
	return NULL;
}

static void
stop_and_a_change_end_a_wait_that_has_begun(void)
{
	const struct timespec while_ = { .tv_nsec = 20000000 };
	struct presence p;
	pthread_t t;

	for (int change = 0; change < 2; change++) {
		presence_init(&p);
		OK(pthread_create(&t, NULL, wait_for_ever, &p));
		nanosleep(&while_, NULL);
		if (change)
			presence_set(&p, 1, 0);
		else
			presence_stop(&p);
		OK(pthread_join(t, NULL));
		CU_ASSERT_TRUE(lasts(&p));
		presence_free(&p);
	}
}

static void
a_stop_before_the_wait_is_not_lost_and_counts_once(void)
{
	struct presence p;

	presence_init(&p);
	presence_stop(&p);
	CU_ASSERT_TRUE(wakes(&p));
	CU_ASSERT_TRUE(lasts(&p));
	presence_free(&p);
}

/* So pcscd ends its thread. */
static void
who_waits_can_be_cancelled_and_leaves_no_lock(void)
{
	struct presence p;
	pthread_t t;
	void *end;

	presence_init(&p);
	OK(pthread_create(&t, NULL, wait_for_ever, &p));
	pthread_cancel(t);
	pthread_join(t, &end);
	CU_ASSERT_PTR_EQUAL(end, PTHREAD_CANCELED);
	CU_ASSERT_EQUAL(pthread_mutex_trylock(&p.lock), 0);
	pthread_mutex_unlock(&p.lock);
	presence_free(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(there_is_no_card_at_first),
	SENTENCE(a_card_that_was_away_is_absent_once),
	SENTENCE(each_change_wakes_once),
	SENTENCE(stop_and_a_change_end_a_wait_that_has_begun),
	SENTENCE(a_stop_before_the_wait_is_not_lost_and_counts_once),
	SENTENCE(who_waits_can_be_cancelled_and_leaves_no_lock),
};

SUITE("presence", sentences)
