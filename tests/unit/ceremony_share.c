#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

static void
a_share_is_verified_alone(void)
{
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	OK(rig_run(g, "share-verify", 0, 0));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "share 1 of 3"));
	CU_ASSERT_EQUAL(g->result.head.x, 1);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 5);
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

static void
a_damaged_share_is_told_alone(void)
{
	struct rig *g = rig_new();
	size_t at = SHARE_HEADER_LEN;

	OK(rig_run(g, "install", 2, 3));
	rig_take(g);
	rig_forge(g, 1, harm_flip_share, &at);
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_DAMAGED);
	CU_ASSERT_PTR_NULL(strstr(g->result.message, "is right"));
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

static void
a_share_of_another_set_is_told_before_its_pin_is_asked(void)
{
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	g->first_reader = 2;
	OK(rig_run(g, "install", 2, 3));
	rig_calm(g);
	CU_ASSERT_EQUAL(rig_run(g, "share-verify", 0, 0), ERR_SHARE_SET);
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 0);
	rig_free(g);
}

static void
what_is_on_a_card_is_told_without_a_pin(void)
{
	struct rig *g = rig_new();

	OK(rig_run(g, "share-info", 0, 0));
	CU_ASSERT_FALSE(g->result.have_head);
	CU_ASSERT_EQUAL(g->result.pin.tries, 3);
	CU_ASSERT_TRUE(g->result.pin.factory);
	OK(rig_run(g, "install", 2, 3));
	OK(rig_run(g, "share-info", 0, 0));
	CU_ASSERT_TRUE(g->result.have_head);
	CU_ASSERT_EQUAL(g->result.head.x, 1);
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 0);
	rig_free(g);
}

static void
what_is_on_a_blocked_card_is_told(void)
{
	struct rig *g = rig_new();

	harm_block(g);
	rig_factory_reset(g);
	OK(rig_run(g, "share-info", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 0);
	CU_ASSERT_EQUAL(g->result.pin.tries, 0);
	CU_ASSERT_EQUAL(g->result.pin.tries_max, 3);
	rig_free(g);
}

static void
the_tries_that_are_left_are_those_after_the_last_entry(void)
{
	static const char *const tools[] = { "share-verify", "share-pin" };
	static const char *const entries[] = { "Enter PIN", "Enter old PIN" };
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	for (unsigned i = 0; i < 2; i++) {
		rig_calm(g);
		/* A new PIN is typed as well where one is asked for; a wrong old one comes first. */
		rig_quirk(g, entries[i], 1, RIG_KEYS, "999999o654321o654321o", 0);
		rig_quirk(g, entries[i], 2, RIG_KEYS, "x", 0);
		CU_ASSERT_EQUAL(rig_run(g, tools[i], 0, 0), ERR_CANCELLED);
		CU_ASSERT_EQUAL(g->result.pin.tries, 2 - i);
		CU_ASSERT_EQUAL(g->result.pin.tries_max, 3);
	}
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(a_share_is_verified_alone),
	SENTENCE(a_damaged_share_is_told_alone),
	SENTENCE(what_is_on_a_blocked_card_is_told),
	SENTENCE(a_share_of_another_set_is_told_before_its_pin_is_asked),
	SENTENCE(what_is_on_a_card_is_told_without_a_pin),
	SENTENCE(the_tries_that_are_left_are_those_after_the_last_entry),
};

SUITE("ceremony_share", sentences)
