#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ceremony_harm.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const struct {
	const char *why, *at;
	unsigned nth;
	enum rig_do what;
	const char *keys;
	unsigned card;
	const char *outcome;	/* on line 1 */
	const char *again;	/* the prompt that comes again, and how often it is there in all */
	unsigned times;
} mistakes[] = {
	{ "wrong PIN", "Enter PIN", 1, RIG_KEYS, "999999o", 0, "Wrong PIN 2 left", "Enter PIN", 6 },
	{ "short PIN", "Enter PIN", 2, RIG_KEYS, "12345o", 0, "PIN too short", "Enter PIN", 6 },
	{ "no card", "Insert 2. card", 1, RIG_TAKE, NULL, 0, "No card", "Insert 2. card", 3 },
	{ "foreign card", "Insert 2. card", 1, RIG_INSERT, NULL, RIG_CARDS_MAX, "Foreign card", "Insert 2. card", 3 },
	{ "same card, written", "Insert 3. card", 1, RIG_INSERT, NULL, 1, "Same card again", "Insert 3. card", 2 },
	{ "same card, left in", "Insert 2. card", 1, RIG_KEYS, "o", 0, "Same card again", "Insert 2. card", 3 },
	{ "same card, read", "Insert 2. card", 2, RIG_KEYS, "o", 0, "Same card again", "Insert 2. card", 3 },
	{ "no share on it", "Insert 1. card", 2, RIG_INSERT, NULL, 5, "Wrong card", "Insert 1. card", 3 },
	{ "pulled at the PIN", "Enter PIN", 2, RIG_PULL, NULL, 0, "No card", "Insert 2. card", 3 },
	{ "pulled at the PIN, reading", "Enter PIN", 4, RIG_PULL, NULL, 0, "No card", "Insert 1. card", 3 },
};

static void
a_mistake_shows_its_outcome_and_is_asked_again(void)
{
	struct rig *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(mistakes); i++) {
		rig_calm(g);
		rig_fresh_cards(g);
		rig_factory_reset(g);
		rig_quirk(g, mistakes[i].at, mistakes[i].nth, mistakes[i].what, mistakes[i].keys,
		    mistakes[i].card);
		if (rig_run(g, "install", 2, 3) != 0 || rig_count(g, mistakes[i].outcome) != 1 ||
		    rig_count(g, mistakes[i].again) != mistakes[i].times) {
			printf("    %s: %s\n", mistakes[i].why, g->result.message);
			CU_FAIL("a mistake was not mended");
		}
		CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	}
	rig_free(g);
}

static void
two_wrong_pins_and_a_third_that_is_right_go_on(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Enter PIN", 1, RIG_KEYS, "999999o", 0);
	rig_quirk(g, "Enter PIN", 2, RIG_KEYS, "888888o", 0);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong PIN 2 left"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Wrong PIN 1 left"), 1);
	CU_ASSERT_TRUE(rig_recorded(g, "pin", "Wrong PIN 1 left"));
	rig_free(g);
}

/* The daemon does not wait for the pad: the ceremony comes back to wiped secrets and no journal. */
static void
a_daemon_stopped_in_a_pin_entry_writes_no_card_afterwards(void)
{
	static const char stood[] = "cardinald was stopped in backup-";
	uint8_t none[SHARE_RECORD_LEN], record[SHARE_RECORD_LEN];
	struct rig *g = rig_new();
	unsigned nth;

	rig_share_of(g, 1, none);
	for (nth = 1; nth <= 5; nth++) {
		rig_fresh_cards(g);
		rig_factory_reset(g);
		rig_quirk(g, "Enter PIN", nth, RIG_STOP, "123456o", 0);
		CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CLOSED);
		CU_ASSERT_EQUAL(g->journal.commits, 0);
		CU_ASSERT_EQUAL(strncmp(g->journal.status.message, stood, strlen(stood)), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, ", step pin. "));
		if (nth <= 3) {
			rig_share_of(g, nth, record);
			CU_ASSERT_EQUAL(memcmp(record, none, sizeof(none)), 0);
		}
		rig_ways_out(g, "stopped in a PIN entry");
	}
	rig_free(g);
}

static void
a_card_pulled_while_its_outcome_stands_is_asked_for_again(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Enter PIN", 1, RIG_KEYS, "999999o", 0);
	rig_quirk(g, "Wrong PIN", 1, RIG_PULL, NULL, 0);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "No card"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Insert 1. card"), 3);
	rig_free(g);
}

static void
clear_in_the_middle_of_a_pin_begins_it_again(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Enter PIN", 1, RIG_KEYS, "99c123456o", 0);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong PIN 2 left"), 0);
	rig_free(g);
}

static void
ok_ends_an_outcome_at_once(void)
{
	struct rig *g = rig_new();
	uint64_t slow;

	rig_quirk(g, "Insert 2. card", 1, RIG_TAKE, NULL, 0);
	OK(rig_run(g, "install", 2, 3));
	slow = g->clock;
	rig_free(g);
	g = rig_new();
	rig_quirk(g, "Insert 2. card", 1, RIG_TAKE, NULL, 0);
	rig_quirk(g, "No card", 1, RIG_KEYS, "o", 0);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(slow - g->clock, 1900);
	rig_free(g);
}

