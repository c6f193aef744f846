#include "tests/unit/token.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void
there_is_no_token_before_the_installation(void)
{
	static const enum hsm_state states[] = { HSM_FACTORY, HSM_INSTALLING, HSM_INCONSISTENT };
	char code[SLOT_CODE_MAX + 1];
	struct place p;
	uint64_t id;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		place_enter(&p);
		place_lead_to(&p, states[i]);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).present, 0);
		CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, TOKEN_CODE), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_add(&p, 0, OBJECT_PUBLIC, "a", NULL, &id), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(slot_made(p.store, 0, SLOT_USER, code), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(slot_open_auto(p.store, 0), ERR_NOT_NOW);
		OK(slots_start(p.store));
		place_leave(&p);
	}
}

static void
there_is_no_eleventh_slot(void)
{
	struct slot_info info;
	struct place p;
	uint64_t id;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(slot_info(p.store, SLOTS, &info), ERR_ARG);
	CU_ASSERT_EQUAL(token_login(&p, SLOTS, SLOT_USER, NULL), ERR_ARG);
	CU_ASSERT_EQUAL(slot_leave(p.store, SLOTS), ERR_ARG);
	CU_ASSERT_EQUAL(token_add(&p, SLOTS, OBJECT_PUBLIC, "a", NULL, &id), ERR_ARG);
	CU_ASSERT_EQUAL(slot_wipe(p.store, SLOTS, NULL, 0), ERR_ARG);
	place_leave(&p);
}

