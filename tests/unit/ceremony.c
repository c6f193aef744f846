#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/backup.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define WRITE(i) "Insert " i ". card/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"
#define IDLE "REINER SCT/cyberJack e-com"
#define WRITE_KEY "Write New Key/press OK/Cancel"
#define READ_KEY "Read New Key/press OK/Cancel"

static void
two_of_three_shows_the_prompts_of_the_contract_in_order(void)
{
	static const char *const texts[] = {
		WRITE_KEY, WRITE("1"), WRITE("2"), WRITE("3"),
		READ_KEY, WRITE("1"), WRITE("2"),
	};
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_EQUAL(g->device.pad.lcd.beeps, 1);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(g->journal.commits, 1);
	CU_ASSERT_STRING_EQUAL(g->device.pad.lcd.now.line[0], "");
	CU_ASSERT_STRING_EQUAL(g->front, "");
	CU_ASSERT_FALSE(g->powered);
	rig_free(g);
}

static void
three_of_five_shows_the_prompts_of_the_contract_in_order(void)
{
	static const char *const texts[] = {
		WRITE_KEY, WRITE("1"), WRITE("2"), WRITE("3"), WRITE("4"), WRITE("5"),
		READ_KEY, WRITE("1"), WRITE("2"), WRITE("3"),
	};
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 3, 5));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_EQUAL(g->device.pad.lcd.beeps, 1);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

/* Any k cards give the key that was committed, k - 1 do not. */
static void
the_cards_hold_the_key_that_was_committed(void)
{
	struct rig *g = rig_new();
	uint8_t record[SHARE_RECORD_LEN];
	struct share s[2];
	struct mbk key;
	unsigned bad, i, j;

	OK(rig_run(g, "install", 2, 3));
	for (i = 1; i <= 3; i++) {
		for (j = i + 1; j <= 3; j++) {
			rig_share_of(g, i, record);
			OK(share_decode(record, sizeof(record), &s[0]));
			rig_share_of(g, j, record);
			OK(share_decode(record, sizeof(record), &s[1]));
			OK(share_of_set(&s[0], &g->journal.status.set));
			OK(share_combine(s, 2, &key, &bad));
			SAME(key.key, g->journal.mbk.key, MBK_LEN);
		}
		CU_ASSERT_EQUAL(share_combine(s, 1, &key, &bad), ERR_SHARES_FEW);
	}
	rig_free(g);
}

static void
any_cards_in_any_order_give_the_key_back(void)
{
	struct rig *g = rig_new();
	unsigned first;

	for (first = 1; first <= 5; first++) {
		rig_fresh_cards(g);
		rig_factory_reset(g);
		g->first_reader = first;
		OK(rig_run(g, "install", 3, 5));
		CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	}
	rig_free(g);
}

static void
the_card_still_in_the_slot_may_be_the_first_to_be_read(void)
{
	struct rig *g = rig_new();

	/* Its first Insert of the reading: OK, without touching the card. */
	rig_quirk(g, "Insert 1. card", 2, RIG_KEYS, "o", 0);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(g->result.card[2].seen, 1);
	rig_free(g);
}

static void
only_the_quorums_of_the_contract_are_offered(void)
{
	static const uint8_t other[][2] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 2, 5 }, { 3, 2 }, { 0, 0 } };
	struct rig *g = rig_new();
	size_t i;

	for (i = 0; i < LEN(other); i++) {
		CU_ASSERT_EQUAL(rig_run(g, "install", other[i][0], other[i][1]), ERR_ARG);
		CU_ASSERT_EQUAL(g->journal.status.state, HSM_FACTORY);
	}
	rig_free(g);
}

