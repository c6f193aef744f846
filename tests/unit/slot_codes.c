#include "tests/unit/token.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static uint8_t
left(struct place *p, unsigned slot, enum slot_who who)
{
	struct slot_info info = token_info(p, slot);

	return who == SLOT_USER ? info.user_left : info.so_left;
}

static void
a_wrong_code_costs_one_try_and_a_right_one_gives_all_back(void)
{
	static const enum slot_who whos[] = { SLOT_USER, SLOT_SO };
	struct place p;

	token_enter(&p);
	for (unsigned i = 0; i < 2; i++) {
		const char *right = whos[i] == SLOT_USER ? TOKEN_TRIAL : TOKEN_TRIAL_SO;

		CU_ASSERT_EQUAL(token_login(&p, 6, whos[i], "12345678"), ERR_PIN_WRONG);
		CU_ASSERT_EQUAL(token_login(&p, 6, whos[i], "98765431"), ERR_PIN_WRONG);
		CU_ASSERT_EQUAL(left(&p, 6, whos[i]), SLOT_TRIES - 2);
		token_again(&p);
		CU_ASSERT_EQUAL(left(&p, 6, whos[i]), SLOT_TRIES - 2);
		OK(token_login(&p, 6, whos[i], right));
		CU_ASSERT_EQUAL(left(&p, 6, whos[i]), SLOT_TRIES);
		token_again(&p);
		CU_ASSERT_EQUAL(left(&p, 6, whos[i]), SLOT_TRIES);
	}
	/* At this slot, and of this one, alone. */
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_SO, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES);
	CU_ASSERT_EQUAL(left(&p, 7, SLOT_SO), SLOT_TRIES);
	place_leave(&p);
}

static void
ten_wrong_codes_lock_it_for_the_right_one_too(void)
{
	char code[9];
	struct place p;

	token_enter(&p);
	for (unsigned i = 0; i < SLOT_TRIES; i++) {
		snprintf(code, sizeof(code), "wrong %02u", i);
		CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES - i);
		CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, code), ERR_PIN_WRONG);
	}
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), 0);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL), ERR_CARD_BLOCKED);
	token_again(&p);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL), ERR_CARD_BLOCKED);
	CU_ASSERT_EQUAL(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE), ERR_CARD_BLOCKED);
	CU_ASSERT_EQUAL(token_info(&p, 6).open, 0);
	/* The SO gives another code, with all tries. */
	OK(token_set_user(&p, 6, TOKEN_TRIAL_SO, TOKEN_CODE));
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_CODE));
	place_leave(&p);
}

static void
the_last_try_counts(void)
{
	struct place p;

	token_enter(&p);
	for (unsigned i = 1; i < SLOT_TRIES; i++)
		CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_SO, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_SO), 1);
	OK(token_login(&p, 6, SLOT_SO, TOKEN_TRIAL_SO));
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_SO), SLOT_TRIES);
	for (unsigned i = 0; i < SLOT_TRIES; i++)
		CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_SO, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_init(&p, 6, TOKEN_TRIAL_SO, "no"), ERR_CARD_BLOCKED);
	CU_ASSERT_EQUAL(token_set_user(&p, 6, TOKEN_TRIAL_SO, TOKEN_CODE), ERR_CARD_BLOCKED);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(slot_wipe(p.store, 6, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO)));
	OK(token_login(&p, 6, SLOT_SO, TOKEN_SO));
	place_leave(&p);
}

static const struct {
	const char *why, *code;
	unsigned slot;
	enum slot_who who;
	int r;
	unsigned cost;
} entries[] = {
	{ "7 characters", "9876543", 6, SLOT_USER, ERR_PIN_WRONG, 1 },
	{ "the code and one more", TOKEN_TRIAL "1", 6, SLOT_USER, ERR_PIN_WRONG, 1 },
	{ "the SO's for the user", TOKEN_TRIAL_SO, 6, SLOT_USER, ERR_PIN_WRONG, 1 },
	{ "the user's for the SO", TOKEN_TRIAL, 6, SLOT_SO, ERR_PIN_WRONG, 1 },
	{ "none for a slot of mode code", NULL, 6, SLOT_USER, ERR_ARG, 0 },
	{ "none for the SO", NULL, 6, SLOT_SO, ERR_ARG, 0 },
	{ "none for the SO of mode auto", NULL, 0, SLOT_SO, ERR_ARG, 0 },
	{ "none for mode auto", NULL, 0, SLOT_USER, 0, 0 },
	{ "a wrong one for mode auto", TOKEN_TRIAL, 0, SLOT_USER, ERR_PIN_WRONG, 1 },
};

