#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define CARD(line) line "/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"
#define KEY \
	"Write New Key/press OK/Cancel", CARD("Insert 1. card"), CARD("Insert 2. card"), \
	CARD("Insert 3. card"), "Read New Key/press OK/Cancel", CARD("Insert 1. card"), \
	CARD("Insert 2. card")
#define READ_USER(u) "Read User " u "/press OK", "Please wait/"
#define USER(u) CARD("User " u " card 1"), CARD("User " u " card 2"), READ_USER(u)

static unsigned
beeps(const struct rig *g)
{
	return (unsigned)g->device.pad.lcd.beeps - g->beeps;
}

/* The originals' example: 2 of 3, then slot 7 with one user and two cards. */
static void
the_example_of_the_contract_shows_its_prompts_in_order(void)
{
	static const char *const texts[] = { KEY, USER("1") };
	struct rig *g = rig_new();

	rig_users(g, 7, 1, 2, 4);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	/* One for the key, one for each card, one for the reading. */
	CU_ASSERT_EQUAL(beeps(g), 4);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->journal.commits, 1);
	CU_ASSERT_EQUAL(g->gate.finishes, 1);
	CU_ASSERT_EQUAL(g->gate.slot[7].users, 1);
	CU_ASSERT_EQUAL(g->gate.slot[7].seat[0].copies, 2);
	CU_ASSERT_STRING_EQUAL(g->front, "");
	CU_ASSERT_TRUE(rig_recorded(g, "enrol", "ok"));
	rig_free(g);
}

static void
five_users_with_two_cards_each_get_them_in_order(void)
{
	static const char *const texts[] = {
		"Please wait/", USER("1"), USER("2"), USER("3"), USER("4"), USER("5"),
	};
	static const char *const asked[] = {
		CARD("Slot 3: User 1"), CARD("Slot 3: User 2"), CARD("Slot 3: User 3"),
		CARD("Slot 3: User 4"), CARD("Slot 3: User 5"),
	};
	struct rig *g = harm_installed();

	rig_users(g, 3, 5, 2, 1);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_EQUAL(beeps(g), 15);
	CU_ASSERT_EQUAL(g->gate.enrols, 5);
	OK(rig_activate(g, 3));
	CU_ASSERT_TRUE(rig_showed(g, asked, LEN(asked)));
	CU_ASSERT_EQUAL(beeps(g), 5);
	g->serves = 2;
	OK(rig_activate(g, 3));
	rig_free(g);
}

static void
a_card_may_hold_a_share_and_a_user(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 1, 2, 1);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	OK(rig_activate(g, 7));
	OK(rig_run(g, "share-verify", 0, 0));
	CU_ASSERT_EQUAL(g->result.head.x, 1);
	rig_free(g);
}

static void
the_record_of_a_card_tells_which_it_is(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 2, 2, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 7);
	OK(rig_run(g, "user-info", 0, 0));
	CU_ASSERT_EQUAL_FATAL(g->result.have_user, 1);
	CU_ASSERT_EQUAL(g->result.user.mode, SHARE_LIVE);
	CU_ASSERT_EQUAL(g->result.user.slot, 7);
	CU_ASSERT_EQUAL(g->result.user.user, 2);
	CU_ASSERT_EQUAL(g->result.user.users, 2);
	CU_ASSERT_EQUAL(g->result.user.copy, 2);
	CU_ASSERT_EQUAL(g->result.user.copies, 2);
	CU_ASSERT_STRING_EQUAL(g->result.user.label, "rig");
	rig_free(g);
}

/* Copies of one user are the same key; users have keys of their own. */
static void
each_user_has_a_credential_of_his_own(void)
{
	struct rig *g = harm_installed();
	struct user_keys keys[4];
	unsigned i;

	rig_users(g, 7, 2, 2, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	for (i = 0; i < 4; i++) {
		rig_calm(g);
		rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4 + i);
		OK(rig_run(g, "user-info", 0, 0));
		keys[i] = g->result.keys;
	}
	SAME(&keys[0], &keys[1], sizeof(keys[0]));
	SAME(&keys[2], &keys[3], sizeof(keys[0]));
	CU_ASSERT_FALSE(user_keys_meet(&keys[0], &keys[2]));
	rig_free(g);
}

