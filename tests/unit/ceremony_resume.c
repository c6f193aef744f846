#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/* Installations that break off behind the key: who was enrolled stays, the rest is made anew. */

/* Two users of slot 7, two cards each, from card 4 on; broken off at the first of them. */
static struct rig *
with_key(void)
{
	static struct rig *first;
	struct rig *g = rig_new();

	if (first == NULL) {
		first = rig_new();
		rig_users(first, 7, 2, 2, 4);
		rig_quirk(first, "User 1 card 1", 1, RIG_KEYS, "x", 0);
		CU_ASSERT_EQUAL(rig_run(first, "install", 2, 3), ERR_CANCELLED);
		rig_take(first);
	}
	rig_copy(g, first);
	return g;
}

static void
assert_waits(struct rig *g, unsigned enrolled)
{
	const struct hsm_status *s = &g->journal.status;

	CU_ASSERT_EQUAL(s->state, HSM_INCONSISTENT);
	CU_ASSERT_EQUAL(s->committed, 1);
	CU_ASSERT_EQUAL(g->gate.there[7][0] + g->gate.there[7][1], enrolled);
	CU_ASSERT_EQUAL(g->gate.finishes, 0);
	if (strstr(s->message, "The key is kept: `cardinal resume` makes the missing users") == NULL) {
		printf("    '%s'\n", s->message);
		CU_FAIL("the message does not tell");
	}
}

static void
a_key_without_its_users_waits_for_them(void)
{
	struct rig *g = with_key();

	assert_waits(g, 0);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Read New Key"), 0);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->result.have_head, 1);
	OK(rig_activate(g, 7));
	rig_free(g);
}

static const struct {
	const char *at;
	unsigned nth, enrolled;
} prompts[] = {
	{ "User 1 card 1", 1, 0 }, { "Enter PIN", 1, 0 }, { "User 1 card 2", 1, 0 },
	{ "Enter PIN", 2, 0 }, { "Read User 1", 1, 0 }, { "User 2 card 1", 1, 1 },
	{ "Enter PIN", 3, 1 }, { "User 2 card 2", 1, 1 }, { "Read User 2", 1, 1 },
};

static const struct {
	enum rig_do what;
	const char *keys;
	int err;
} ends[] = {
	{ RIG_KEYS, "x", ERR_CANCELLED },
	{ RIG_NOTHING, NULL, ERR_TIMEOUT },
	{ RIG_UNPLUG, NULL, ERR_READER_GONE },
	{ RIG_CALL, NULL, ERR_CANCELLED },
	{ RIG_STOP, "123456o", ERR_CLOSED },
};

/* Each prompt, and the ends in turn; with CARDINAL_TEST_EVERY in the environment each of both. */
static void
an_abort_at_any_prompt_leaves_the_enrolled_and_resuming_makes_the_rest(void)
{
	const int all = getenv("CARDINAL_TEST_EVERY") != NULL;
	struct rig *from = with_key(), *g = rig_new();
	size_t i, j;

	for (i = 0; i < LEN(prompts); i++) {
		for (j = 0; j < LEN(ends); j++) {
			if ((!all && j != i % (LEN(ends) - 1) && ends[j].what != RIG_STOP) ||
			    (ends[j].what == RIG_STOP && prompts[i].at[0] != 'E'))
				continue;
			rig_calm(g);
			rig_copy(g, from);
			rig_quirk(g, prompts[i].at, prompts[i].nth, ends[j].what, ends[j].keys, 0);
			CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ends[j].err);
			assert_waits(g, prompts[i].enrolled);
			CU_ASSERT_FALSE(g->powered);
			rig_calm(g);
			rig_take(g);
			OK(rig_run(g, "resume", 0, 0));
			CU_ASSERT_EQUAL(rig_count(g, "User 1 card 1"), prompts[i].enrolled == 0);
			CU_ASSERT_EQUAL(rig_count(g, "User 2 card 1"), 1);
			/* What a broken-off issuing has left on cards is worth nothing. */
			CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
			OK(rig_activate(g, 7));
		}
	}
	rig_free(g);
	rig_free(from);
}

static void
a_daemon_stopped_in_a_users_pin_entry_writes_no_card_afterwards(void)
{
	struct rig *g = with_key();

	rig_quirk(g, "Enter PIN", 1, RIG_STOP, "123456o", 0);
	CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_CLOSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message,
	    "cardinald was stopped in slot-users, slot 7 user 1, card 1 (8949"));
	rig_calm(g);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "user-info", 0, 0));
	CU_ASSERT_FALSE(g->result.have_keys);
	rig_free(g);
}