static void
codes_are_what_they_are_for_their_slot_and_their_owner_alone(void)
{
	struct place p;

	token_enter(&p);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		uint8_t before = left(&p, entries[i].slot, entries[i].who);

		if (token_login(&p, entries[i].slot, entries[i].who, entries[i].code) !=
		    entries[i].r ||
		    left(&p, entries[i].slot, entries[i].who) != before - entries[i].cost)
			CU_FAIL(entries[i].why);
		CU_ASSERT_EQUAL(token_info(&p, 6).open, 0);
	}
	place_leave(&p);
}

static void
a_code_longer_than_any_is_a_wrong_one(void)
{
	char longest[SLOT_CODE_MAX + 2];
	struct place p;

	token_enter(&p);
	memset(longest, 'x', sizeof(longest));
	longest[SLOT_CODE_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, longest), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, longest), ERR_ARG);
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES - 1);
	longest[SLOT_CODE_MAX] = '\0';
	OK(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, longest));
	OK(token_login(&p, 6, SLOT_USER, longest));
	place_leave(&p);
}

static void
a_changed_code_opens_and_the_old_one_does_not(void)
{
	char text[64];
	struct place p;
	uint64_t id;

	token_enter(&p);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(token_add(&p, 6, OBJECT_PRIVATE, "kept", NULL, &id));
	OK(slot_leave(p.store, 6));
	/* Closed: its key is found with the old code, and does not stay. */
	CU_ASSERT_EQUAL(token_change(&p, 6, SLOT_USER, "12345678", TOKEN_CODE), ERR_PIN_WRONG);
	OK(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE));
	CU_ASSERT_EQUAL(token_info(&p, 6).open, 0);
	CU_ASSERT_EQUAL(token_info(&p, 6).user_change, 0);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL), ERR_PIN_WRONG);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_CODE));
	OK(token_change(&p, 6, SLOT_USER, TOKEN_CODE, "the third code"));
	OK(token_change(&p, 6, SLOT_SO, TOKEN_TRIAL_SO, TOKEN_SO));
	CU_ASSERT_EQUAL(token_info(&p, 6).so_change, 0);
	token_again(&p);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_SO, TOKEN_TRIAL_SO), ERR_PIN_WRONG);
	OK(token_set_user(&p, 6, TOKEN_SO, "the fourth code"));
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, "the third code"), ERR_PIN_WRONG);
	OK(token_login(&p, 6, SLOT_USER, "the fourth code"));
	OK(token_read(&p, 6, id, text));
	CU_ASSERT_STRING_EQUAL(text, "kept");
	/* The same again is no change. */
	CU_ASSERT_EQUAL(token_info(&p, 6).user_change, 1);
	OK(token_change(&p, 6, SLOT_USER, "the fourth code", "the fourth code"));
	CU_ASSERT_EQUAL(token_info(&p, 6).user_change, 1);
	place_leave(&p);
}