static const struct {
	const char *why, *at;
	unsigned nth;
	enum rig_do what;
	const char *keys;
	unsigned card;
	const char *outcome, *again;	/* and how often that prompt is there in all */
	unsigned times;
} mistakes[] = {
	{ "no card", "User 1 card 1", 1, RIG_TAKE, NULL, 0, "No card", "User 1 card 1", 2 },
	{ "foreign card", "User 1 card 1", 1, RIG_INSERT, NULL, RIG_CARDS_MAX, "Foreign card",
	    "User 1 card 1", 2 },
	{ "same card", "User 1 card 2", 1, RIG_INSERT, NULL, 4, "Same card again", "User 1 card 2", 2 },
	{ "wrong PIN", "Enter PIN", 1, RIG_KEYS, "999999o", 0, "Wrong PIN 2 left", "Enter PIN", 3 },
	{ "short PIN", "Enter PIN", 2, RIG_KEYS, "12345o", 0, "PIN too short", "Enter PIN", 3 },
	{ "pulled at the PIN", "Enter PIN", 2, RIG_PULL, NULL, 0, "No card", "User 1 card 2", 2 },
	{ "nothing to read", "Read User 1", 1, RIG_TAKE, NULL, 0, "No card", "Read User 1", 2 },
	{ "read of another", "Read User 1", 1, RIG_INSERT, NULL, 6, "Wrong card", "Read User 1", 2 },
	{ "read of a stranger", "Read User 1", 1, RIG_INSERT, NULL, RIG_CARDS_MAX, "Foreign card",
	    "Read User 1", 2 },
};

static void
a_mistake_shows_its_outcome_and_is_asked_again(void)
{
	struct rig *from = harm_installed(), *g = rig_new();
	size_t i;

	rig_users(from, 7, 1, 2, 4);
	for (i = 0; i < LEN(mistakes); i++) {
		rig_calm(g);
		rig_copy(g, from);
		rig_quirk(g, mistakes[i].at, mistakes[i].nth, mistakes[i].what, mistakes[i].keys,
		    mistakes[i].card);
		if (rig_run(g, "slot-cards", 0, 0) != 0 ||
		    rig_count(g, mistakes[i].outcome) != 1 ||
		    rig_count(g, mistakes[i].again) != mistakes[i].times) {
			printf("    %s: %s\n", mistakes[i].why, g->result.message);
			CU_FAIL("a mistake was not mended");
		}
		/* What is asked again does not ring again. */
		CU_ASSERT_EQUAL(beeps(g), 3);
		OK(rig_activate(g, 7));
	}
	rig_free(g);
	rig_free(from);
}

/* Overwriting. ----------------------------------------------------------------------------------- */

static void
the_credential_of_another_is_lost_only_by_a_second_ok(void)
{
	struct rig *g = harm_installed();
	char line[32];

	rig_users(g, 7, 1, 2, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	rig_users(g, 7, 0, 0, 0);
	rig_users(g, 8, 1, 1, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 1);
	/* The card's old keys are those of slot 7. */
	rig_users(g, 8, 0, 0, 0);
	rig_users(g, 9, 1, 1, 5);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 5);
	OK(rig_run(g, "user-info", 0, 0));
	(void)snprintf(line, sizeof(line), "%02x%02x%02x%02x?  OK", g->result.user.print[0],
	    g->result.user.print[1], g->result.user.print[2], g->result.user.print[3]);
	rig_calm(g);
	rig_quirk(g, "Overwrite", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "slot-cards", 0, 0), ERR_CANCELLED);
	CU_ASSERT_TRUE(harm_showed_below(g, line));
	OK(rig_run(g, "user-info", 0, 0));
	rig_calm(g);
	/* The other copy of slot 7 is gone, this one serves. */
	g->serves = 2;
	g->first_user[7] = 4;
	g->slot[7].copies = 2;
	OK(rig_activate(g, 7));
	rig_free(g);
}

/* Each is needed: user 2 with the card of user 1 would leave nobody to open the slot with. */
static void
a_card_of_another_user_who_is_made_beside_him_is_the_wrong_one(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 2, 1, 4);
	rig_quirk(g, "User 2 card 1", 1, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong card"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "User 2 card 1"), 2);
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	rig_calm(g);
	OK(rig_activate(g, 7));
	rig_free(g);
}

static void
whoever_wants_to_keep_a_credential_takes_the_card_out(void)
{
	struct rig *g = harm_installed();

	rig_users(g, 7, 1, 1, 4);
	OK(rig_run(g, "slot-cards", 0, 0));
	rig_users(g, 7, 0, 0, 0);
	rig_users(g, 8, 1, 1, 5);
	rig_quirk(g, "User 1 card 1", 1, RIG_INSERT, NULL, 4);
	rig_quirk(g, "Overwrite", 1, RIG_PULL, NULL, 0);
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "No card"), 1);
	rig_calm(g);
	rig_users(g, 8, 0, 0, 0);
	rig_users(g, 7, 1, 1, 4);
	OK(rig_activate(g, 7));
	rig_free(g);
}