static void
an_installed_hsm_is_not_installed_again(void)
{
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(rig_run(g, "resume", 0, 0), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

static void
the_advice_names_set_check_value_and_cards_with_the_factory_pin(void)
{
	struct rig *g = rig_new();
	char advice[ADVICE_MAX], serial[64];
	unsigned x;

	OK(rig_run(g, "install", 3, 5));
	OK(ceremony_advice(&g->result, advice));
	for (x = 1; x <= 5; x++) {
		(void)snprintf(serial, sizeof(serial), "card %u, %s\n", x,
		    g->journal.status.serial[x - 1]);
		CU_ASSERT_PTR_NOT_NULL(strstr(advice, serial));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "(3 of 5, LIVE)"));
	rig_free(g);
}

/* Mistakes that can be mended. ----------------------------------------------------------------- */

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
	{ "foreign card", "Insert 2. card", 1, RIG_INSERT, NULL, 8, "Foreign card", "Insert 2. card", 3 },
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

/* Blocks the share PIN of a card, by an installation that breaks off. */
static void
block(struct rig *g)
{
	unsigned i;

	for (i = 1; i <= 3; i++)
		rig_quirk(g, "Enter PIN", i, RIG_KEYS, "999999o", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CARD_BLOCKED);
	rig_calm(g);
}

static void
the_third_wrong_pin_is_shown_and_ends_it(void)
{
	struct rig *g = rig_new();

	block(g);
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

	block(g);
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
	d->pin[0].ref++;
	d->pin[1].ref++;
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

/* Aborts. ---------------------------------------------------------------------------------------- */

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
	static const char *const texts[] = { IDLE, WRITE_KEY };
	uint64_t began = g->clock;

	rig_quirk(g, "Write New Key", 1, RIG_NOTHING, NULL, 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_TIMEOUT);
	CU_ASSERT_TRUE(rig_showed(g, texts + 1, 1));
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
	rig_free(g);
}

/* The share as it is on the card; at: which byte of the record. */
static void
flip_share(struct card_data *d, void *arg)
{
	rig_file(d, FID_SHARE, FILE_EF)->data[*(size_t *)arg] ^= 1;
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
	rig_forge(g, 2, flip_share, &at);
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
static const struct phase spoils[] = { { "spoil", memory_steps }, { "spoil", cards_steps } };

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
static const struct phase late = { "late", late_steps };

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

/* Resuming. --------------------------------------------------------------------------------------- */

static void
resuming_with_enough_cards_reads_them_and_writes_the_rest(void)
{
	static const char *const texts[] = {
		READ_KEY, WRITE("1"), WRITE("2"),
		WRITE_KEY, WRITE("3"),
		READ_KEY, WRITE("1"), WRITE("2"),
	};
	struct rig *g = rig_new();
	uint8_t set[SET_ID_LEN];

	rig_quirk(g, "Insert 3. card", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "2 of 3 cards are written"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "goes on with them"));
	memcpy(set, g->journal.status.set.head.set, sizeof(set));
	rig_calm(g);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	SAME(set, g->journal.status.set.head.set, sizeof(set));
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

static void
resuming_with_all_cards_written_only_reads(void)
{
	static const char *const texts[] = { READ_KEY, WRITE("1"), WRITE("2") };
	struct rig *g = rig_new();

	rig_quirk(g, "Read New Key", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	rig_calm(g);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT_EQUAL(g->journal.status.state, HSM_OPERATIONAL);
	rig_free(g);
}

static void
resuming_with_too_few_cards_makes_a_new_set_and_overwrites_without_asking(void)
{
	struct rig *g = rig_new();
	uint8_t set[SET_ID_LEN];

	rig_quirk(g, "Insert 2. card", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "1 of 3 cards is written"));
	CU_ASSERT_PTR_NOT_NULL(strstr(g->journal.status.message, "begins a new set"));
	memcpy(set, g->journal.status.set.head.set, sizeof(set));
	rig_calm(g);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Overwrite"), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(set, g->journal.status.set.head.set, sizeof(set)), 0);
	rig_free(g);
}

static void
resuming_does_not_write_over_a_card_of_the_set(void)
{
	struct rig *g = rig_new();

	rig_quirk(g, "Insert 3. card", 1, RIG_KEYS, "x", 0);
	CU_ASSERT_EQUAL(rig_run(g, "install", 2, 3), ERR_CANCELLED);
	rig_calm(g);
	rig_quirk(g, "Insert 3. card", 1, RIG_INSERT, NULL, 2);
	OK(rig_run(g, "resume", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Same card again"), 1);
	rig_free(g);
}

/* Tools, and a reader without display. ------------------------------------------------------------- */

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
	rig_forge(g, 1, flip_share, &at);
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

	block(g);
	rig_factory_reset(g);
	OK(rig_run(g, "share-info", 0, 0));
	CU_ASSERT_EQUAL(rig_count(g, "Card blocked"), 0);
	CU_ASSERT_EQUAL(g->result.pin.tries, 0);
	CU_ASSERT_EQUAL(g->result.pin.tries_max, 3);
	rig_free(g);
}

/* Nobody can press OK, so another card has to come. */
static void
without_a_display_no_live_share_is_overwritten(void)
{
	struct rig *g = rig_new();

	OK(rig_run(g, "install", 2, 3));
	rig_factory_reset(g);
	g->no_display = 1;
	rig_quirk(g, "Insert 1. card", 2, RIG_INSERT, NULL, 4);
	rig_quirk(g, "Insert 2. card", 1, RIG_INSERT, NULL, 5);
	rig_quirk(g, "Insert 3. card", 1, RIG_INSERT, NULL, 6);
	rig_quirk(g, "Insert 2. card", 2, RIG_INSERT, NULL, 5);
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_recorded(g, "overwrite", "Wrong card"));
	rig_free(g);
}

static void
without_a_display_the_words_are_said_and_the_card_is_the_answer(void)
{
	static const char *const texts[] = {
		"Enter PIN/", "Enter PIN/", "Enter PIN/", "Enter PIN/", "Enter PIN/",
	};
	struct rig *g = rig_new();

	g->no_display = 1;
	OK(rig_run(g, "install", 2, 3));
	CU_ASSERT_TRUE(rig_showed(g, texts, LEN(texts)));
	CU_ASSERT(g->saids >= 12);
	rig_free(g);
}

struct sheet {
	char text[8192];
};

static void
add_line(void *arg, const char *line)
{
	struct sheet *s = arg;
	size_t n = strlen(s->text);

	CU_ASSERT(strlen(line) <= 100);
	(void)snprintf(s->text + n, sizeof(s->text) - n, "%s\n", line);
}

/* Each text that the machine shows, in its order. */
static void
the_checklist_has_each_prompt_in_the_order_of_the_machine(void)
{
	static const char *const prompts_of_3of5[] = {
		"One beep, the pad shows `Write New Key / press OK/Cancel`",
		"`Insert 1. card / press OK/Cancel`", "If it shows `Overwrite / <set>?  OK`:",
		"`Enter PIN`",
		"`Insert 5. card / press OK/Cancel`", "`Read New Key / press OK/Cancel`",
		"`Insert 1. card / press OK/Cancel`", "`Insert 3. card / press OK/Cancel`",
		"the set id and the key's check value", "that still have the PIN of the factory",
		"and advises",
		"Check value",
	};
	struct sheet *s = calloc(1, sizeof(*s));
	const char *at = s->text;
	size_t i;

	OK(ceremony_checklist(ceremony_plan("install"), 3, 5, add_line, s));
	for (i = 0; i < LEN(prompts_of_3of5); i++) {
		at = strstr(at, prompts_of_3of5[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at++;
	}
	CU_ASSERT_EQUAL(ceremony_checklist(ceremony_plan("install"), 3, 2, add_line, s), ERR_ARG);
	free(s);
}

static const struct sentence sentences[] = {
	SENTENCE(two_of_three_shows_the_prompts_of_the_contract_in_order),
	SENTENCE(three_of_five_shows_the_prompts_of_the_contract_in_order),
	SENTENCE(the_cards_hold_the_key_that_was_committed),
	SENTENCE(any_cards_in_any_order_give_the_key_back),
	SENTENCE(the_card_still_in_the_slot_may_be_the_first_to_be_read),
	SENTENCE(only_the_quorums_of_the_contract_are_offered),
	SENTENCE(an_installed_hsm_is_not_installed_again),
	SENTENCE(the_advice_names_set_check_value_and_cards_with_the_factory_pin),
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
	SENTENCE(resuming_with_enough_cards_reads_them_and_writes_the_rest),
	SENTENCE(resuming_with_all_cards_written_only_reads),
	SENTENCE(resuming_with_too_few_cards_makes_a_new_set_and_overwrites_without_asking),
	SENTENCE(resuming_does_not_write_over_a_card_of_the_set),
	SENTENCE(a_share_is_verified_alone),
	SENTENCE(a_damaged_share_is_told_alone),
	SENTENCE(what_is_on_a_blocked_card_is_told),
	SENTENCE(a_share_of_another_set_is_told_before_its_pin_is_asked),
	SENTENCE(what_is_on_a_card_is_told_without_a_pin),
	SENTENCE(without_a_display_no_live_share_is_overwritten),
	SENTENCE(without_a_display_the_words_are_said_and_the_card_is_the_answer),
	SENTENCE(the_checklist_has_each_prompt_in_the_order_of_the_machine),
};

SUITE("ceremony", sentences)