static void
cancel_ends_an_outcome_and_the_ceremony(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Insert 2. card", 1, RIG_TAKE, NULL, 0);
	rig_quirk(g, "No card", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_INCONSISTENT);
	rig_free(g);
}

static void
the_third_wrong_pin_is_shown_and_ends_it(void)
{
	struct rig *g = rig_new();

	harm_block(g);
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_INCONSISTENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "blocked"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "step pin"));
	rig_free(g);
}

static void
a_card_that_comes_blocked_is_put_aside(void)
{
	struct rig *g = rig_new();

	harm_block(g);
	rig_factory_reset(g);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 1);
	rig_quirk(g, "Insert 1. card", 2, RIG_INSERT, NULL, 4);
	g->first_reader = 2;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 1);
	rig_free(g);
}

static void
a_share_of_another_live_set_is_lost_only_by_a_second_ok(void)
{
	struct rig *g = rig_new();
	char text[40];
	uint8_t set[4];
	size_t i;

	OK(rig_run(g, "install", 2, 3));
	memcpy(set, g->journal.status.set.head.set, sizeof(set));
	rig_factory_reset(g);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 3);
	(void)snprintf(text, sizeof(text), "Overwrite / %02x%02x%02x%02x?  OK", set[0], set[1],
	    set[2], set[3]);
	for (i = 0; i < g->journal.records && strcmp(g->journal.record[i].step, "overwrite") != 0; i++)
		;
	CU_ASSERT_STRING_EQUAL(g->journal.record[i].text, text);
	CU_ASSERT_STRING_EQUAL(g->journal.record[i].serial, g->journal.status.serial[0]);
	rig_free(g);
}

static void
whoever_wants_to_keep_a_share_takes_the_card_out(void)
{
	uint8_t before[SHARE_RECORD_LEN], after[SHARE_RECORD_LEN];
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	rig_share_of(g, 1, before);
	rig_quirk(g, "Overwrite", 1, RIG_PULL, NULL, 0);
	rig_quirk(g, "Insert 1. card", 2, RIG_INSERT, NULL, 4);
	g->first_reader = 2;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "No card"), 1);
	rig_share_of(g, 1, after);
	SAME(before, after, sizeof(before));
	rig_free(g);
}

static void
a_share_of_a_rehearsal_is_overwritten_without_asking(void)
{
	struct rig *g = rig_new();

	g->mode = SHARE_TEST;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(g->result.head.mode, SHARE_TEST);
	rig_factory_reset(g);
	g->mode = SHARE_LIVE;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	CU_ASSERT_EQUAL(g->result.head.mode, SHARE_LIVE);
	rig_free(g);
}

/* Card 4 holds a share of a set that was. */
static void
a_card_of_another_set_is_a_wrong_card_before_its_pin_is_asked(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	g->first_reader = 2;
	OK(rig_run(g, "install", 2, 3));
	rig_calm(g);
	rig_factory_reset(g);
	rig_quirk(g, "Insert 1. card", 2, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong card"), 1);
	CU_ASSERT_EQUAL(rig_count(g, "Enter PIN"), 5);
	rig_free(g);
}

static void
another_ref(struct card_data *d, void *arg)
{
	(void)arg;
	for (uint16_t i = 0; i < d->files_n; i++)
		if (d->file[i].kind == FILE_PIN)
			d->file[i].ref++;
}

static void
a_card_that_answers_strangely_is_a_wrong_card(void)
{
	struct rig *g = rig_new();

	rig_forge(g, 4, another_ref, NULL);
	rig_quirk(g, "Insert 1. card", 1, RIG_INSERT, NULL, 4);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_count(g, "Wrong card"), 1);
	rig_free(g);
}

static const struct sentence sentences[] = {
	SENTENCE(a_mistake_shows_its_outcome_and_is_asked_again),
	SENTENCE(two_wrong_pins_and_a_third_that_is_right_go_on),
	SENTENCE(a_daemon_stopped_in_a_pin_entry_writes_no_card_afterwards),
	SENTENCE(a_card_pulled_while_its_outcome_stands_is_asked_for_again),
	SENTENCE(clear_in_the_middle_of_a_pin_begins_it_again),
	SENTENCE(ok_ends_an_outcome_at_once),
	SENTENCE(cancel_ends_an_outcome_and_the_ceremony),
	SENTENCE(the_third_wrong_pin_is_shown_and_ends_it),
	SENTENCE(a_card_that_comes_blocked_is_put_aside),
	SENTENCE(a_share_of_another_live_set_is_lost_only_by_a_second_ok),
	SENTENCE(whoever_wants_to_keep_a_share_takes_the_card_out),
	SENTENCE(a_share_of_a_rehearsal_is_overwritten_without_asking),
	SENTENCE(a_card_of_another_set_is_a_wrong_card_before_its_pin_is_asked),
	SENTENCE(a_card_that_answers_strangely_is_a_wrong_card),
};

SUITE("ceremony_mistake", sentences)
