#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/*
 * Each activation, and each issuing, is run once for every n with the n-th call of a seam failing:
 * cards, journal, gate. No slot is open but when all its users have proven themselves and nothing
 * failed; what fails leaves a message, no secret, and a slot that opens at the next attempt. Without
 * CARDINAL_TEST_EVERY in the environment each call fails in one way, with it in every one; issuing
 * takes one call in STRIDE then, else all.
 */
enum { CALLS_MAX = 2000, STRIDE = 5, CARDS = 0, JOURNAL = 1, GATE = 2 };

static const struct {
	int err, stays;
} card_errors[] = {
	{ ERR_READER_GONE, 1 }, { ERR_CARD_REMOVED, 0 }, { ERR_CARD_ANSWER, 0 }, { ERR_IO, 0 },
	{ ERR_BUSY, 0 }, { ERR_CANCELLED, 1 }, { ERR_NO_CARD, 0 }, { ERR_UNSUPPORTED, 0 },
}, journal_errors[] = {
	{ ERR_FULL, 0 }, { ERR_CLOSED, 1 }, { ERR_IO, 0 },
}, gate_errors[] = {
	{ ERR_NOT_NOW, 0 }, { ERR_CLOSED, 1 }, { ERR_IO, 0 }, { ERR_MAC, 0 }, { ERR_FULL, 0 },
};

struct seam {
	const char *name;
	size_t at;			/* its fault in struct rig */
	size_t ways;
};

static const struct seam seams[] = {
	{ "cards", offsetof(struct rig, fault), LEN(card_errors) },
	{ "journal", offsetof(struct rig, journal.fault), LEN(journal_errors) },
	{ "gate", offsetof(struct rig, gate.fault), LEN(gate_errors) },
};

static struct rig_fault *
break_seam(struct rig *g, size_t seam, unsigned n, size_t way)
{
	struct rig_fault *f = (struct rig_fault *)((char *)g + seams[seam].at);

	f->at = n;
	f->err = seam == CARDS ? card_errors[way].err : seam == JOURNAL ? journal_errors[way].err :
	    gate_errors[way].err;
	f->stays = seam == CARDS ? card_errors[way].stays : seam == JOURNAL ? journal_errors[way].stays :
	    gate_errors[way].stays;
	return f;
}

/* What one row of runs has come to. */
struct tally {
	unsigned runs, failed, mended;
	const struct rig_fault *fault;	/* of the run */
	int over;			/* it ended before the call that was to fail */
};

/* Calls `once` for every n until it is over before the n-th call. */
static void
each_call(const char *what, size_t of, struct rig *from, unsigned stride,
    void (*once)(struct rig *, struct tally *))
{
	const int all = getenv("CARDINAL_TEST_EVERY") != NULL;
	struct rig *g = rig_new();
	size_t seam, way;
	unsigned n;

	for (seam = 0; seam < of; seam++) {
		struct tally t = { 0 };

		for (n = 1; !t.over && n < CALLS_MAX; n += all || seam == GATE ? 1 : stride) {
			for (way = 0; way < seams[seam].ways; way++) {
				if (!all && way != n % seams[seam].ways)
					continue;
				rig_calm(g);
				rig_copy(g, from);
				t.fault = break_seam(g, seam, n, way);
				once(g, &t);
				t.runs++;
			}
		}
		CU_ASSERT(n > 3 && n < CALLS_MAX);
		printf("    %s, %s: %u runs, %u failed, %u mended\n", what, seams[seam].name, t.runs,
		    t.failed, t.mended);
	}
	rig_free(g);
	rig_free(from);
}

/* Right after the run, before another. */
static void
count(const struct rig *g, struct tally *t)
{
	t->over = t->fault->calls < t->fault->at;
	t->failed += g->err != 0;
	t->mended += g->err == 0 && !t->over;
	CU_ASSERT(g->err == 0 || g->result.message[0] != '\0');
	CU_ASSERT(g->err == 0 || !t->over);
}

/* rig_activate itself sees that the slot is open if and only if the ceremony says so. */
static void
activate(struct rig *g, struct tally *t)
{
	const uint8_t users = g->gate.slot[7].users;

	(void)rig_activate(g, 7);
	count(g, t);
	CU_ASSERT_EQUAL(g->gate.slot[7].open, g->err == 0);
	CU_ASSERT(g->err != 0 || g->gate.proven == users);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_calm(g);
	rig_take(g);
	OK(rig_activate(g, 7));
}

static void
one_user_stands_each_failing_call(void)
{
	each_call("activate, 1 user", LEN(seams), harm_with_users(1), 1, activate);
}

static void
two_users_stand_each_failing_call(void)
{
	each_call("activate, 2 users", LEN(seams), harm_with_users(2), 1, activate);
}

static void
prompts_that_are_said_stand_each_failing_call(void)
{
	struct rig *g = harm_with_users(1);

	g->no_display = 1;
	each_call("activate, without display", LEN(seams), g, 1, activate);
}

/* At boot: slot 7 serves for slot 0. */
static void
boot(struct rig *g, struct tally *t)
{
	g->whole_s = 3600;
	activate(g, t);
}

static void
a_boot_stands_each_failing_call(void)
{
	each_call("activate at boot", LEN(seams), harm_with_users(1), 1, boot);
}

/* A slot gets users: it is made when all are there, or not at all. */
static void
issue(struct rig *g, struct tally *t)
{
	(void)rig_run(g, "slot-cards", 0, 0);
	count(g, t);
	CU_ASSERT_EQUAL(g->gate.finishes, g->err == 0);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	if (g->err == 0)
		return;
	rig_calm(g);
	rig_take(g);
	OK(rig_run(g, "slot-cards", 0, 0));
	OK(rig_activate(g, 7));
}

