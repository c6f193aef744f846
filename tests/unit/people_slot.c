#include "tests/unit/crew.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

#define NEW "another code"
#define NEW_SO "another PIN"

static void
a_code_is_changed_while_the_slot_is_open_and_the_cards_stay(void)
{
	struct place p;

	crew_enter(&p, 0);
	CU_ASSERT_EQUAL(token_change(&p, 7, SLOT_USER, "12345678", NEW), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(token_change(&p, 7, SLOT_SO, "12345678", NEW), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	CU_ASSERT_EQUAL(token_change(&p, 7, SLOT_USER, "12345678", NEW), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_change(&p, 7, SLOT_USER, NULL, NULL), ERR_ARG);
	OK(token_change(&p, 7, SLOT_USER, TOKEN_CODE, NEW));
	OK(token_change(&p, 7, SLOT_SO, TOKEN_SO, NEW_SO));
	CU_ASSERT_EQUAL(token_info(&p, 7).user_change, 0);
	token_again(&p);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_CODE), ERR_PIN_WRONG);
	OK(crew_open(&p, 7, NEW, 0));
	OK(slot_leave(p.store, 7));
	/* The SO's envelope was sealed beside the user's new one, and the other way round. */
	{
		struct caller c;

		crew_give(&c, &p, 7, NEW_SO, TOKEN_CODE);
		OK(crew_serve(&p, 0));
		OK(crew_result(&c));
	}
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	place_leave(&p);
}

static void
the_so_gives_a_code_with_all_cards_and_the_slot_stays_closed(void)
{
	struct opening o;
	struct caller c;
	struct place p;
	char text[64];
	uint64_t id;
	int failed;

	crew_enter(&p, 0);
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	OK(token_add(&p, 8, OBJECT_PRIVATE, "kept", NULL, &id));
	OK(slot_leave(p.store, 8));
	CU_ASSERT_EQUAL(token_set_user(&p, 8, "12345678", NEW), ERR_PIN_WRONG);
	CU_ASSERT_PTR_NULL(p.store->people.first);
	/* Without the cards the SO PIN changes nothing. */
	crew_give(&c, &p, 8, TOKEN_SO, NEW);
	OK(people_next(p.store, &o));
	CU_ASSERT(o.slot == 8 && o.purpose == CHALLENGE_INIT);
	OK(crew_prove(&p, o.number, 1, 1));
	OK(people_end(p.store, o.number, ERR_CANCELLED, 1, &failed));
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CANCELLED);
	CU_ASSERT(failed && token_info(&p, 8).held);
	OK(people_ask(p.store, 8, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), 0, &id));
	OK(crew_serve(&p, 1));
	OK(slot_leave(p.store, 8));
	crew_give(&c, &p, 8, TOKEN_SO, NEW);
	OK(crew_serve(&p, 1));
	OK(crew_result(&c));
	CU_ASSERT(!token_info(&p, 8).open && token_info(&p, 8).user_change);
	CU_ASSERT_EQUAL(token_login(&p, 8, SLOT_USER, TOKEN_CODE), ERR_PIN_WRONG);
	OK(crew_open(&p, 8, NEW, 1));
	OK(token_read(&p, 8, 1, text));
	CU_ASSERT_STRING_EQUAL(text, "kept");
	/* While it is open, nobody is asked. */
	OK(token_set_user(&p, 8, TOKEN_SO, TOKEN_CODE));
	OK(slot_leave(p.store, 8));
	OK(crew_open(&p, 8, TOKEN_CODE, 1));
	place_leave(&p);
}