static void
a_change_that_is_refused_changes_nothing(void)
{
	static const struct {
		const char *why, *old, *code;
		unsigned slot;
		enum slot_who who;
		int r;
	} bad[] = {
		{ "a new code of 7", TOKEN_TRIAL, "1234567", 6, SLOT_USER, ERR_ARG },
		{ "no new code", TOKEN_TRIAL, NULL, 6, SLOT_USER, ERR_ARG },
		{ "no old code", NULL, TOKEN_CODE, 6, SLOT_USER, ERR_ARG },
		{ "neither, in mode code", NULL, NULL, 6, SLOT_USER, ERR_ARG },
		{ "neither, for the SO", NULL, NULL, 0, SLOT_SO, ERR_ARG },
		{ "no old code in mode auto", NULL, TOKEN_CODE, 0, SLOT_USER, ERR_ARG },
		{ "a wrong old code", TOKEN_CODE, TOKEN_CODE, 6, SLOT_USER, ERR_PIN_WRONG },
	};
	struct place p;

	token_enter(&p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (token_change(&p, bad[i].slot, bad[i].who, bad[i].old, bad[i].code) != bad[i].r)
			CU_FAIL(bad[i].why);
	CU_ASSERT_EQUAL(token_set_user(&p, 6, TOKEN_TRIAL_SO, "1234567"), ERR_ARG);
	CU_ASSERT_EQUAL(token_set_user(&p, 6, TOKEN_TRIAL_SO, NULL), ERR_ARG);
	CU_ASSERT_EQUAL(token_set_user(&p, 6, TOKEN_TRIAL, TOKEN_CODE), ERR_PIN_WRONG);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(token_login(&p, 6, SLOT_SO, TOKEN_TRIAL_SO));
	place_leave(&p);
}

static void
an_auto_slot_takes_a_code_that_is_given_and_keeps_it(void)
{
	char made[SLOT_CODE_MAX + 1];
	struct place p;

	token_enter(&p);
	OK(slot_made(p.store, 0, SLOT_USER, made));
	OK(token_change(&p, 0, SLOT_USER, made, TOKEN_CODE));
	OK(slot_made(p.store, 0, SLOT_USER, made));
	CU_ASSERT_STRING_EQUAL(made, TOKEN_CODE);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 0).open, 1);
	OK(token_login(&p, 0, SLOT_USER, TOKEN_CODE));
	OK(token_login(&p, 0, SLOT_USER, NULL));
	OK(slot_made(p.store, 0, SLOT_SO, made));
	OK(token_set_user(&p, 0, made, "by the officer"));
	CU_ASSERT_EQUAL(token_info(&p, 0).user_change, 1);
	OK(token_login(&p, 0, SLOT_USER, "by the officer"));
	OK(token_set_user(&p, 0, made, NULL));
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, "by the officer"), ERR_PIN_WRONG);
	place_leave(&p);
}

/* Waiting. ------------------------------------------------------------------ */

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
each_wrong_code_in_a_row_waits_longer_up_to_a_bound(void)
{
	static const double want[] = { 0.02, 0.04, 0.08, 0.1, 0.1 };
	struct place p;
	double t;

	token_enter(&p);
	slots_delay(p.store, 10, 100);
	for (unsigned i = 0; i < 5; i++) {
		t = seconds();
		CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, "12345678"), ERR_PIN_WRONG);
		CU_ASSERT(seconds() - t >= want[i]);
		/* A right one at another slot does not. */
		slots_delay(p.store, 1000000, 1000000);
		OK(token_login(&p, 7, SLOT_USER, TOKEN_TRIAL));
		slots_delay(p.store, 10, 100);
	}
	slots_delay(p.store, 1000000, 1000000);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	place_leave(&p);
}

struct guess {
	pthread_t thread;
	struct place *place;
	const char *code;
	int r;
};

static void *
guess(void *p)
{
	struct guess *g = p;

	g->r = token_login(g->place, 6, SLOT_USER, g->code);
	return NULL;
}

static void
a_right_code_waits_behind_the_wrong_one(void)
{
	struct guess g = { .code = "12345678" };
	struct place p;
	double t;

	token_enter(&p);
	g.place = &p;
	slots_delay(p.store, 60, 120);
	OK(pthread_create(&g.thread, NULL, guess, &g));
	while (left(&p, 6, SLOT_USER) == SLOT_TRIES)
		sched_yield();
	t = seconds();
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	CU_ASSERT(seconds() - t >= 0.1);
	OK(pthread_join(g.thread, NULL));
	CU_ASSERT_EQUAL(g.r, ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES);
	place_leave(&p);
}

static void
whoever_waits_is_answered_when_all_is_closed(void)
{
	struct guess g = { .code = "12345678" };
	struct place p;

	token_enter(&p);
	g.place = &p;
	slots_delay(p.store, 100000, 100000);
	OK(pthread_create(&g.thread, NULL, guess, &g));
	/* It is charged before anything else: from then on it is on its way to wait. */
	while (left(&p, 6, SLOT_USER) == SLOT_TRIES)
		sched_yield();
	store_lock(p.store);
	slots_close(p.store);
	store_unlock(p.store);
	OK(pthread_join(g.thread, NULL));
	CU_ASSERT_EQUAL(g.r, ERR_PIN_WRONG);
	place_leave(&p);
}

