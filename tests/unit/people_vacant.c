#include "tests/unit/crew.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* Tokens that have no code, in slots whose users have lost their cards. */

#define NEW "another code"
#define NEW_SO "another PIN"

/* Other people for slot 7, enrolled, and what makes them its. */
static struct slot_plan
other_people(struct place *p, const char *so)
{
	struct slot_plan plan = token_plan(SLOT_CARDS, NEW, so);
	struct user_seat seat;

	plan.trial = 1;
	plan.users = plan.copies = 2;
	for (unsigned u = 1; u <= 2; u++) {
		seat = crew_seat(3 + u);
		OK(store_enrol(p->store, 7, u, &seat));
	}
	return plan;
}

static void
a_wiped_token_takes_other_people_without_those_from_before(void)
{
	struct slot_plan plan;
	struct user_seat seat;
	unsigned slot, user;
	struct caller c;
	struct place p;
	uint64_t id;

	crew_enter(&p, 0);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	OK(token_add(&p, 7, OBJECT_PRIVATE, "gone", NULL, &id));
	OK(slot_leave(p.store, 7));
	crew_login(&c, &p, 7, TOKEN_CODE);
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_CANCELLED), 1);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CANCELLED);
	/* With a code it is theirs. */
	plan = other_people(&p, NULL);
	CU_ASSERT_EQUAL(slot_mode_try(p.store, 7, NULL, 0, &plan), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE),
	    &plan), ERR_NOT_NOW);
	OK(slot_wipe(p.store, 7, NULL, 0));
	CU_ASSERT_EQUAL(slot_mode_try(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE),
	    &plan), ERR_NOT_FOUND);
	OK(slot_mode_try(p.store, 7, NULL, 0, &plan));
	OK(slot_set_mode(p.store, 7, NULL, 0, &plan));
	CU_ASSERT(token_info(&p, 7).users == 2 && token_info(&p, 7).user_set);
	CU_ASSERT(!token_info(&p, 7).open && !token_info(&p, 7).held);
	seat = crew_seat(4);
	OK(people_whose(p.store, &seat.keys, &slot, &user));
	CU_ASSERT(slot == 7 && user == 1);
	seat = crew_seat(0);
	CU_ASSERT_EQUAL(people_whose(p.store, &seat.keys, &slot, &user), ERR_NOT_FOUND);
	token_again(&p);
	OK(crew_open(&p, 7, NEW, 4));
	CU_ASSERT_EQUAL(token_find(&p, 7, OBJECT_PRIVATE, NULL), 0);
	OK(token_add(&p, 7, OBJECT_PRIVATE, "new", NULL, &id));
	token_again(&p);
	OK(crew_open(&p, 7, NEW, 4));
	CU_ASSERT_EQUAL(token_find(&p, 7, OBJECT_PRIVATE, "new"), 1);
	place_leave(&p);
}

static void
an_so_pin_stays_when_a_token_without_a_code_gets_another_mode(void)
{
	static const uint8_t modes[] = { SLOT_AUTO, SLOT_CODE, SLOT_CARDS };

	for (size_t i = 0; i < sizeof(modes); i++) {
		struct slot_plan plan;
		struct caller c;
		struct place p;
		uint64_t number;

		crew_enter(&p, 0);
		/* In the box, which nobody opens any more. */
		OK(slot_wipe(p.store, 7, (const uint8_t *)NEW_SO, strlen(NEW_SO)));
		plan = modes[i] == SLOT_CARDS ? other_people(&p, NULL) :
		    token_plan(modes[i], modes[i] == SLOT_AUTO ? NULL : NEW, NULL);
		CU_ASSERT_EQUAL(people_ask_mode(p.store, 7, NULL, 0, &plan, &number), ERR_NOT_NOW);
		OK(slot_set_mode(p.store, 7, NULL, 0, &plan));
		CU_ASSERT_EQUAL(token_info(&p, 7).mode, modes[i]);
		CU_ASSERT_EQUAL(token_info(&p, 7).open, modes[i] == SLOT_AUTO);
		token_again(&p);
		OK(token_login(&p, 7, SLOT_SO, NEW_SO));
		if (modes[i] == SLOT_CODE)
			OK(token_login(&p, 7, SLOT_USER, NEW));
		if (modes[i] == SLOT_CARDS)
			OK(crew_open(&p, 7, NEW, 4));
		CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
		if (modes[i] == SLOT_AUTO) {
			place_leave(&p);
			continue;
		}
		/* It opens nothing before it was entered where the slot is open. */
		OK(slot_leave(p.store, 7));
		CU_ASSERT_EQUAL(token_set_user(&p, 7, NEW_SO, TOKEN_CODE), ERR_NOT_NOW);
		OK(modes[i] == SLOT_CODE ? token_login(&p, 7, SLOT_USER, NEW) :
		    crew_open(&p, 7, NEW, 4));
		OK(token_login(&p, 7, SLOT_SO, NEW_SO));
		OK(slot_leave(p.store, 7));
		if (modes[i] == SLOT_CODE)
			OK(token_set_user(&p, 7, NEW_SO, TOKEN_CODE));
		if (modes[i] == SLOT_CARDS) {
			crew_give(&c, &p, 7, NEW_SO, TOKEN_CODE);
			OK(crew_serve(&p, 4));
			OK(crew_result(&c));
		}
		place_leave(&p);
	}
}

/* Its cards alone open all slots at the start: who can wipe it does not take that away. */
static void
slot_0_that_its_cards_alone_open_stays_theirs_when_it_is_wiped(void)
{
	struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
	struct place p;
	uint64_t number;

	crew_enter(&p, 1);
	OK(slot_wipe(p.store, 0, NULL, 0));
	CU_ASSERT(token_info(&p, 0).stored && token_info(&p, 0).user_set);
	OK(people_ask_mode(p.store, 0, NULL, 0, &plan, &number));
	CU_ASSERT_EQUAL(token_info(&p, 0).mode, SLOT_CARDS);
	CU_ASSERT_EQUAL(token_info(&p, 2).open, 0);
	OK(crew_serve(&p, 3));
	CU_ASSERT_EQUAL(token_info(&p, 0).mode, SLOT_AUTO);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(a_wiped_token_takes_other_people_without_those_from_before),
	SENTENCE(an_so_pin_stays_when_a_token_without_a_code_gets_another_mode),
	SENTENCE(slot_0_that_its_cards_alone_open_stays_theirs_when_it_is_wiped),
};

SUITE("people_vacant", sentences)