static void
a_code_that_the_so_replaced_meanwhile_opens_nothing(void)
{
	struct caller give, login;
	struct opening o;
	struct place p;

	crew_enter(&p, 0);
	crew_give(&give, &p, 7, TOKEN_SO, NEW);
	crew_waits(&p, 1);
	crew_login(&login, &p, 7, TOKEN_CODE);
	crew_queue(&p, 2);
	OK(crew_serve(&p, 0));
	OK(crew_result(&give));
	/* Who has the new one does not wait with who has the old one. */
	crew_login(&give, &p, 7, NEW);
	crew_queue(&p, 2);
	OK(people_next(p.store, &o));
	/* The old one's opening ended without anybody being asked; the new one's is next. */
	CU_ASSERT_EQUAL(crew_result(&login), ERR_NOT_NOW);
	OK(crew_prove(&p, o.number, 1, 0));
	{
		int failed;

		OK(people_end(p.store, o.number, 0, 1, &failed));
	}
	OK(crew_result(&give));
	CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
	place_leave(&p);
}

static void
another_token_keeps_its_users(void)
{
	struct caller c;
	struct place p;
	uint64_t id;

	crew_enter(&p, 0);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	OK(token_add(&p, 7, OBJECT_PRIVATE, "gone", NULL, &id));
	OK(token_init(&p, 7, TOKEN_SO, "another"));
	CU_ASSERT(!token_info(&p, 7).open && !token_info(&p, 7).user_set);
	CU_ASSERT(token_info(&p, 7).mode == SLOT_CARDS && token_info(&p, 7).users == 1);
	CU_ASSERT_EQUAL(token_info(&p, 7).objects, 0);
	CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, TOKEN_CODE), ERR_NOT_FOUND);
	/* The SO PIN's envelope is in the box: the users have to be there for the first code. */
	crew_give(&c, &p, 7, TOKEN_SO, NEW);
	OK(crew_serve(&p, 0));
	OK(crew_result(&c));
	token_again(&p);
	OK(crew_open(&p, 7, NEW, 0));
	/* Wiped with an SO PIN that is made, nothing holds the key: it comes with the first code. */
	OK(slot_wipe(p.store, 7, NULL, 0));
	{
		char made[SLOT_CODE_MAX + 1];

		OK(slot_made(p.store, 7, SLOT_SO, made));
		OK(token_set_user(&p, 7, made, TOKEN_CODE));
		OK(crew_open(&p, 7, TOKEN_CODE, 0));
		OK(token_add(&p, 7, OBJECT_PRIVATE, "new", NULL, &id));
		OK(slot_leave(p.store, 7));
		/* What the device knows opens nothing, with all cards. */
		CU_ASSERT_EQUAL(token_set_user(&p, 7, made, NEW), ERR_NOT_NOW);
	}
	token_again(&p);
	OK(crew_open(&p, 7, TOKEN_CODE, 0));
	CU_ASSERT_EQUAL(token_find(&p, 7, OBJECT_PRIVATE, "new"), 1);
	place_leave(&p);
}