static void
guesses_side_by_side_cost_a_try_each(void)
{
	enum { GUESSES = 14 };
	unsigned wrong = 0, blocked = 0;
	struct guess g[GUESSES];
	struct place p;

	/* A code that takes its time to compare, so that they meet. */
	token_enter(&p);
	OK(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE));
	for (unsigned i = 0; i < GUESSES; i++) {
		g[i].place = &p;
		/* The last one would be right. */
		g[i].code = i == GUESSES - 1 ? TOKEN_CODE : "12345678";
	}
	for (unsigned i = 0; i < GUESSES - 1; i++)
		OK(pthread_create(&g[i].thread, NULL, guess, &g[i]));
	for (unsigned i = 0; i < GUESSES - 1; i++) {
		OK(pthread_join(g[i].thread, NULL));
		wrong += g[i].r == ERR_PIN_WRONG;
		blocked += g[i].r == ERR_CARD_BLOCKED;
	}
	CU_ASSERT_EQUAL(wrong, SLOT_TRIES);
	CU_ASSERT_EQUAL(blocked, GUESSES - 1 - SLOT_TRIES);
	guess(&g[GUESSES - 1]);
	CU_ASSERT_EQUAL(g[GUESSES - 1].r, ERR_CARD_BLOCKED);
	place_leave(&p);
}

static void
a_reset_in_the_middle_of_an_attempt_ends_it(void)
{
	struct guess g = { .code = TOKEN_CODE };
	struct place p;

	token_enter_earnest(&p);
	OK(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE));
	g.place = &p;
	OK(pthread_create(&g.thread, NULL, guess, &g));
	while (left(&p, 6, SLOT_USER) == SLOT_TRIES && token_info(&p, 6).open == 0)
		sched_yield();
	store_lock(p.store);
	OK(store_factory_reset(p.store));
	store_unlock(p.store);
	OK(pthread_join(g.thread, NULL));
	CU_ASSERT(g.r == ERR_NOT_NOW || g.r == 0);
	CU_ASSERT_EQUAL(token_info(&p, 6).present, 0);
	place_leave(&p);
}

/* Guesses, and says so as soon as it is charged: it waits for its answer then. */
static void
child(struct place *p, int fd)
{
	struct guess g = { .place = p, .code = "12345678" };
	uint8_t before;

	if (store_open(&p->store, p->dir) != 0)
		_exit(1);
	slots_delay(p->store, 1000000, 1000000);
	before = left(p, 6, SLOT_USER);
	if (pthread_create(&g.thread, NULL, guess, &g) != 0)
		_exit(2);
	while (left(p, 6, SLOT_USER) == before)
		sched_yield();
	if (write(fd, &before, 1) != 1)
		_exit(3);
	pause();
}

static void
a_daemon_killed_at_a_guess_gives_no_try_for_nothing(void)
{
	int fds[2], status;
	struct place p;
	uint8_t before;
	pid_t pid;

	token_enter(&p);
	/* A SQLite handle does not survive a fork. */
	store_close(p.store);
	for (unsigned guesses = 0; guesses < 4; guesses++) {
		OK(pipe(fds));
		pid = fork();
		if (pid == 0)
			child(&p, fds[1]);
		close(fds[1]);
		CU_ASSERT_EQUAL_FATAL(read(fds[0], &before, 1), 1);
		CU_ASSERT_EQUAL(before, SLOT_TRIES - guesses);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		CU_ASSERT(WIFSIGNALED(status));
		close(fds[0]);
	}
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(left(&p, 6, SLOT_USER), SLOT_TRIES - 4);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(a_wrong_code_costs_one_try_and_a_right_one_gives_all_back),
	SENTENCE(ten_wrong_codes_lock_it_for_the_right_one_too),
	SENTENCE(the_last_try_counts),
	SENTENCE(codes_are_what_they_are_for_their_slot_and_their_owner_alone),
	SENTENCE(a_code_longer_than_any_is_a_wrong_one),
	SENTENCE(a_changed_code_opens_and_the_old_one_does_not),
	SENTENCE(a_change_that_is_refused_changes_nothing),
	SENTENCE(an_auto_slot_takes_a_code_that_is_given_and_keeps_it),
	SENTENCE(each_wrong_code_in_a_row_waits_longer_up_to_a_bound),
	SENTENCE(a_right_code_waits_behind_the_wrong_one),
	SENTENCE(whoever_waits_is_answered_when_all_is_closed),
	SENTENCE(guesses_side_by_side_cost_a_try_each),
	SENTENCE(a_reset_in_the_middle_of_an_attempt_ends_it),
	SENTENCE(a_daemon_killed_at_a_guess_gives_no_try_for_nothing),
};

SUITE("slot_codes", sentences)