static void
a_card_pulled_while_it_is_written_ends_it(void)
{
	static const struct {
		unsigned at;
		int after;
	} v[] = { { 1, 0 }, { 1, 1 }, { 2, 0 }, { 2, 1 } };
	struct rig *from = with_key(), *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		rig_calm(g);
		rig_copy(g, from);
		/* A credential goes out by PUT DATA. */
		g->pull_load = v[i].at;
		g->after = v[i].after;
		CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_CARD_REMOVED);
		assert_waits(g, 0);
		CU_ASSERT_EQUAL(rig_count(g, "No card"), 0);
		rig_calm(g);
		OK(rig_run(g, "resume", 0, 0));
		OK(rig_activate(g, 7));
	}
	rig_free(g);
	rig_free(from);
}

/* The public keys that it shows are right: it has to sign and to agree. */
static void
a_copy_that_does_not_work_ends_it(void)
{
	static const uint16_t keys[] = { FID_SLOT_AGREE, FID_SLOT_SIGN };
	struct rig *from = with_key(), *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(keys); i++) {
		rig_calm(g);
		rig_copy(g, from);
		/* The first takes away what is there, the second loads. */
		g->wear_load = 2;
		g->wear_key = keys[i];
		g->after = 1;
		CU_ASSERT_NOT_EQUAL(rig_run(g, "resume", 0, 0), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "card 1 of 2"));
		CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "step prove"));
		assert_waits(g, 0);
		rig_calm(g);
		OK(rig_run(g, "resume", 0, 0));
	}
	rig_free(g);
	rig_free(from);
}

/* What the operator wants now counts. */
static void
another_number_of_cards_makes_a_user_anew_and_another_pad_does_not(void)
{
	struct rig *g = with_key();

	rig_quirk(g, "User 2 card 1", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_CANCELLED);
	rig_calm(g);
	g->pads = 2;
	strcpy(g->slot[7].reader[0], "Cardinal PIN pad 1");
	rig_quirk(g, "User 2 card 1", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_CANCELLED);
	CU_ASSERT_EQUAL(rig_count(g, "User 1 card 1"), 0);
	CU_ASSERT_STRING_EQUAL(g->gate.enrolled[7][0].reader, "Cardinal PIN pad 1");
	rig_calm(g);
	g->slot[7].copies = 1;
	g->first_user[7] = 6;
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "User 1 card 1"), 1);
	CU_ASSERT_EQUAL(g->gate.slot[7].seat[0].copies, 1);
	rig_free(g);
}

static void
a_resumption_without_users_makes_the_slots_at_once(void)
{
	struct rig *g = with_key();

	memset(g->slot, 0, sizeof(g->slot));
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(g->gate.finishes, 1);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_FALSE(g->result.asked);
	rig_free(g);
}

static void
a_key_that_is_lost_is_read_from_its_cards_first(void)
{
	struct rig *g = with_key();

	g->journal.status.key_lost = 1;
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Read New Key"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "User 2 card 2"), 1);
	rig_free(g);
}

/* Later: the HSM stays as it is. */
static void
cards_for_a_slot_that_break_off_leave_the_slot_and_are_all_made_anew(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 2, 2, 4);
	rig_quirk(g, "User 2 card 2", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "slot-cards", 0, 0), ERR_CANCELLED);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->journal.broken, 0);
	CU_ASSERT_EQUAL(g->gate.finishes, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "Slot 7 opens as before"));
	rig_calm(g);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "User 1 card 1"), 1);
	/* Nobody knows since when a card has had what it has. */
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 3);
	OK(rig_activate(g, 7));
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_without_its_users_waits_for_them),
	SENTENCE(an_abort_at_any_prompt_leaves_the_enrolled_and_resuming_makes_the_rest),
	SENTENCE(a_daemon_stopped_in_a_users_pin_entry_writes_no_card_afterwards),
	SENTENCE(a_card_pulled_while_it_is_written_ends_it),
	SENTENCE(a_copy_that_does_not_work_ends_it),
	SENTENCE(another_number_of_cards_makes_a_user_anew_and_another_pad_does_not),
	SENTENCE(a_resumption_without_users_makes_the_slots_at_once),
	SENTENCE(a_key_that_is_lost_is_read_from_its_cards_first),
	SENTENCE(cards_for_a_slot_that_break_off_leave_the_slot_and_are_all_made_anew),
};

SUITE("ceremony_resume", sentences)