static void
the_mode_changes_to_cards_and_back(void)
{
	struct user_seat seat = crew_seat(4);
	struct slot_plan plan;
	struct opening o;
	struct caller c;
	struct place p;
	uint64_t id, number;
	char text[64];
	int failed;

	crew_enter(&p, 0);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "kept", NULL, &id));
	OK(slot_leave(p.store, 3));
	plan = token_plan(SLOT_CARDS, NEW, NULL);
	plan.users = plan.copies = 1;
	plan.trial = 1;
	CU_ASSERT_EQUAL(slot_mode_try(p.store, 3, (const uint8_t *)NEW, strlen(NEW), &plan),
	    ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(slot_mode_try(p.store, 3, NULL, 0, &plan), ERR_ARG);
	OK(slot_mode_try(p.store, 3, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan));
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 3, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE),
	    &plan), ERR_NOT_FOUND);
	OK(store_enrol(p.store, 3, 1, &seat));
	OK(slot_set_mode(p.store, 3, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan));
	CU_ASSERT_EQUAL(store_enrolled(p.store, 3, 1, &seat), ERR_NOT_FOUND);
	CU_ASSERT(token_info(&p, 3).mode == SLOT_CARDS && !token_info(&p, 3).open);
	CU_ASSERT_EQUAL(token_login(&p, 3, SLOT_USER, TOKEN_CODE), ERR_PIN_WRONG);
	OK(crew_open(&p, 3, NEW, 4));
	OK(token_read(&p, 3, id, text));
	/* Its SO PIN stayed, and opens it with the card. */
	OK(slot_leave(p.store, 3));
	crew_give(&c, &p, 3, TOKEN_SO, TOKEN_CODE);
	OK(crew_serve(&p, 4));
	OK(crew_result(&c));
	OK(crew_open(&p, 3, TOKEN_CODE, 4));
	/* To other people it is two steps. */
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 3, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE),
	    &plan), ERR_NOT_NOW);
	/* Away from cards the people are asked, though it is open. */
	plan = token_plan(SLOT_CODE, NEW, NULL);
	crew_mode(&c, &p, 3, TOKEN_CODE, &plan);
	OK(people_next(p.store, &o));
	CU_ASSERT_EQUAL(o.purpose, CHALLENGE_ADMIN);
	CU_ASSERT_EQUAL(people_ask_mode(p.store, 3, (const uint8_t *)TOKEN_CODE,
	    strlen(TOKEN_CODE), &plan, &number), ERR_BUSY);
	OK(crew_prove(&p, o.number, 1, 4));
	OK(people_end(p.store, o.number, 0, 1, &failed));
	OK(crew_result(&c));
	CU_ASSERT(token_info(&p, 3).mode == SLOT_CODE && token_info(&p, 3).open);
	CU_ASSERT_EQUAL(token_info(&p, 3).users, 0);
	token_again(&p);
	OK(token_login(&p, 3, SLOT_USER, NEW));
	OK(token_read(&p, 3, id, text));
	OK(slot_leave(p.store, 3));
	OK(token_set_user(&p, 3, TOKEN_SO, TOKEN_CODE));
	/* And to auto, without waiting; refused, it stays as it is. */
	plan = token_plan(SLOT_AUTO, NULL, NULL);
	CU_ASSERT_EQUAL(people_ask_mode(p.store, 3, (const uint8_t *)TOKEN_CODE,
	    strlen(TOKEN_CODE), &plan, &number), ERR_NOT_NOW);
	OK(people_ask_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	CU_ASSERT(token_info(&p, 7).mode == SLOT_CARDS && token_info(&p, 7).held);
	OK(people_ask_mode(p.store, 7, (const uint8_t *)TOKEN_CODE, strlen(TOKEN_CODE), &plan,
	    &number));
	OK(crew_serve(&p, 0));
	CU_ASSERT(token_info(&p, 7).mode == SLOT_AUTO && token_info(&p, 7).open);
	CU_ASSERT_EQUAL(token_info(&p, 7).held, 0);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 7).open, 1);
	place_leave(&p);
}

static void
with_boot_cards_nothing_opens_before_slot_0(void)
{
	const struct slot_plan automatic = token_plan(SLOT_AUTO, NULL, NULL);
	const uint8_t *code = (const uint8_t *)TOKEN_CODE;
	uint64_t number;
	struct caller c;
	struct place p;

	crew_enter(&p, 1);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT(token_info(&p, 0).stored && token_info(&p, 0).mode == SLOT_CARDS);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).open, 0);
		CU_ASSERT_EQUAL(token_login(&p, 1, SLOT_USER, NULL), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, "12345678"), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_login(&p, 7, SLOT_USER, "12345678"), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_set_user(&p, 7, "12345678", NEW), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(slot_open_auto(p.store, 1), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(people_ask(p.store, 7, code, strlen(TOKEN_CODE), 0, &number),
		    ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_info(&p, 6).user_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(token_info(&p, 7).user_left, SLOT_TRIES);
		CU_ASSERT_EQUAL(token_info(&p, 7).so_left, SLOT_TRIES);
		/* Not by another mode either. */
		CU_ASSERT_EQUAL(slot_set_mode(p.store, 6, (const uint8_t *)TOKEN_TRIAL,
		    strlen(TOKEN_TRIAL), &automatic), ERR_NOT_NOW);
		CU_ASSERT(token_info(&p, 6).mode == SLOT_CODE && !token_info(&p, 6).open);
		OK(people_ask(p.store, 0, NULL, 0, 3600, &number));
		if (i == 0) {
			/* Too late: all stays closed, and another hour has to be asked for. */
			CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
			CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_NOT_NOW);
			CU_ASSERT_EQUAL(token_info(&p, 1).open, 0);
			OK(people_ask(p.store, 0, NULL, 0, 0, &number));
		}
		OK(crew_serve(&p, 3));
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).open, slot < 3);
		OK(token_login(&p, 0, SLOT_USER, NULL));
		OK(crew_open(&p, 7, TOKEN_CODE, 0));
		token_again(&p);
	}
	/* A login without a code asks for the cards too. */
	crew_login(&c, &p, 0, NULL);
	OK(crew_serve(&p, 3));
	OK(crew_result(&c));
	/* Later failures close it, and what opens by itself does so again. */
	crew_login(&c, &p, 7, TOKEN_CODE);
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_CANCELLED), 1);
	CU_ASSERT_EQUAL(crew_result(&c), ERR_CANCELLED);
	CU_ASSERT(!token_info(&p, 0).open && token_info(&p, 1).open);
	place_leave(&p);
}

