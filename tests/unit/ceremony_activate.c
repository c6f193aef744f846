#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define CARD(line) line "/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"

static unsigned
beeps(const struct rig *g)
{
	return (unsigned)g->device.pad.lcd.beeps - g->beeps;
}

static void
any_card_of_a_user_opens_his_slot(void)
{
	static const char *const texts[] = { CARD("Slot 7: User 1") };
	struct rig *g = harm_with_users(1);

	for (g->serves = 1; g->serves <= 2; g->serves++) {
		OK(rig_activate(g, 7));
		CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
		CU_ASSERT_EQUAL(beeps(g), 1);
		CU_ASSERT_EQUAL(g->gate.slot[7].openings, g->serves);
		CU_ASSERT_TRUE(g->result.asked);
	}
	CU_ASSERT_STRING_EQUAL(g->front, "");
	rig_free(g);
}

static void
what_a_card_is_asked_for_stands_at_the_pad(void)
{
	static const struct {
		uint8_t purpose;
		const char *texts[4];
	} orders[] = {
		{ 0, { CARD("Slot 7: User 1") } },
		{ CHALLENGE_ACTIVATE, { CARD("Slot 7: User 1") } },
		{ CHALLENGE_ADMIN, { CARD("Mode 7: User 1") } },
		{ CHALLENGE_INIT, { CARD("Code 7: User 1") } },
	};
	struct rig *g = harm_with_users(1);

	for (size_t i = 0; i < LEN(orders); i++) {
		g->gate.purpose = orders[i].purpose;
		OK(rig_activate(g, 7));
		CU_ASSERT_TRUE(rig_showed(g, orders[i].texts, LEN(orders[i].texts)));
	}
	rig_free(g);
}

static void
users_are_asked_in_ascending_order(void)
{
	static const char *const texts[] = { CARD("Slot 7: User 1"), CARD("Slot 7: User 2") };
	struct rig *g = harm_with_users(2);

	OK(rig_activate(g, 7));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_EQUAL(beeps(g), 2);
	rig_free(g);
}

/* Two users, cards 4 and 5, 6 and 7 of the deck. */
static const struct {
	const char *why, *at;
	unsigned nth;
	enum rig_do what;
	const char *keys;
	unsigned card;
	const char *outcome, *again;	/* and how often that prompt is there in all */
	unsigned times, pins;
} mistakes[] = {
	{ "no card", "Slot 7: User 1", 1, RIG_TAKE, NULL, 0, "No card", "Slot 7: User 1", 2, 2 },
	{ "foreign card", "Slot 7: User 1", 1, RIG_INSERT, NULL, RIG_CARDS_MAX, "Foreign card",
	    "Slot 7: User 1", 2, 2 },
	{ "card of user 2", "Slot 7: User 1", 1, RIG_INSERT, NULL, 6, "Wrong card",
	    "Slot 7: User 1", 2, 2 },
	{ "card of user 1 again", "Slot 7: User 2", 1, RIG_KEYS, "o", 0, "Wrong card",
	    "Slot 7: User 2", 2, 2 },
	{ "card without credential", "Slot 7: User 1", 1, RIG_INSERT, NULL, 1, "Wrong card",
	    "Slot 7: User 1", 2, 2 },
	{ "wrong PIN", "Enter PIN", 1, RIG_KEYS, "999999o", 0, "Wrong PIN 2 left", "Enter PIN", 3, 3 },
	{ "short PIN", "Enter PIN", 2, RIG_KEYS, "12345o", 0, "PIN too short", "Enter PIN", 3, 3 },
	{ "pulled at the PIN", "Enter PIN", 2, RIG_PULL, NULL, 0, "No card", "Slot 7: User 2", 2, 3 },
};

static void
a_mistake_shows_its_outcome_and_is_asked_again(void)
{
	struct rig *from = harm_with_users(2), *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(mistakes); i++) {
		rig_calm(g);
		rig_copy(g, from);
		rig_quirk(g, mistakes[i].at, mistakes[i].nth, mistakes[i].what, mistakes[i].keys,
		    mistakes[i].card);
		if (rig_activate(g, 7) != 0 || rig_count(g, mistakes[i].outcome) != 1 ||
		    rig_count(g, mistakes[i].again) != mistakes[i].times ||
		    rig_count(g, "Enter PIN") != mistakes[i].pins) {
			printf("    %s: %s\n", mistakes[i].why, g->result.message);
			CU_FAIL("a mistake was not mended");
		}
		CU_ASSERT_EQUAL(beeps(g), 2);
	}
	rig_free(g);
	rig_free(from);
}

