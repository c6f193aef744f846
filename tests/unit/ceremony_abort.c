#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/backup.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static void
assert_broken(struct rig *g, const char *why, const char *where)
{
	const struct hsm_status *s = &g->journal.status;

	CU_ASSERT_EQUAL(s->state, HSM_INCONSISTENT);
	CU_ASSERT_EQUAL(g->journal.commits, 0);
	if (strstr(s->message, why) == NULL || strstr(s->message, where) == NULL ||
	    strstr(s->message, "`cardinal resume`") == NULL ||
	    strstr(s->message, "`cardinal factory-reset`") == NULL) {
		printf("    '%s' says nothing of %s, %s\n", s->message, where, why);
		CU_FAIL("the message does not tell");
	}
}

static const struct {
	const char *at;
	unsigned nth;
} prompts[] = {
	{ "Write New Key", 1 }, { "Insert 1. card", 1 }, { "Enter PIN", 1 }, { "Insert 2. card", 1 },
	{ "Enter PIN", 2 }, { "Insert 3. card", 1 }, { "Enter PIN", 3 }, { "Read New Key", 1 },
	{ "Insert 1. card", 2 }, { "Enter PIN", 4 }, { "Insert 2. card", 2 }, { "Enter PIN", 5 },
};

static const struct {
	enum rig_do what;
	const char *keys, *why;
	int err;
} ends[] = {
	{ RIG_KEYS, "x", "Cancel was pressed", ERR_CANCELLED },
	{ RIG_NOTHING, NULL, "nobody pressed a key in time", ERR_TIMEOUT },
	{ RIG_UNPLUG, NULL, "the reader was unplugged", ERR_READER_GONE },
	{ RIG_CALL, NULL, "`cardinal cancel` ended it", ERR_CANCELLED },
};

static void
an_abort_at_any_prompt_is_told_and_both_ways_lead_out(void)
{
	struct rig *g = rig_new();
	char where[80];
	size_t i, j;

	for (i = 0; i < LEN(prompts); i++) {
		for (j = 0; j < LEN(ends); j++) {
			rig_calm(g);
			rig_fresh_cards(g);
			rig_factory_reset(g);
			rig_quirk(g, prompts[i].at, prompts[i].nth, ends[j].what, ends[j].keys, 0);
			CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ends[j].err);
			(void)snprintf(where, sizeof(where), "%s",
			    prompts[i].at[0] == 'E' ? "step pin" :
			    prompts[i].at[0] == 'I' ? "step insert" : "step begin");
			assert_broken(g, ends[j].why, where);
			rig_ways_out(g, where);
		}
	}
	rig_free(g);
}

/* Nothing is pressed here, so that the prompt stands until its time is over. */
static void
the_last_card_may_go_when_the_next_prompt_shows(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Read New Key", 1, RIG_PULL, NULL, 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
	rig_free(g);
}

/* Who presses OK at once is quicker than the reader's service, which tells of the last card. */
static void
a_card_change_that_is_noticed_late_is_nobodys_mistake(void)
{
	struct rig *g = rig_new();
	unsigned n;

	for (n = 1; n <= 12; n++) {
		rig_calm(g);
		rig_fresh_cards(g);
		rig_factory_reset(g);
		g->stale_at = n;
		OK(rig_run(g, "install", 2, 3));
		CU_ASSERT_EQUAL(rig_count(g, "No card"), 0);
	}
	rig_free(g);
}

static void
a_card_pulled_while_it_is_written_ends_it(void)
{
	struct rig *g = rig_new();
	unsigned n, after;

	for (n = 1; n <= 3; n++) {
		for (after = 0; after <= 1; after++) {
			rig_calm(g);
			rig_fresh_cards(g);
			rig_factory_reset(g);
			g->pull_at = n;
			g->after = (int)after;
			CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CARD_REMOVED);
			assert_broken(g, "pulled", after ? "step prove" : "step write");
			CU_ASSERT_EQUAL(rig_count(g, "No card"), 0);
			rig_ways_out(g, "pulled");
		}
	}
	rig_free(g);
}

static void
a_share_that_comes_back_as_another_ends_it(void)
{
	static const size_t bytes[] = { 6, SHARE_HEADER_LEN, SHARE_RECORD_LEN - CHECK_LEN - 1,
	    SHARE_RECORD_LEN - 1 };
	struct rig *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(bytes); i++) {
		rig_calm(g);
		rig_fresh_cards(g);
		rig_factory_reset(g);
		g->after = 1;
		g->wear_at = 2;
		g->wear_byte = bytes[i];
		CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_SHARE_DAMAGED);
		assert_broken(g, err_str(ERR_SHARE_DAMAGED), "step prove");
	}
	rig_free(g);
}

