#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/admin_counter.h"
#include "tests/unit/suite.h"

enum { MANY = 40 };

static void
the_status_tells_the_set_and_its_cards(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j, *set, *card;

	c->hsm.have_set = c->hsm.committed = 1;
	c->hsm.set.head.mode = SHARE_LIVE;
	c->hsm.set.head.k = 2;
	c->hsm.set.head.n = 3;
	memset(c->hsm.set.head.set, 0xab, SET_ID_LEN);
	memset(c->hsm.set.head.kcv, 0x01, KCV_LEN);
	c->hsm.written = 5;
	strcpy(c->hsm.serial[2], "12345678901234567890");
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/status", "wait", "9", NULL, &j), 200);
	CU_ASSERT_EQUAL(c->waited, 9);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "state"), "operational");
	set = json_object_get(j, "set");
	CU_ASSERT_STRING_EQUAL(counter_word(set, "id"), "abababababababab");
	CU_ASSERT_STRING_EQUAL(counter_word(set, "kcv"), "0101010101");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(set, "cards")), 3);
	card = json_array_get(json_object_get(set, "cards"), 1);
	CU_ASSERT_TRUE(json_is_false(json_object_get(card, "written")));
	card = json_array_get(json_object_get(set, "cards"), 2);
	CU_ASSERT_TRUE(json_is_true(json_object_get(card, "written")));
	CU_ASSERT_STRING_EQUAL(counter_word(card, "serial"), "12345678901234567890");
	json_decref(j);
}

static void
the_pads_text_comes_in_lines_and_bad_utf8_does_no_harm(void)
{
	json_t *j, *lines;

	CU_ASSERT_EQUAL(counter_ask(counter_fresh(HSM_FACTORY), "GET", "/v1/status", NULL, NULL, NULL, &j),
	    200);
	lines = json_object_get(j, "prompt");
	CU_ASSERT_EQUAL(json_array_size(lines), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(lines, 0)), "Write New Key");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(lines, 1)), "press OK/Cancel");
	CU_ASSERT_STRING_EQUAL(counter_word(j, "reader"), "caf?");
	json_decref(j);
}

static void
the_opening_that_runs_and_how_long_a_text_is_waited_for_are_told(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;

	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT(json_is_integer(json_object_get(j, "opening")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "opening")), 0);
	CU_ASSERT(json_is_integer(json_object_get(j, "seconds_left")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "seconds_left")), 0);
	json_decref(j);
	c->opening = 9;
	c->seconds_left = 117;
	c->last.number = 2;
	c->last.opening = 8;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "opening")), 9);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "seconds_left")), 117);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(j, "last"), "opening")), 8);
	json_decref(j);
}

static void
the_reader_of_a_prompt_is_told_when_it_is_another_than_the_hsms(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;

	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_TRUE(json_is_null(json_object_get(j, "at")));
	json_decref(j);
	strcpy(c->at, "Pad caf\xe9 \x1b[2J");
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "at"), "Pad caf? \x1b[2J");
	json_decref(j);
}

static void
a_users_card_is_told_and_whose_it_is(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	struct ceremony_result *v = &c->last.result;
	json_t *j, *user, *whose;

	c->last.number = 2;
	strcpy(c->last.ceremony, "user-verify");
	v->have_user = 1;
	v->user = (struct user_head){
		.mode = SHARE_TEST, .label = "cardinal-4a6b", .slot = 7, .user = 2, .users = 3,
		.copy = 4, .copies = 5, .date = 1700000000,
	};
	memset(v->user.print, 0x5f, sizeof(v->user.print));
	v->slot = 7;
	v->seat = 2;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	user = json_object_get(json_object_get(j, "last"), "user");
	CU_ASSERT_STRING_EQUAL(counter_word(user, "label"), "cardinal-4a6b");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(user, "slot")), 7);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(user, "user")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(user, "users")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(user, "copy")), 4);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(user, "copies")), 5);
	CU_ASSERT_STRING_EQUAL(counter_word(user, "date"), "2023-11-14T22:13:20Z");
	CU_ASSERT_STRING_EQUAL(counter_word(user, "mode"), "test");
	CU_ASSERT_STRING_EQUAL(counter_word(user, "print"), "5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f");
	whose = json_object_get(user, "whose");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(whose, "slot")), 7);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(whose, "user")), 2);
	json_decref(j);
	v->seat = 0;
	v->user.mode = SHARE_LIVE;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	user = json_object_get(json_object_get(j, "last"), "user");
	CU_ASSERT_TRUE(json_is_null(json_object_get(user, "whose")));
	CU_ASSERT_STRING_EQUAL(counter_word(user, "mode"), "live");
	json_decref(j);
	v->have_user = 0;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_PTR_NULL(json_object_get(json_object_get(j, "last"), "user"));
	json_decref(j);
}