/* Same label, slot and user: it is the keys that count. */
static unsigned
no_cards(const struct rig *g)
{
	unsigned n = 0;

	for (size_t i = 0; i < g->journal.records; i++)
		n += strcmp(g->journal.record[i].outcome, "No card") == 0;
	return n;
}

/* Whoever, or whatever, presses OK there: the transcript is bounded, and the next one is asked. */
static void
a_pad_that_presses_ok_by_itself_is_not_asked_for_ever(void)
{
	struct rig *g = harm_with_users(1);

	rig_quirk(g, "Slot 7: User 1", 0, RIG_TAKE, NULL, 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_MISTAKES);
	CU_ASSERT_EQUAL(no_cards(g), 101);
	CU_ASSERT_TRUE(rig_recorded(g, "insert",
	    "one mistake after the other, as no person makes them"));
	CU_ASSERT_TRUE(g->result.asked);
	rig_free(g);
	/* With each card they are counted anew: both together are too many for one. */
	g = harm_with_users(2);
	for (unsigned i = 1; i <= 60; i++) {
		rig_quirk(g, "Slot 7: User 1", i, RIG_TAKE, NULL, 0);
		rig_quirk(g, "Slot 7: User 2", i, RIG_TAKE, NULL, 0);
	}
	OK(rig_activate(g, 7));
	CU_ASSERT_EQUAL(no_cards(g), 120);
	rig_free(g);
}

static void
a_card_of_another_hsm_is_a_wrong_card_before_its_pin_is_asked(void)
{
	struct rig *g = harm_with_users(1), *other = harm_installed();

	rig_users(other, 7, 1, 2, 4);
	OK(rig_run(other, "slot-cards", 0, 0));
	rig_take(other);
	g->card[9] = other->card[3];
	rig_quirk(g, "Slot 7: User 1", 1, RIG_INSERT, NULL, 10);
	OK(rig_activate(g, 7));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong card"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 1);
	rig_free(g);
	rig_free(other);
}

static void
a_card_that_comes_blocked_is_put_aside_for_the_other_copy(void)
{
	struct rig *g = harm_with_users(1);
	unsigned i;

	for (i = 1; i <= 3; i++)
		rig_quirk(g, "Enter PIN", i, RIG_KEYS, "999999o", 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_CARD_BLOCKED);
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
	CU_ASSERT_FALSE(g->gate.slot[7].open);
	rig_calm(g);
	rig_quirk(g, "Slot 7: User 1", 2, RIG_INSERT, NULL, 5);
	OK(rig_activate(g, 7));
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
	rig_free(g);
}

/* Of somebody else it is the wrong one, blocked or not. */
static void
a_blocked_card_of_another_user_is_a_wrong_card(void)
{
	struct rig *g = harm_with_users(2);
	unsigned i;

	rig_quirk(g, "User PIN", 1, RIG_INSERT, NULL, 6);
	for (i = 1; i <= 3; i++)
		rig_quirk(g, "Enter old PIN", i, RIG_KEYS, "999999o7654321o7654321o", 0);
	CU_ASSERT_EQUAL(rig_run(g, "user-pin", 0, 0), ERR_CARD_BLOCKED);
	rig_calm(g);
	rig_quirk(g, "Slot 7: User 1", 1, RIG_INSERT, NULL, 6);
	rig_quirk(g, "Slot 7: User 2", 1, RIG_INSERT, NULL, 7);
	OK(rig_activate(g, 7));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong card"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 0);
	rig_free(g);
}

static const struct {
	const char *at;
	unsigned nth;
} prompts[] = {
	{ "Slot 7: User 1", 1 }, { "Enter PIN", 1 }, { "Slot 7: User 2", 1 }, { "Enter PIN", 2 },
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
	{ RIG_STOP, "123456o", "the vault does not answer", ERR_CLOSED },
};

