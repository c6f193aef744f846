#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/*
 * Every ceremony is run once for each call of a seam that can fail: no key but
 * when all is done, a message, no secret left, and both ways lead out. Without
 * CARDINAL_TEST_ALL in the environment it is one call in STRIDE; with CARDINAL_TEST_EVERY
 * each call of the cards fails in every way, else in one.
 */
enum { CALLS_MAX = 2000, STRIDE = 5 };

static const struct {
	int err, stays;
} card_errors[] = {
	{ ERR_READER_GONE, 1 }, { ERR_CARD_REMOVED, 0 }, { ERR_CARD_ANSWER, 0 }, { ERR_IO, 0 },
	{ ERR_BUSY, 0 }, { ERR_CANCELLED, 1 }, { ERR_NO_CARD, 0 }, { ERR_UNSUPPORTED, 0 },
};

/* Where a run begins: what is kept, and what the cards hold. */
struct start {
	const char *plan;
	uint8_t k, n;
	struct rig *rig;
};

/* A start for installing; or, broken off at that prompt, for resuming. */
static struct start
start_at(const char *prompt, unsigned nth, uint8_t k, uint8_t n)
{
	struct start s = { prompt == NULL ? "install" : "resume", k, n, rig_new() };

	if (prompt != NULL) {
		rig_quirk(s.rig, prompt, nth, RIG_KEYS, "x", 0);
		CU_ASSERT_EQUAL(rig_run(s.rig, "install", k, n), ERR_CANCELLED);
		rig_take(s.rig);
	}
	return s;
}

static void
begin_again(struct rig *g, const struct start *s)
{
	rig_calm(g);
	rig_take(g);
	memcpy(g->card, s->rig->card, sizeof(g->card));
	g->journal.status = s->rig->journal.status;
	g->no_display = s->rig->no_display;
}

/* After a fault: done, or nothing begun, or told. */
static void
assert_sound(const struct rig *g, const struct start *from, unsigned n)
{
	const struct hsm_status *s = &g->journal.status, *before = &from->rig->journal.status;

	if (g->err == 0 ? s->state == HSM_OPERATIONAL && s->committed :
	    !s->committed && (memcmp(s, before, sizeof(*s)) == 0 ||
	    (s->state == HSM_INCONSISTENT && s->message[0] != '\0')))
		return;
	printf("    %s, call %u: %d, state %d, '%s'\n", from->plan, n, g->err, s->state, s->message);
	CU_FAIL("an unsound end");
}

/* One run; whether it was over before the n-th call of that seam. */
static int
run(struct rig *g, const struct start *s, const struct rig_fault *f, unsigned n, unsigned ways_out)
{
	char what[64];
	int over;

	(void)rig_run(g, s->plan, s->k, s->n);
	over = f->calls < n;
	assert_sound(g, s, n);
	(void)snprintf(what, sizeof(what), "%s, call %u", s->plan, n);
	if (g->journal.status.state == HSM_INCONSISTENT && n % ways_out == 0)
		rig_ways_out(g, what);
	return over;
}

static void
each_card_call(struct start s)
{
	const int every = getenv("CARDINAL_TEST_EVERY") != NULL;
	const int all = every || getenv("CARDINAL_TEST_ALL") != NULL;
	unsigned n, calls = CALLS_MAX;
	struct rig *g = rig_new();
	size_t i;

	for (n = 1; n <= calls; n += all ? 1 : STRIDE) {
		for (i = 0; i < LEN(card_errors); i++) {
			if (!every && i != n % LEN(card_errors))
				continue;
			begin_again(g, &s);
			g->fault.at = n;
			g->fault.err = card_errors[i].err;
			g->fault.stays = card_errors[i].stays;
			if (run(g, &s, &g->fault, n, all ? 5 : 3))
				calls = n;
		}
	}
	CU_ASSERT(calls > 30 && calls < CALLS_MAX);
	rig_free(g);
	rig_free(s.rig);
}