static void
an_installation_that_names_no_slots_makes_ten_that_are_open(void)
{
	struct slot_info info, other;
	struct place p;

	place_enter(&p);
	OK(store_label(p.store, "hsm-7"));
	place_lead_to(&p, HSM_OPERATIONAL);
	for (unsigned i = 0; i < 2 * SLOTS; i++) {
		info = token_info(&p, i % SLOTS);
		CU_ASSERT_EQUAL(info.mode, SLOT_AUTO);
		CU_ASSERT(info.present && info.initialised && info.user_set && info.open);
		CU_ASSERT(!info.damaged && !info.user_change && !info.so_change && info.so_made);
		CU_ASSERT_EQUAL(info.user_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(info.so_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(info.generation, 1);
		CU_ASSERT_EQUAL(info.objects, 0);
		SAME(info.label, "hsm-7 slot ", 11);
		CU_ASSERT_EQUAL(info.label[11], '0' + (int)i % SLOTS);
		SAME(info.label + 12, "                    ", 20);
		other = token_info(&p, (i + 1) % SLOTS);
		CU_ASSERT_NOT_EQUAL(memcmp(info.serial, other.serial, SLOT_SERIAL_LEN), 0);
		OK(token_login(&p, i % SLOTS, SLOT_USER, NULL));
		if (i == SLOTS - 1) {
			memcpy(other.serial, info.serial, sizeof(other.serial));
			token_again(&p);
			SAME(token_info(&p, i).serial, other.serial, SLOT_SERIAL_LEN);
		}
	}
	place_leave(&p);
}

static void
slots_are_as_the_installation_was_told(void)
{
	struct slot_info info;
	struct place p;

	token_enter_earnest(&p);
	for (unsigned i = 0; i < SLOTS; i++) {
		info = token_info(&p, i);
		CU_ASSERT_EQUAL(info.mode, i < 3 ? SLOT_AUTO : SLOT_CODE);
		CU_ASSERT_EQUAL(info.open, i < 3);
		CU_ASSERT_EQUAL(info.so_made, i < 2 || i == 5);
		CU_ASSERT_EQUAL(info.user_change, i > 5);
		CU_ASSERT_EQUAL(info.so_change, i > 5);
		CU_ASSERT(info.user_set && info.initialised);
	}
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(token_login(&p, 6, SLOT_SO, TOKEN_TRIAL_SO));
	CU_ASSERT_EQUAL(token_info(&p, 3).open, 1);
	CU_ASSERT_EQUAL(token_info(&p, 4).open, 0);
	CU_ASSERT_EQUAL(token_info(&p, 6).open, 1);
	/* Those of mode code are closed again after a start. */
	token_again(&p);
	for (unsigned i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(token_info(&p, i).open, i < 3);
	place_leave(&p);
}

static void
a_plan_that_cannot_be_leaves_no_slot_and_no_key(void)
{
	static const struct {
		const char *why, *code, *so;
		unsigned slot;
		uint8_t mode;
		int r;
	} bad[] = {
		{ "no mode", TOKEN_CODE, NULL, 1, 0, ERR_ARG },
		{ "a mode that is none", TOKEN_CODE, NULL, 1, 5, ERR_ARG },
		{ "cards of nobody", TOKEN_CODE, NULL, 1, SLOT_CARDS, ERR_ARG },
		{ "pka", NULL, NULL, 1, SLOT_PKA, ERR_UNSUPPORTED },
		{ "slot 0 with a code", TOKEN_CODE, NULL, 0, SLOT_CODE, ERR_ARG },
		{ "no code", NULL, NULL, 9, SLOT_CODE, ERR_ARG },
		{ "a code of 7", "1234567", NULL, 9, SLOT_CODE, ERR_ARG },
		{ "an SO PIN of 7", TOKEN_CODE, "1234567", 9, SLOT_CODE, ERR_ARG },
		{ "a code to be stored", TOKEN_CODE, NULL, 9, SLOT_AUTO, ERR_ARG },
	};
	struct slot_plan plan[SLOTS];
	struct place p;
	struct mbk mbk;

	place_enter(&p);
	place_lead_to(&p, HSM_INSTALLING);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (unsigned slot = 0; slot < SLOTS; slot++)
			plan[slot] = token_plan(SLOT_AUTO, NULL, NULL);
		plan[bad[i].slot] = token_plan(bad[i].mode, bad[i].code, bad[i].so);
		if (store_commit(p.store, &p.mbk, plan) != bad[i].r)
			CU_FAIL(bad[i].why);
		CU_ASSERT_EQUAL(token_info(&p, 1).present, 0);
		CU_ASSERT_EQUAL(place_status(&p).state, HSM_INSTALLING);
		CU_ASSERT_EQUAL(store_mbk(p.store, &mbk), ERR_NOT_FOUND);
	}
	plan[9] = token_plan(SLOT_CODE, "12345678", "12345678");
	OK(store_commit(p.store, &p.mbk, plan));
	CU_ASSERT_EQUAL(token_info(&p, 9).mode, SLOT_CODE);
	place_leave(&p);
}

static void
a_trial_needs_no_cards_and_says_that_it_is_one_until_a_reset(void)
{
	struct slot_plan plan[SLOTS];
	char code[SLOT_CODE_MAX + 1];
	struct hsm_status st;
	struct slot_info info;
	struct place p;
	struct mbk mbk;

	place_enter(&p);
	CU_ASSERT_EQUAL(place_status(&p).trial, 0);
	for (unsigned i = 0; i < SLOTS; i++) {
		plan[i] = token_plan(i == 0 ? SLOT_AUTO : SLOT_CODE, TOKEN_TRIAL, TOKEN_TRIAL_SO);
		plan[i].trial = 1;
	}
	OK(store_trial(p.store, plan));
	CU_ASSERT_EQUAL(store_trial(p.store, plan), ERR_NOT_NOW);
	token_again(&p);
	st = place_status(&p);
	CU_ASSERT_EQUAL(st.state, HSM_OPERATIONAL);
	CU_ASSERT(st.trial && !st.committed && !st.have_set && !st.key_lost);
	CU_ASSERT_EQUAL(store_mbk(p.store, &mbk), ERR_NOT_FOUND);
	for (unsigned i = 0; i < SLOTS; i++) {
		OK(token_login(&p, i, SLOT_USER, TOKEN_TRIAL));
		OK(token_login(&p, i, SLOT_SO, TOKEN_TRIAL_SO));
		info = token_info(&p, i);
		CU_ASSERT(info.open && info.user_change && info.so_change && !info.so_made);
	}
	OK(slot_made(p.store, 0, SLOT_USER, code));
	CU_ASSERT_STRING_EQUAL(code, TOKEN_TRIAL);
	OK(token_change(&p, 3, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE));
	CU_ASSERT_EQUAL(token_info(&p, 3).user_change, 0);
	CU_ASSERT_EQUAL(token_info(&p, 3).so_change, 1);
	OK(store_factory_reset(p.store));
	CU_ASSERT_EQUAL(place_status(&p).trial, 0);
	CU_ASSERT_EQUAL(place_status(&p).state, HSM_FACTORY);
	place_leave(&p);
}

static void
a_slot_that_is_left_opens_only_as_its_mode_says(void)
{
	struct place p;

	token_enter(&p);
	OK(slot_leave(p.store, 1));
	CU_ASSERT_EQUAL(token_info(&p, 1).open, 0);
	/* Closed on purpose: an application that comes back does not open it. */
	CU_ASSERT_EQUAL(token_login(&p, 1, SLOT_USER, NULL), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(token_login(&p, 1, SLOT_USER, TOKEN_CODE), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(token_info(&p, 1).user_left, SLOT_TRIES);
	OK(slot_open_auto(p.store, 1));
	CU_ASSERT_EQUAL(token_info(&p, 1).open, 1);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(slot_leave(p.store, 6));
	CU_ASSERT_EQUAL(token_info(&p, 6).open, 0);
	CU_ASSERT_EQUAL(slot_open_auto(p.store, 6), ERR_NOT_NOW);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	CU_ASSERT_EQUAL(token_info(&p, 6).open, 1);
	place_leave(&p);
}

static void
when_all_is_closed_no_slot_has_a_token(void)
{
	struct place p;

	token_enter(&p);
	slots_close(p.store);
	for (unsigned i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(token_info(&p, i).present, 0);
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(token_find(&p, 0, OBJECT_PUBLIC, NULL), ERR_NOT_NOW);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 0).open, 1);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(there_is_no_token_before_the_installation),
	SENTENCE(there_is_no_eleventh_slot),
	SENTENCE(an_installation_that_names_no_slots_makes_ten_that_are_open),
	SENTENCE(slots_are_as_the_installation_was_told),
	SENTENCE(a_plan_that_cannot_be_leaves_no_slot_and_no_key),
	SENTENCE(a_trial_needs_no_cards_and_says_that_it_is_one_until_a_reset),
	SENTENCE(a_slot_that_is_left_opens_only_as_its_mode_says),
	SENTENCE(when_all_is_closed_no_slot_has_a_token),
};

SUITE("slots", sentences)