static void
a_key_that_does_not_open_is_told(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;

	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_TRUE(json_is_null(json_object_get(j, "key_error")));
	json_decref(j);
	c->hsm.key_lost = 1;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_PTR_NOT_NULL(strstr(counter_word(j, "key_error"), "does not open"));
	json_decref(j);
}

static void
the_end_of_a_ceremony_is_told_with_error_and_cards(void)
{
	struct counter *c = counter_fresh(HSM_INCONSISTENT);
	json_t *j, *last, *card;

	c->last.number = 2;
	strcpy(c->last.ceremony, "install");
	c->last.err = ERR_CANCELLED;
	strcpy(c->last.result.message, "Cancel was pressed");
	c->last.result.card[1].seen = c->last.result.card[1].factory_pin = 1;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	last = json_object_get(j, "last");
	CU_ASSERT_STRING_EQUAL(counter_word(last, "error"), "cancelled");
	CU_ASSERT_STRING_EQUAL(counter_word(last, "message"), "Cancel was pressed");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(last, "cards")), 1);
	card = json_array_get(json_object_get(last, "cards"), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(card, "card")), 2);
	CU_ASSERT_TRUE(json_is_true(json_object_get(card, "factory_pin")));
	CU_ASSERT_PTR_NULL(json_object_get(last, "advice"));
	json_decref(j);
}

static void
an_installation_that_is_done_has_its_advice(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;
	const char *advice;

	c->last.number = 2;
	c->last.result.made = c->last.result.have_head = 1;
	c->last.result.head.k = 2;
	c->last.result.head.n = 3;
	c->last.result.card[2].seen = c->last.result.card[2].factory_pin = 1;
	strcpy(c->last.result.card[2].serial, "00000000000000000003");
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	advice = counter_word(json_object_get(j, "last"), "advice");
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "00000000000000000003"));
	json_decref(j);
	/* Slot 1 was not activated: the HSM is installed all the same. */
	c->last.err = ERR_CANCELLED;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	advice = counter_word(json_object_get(j, "last"), "advice");
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "Check value:"));
	json_decref(j);
	/* A card that was looked at is nobody's set. */
	c->last.err = 0;
	c->last.result.made = 0;
	counter_ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_PTR_NULL(json_object_get(json_object_get(j, "last"), "advice"));
	json_decref(j);
}

static void
events_come_a_page_at_a_time(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	json_t *j, *list;

	c->events = MANY;
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/events", "since", "100", NULL, &j), 200);
	list = json_object_get(j, "events");
	CU_ASSERT_EQUAL(c->since, 100);
	CU_ASSERT_EQUAL(json_array_size(list), DESK_EVENTS_MAX);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(list, 0), "seq")), 101);
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 0), "time"),
	    "2023-11-14T22:13:20Z");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "running")), 7);
	json_decref(j);
}

static void
a_chain_that_does_not_hold_is_an_answer(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/events/verify", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "whole")));
	json_decref(j);
	c->fail = ERR_MAC;
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/events/verify", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "whole")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "seq")), 12);
	json_decref(j);
}

static const struct sentence sentences[] = {
	SENTENCE(the_status_tells_the_set_and_its_cards),
	SENTENCE(the_pads_text_comes_in_lines_and_bad_utf8_does_no_harm),
	SENTENCE(the_opening_that_runs_and_how_long_a_text_is_waited_for_are_told),
	SENTENCE(the_reader_of_a_prompt_is_told_when_it_is_another_than_the_hsms),
	SENTENCE(a_users_card_is_told_and_whose_it_is),
	SENTENCE(a_key_that_does_not_open_is_told),
	SENTENCE(the_end_of_a_ceremony_is_told_with_error_and_cards),
	SENTENCE(an_installation_that_is_done_has_its_advice),
	SENTENCE(events_come_a_page_at_a_time),
	SENTENCE(a_chain_that_does_not_hold_is_an_answer),
};

SUITE("admin_report", sentences)