static void
a_credential_of_a_rehearsal_is_overwritten_without_asking(void)
{
	struct rig *g = rig_new();

	g->mode = SHARE_TEST;
	rig_users(g, 7, 1, 1, 4);
	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	g->mode = SHARE_LIVE;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	/* That of the installation before is somebody's. */
	rig_factory_reset(g);
	g->clock += 1000;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 4);
	rig_free(g);
}

/* What cannot be. -------------------------------------------------------------------------------- */

static void
users_that_cannot_be_are_refused_before_anything_begins(void)
{
	static const struct {
		const char *plan;
		uint8_t slots, users, copies;
	} v[] = {
		{ "install", 1, 6, 2 }, { "install", 1, 1, 0 }, { "install", 1, 1, 10 },
		{ "slot-cards", 1, 6, 2 }, { "slot-cards", 1, 1, 0 }, { "slot-cards", 1, 1, 10 },
		{ "slot-cards", 0, 0, 0 }, { "slot-cards", 2, 1, 2 },
	};
	struct rig *from = harm_installed(), *g = rig_new();
	uint8_t slot;
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		rig_copy(g, from);
		if (v[i].plan[0] == 'i')
			rig_factory_reset(g);
		for (slot = 0; slot < v[i].slots; slot++)
			rig_users(g, slot, v[i].users, v[i].copies, 1);
		CU_ASSERT_EQUAL(rig_run(g, v[i].plan, 2, 3), ERR_ARG);
		CU_ASSERT_EQUAL(g->journal.records, 0);
		CU_ASSERT_FALSE(g->result.asked);
	}
	rig_copy(g, from);
	memset(g->slot, 0, sizeof(g->slot));
	rig_users(g, 7, 1, 1, 4);
	memset(g->slot[7].reader[0], 'r', USER_READER_MAX);
	CU_ASSERT_EQUAL(rig_run(g, "slot-cards", 2, 3), ERR_ARG);
	rig_free(g);
	rig_free(from);
}

static void
a_slot_gets_users_in_an_operational_hsm_alone(void)
{
	static const uint8_t states[] = { HSM_FACTORY, HSM_INSTALLING, HSM_INCONSISTENT };
	struct rig *from = harm_installed(), *g = rig_new();
	size_t i;

	rig_users(from, 7, 1, 1, 4);
	for (i = 0; i < LEN(states); i++) {
		rig_copy(g, from);
		g->journal.status.state = states[i];
		CU_ASSERT_EQUAL(rig_run(g, "slot-cards", 0, 0), ERR_NOT_NOW);
	}
	rig_free(g);
	rig_free(from);
}

static void
the_advice_names_cards_of_users_with_the_factory_pin(void)
{
	struct rig *g = rig_new();
	char advice[ADVICE_MAX];

	rig_users(g, 7, 1, 2, 4);
	OK(rig_run(g, "install", 2, 3));
	OK(ceremony_advice(&g->result, advice));
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "  card 3, 8949"));
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "  slot 7 user 1 card 1, 8949"));
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "  slot 7 user 1 card 2, 8949"));
	rig_free(g);
	rig_users(g = harm_installed(), 3, 2, 6, 1);
	OK(rig_run(g, "slot-cards", 0, 0));
	OK(ceremony_advice(&g->result, advice));
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "and 2 more of slot users"));
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(the_example_of_the_contract_shows_its_prompts_in_order),
	SENTENCE(five_users_with_two_cards_each_get_them_in_order),
	SENTENCE(a_card_may_hold_a_share_and_a_user),
	SENTENCE(the_record_of_a_card_tells_which_it_is),
	SENTENCE(each_user_has_a_credential_of_his_own),
	SENTENCE(a_mistake_shows_its_outcome_and_is_asked_again),
	SENTENCE(the_credential_of_another_is_lost_only_by_a_second_ok),
	SENTENCE(a_card_of_another_user_who_is_made_beside_him_is_the_wrong_one),
	SENTENCE(whoever_wants_to_keep_a_credential_takes_the_card_out),
	SENTENCE(a_credential_of_a_rehearsal_is_overwritten_without_asking),
	SENTENCE(users_that_cannot_be_are_refused_before_anything_begins),
	SENTENCE(a_slot_gets_users_in_an_operational_hsm_alone),
	SENTENCE(the_advice_names_cards_of_users_with_the_factory_pin),
};

SUITE("ceremony_users", sentences)