static void
cards_for_a_slot_stand_each_failing_call(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 1, 1, 4);
	each_call("slot-cards", LEN(seams), g, STRIDE, issue);
}

/* Behind the key: slot 0 gets a user and is opened. */
static void
install(struct rig *g, struct tally *t)
{
	const struct hsm_status *s = &g->journal.status;

	(void)rig_run(g, "resume", 0, 0);
	count(g, t);
	CU_ASSERT_EQUAL(s->state == HSM_OPERATIONAL, g->gate.finishes == 1);
	CU_ASSERT(s->state == HSM_OPERATIONAL || s->state == HSM_INCONSISTENT);
	CU_ASSERT_EQUAL(s->committed, 1);
	CU_ASSERT_EQUAL(g->gate.number, 0);
	CU_ASSERT(!g->gate.slot[0].open || s->state == HSM_OPERATIONAL);
	CU_ASSERT(g->err != 0 || g->gate.slot[0].open);
	rig_calm(g);
	rig_take(g);
	if (s->state == HSM_INCONSISTENT)
		OK(rig_run(g, "resume", 0, 0));
	if (!g->gate.slot[0].open)
		OK(rig_activate(g, 0));
}

static void
users_of_an_installation_stand_each_failing_call(void)
{
	struct rig *g = rig_new();

	rig_users(g, 0, 1, 1, 4);
	rig_quirk(g, "User 1 card 1", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	rig_take(g);
	each_call("resume behind the key", LEN(seams), g, STRIDE, install);
}

/* Vault has made the slots, and the link broke before ward heard of it. */
static void
an_answer_to_finish_that_is_lost_takes_nothing_back(void)
{
	static const char *const plans[] = { "slot-cards", "install" };
	struct rig *g;

	for (size_t i = 0; i < LEN(plans); i++) {
		g = i == 0 ? harm_installed() : rig_new();
		rig_users(g, 0, 1, 1, 4);
		g->gate.lost = 1;
		CU_ASSERT_EQUAL(rig_run(g, plans[i], i == 0 ? 0 : 2, i == 0 ? 0 : 3), ERR_CLOSED);
		CU_ASSERT_EQUAL(g->gate.finishes, 1);
		CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
		/* It promises neither the old state nor the new one. */
		CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "step finish: "));
		CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "`cardinal status` tells"));
		CU_ASSERT_PTR_NULL(strstr(g->result.message, "resume"));
		CU_ASSERT_PTR_NULL(strstr(g->result.message, "as before"));
		rig_calm(g);
		rig_take(g);
		CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_NOT_NOW);
		OK(rig_activate(g, 0));
		rig_free(g);
	}
}

/* The vault's own no to it, at the same step, leaves nothing unsure. */
static void
a_finish_that_is_refused_says_what_can_be_done(void)
{
	static const struct { const char *plan, *says; } runs[] = {
		{ "slot-cards", "opens as before" }, { "install", "`cardinal resume` makes" },
	};
	struct rig *g;
	int at_finish;

	for (size_t i = 0; i < LEN(runs); i++) {
		at_finish = 0;
		for (unsigned n = 1; n < 20 && !at_finish; n++) {
			g = i == 0 ? harm_installed() : rig_new();
			rig_users(g, 0, 1, 1, 4);
			g->gate.fault = (struct rig_fault){ .at = n, .err = ERR_FULL };
			(void)rig_run(g, runs[i].plan, i == 0 ? 0 : 2, i == 0 ? 0 : 3);
			at_finish = strstr(g->result.message, "step finish: ") != NULL;
			if (at_finish) {
				CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, runs[i].says));
				CU_ASSERT_PTR_NULL(strstr(g->result.message, "`cardinal status`"));
			}
			rig_free(g);
		}
		CU_ASSERT_TRUE(at_finish);
	}
}

static void
copy_share(struct rig *g, struct tally *t)
{
	const struct hsm_status before = g->journal.status;
	uint8_t source[SHARE_RECORD_LEN], after[SHARE_RECORD_LEN];

	rig_share_of(g, 1, source);
	(void)rig_run(g, "share-copy", 0, 0);
	count(g, t);
	SAME(&before, &g->journal.status, sizeof(before));
	rig_share_of(g, 1, after);
	SAME(source, after, sizeof(after));
	rig_share_of(g, 4, after);
	CU_ASSERT(g->err != 0 || memcmp(source, after, sizeof(after)) == 0);
}

static void
a_copy_stands_each_failing_call(void)
{
	struct rig *g = harm_installed();

	/* It calls no gate. */
	each_call("share-copy", 2, g, 1, copy_share);
}

static const struct sentence sentences[] = {
	SENTENCE(one_user_stands_each_failing_call),
	SENTENCE(two_users_stand_each_failing_call),
	SENTENCE(prompts_that_are_said_stand_each_failing_call),
	SENTENCE(a_boot_stands_each_failing_call),
	SENTENCE(cards_for_a_slot_stand_each_failing_call),
	SENTENCE(users_of_an_installation_stand_each_failing_call),
	SENTENCE(an_answer_to_finish_that_is_lost_takes_nothing_back),
	SENTENCE(a_finish_that_is_refused_says_what_can_be_done),
	SENTENCE(a_copy_stands_each_failing_call),
};

SUITE("users_faults", sentences)