static void
another_mode_for_slot_0_lets_the_others_open_as_its_cards_do(void)
{
	const struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
	uint64_t number;
	struct place p;

	crew_enter(&p, 1);
	OK(people_ask(p.store, 0, NULL, 0, 3600, &number));
	CU_ASSERT_EQUAL(crew_refuse(&p, ERR_TIMEOUT), 1);
	OK(people_ask_mode(p.store, 0, NULL, 0, &plan, &number));
	OK(crew_serve(&p, 3));
	for (unsigned slot = 0; slot < SLOTS; slot++)
		CU_ASSERT_EQUAL(token_info(&p, slot).open, slot < 3);
	place_leave(&p);
}

static void
a_stored_code_is_made_anew_and_the_cards_still_open_it(void)
{
	char made[SLOT_CODE_MAX + 1], other[SLOT_CODE_MAX + 1];
	struct place p;

	crew_enter(&p, 1);
	CU_ASSERT_EQUAL(token_change(&p, 0, SLOT_USER, NULL, NULL), ERR_NOT_NOW);
	OK(slot_made(p.store, 0, SLOT_USER, made));
	OK(crew_open(&p, 0, made, 3));
	OK(token_change(&p, 0, SLOT_USER, NULL, NULL));
	OK(slot_made(p.store, 0, SLOT_USER, other));
	CU_ASSERT_STRING_NOT_EQUAL(made, other);
	OK(slot_leave(p.store, 0));
	OK(crew_open(&p, 0, NULL, 3));
	/* One that is given is stored like it. */
	OK(token_change(&p, 0, SLOT_USER, other, NEW));
	OK(token_set_user(&p, 0, TOKEN_SO, NULL));
	OK(token_set_user(&p, 0, TOKEN_SO, NEW));
	OK(slot_made(p.store, 0, SLOT_USER, other));
	CU_ASSERT_STRING_EQUAL(other, NEW);
	token_again(&p);
	OK(crew_open(&p, 0, NULL, 3));
	/* Wiped, it is another token that the same cards open. */
	OK(slot_wipe(p.store, 0, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO)));
	CU_ASSERT(token_info(&p, 0).stored && !token_info(&p, 0).open);
	OK(crew_open(&p, 0, NULL, 3));
	CU_ASSERT_EQUAL(token_info(&p, 0).users, 1);
	place_leave(&p);
}

static void
verify(const uint8_t point[AUDIT_POINT], const char *text, const uint8_t sig[AUDIT_SIGNATURE],
    int r)
{
	uint8_t hash[32];

	CU_ASSERT_EQUAL(EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL), 1);
	CU_ASSERT_EQUAL(p256_verify(point, hash, sig), r);
}

