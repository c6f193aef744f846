#include "tests/unit/token.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/pass.h"
#include "tests/unit/suite.h"

static void
each_letter_of_a_made_code_is_as_likely(void)
{
	enum { CODES = 4000, MEAN = CODES * SLOT_MADE_LEN / 31, FAR = MEAN / 12 };
	uint8_t code[SLOT_MADE_LEN];
	unsigned seen[256] = { 0 };

	for (unsigned i = 0; i < CODES; i++) {
		OK(pass_make(code));
		for (unsigned j = 0; j < SLOT_MADE_LEN; j++)
			seen[code[j]]++;
	}
	/* Five standard deviations; a letter that comes of one byte value more is twice as far. */
	for (unsigned c = 0; c < 256; c++)
		if (c != 0 && strchr("23456789ABCDEFGHJKMNPQRSTUVWXYZ", (int)c) != NULL)
			CU_ASSERT(seen[c] > MEAN - FAR && seen[c] < MEAN + FAR)
		else
			CU_ASSERT_EQUAL(seen[c], 0);
}

static void
a_made_code_is_shown_and_is_one_that_nobody_guesses(void)
{
	char code[SLOT_CODE_MAX + 1], other[SLOT_CODE_MAX + 1];
	struct place p;

	token_enter(&p);
	for (unsigned i = 0; i < 10; i++) {
		OK(slot_made(p.store, 0, SLOT_USER, code));
		CU_ASSERT_EQUAL(strlen(code), SLOT_MADE_LEN);
		OK(token_change(&p, 0, SLOT_USER, NULL, NULL));
		OK(slot_made(p.store, 0, SLOT_USER, other));
		CU_ASSERT_STRING_NOT_EQUAL(code, other);
	}
	OK(token_login(&p, 0, SLOT_USER, other));
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, code), ERR_PIN_WRONG);
	OK(slot_made(p.store, 0, SLOT_SO, code));
	OK(token_login(&p, 0, SLOT_SO, code));
	CU_ASSERT_EQUAL(slot_made(p.store, 2, SLOT_SO, code), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(slot_made(p.store, 3, SLOT_USER, code), ERR_NOT_NOW);
	CU_ASSERT_STRING_EQUAL(code, "");
	OK(slot_made(p.store, 5, SLOT_SO, code));
	place_leave(&p);
}

static void
the_mode_changes_with_what_opens_the_slot_now(void)
{
	struct slot_plan plan;
	struct place p;
	char text[64];
	uint64_t id;

	token_enter(&p);
	OK(token_add(&p, 2, OBJECT_PRIVATE, "kept", NULL, &id));
	plan = token_plan(SLOT_CODE, "another code", NULL);
	OK(slot_set_mode(p.store, 2, NULL, 0, &plan));
	CU_ASSERT_EQUAL(token_info(&p, 2).mode, SLOT_CODE);
	CU_ASSERT_EQUAL(token_info(&p, 2).open, 1);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 2).open, 0);
	CU_ASSERT_EQUAL(token_login(&p, 2, SLOT_USER, NULL), ERR_ARG);
	OK(token_login(&p, 2, SLOT_USER, "another code"));
	OK(token_read(&p, 2, id, text));
	CU_ASSERT_STRING_EQUAL(text, "kept");
	/* Its SO PIN was a person's, so that it opens the slot still. */
	OK(slot_leave(p.store, 2));
	OK(token_set_user(&p, 2, TOKEN_SO, "a third code"));
	OK(token_login(&p, 2, SLOT_USER, "a third code"));
	OK(slot_leave(p.store, 2));

	plan = token_plan(SLOT_AUTO, NULL, NULL);
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 2, NULL, 0, &plan), ERR_ARG);
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 2, (const uint8_t *)"not the code", 12, &plan),
	    ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_info(&p, 2).user_left, SLOT_TRIES - 1);
	CU_ASSERT_EQUAL(token_info(&p, 2).mode, SLOT_CODE);
	OK(slot_set_mode(p.store, 2, (const uint8_t *)"a third code", 12, &plan));
	CU_ASSERT_EQUAL(token_info(&p, 2).mode, SLOT_AUTO);
	CU_ASSERT_EQUAL(token_info(&p, 2).open, 1);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 2).open, 1);
	OK(token_read(&p, 2, id, text));
	OK(token_login(&p, 2, SLOT_SO, TOKEN_SO));

	plan = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 0, NULL, 0, &plan), ERR_ARG);
	plan.mode = SLOT_CARDS;
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 1, NULL, 0, &plan), ERR_ARG);
	plan.users = plan.copies = 1;
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 1, NULL, 0, &plan), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_info(&p, 1).mode, SLOT_AUTO);
	plan.mode = SLOT_PKA;
	CU_ASSERT_EQUAL(slot_set_mode(p.store, 1, NULL, 0, &plan), ERR_UNSUPPORTED);
	place_leave(&p);
}