static void
each_journal_call(struct start s, int stays)
{
	unsigned n, calls = CALLS_MAX, all = getenv("CARDINAL_TEST_ALL") != NULL;
	struct rig *g = rig_new();

	for (n = 1; n <= calls; n += all ? 1 : STRIDE) {
		begin_again(g, &s);
		g->journal.fault.at = n;
		g->journal.fault.err = stays ? ERR_CLOSED : ERR_FULL;
		g->journal.fault.stays = stays;
		if (run(g, &s, &g->journal.fault, n, all ? 1 : 3)) {
			calls = n;
			CU_ASSERT_EQUAL(g->err, 0);
		}
	}
	CU_ASSERT(calls > 20 && calls < CALLS_MAX);
	rig_free(g);
	rig_free(s.rig);
}

static void
each_save(struct start s, unsigned cards)
{
	struct rig *g = rig_new();
	unsigned card, n;
	int saved, powerless;

	for (card = 1; card <= cards; card++) {
		for (powerless = 0; powerless <= 1; powerless++) {
			for (n = 1, saved = 0; !saved; n++) {
				begin_again(g, &s);
				g->card[card - 1].saves = 0;
				g->card[card - 1].fail_at = n;
				g->card[card - 1].powerless = powerless;
				(void)run(g, &s, &g->fault, n, 2);
				saved = g->journal.status.state == HSM_OPERATIONAL;
			}
		}
	}
	rig_free(g);
	rig_free(s.rig);
}

static void
two_of_three_stands_each_failing_card_call(void)
{
	each_card_call(start_at(NULL, 0, 2, 3));
}

static void
prompts_that_are_said_stand_each_failing_card_call(void)
{
	struct start s = start_at(NULL, 0, 2, 3);

	s.rig->no_display = 1;
	each_card_call(s);
}

static void
three_of_five_stands_each_failing_card_call(void)
{
	each_card_call(start_at(NULL, 0, 3, 5));
}

static void
resuming_stands_each_failing_card_call(void)
{
	each_card_call(start_at("Insert 3. card", 1, 2, 3));
}

static void
reading_alone_stands_each_failing_card_call(void)
{
	each_card_call(start_at("Read New Key", 1, 2, 3));
}

static void
two_of_three_stands_each_failing_journal_call(void)
{
	each_journal_call(start_at(NULL, 0, 2, 3), 0);
}

static void
three_of_five_stands_each_failing_journal_call(void)
{
	each_journal_call(start_at(NULL, 0, 3, 5), 0);
}

static void
resuming_stands_each_failing_journal_call(void)
{
	each_journal_call(start_at("Insert 4. card", 1, 3, 5), 0);
}

static void
resuming_with_a_new_set_stands_each_failing_journal_call(void)
{
	each_journal_call(start_at("Insert 2. card", 1, 2, 3), 0);
}

static void
a_daemon_killed_between_any_two_steps_is_told(void)
{
	each_journal_call(start_at(NULL, 0, 2, 3), 1);
}

static void
a_daemon_killed_while_resuming_is_told(void)
{
	each_journal_call(start_at("Insert 3. card", 1, 2, 3), 1);
}

static void
a_card_that_cannot_save_breaks_no_key(void)
{
	each_save(start_at(NULL, 0, 2, 3), 3);
}

static const struct sentence sentences[] = {
	SENTENCE(two_of_three_stands_each_failing_card_call),
	SENTENCE(prompts_that_are_said_stand_each_failing_card_call),
	SENTENCE(three_of_five_stands_each_failing_card_call),
	SENTENCE(resuming_stands_each_failing_card_call),
	SENTENCE(reading_alone_stands_each_failing_card_call),
	SENTENCE(two_of_three_stands_each_failing_journal_call),
	SENTENCE(three_of_five_stands_each_failing_journal_call),
	SENTENCE(resuming_stands_each_failing_journal_call),
	SENTENCE(resuming_with_a_new_set_stands_each_failing_journal_call),
	SENTENCE(a_daemon_killed_between_any_two_steps_is_told),
	SENTENCE(a_daemon_killed_while_resuming_is_told),
	SENTENCE(a_card_that_cannot_save_breaks_no_key),
};

SUITE("faults", sentences)