static void
slot_0_has_the_audit_key_and_signs_while_it_is_open(void)
{
	uint8_t point[AUDIT_POINT], again[AUDIT_POINT], sig[AUDIT_SIGNATURE];
	struct place p;

	/* Mode auto: from the start. */
	place_enter(&p);
	place_lead_to(&p, HSM_FACTORY);
	CU_ASSERT_EQUAL(slot_audit_public(p.store, point), ERR_NOT_NOW);
	place_leave(&p);
	token_enter(&p);
	OK(slot_audit_public(p.store, point));
	OK(slot_audit_sign(p.store, "head", 4, sig));
	verify(point, "head", sig, 0);
	verify(point, "hear", sig, ERR_MAC);
	OK(slot_leave(p.store, 0));
	CU_ASSERT_EQUAL(slot_audit_sign(p.store, "head", 4, sig), ERR_NOT_NOW);
	place_leave(&p);

	/* Mode cards: when it opens first; then for good, whatever becomes of its codes. */
	crew_enter(&p, 1);
	CU_ASSERT_EQUAL(slot_audit_public(p.store, point), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(slot_audit_sign(p.store, "head", 4, sig), ERR_NOT_NOW);
	OK(crew_open(&p, 0, NULL, 3));
	OK(slot_audit_public(p.store, point));
	token_again(&p);
	OK(slot_audit_public(p.store, again));
	SAME(point, again, sizeof(point));
	CU_ASSERT_EQUAL(slot_audit_sign(p.store, "head", 4, sig), ERR_NOT_NOW);
	OK(crew_open(&p, 0, NULL, 3));
	OK(token_change(&p, 0, SLOT_USER, NULL, NULL));
	OK(slot_audit_sign(p.store, "head", 4, sig));
	verify(point, "head", sig, 0);
	{
		struct slot_plan plan = token_plan(SLOT_AUTO, NULL, NULL);
		struct caller c;

		crew_mode(&c, &p, 0, NULL, &plan);
		OK(crew_serve(&p, 3));
		OK(crew_result(&c));
	}
	CU_ASSERT_EQUAL(token_info(&p, 0).mode, SLOT_AUTO);
	token_again(&p);
	OK(slot_audit_sign(p.store, "head", 4, sig));
	verify(point, "head", sig, 0);
	OK(slot_wipe(p.store, 0, NULL, 0));
	OK(slot_audit_public(p.store, again));
	CU_ASSERT_NOT_EQUAL(memcmp(point, again, sizeof(point)), 0);
	place_leave(&p);
}

static void
an_audit_key_that_is_made_while_a_code_is_tried_is_kept(void)
{
	uint8_t point[AUDIT_POINT], again[AUDIT_POINT];
	char pin[SLOT_CODE_MAX + 1];
	struct caller c;
	struct place p;

	token_enter(&p);
	OK(slot_made(p.store, 0, SLOT_SO, pin));
	/* As a record of version 1 had none. */
	memset(&p.store->now.slot[0].record.audit, 0, sizeof(struct slot_audit));
	OK(slot_leave(p.store, 0));
	crew_hold(&p);
	crew_login_so(&c, &p, 0, pin);
	crew_charged(&p, 0, SLOT_SO);
	store_lock(p.store);
	OK(slot_open_auto(p.store, 0));
	store_unlock(p.store);
	OK(slot_audit_public(p.store, point));
	crew_go_on(&p);
	OK(crew_result(&c));
	token_again(&p);
	OK(slot_audit_public(p.store, again));
	SAME(point, again, sizeof(point));
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(a_code_is_changed_while_the_slot_is_open_and_the_cards_stay),
	SENTENCE(the_so_gives_a_code_with_all_cards_and_the_slot_stays_closed),
	SENTENCE(a_code_that_the_so_replaced_meanwhile_opens_nothing),
	SENTENCE(another_token_keeps_its_users),
	SENTENCE(the_mode_changes_to_cards_and_back),
	SENTENCE(with_boot_cards_nothing_opens_before_slot_0),
	SENTENCE(another_mode_for_slot_0_lets_the_others_open_as_its_cards_do),
	SENTENCE(a_stored_code_is_made_anew_and_the_cards_still_open_it),
	SENTENCE(slot_0_has_the_audit_key_and_signs_while_it_is_open),
	SENTENCE(an_audit_key_that_is_made_while_a_code_is_tried_is_kept),
};

SUITE("people_slot", sentences)
