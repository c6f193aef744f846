#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define CARD(line) line "/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"
#define WRITE_KEY "Write New Key/press OK/Cancel"
#define READ_KEY "Read New Key/press OK/Cancel"
#define KEY \
	WRITE_KEY, CARD("Insert 1. card"), CARD("Insert 2. card"), CARD("Insert 3. card"), \
	READ_KEY, CARD("Insert 1. card"), CARD("Insert 2. card")
#define READ_USER(u) "Read User " u "/press OK", "Please wait/"

static unsigned
beeps(const struct rig *g)
{
	return (unsigned)g->device.pad.lcd.beeps - g->beeps;
}

/* The originals' example: 2 of 3, then slot 7 with one user and two cards. */
static void
the_example_of_the_contract_shows_its_prompts_in_order(void)
{
	static const char *const texts[] = {
		KEY, CARD("User 1 card 1"), CARD("User 1 card 2"), READ_USER("1"),
	};
	struct rig *g = rig_new();

	rig_users(g, 7, 1, 2, 4);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	/* One for the key, one for each card, one for the reading. */
	CU_ASSERT_EQUAL(beeps(g), 4);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->gate.finishes, 1);
	CU_ASSERT_EQUAL(g->gate.slot[7].users, 1);
	CU_ASSERT_STRING_EQUAL(g->front, "");
	rig_free(g);
}

static void
any_card_of_a_user_opens_his_slot(void)
{
	static const char *const texts[] = { CARD("Slot 7: User 1") };
	struct rig *g = rig_new();

	rig_users(g, 7, 1, 2, 4);
	OK(rig_run(g, "install", 2, 3));
	for (g->serves = 1; g->serves <= 2; g->serves++) {
		OK(rig_activate(g, 7));
		CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
		CU_ASSERT_EQUAL(beeps(g), 1);
		CU_ASSERT_EQUAL(g->gate.slot[7].openings, g->serves);
		CU_ASSERT_TRUE(g->result.asked);
	}
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(the_example_of_the_contract_shows_its_prompts_in_order),
	SENTENCE(any_card_of_a_user_opens_his_slot),
};

SUITE("ceremony_users", sentences)