static void
the_plug_pulled_during_a_share_ends_it(void)
{
	struct rig *g = rig_new();
	unsigned n;

	for (n = 1; n <= 3; n++) {
		rig_calm(g);
		rig_fresh_cards(g);
		rig_factory_reset(g);
		g->unplug_at = n;
		CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_READER_GONE);
		assert_broken(g, "unplugged", "step write");
		rig_ways_out(g, "unplugged");
	}
	rig_free(g);
}

static void
a_timeout_says_nothing_at_the_pad(void)
{
	struct rig *g = rig_new();
	static const char *const texts[] = { "Write New Key/press OK/Cancel" };
	uint64_t began = g->clock;

	rig_quirk(g, "Write New Key", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_STRING_EQUAL(g->device.pad.lcd.now.line[0], "");
	CU_ASSERT_EQUAL(g->clock - began, 120 * 1000);
	rig_free(g);
}

static void
what_did_not_begin_changes_nothing(void)
{
	struct rig *g = rig_new();

	g->fault = (struct rig_fault){ .at = 1, .err = ERR_BUSY };
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_BUSY);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_FACTORY);
	CU_ASSERT_STRING_EQUAL(g->result.message, "the reader is in use by another program");
	rig_calm(g);
	g->no_pin_pad = 1;
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_NO_PIN_PAD);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_FACTORY);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "no reader has a PIN pad"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "there is Cardinal PIN pad 0;"));
	rig_free(g);
}

static void
a_damaged_share_ends_it_and_names_the_card(void)
{
	struct rig *g = rig_new();
	size_t at = SHARE_HEADER_LEN;

	rig_quirk(g, "Read New Key", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	rig_calm(g);
	rig_take(g);
	rig_forge(g, 2, harm_flip_share, &at);
	CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_SHARE_DAMAGED);
	assert_broken(g, err_str(ERR_SHARE_DAMAGED), "step read");
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, g->journal.status.serial[1]));
	/* The others still make the quorum. */
	g->first_reader = 3;
	OK(rig_run(g, "resume", 0, 0));
	rig_free(g);
}

static int
spoil_memory(struct ceremony *c)
{
	c->backup.key.key[0] ^= 1;
	return 0;
}

static int
spoil_cards(struct ceremony *c)
{
	c->backup.again.key[0] ^= 1;
	c->backup.have_key = 0;
	return 0;
}

static const struct step memory_steps[] = { { .name = "spoil", .run = spoil_memory }, { 0 } };
static const struct step cards_steps[] = { { .name = "spoil", .run = spoil_cards }, { 0 } };
static const struct phase spoils[] = { { "spoil", memory_steps, NULL }, { "spoil", cards_steps, NULL } };

static void
a_key_that_is_not_the_one_from_the_cards_is_never_committed(void)
{
	struct ceremony_plan plan = { .name = "install", .title = "Test", .states = 1u << HSM_FACTORY,
	    .installs = 1, .quorum = 1, .phase = { &backup_make, &backup_create, &backup_read } };
	struct rig *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(spoils); i++) {
		rig_fresh_cards(g);
		rig_factory_reset(g);
		plan.phase[3] = &spoils[i];
		plan.phase[4] = &backup_commit;
		CU_ASSERT_EQUAL(rig_run_plan(g, &plan, 2, 3), ERR_SHARE_KCV);
		assert_broken(g, err_str(ERR_SHARE_KCV), "step compare");
	}
	rig_free(g);
}

static int
fails(struct ceremony *c)
{
	(void)c;
	return ERR_IO;
}

static const struct step late_steps[] = { { .name = "late", .run = fails }, { 0 } };
static const struct phase late = { "late", late_steps, NULL };

static void
what_fails_after_the_commit_does_not_take_it_back(void)
{
	const struct ceremony_plan plan = { .name = "install", .title = "Test",
	    .states = 1u << HSM_FACTORY, .installs = 1, .quorum = 1,
	    .phase = { &backup_make, &backup_create, &backup_read, &backup_commit, &late } };
	struct rig *g = rig_new();

	CU_ASSERT_EQUAL(rig_run_plan(g, &plan, 2, 3), ERR_IO);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->journal.broken, 0);
	CU_ASSERT_PTR_NULL(strstr(g->result.message, "cardinal resume"));
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(an_abort_at_any_prompt_is_told_and_both_ways_lead_out),
	SENTENCE(the_last_card_may_go_when_the_next_prompt_shows),
	SENTENCE(a_card_change_that_is_noticed_late_is_nobodys_mistake),
	SENTENCE(a_card_pulled_while_it_is_written_ends_it),
	SENTENCE(a_share_that_comes_back_as_another_ends_it),
	SENTENCE(the_plug_pulled_during_a_share_ends_it),
	SENTENCE(a_timeout_says_nothing_at_the_pad),
	SENTENCE(what_did_not_begin_changes_nothing),
	SENTENCE(a_damaged_share_ends_it_and_names_the_card),
	SENTENCE(a_key_that_is_not_the_one_from_the_cards_is_never_committed),
	SENTENCE(what_fails_after_the_commit_does_not_take_it_back),
};

SUITE("ceremony_abort", sentences)