static void
what_the_hsm_made_does_not_open_a_slot_that_people_open(void)
{
	char made[SLOT_CODE_MAX + 1];
	struct slot_plan plan;
	struct place p;

	/* From the start, and after a change of mode. */
	token_enter(&p);
	plan = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	OK(slot_set_mode(p.store, 1, NULL, 0, &plan));
	OK(slot_leave(p.store, 1));
	for (unsigned slot = 1; slot <= 5; slot += 4) {
		OK(slot_made(p.store, slot, SLOT_SO, made));
		OK(token_login(&p, slot, SLOT_SO, made));
		CU_ASSERT_EQUAL(token_info(&p, slot).open, 0);
		CU_ASSERT_EQUAL(token_set_user(&p, slot, made, "a new code"), ERR_NOT_NOW);
		OK(token_login(&p, slot, SLOT_USER, TOKEN_CODE));
		/* Open, it needs nothing that lies on the disk. */
		OK(token_set_user(&p, slot, made, "a new code"));
		OK(slot_leave(p.store, slot));
		OK(token_login(&p, slot, SLOT_USER, "a new code"));
		/* An SO PIN that a person chose while it was closed opens it from when both are there. */
		OK(slot_leave(p.store, slot));
		OK(token_change(&p, slot, SLOT_SO, made, TOKEN_SO));
		CU_ASSERT_EQUAL(token_info(&p, slot).so_made, 0);
		CU_ASSERT_EQUAL(token_set_user(&p, slot, TOKEN_SO, "no new code"), ERR_NOT_NOW);
		OK(token_login(&p, slot, SLOT_USER, "a new code"));
		OK(token_login(&p, slot, SLOT_SO, TOKEN_SO));
		OK(slot_leave(p.store, slot));
		OK(token_set_user(&p, slot, TOKEN_SO, "the last code"));
		OK(token_login(&p, slot, SLOT_USER, "the last code"));
	}
	place_leave(&p);
}

static void
a_token_that_is_initialised_has_neither_objects_nor_code(void)
{
	struct slot_info before, after;
	struct place p;
	char text[64];
	uint64_t id[2], next;

	token_enter(&p);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PUBLIC, "public", NULL, &id[0]));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "private", NULL, &id[1]));
	before = token_info(&p, 3);
	CU_ASSERT_EQUAL(before.objects, 2);
	CU_ASSERT_EQUAL(token_init(&p, 3, TOKEN_CODE, "no"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_info(&p, 3).so_left, SLOT_TRIES - 1);
	OK(token_init(&p, 3, TOKEN_SO, "a token"));
	after = token_info(&p, 3);
	CU_ASSERT_EQUAL(after.generation, before.generation + 1);
	CU_ASSERT(after.initialised && !after.user_set && !after.open && !after.damaged);
	CU_ASSERT_EQUAL(after.objects, 0);
	CU_ASSERT_EQUAL(after.so_left, SLOT_TRIES);
	SAME(after.label, "a token                         ", SLOT_LABEL_LEN);
	SAME(after.serial, before.serial, SLOT_SERIAL_LEN);
	CU_ASSERT_EQUAL(token_read(&p, 3, id[0], text), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_login(&p, 3, SLOT_USER, TOKEN_CODE), ERR_NOT_FOUND);
	OK(token_set_user(&p, 3, TOKEN_SO, "a new code"));
	CU_ASSERT_EQUAL(token_info(&p, 3).user_change, 1);
	token_again(&p);
	OK(token_login(&p, 3, SLOT_USER, "a new code"));
	CU_ASSERT_EQUAL(token_find(&p, 3, OBJECT_PUBLIC | OBJECT_PRIVATE, NULL), 0);
	OK(token_add(&p, 3, OBJECT_PRIVATE, "later", NULL, &next));
	CU_ASSERT(next > id[1]);

	OK(token_init(&p, 2, TOKEN_SO, "auto"));
	CU_ASSERT(token_info(&p, 2).open && token_info(&p, 2).user_set);
	OK(token_login(&p, 2, SLOT_USER, NULL));
	CU_ASSERT_EQUAL(token_init(&p, 0, TOKEN_SO, "no"), ERR_DENIED);
	place_leave(&p);
}