static void
an_abort_at_any_prompt_opens_nothing_and_is_told(void)
{
	struct rig *from = harm_with_users(2), *g = rig_new();
	size_t i, j;

	for (i = 0; i < LEN(prompts); i++) {
		for (j = 0; j < LEN(ends); j++) {
			if (ends[j].what == RIG_STOP && prompts[i].at[0] != 'E')
				continue;
			rig_calm(g);
			rig_copy(g, from);
			rig_quirk(g, prompts[i].at, prompts[i].nth, ends[j].what, ends[j].keys, 0);
			CU_ASSERT_EQUAL(rig_activate(g, 7), ends[j].err);
			CU_ASSERT_FALSE(g->gate.slot[7].open);
			CU_ASSERT_EQUAL(g->gate.proven, i / 2);
			CU_ASSERT_TRUE(g->result.asked);
			CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
			CU_ASSERT_EQUAL(g->journal.broken, 0);
			CU_ASSERT_FALSE(g->powered);
			if (strstr(g->result.message, ends[j].why) == NULL ||
			    strstr(g->result.message, i < 2 ? "slot 7 user 1" : "slot 7 user 2") == NULL ||
			    strstr(g->result.message, "Slot 7 stays closed") == NULL) {
				printf("    '%s'\n", g->result.message);
				CU_FAIL("the message does not tell");
			}
		}
	}
	/* Nothing of it stays: the next opening goes through. */
	rig_calm(g);
	OK(rig_activate(g, 7));
	rig_free(g);
	rig_free(from);
}

static void
what_cannot_even_begin_has_asked_nobody(void)
{
	struct rig *g = harm_with_users(1);

	g->fault = (struct rig_fault){ .at = 1, .err = ERR_BUSY };
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_BUSY);
	CU_ASSERT_FALSE(g->result.asked);
	CU_ASSERT_STRING_EQUAL(g->result.message, "the reader is in use by another program");
	rig_calm(g);
	CU_ASSERT_EQUAL(rig_run(g, "activate", 0, 0), ERR_NOT_NOW);
	CU_ASSERT_FALSE(g->result.asked);
	CU_ASSERT_EQUAL(g->journal.records, 0);
	rig_free(g);
}

/* Cards that hang: what they signed came too late. */
static void
a_challenge_is_worth_nothing_after_its_time(void)
{
	struct rig *g = harm_with_users(1);

	g->gate.late = 1;
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(g->gate.proven, 0);
	rig_free(g);
}

/* Boot. ------------------------------------------------------------------------------------------ */

static void
at_boot_a_prompt_waits_for_as_long_as_the_whole_may_take(void)
{
	struct rig *g = harm_with_users(1);
	uint64_t began = g->clock;

	g->whole_s = 3600;
	rig_quirk(g, "Slot 7: User 1", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_TIMEOUT);
	CU_ASSERT_EQUAL((g->clock - began) / 1000, 3600);
	CU_ASSERT_EQUAL(g->seconds, 3600);
	rig_free(g);
}

/* The first user takes most of it, by mistakes; the second has the rest. */
static void
all_users_together_have_the_time_of_the_whole(void)
{
	struct rig *g = harm_with_users(2);
	uint64_t began = g->clock;

	g->whole_s = 20;
	g->slow_ms = 15 * 1000;
	rig_quirk(g, "Slot 7: User 2", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_TIMEOUT);
	CU_ASSERT(g->seconds <= 5);
	CU_ASSERT((g->clock - began) / 1000 <= 21);
	rig_free(g);
}

static void
a_pin_is_not_waited_for_longer_than_usual(void)
{
	struct rig *g = harm_with_users(1);
	uint64_t began = g->clock;

	g->whole_s = 3600;
	rig_quirk(g, "Enter PIN", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_TIMEOUT);
	CU_ASSERT_EQUAL((g->clock - began) / 1000, 30);
	rig_free(g);
}

/* Pads. ------------------------------------------------------------------------------------------ */

static void
a_user_with_a_pad_of_his_own_is_asked_there(void)
{
	struct rig *g = harm_installed();

	g->pads = 3;
	rig_users(g, 7, 3, 1, 4);
	strcpy(g->slot[7].reader[0], "Cardinal PIN pad 2");
	strcpy(g->slot[7].reader[2], "Cardinal PIN pad 1");
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_STRING_EQUAL(g->where, "220011");
	OK(rig_activate(g, 7));
	CU_ASSERT_STRING_EQUAL(g->where, "201");
	CU_ASSERT_STRING_EQUAL(g->heard, "22--11");
	/* The pad of the first is where it begins. */
	g->pads = 2;
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_READER_NONE);
	CU_ASSERT_FALSE(g->result.asked);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "no reader `Cardinal PIN pad 2` (the slot's "
	    "pads=)"));
	rig_free(g);
}

