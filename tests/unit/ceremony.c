#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/ceremony.h"
#include "tests/rig/rig.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))
#define WRITE(i) "Insert " i ". card/press OK/Cancel", "Please wait/", "Enter PIN/", "Please wait/"
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

/* Resuming. -------------------------------------------------------------------------------------- */

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

/* Paper. ----------------------------------------------------------------------------------------- */

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
	struct ceremony_args args = { .k = 3, .n = 5 };
	struct sheet *s = calloc(1, sizeof(*s));
	const char *at = s->text;
	size_t i;

	OK(ceremony_checklist(ceremony_plan("install"), &args, NULL, add_line, s));
	for (i = 0; i < LEN(prompts_of_3of5); i++) {
		at = strstr(at, prompts_of_3of5[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at++;
	}
	args.n = 2;
	CU_ASSERT_EQUAL(ceremony_checklist(ceremony_plan("install"), &args, NULL, add_line, s), ERR_ARG);
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
	SENTENCE(resuming_with_enough_cards_reads_them_and_writes_the_rest),
	SENTENCE(resuming_with_all_cards_written_only_reads),
	SENTENCE(resuming_with_too_few_cards_makes_a_new_set_and_overwrites_without_asking),
	SENTENCE(resuming_does_not_write_over_a_card_of_the_set),
	SENTENCE(the_checklist_has_each_prompt_in_the_order_of_the_machine),
};

SUITE("ceremony", sentences)