static void
a_wiped_slot_is_another_token_with_another_officer(void)
{
	char made[SLOT_CODE_MAX + 1];
	struct place p;
	uint64_t id;

	token_enter(&p);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "private", NULL, &id));
	OK(slot_wipe(p.store, 3, (const uint8_t *)"another officer", 15));
	CU_ASSERT_EQUAL(token_info(&p, 3).objects, 0);
	CU_ASSERT_EQUAL(token_info(&p, 3).open, 0);
	CU_ASSERT_EQUAL(token_login(&p, 3, SLOT_SO, TOKEN_SO), ERR_PIN_WRONG);
	OK(token_set_user(&p, 3, "another officer", TOKEN_CODE));
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));

	/* With an SO PIN that is stored the key is made when there is a code to hold it. */
	OK(slot_wipe(p.store, 3, NULL, 0));
	OK(slot_made(p.store, 3, SLOT_SO, made));
	CU_ASSERT_EQUAL(token_add(&p, 3, OBJECT_PRIVATE, "private", NULL, &id), ERR_NOT_NOW);
	OK(token_add(&p, 3, OBJECT_PUBLIC, "public", NULL, &id));
	token_again(&p);
	OK(token_set_user(&p, 3, made, TOKEN_CODE));
	CU_ASSERT_EQUAL(token_info(&p, 3).open, 0);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "private", NULL, &id));
	token_again(&p);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	CU_ASSERT_EQUAL(token_find(&p, 3, OBJECT_PUBLIC | OBJECT_PRIVATE, NULL), 2);
	CU_ASSERT_EQUAL(token_info(&p, 3).objects, 2);
	CU_ASSERT_EQUAL(slot_wipe(p.store, 3, (const uint8_t *)"1234567", 7), ERR_ARG);
	place_leave(&p);
}

static void
after_a_factory_reset_all_of_it_is_gone(void)
{
	struct place p;
	uint64_t id, next;
	char text[64];

	token_enter(&p);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "public and old", NULL, &id));
	OK(token_add(&p, 0, OBJECT_PRIVATE, "private and old", NULL, &id));
	OK(store_factory_reset(p.store));
	for (unsigned i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(token_info(&p, i).present, 0);
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_NOT_NOW);
	place_again(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(token_info(&p, 0).objects, 0);
	CU_ASSERT_EQUAL(token_read(&p, 0, id, text), ERR_NOT_FOUND);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "new", NULL, &next));
	CU_ASSERT(next > id);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(each_letter_of_a_made_code_is_as_likely),
	SENTENCE(a_made_code_is_shown_and_is_one_that_nobody_guesses),
	SENTENCE(the_mode_changes_with_what_opens_the_slot_now),
	SENTENCE(what_the_hsm_made_does_not_open_a_slot_that_people_open),
	SENTENCE(a_token_that_is_initialised_has_neither_objects_nor_code),
	SENTENCE(a_wiped_slot_is_another_token_with_another_officer),
	SENTENCE(after_a_factory_reset_all_of_it_is_gone),
};

SUITE("slot_admin", sentences)