static void
the_pad_is_named_to_who_hears_the_texts_unless_it_is_the_hsms(void)
{
	struct rig *g = harm_installed();

	g->pads = 3;
	g->reader = "Cardinal PIN pad 1";
	rig_users(g, 7, 3, 1, 4);
	strcpy(g->slot[7].reader[0], "Cardinal PIN pad 2");
	/* The HSM's own, by another of its names. */
	strcpy(g->slot[7].reader[1], "Cardinal PIN pad 01");
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_STRING_EQUAL(g->where, "221111");
	CU_ASSERT_STRING_EQUAL(g->heard, "222------");
	OK(rig_activate(g, 7));
	CU_ASSERT_STRING_EQUAL(g->where, "211");
	CU_ASSERT_STRING_EQUAL(g->heard, "22----");
	rig_free(g);
}

static void
a_pad_that_is_missing_in_the_middle_ends_it_and_is_named(void)
{
	struct rig *g = harm_installed();

	g->pads = 2;
	rig_users(g, 7, 2, 1, 4);
	strcpy(g->slot[7].reader[1], "Cardinal PIN pad 1");
	OK(rig_run(g, "slot-cards", 0, 0));
	CU_ASSERT_STRING_EQUAL(g->where, "0011");
	g->pads = 1;
	CU_ASSERT_EQUAL(rig_activate(g, 7), ERR_READER_NONE);
	CU_ASSERT_TRUE(g->result.asked);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "slot 7 user 2, step reader: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "Cardinal PIN pad 1"));
	rig_free(g);
}

/* In an installation. ---------------------------------------------------------------------------- */

static struct rig *
of_first_slots(void)
{
	struct rig *g = rig_new();

	rig_users(g, 0, 1, 1, 4);
	rig_users(g, 1, 2, 1, 5);
	rig_users(g, 7, 1, 1, 7);
	return g;
}

static void
slots_0_and_1_are_activated_by_the_installation(void)
{
	struct rig *g = of_first_slots();

	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Slot 0: User 1"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Slot 1: User 1"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Slot 1: User 2"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Slot 7: User 1"), 0);
	CU_ASSERT_TRUE(g->gate.slot[0].open);
	CU_ASSERT_TRUE(g->gate.slot[1].open);
	CU_ASSERT_FALSE(g->gate.slot[7].open);
	CU_ASSERT_EQUAL(g->gate.ends, 2);
	rig_free(g);
}

static void
an_activation_that_fails_leaves_the_hsm_installed(void)
{
	struct rig *g = of_first_slots();

	rig_quirk(g, "Slot 1: User 2", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->journal.broken, 0);
	CU_ASSERT_TRUE(g->result.made && g->result.have_head);
	CU_ASSERT_TRUE(g->gate.slot[0].open);
	CU_ASSERT_FALSE(g->gate.slot[1].open);
	CU_ASSERT_EQUAL(g->gate.end, ERR_CANCELLED);
	CU_ASSERT_EQUAL(g->gate.number, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "activate, slot 1 user 2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->result.message, "The HSM is installed; slot 1 stays closed"));
	rig_calm(g);
	OK(rig_activate(g, 1));
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(any_card_of_a_user_opens_his_slot),
	SENTENCE(what_a_card_is_asked_for_stands_at_the_pad),
	SENTENCE(users_are_asked_in_ascending_order),
	SENTENCE(a_mistake_shows_its_outcome_and_is_asked_again),
	SENTENCE(a_pad_that_presses_ok_by_itself_is_not_asked_for_ever),
	SENTENCE(a_card_of_another_hsm_is_a_wrong_card_before_its_pin_is_asked),
	SENTENCE(a_card_that_comes_blocked_is_put_aside_for_the_other_copy),
	SENTENCE(a_blocked_card_of_another_user_is_a_wrong_card),
	SENTENCE(an_abort_at_any_prompt_opens_nothing_and_is_told),
	SENTENCE(what_cannot_even_begin_has_asked_nobody),
	SENTENCE(a_challenge_is_worth_nothing_after_its_time),
	SENTENCE(at_boot_a_prompt_waits_for_as_long_as_the_whole_may_take),
	SENTENCE(all_users_together_have_the_time_of_the_whole),
	SENTENCE(a_pin_is_not_waited_for_longer_than_usual),
	SENTENCE(a_user_with_a_pad_of_his_own_is_asked_there),
	SENTENCE(the_pad_is_named_to_who_hears_the_texts_unless_it_is_the_hsms),
	SENTENCE(a_pad_that_is_missing_in_the_middle_ends_it_and_is_named),
	SENTENCE(slots_0_and_1_are_activated_by_the_installation),
	SENTENCE(an_activation_that_fails_leaves_the_hsm_installed),
};

SUITE("ceremony_activate", sentences)
