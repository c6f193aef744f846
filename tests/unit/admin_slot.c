#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/admin_counter.h"
#include "tests/unit/suite.h"

#define T32 "abcdefghijklmnopqrstuvwxyz012345"
#define T128 T32 T32 T32 T32

static void
acts_on_slots_arrive_with_what_they_bring(void)
{
	static const struct {
		const char *path, *body;
		enum slot_act act;
		uint8_t mode, who;
		const char *now, *code;
	} table[] = {
		{ "/v1/slots/3/mode", "{\"mode\": \"code\", \"code\": \"12345678\"}", SLOT_ACT_MODE,
		    SLOT_CODE, 0, "", "12345678" },
		{ "/v1/slots/3/mode", "{\"mode\": \"auto\", \"now\": \"12345678\"}", SLOT_ACT_MODE,
		    SLOT_AUTO, 0, "12345678", "" },
		{ "/v1/slots/3/activate", "", SLOT_ACT_ACTIVATE, 0, 0, "", "" },
		{ "/v1/slots/3/activate", "{\"code\": \"12345678\"}", SLOT_ACT_ACTIVATE, 0, 0, "",
		    "12345678" },
		{ "/v1/slots/3/deactivate", "{}", SLOT_ACT_DEACTIVATE, 0, 0, "", "" },
		{ "/v1/slots/3/code", "{\"who\": \"user\"}", SLOT_ACT_SHOW, 0, SLOT_USER, "", "" },
		{ "/v1/slots/3/code", "{\"who\": \"so\"}", SLOT_ACT_SHOW, 0, SLOT_SO, "", "" },
		{ "/v1/slots/3/wipe", "", SLOT_ACT_WIPE, 0, 0, "", "" },
		{ "/v1/slots/3/wipe", "{\"so\": \"87654321\"}", SLOT_ACT_WIPE, 0, 0, "", "87654321" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_OPERATIONAL);
		const struct slot_order *o = &c->order;

		if (counter_ask(c, "POST", table[i].path, NULL, NULL, table[i].body, NULL) != 200 ||
		    c->uid != 1234 || c->act != table[i].act || o->slot != 3 ||
		    o->mode != table[i].mode || o->who != table[i].who ||
		    o->now_n != strlen(table[i].now) || o->code_n != strlen(table[i].code) ||
		    memcmp(o->now, table[i].now, o->now_n) != 0 ||
		    memcmp(o->code, table[i].code, o->code_n) != 0)
			CU_FAIL(table[i].body);
	}
}

static void
acts_that_are_not_exactly_right_never_reach_a_slot(void)
{
	static const struct {
		const char *path, *body;
		unsigned http;
	} table[] = {
		{ "/v1/slots/10/wipe", "", 404 },
		{ "/v1/slots/a/wipe", "", 404 },
		{ "/v1/slots//wipe", "", 404 },
		{ "/v1/slots/3/wipe/", "", 404 },
		{ "/v1/slots/3/open", "", 404 },
		{ "/v1/slots/#/wipe", "", 404 },
		{ "/v1/slots/3", "", 405 },
		{ "/v1/slots/3/mode", "", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"code\"}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"auto\", \"code\": \"12345678\"}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\"}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\", \"code\": \"12345678\", \"users\": 6}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\", \"code\": \"12345678\", \"so\": \"1234567\"}",
		    400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"code\", \"code\": \"12345678\", \"users\": 1}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"auto\", \"so\": \"12345678\"}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"pka\"}", 400 },
		{ "/v1/slots/3/mode", "{\"mode\": \"auto\", \"now\": \"1234567\"}", 400 },
		{ "/v1/slots/0/mode", "{\"mode\": \"code\", \"code\": \"12345678\"}", 400 },
		{ "/v1/slots/3/activate", "{\"code\": \"1234567\"}", 400 },
		{ "/v1/slots/3/activate", "{\"pin\": \"12345678\"}", 400 },
		{ "/v1/slots/3/deactivate", "{\"code\": \"12345678\"}", 400 },
		{ "/v1/slots/3/code", "", 400 },
		{ "/v1/slots/3/code", "{\"who\": \"both\"}", 400 },
		{ "/v1/slots/3/wipe", "{\"code\": \"12345678\"}", 400 },
		{ "/v1/slots/3/wipe", "{\"so\": \"" T128 "x\"}", 400 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_OPERATIONAL);

		if (counter_ask(c, "POST", table[i].path, NULL, NULL, table[i].body, NULL) !=
		    table[i].http || c->act != 0)
			CU_FAIL(table[i].path);
	}
}

static void
an_hsm_that_is_not_operational_has_no_slots_to_act_on(void)
{
	for (uint8_t state = HSM_FACTORY; state <= HSM_INCONSISTENT; state++) {
		struct counter *c = counter_fresh(state);
		const unsigned http = counter_ask(c, "POST", "/v1/slots/3/activate", NULL, NULL, "",
		    NULL);

		CU_ASSERT_EQUAL(http, state == HSM_OPERATIONAL ? 200 : 409);
		CU_ASSERT_EQUAL(c->act != 0, state == HSM_OPERATIONAL);
	}
}

static void
what_a_slot_refuses_is_explained_with_its_number(void)
{
	static const struct {
		const char *path, *body;
		int err;
		unsigned http;
		const char *says;
	} table[] = {
		{ "/v1/slots/3/activate", "{\"code\": \"12345678\"}", ERR_PIN_WRONG, 403,
		    "not the code of slot 3; `cardinal slot show 3`" },
		{ "/v1/slots/3/activate", "{\"code\": \"12345678\"}", ERR_CARD_BLOCKED, 403,
		    "code of slot 3 is locked" },
		{ "/v1/slots/7/activate", "", ERR_MAC, 500, "stored of slot 7 was tampered with" },
		{ "/v1/slots/7/activate", "", ERR_ARG, 400, "slot 7 is not opened this way" },
		{ "/v1/slots/7/code", "{\"who\": \"user\"}", ERR_NOT_NOW, 409, "slot 7 has no such code" },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\", \"code\": \"12345678\"}", ERR_BUSY, 409,
		    "another ceremony is running" },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\", \"code\": \"12345678\"}", ERR_DENIED, 409,
		    "no card issuer is trusted yet" },
		{ "/v1/slots/3/mode", "{\"mode\": \"cards\", \"code\": \"12345678\"}", ERR_NOT_NOW, 409,
		    "slot 3 is not in a mode that this code would open" },
		{ "/v1/slots/7/activate", "{\"code\": \"12345678\"}", ERR_NOT_NOW, 409,
		    "slot 0 has to be opened before it" },
		{ "/v1/slots/0/wipe", "", ERR_DENIED, 409, "slot 0 belongs to the HSM itself" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_OPERATIONAL);
		json_t *j;

		c->fail = table[i].err;
		if (counter_ask(c, "POST", table[i].path, NULL, NULL, table[i].body, &j) !=
		    table[i].http || strstr(counter_word(j, "message"), table[i].says) == NULL)
			CU_FAIL(table[i].says);
		json_decref(j);
	}
}

static void
mode_cards_begins_a_ceremony_with_what_it_needs(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;

	c->done = (struct slot_done){ .ceremony = 5, .since = 41 };
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/slots/3/mode", NULL, NULL,
	    "{\"mode\": \"cards\", \"users\": 2, \"copies\": 3, \"pads\": [\"A\"], "
	    "\"now\": \"12345678\", \"code\": \"abcdefgh\", \"so\": \"87654321\"}", &j), 202);
	CU_ASSERT_EQUAL(c->order.mode, SLOT_CARDS);
	CU_ASSERT(c->order.users == 2 && c->order.copies == 3);
	CU_ASSERT_STRING_EQUAL(c->order.reader[0], "A");
	CU_ASSERT_STRING_EQUAL(c->order.reader[1], "");
	CU_ASSERT(c->order.now_n == 8 && c->order.code_n == 8 && c->order.so_n == 8);
	SAME(c->order.so, "87654321", 8);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "ceremony"), "slot-cards");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "number")), 5);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "since")), 41);
	json_decref(j);
	/* Slot 0 may be opened by cards alone. */
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/slots/0/mode", NULL, NULL,
	    "{\"mode\": \"cards\"}", NULL), 202);
	CU_ASSERT(c->order.users == USERS_DEFAULT && c->order.copies == COPIES_DEFAULT);
	CU_ASSERT_EQUAL(c->order.code_n, 0);
}

static void
what_needs_people_answers_with_the_number_of_the_opening(void)
{
	static const struct {
		const char *path, *body;
		uint64_t opening;
		unsigned http;
	} table[] = {
		{ "/v1/slots/7/activate", "{\"code\": \"12345678\"}", 9, 202 },
		{ "/v1/slots/7/activate", "{\"code\": \"12345678\"}", 0, 200 },
		{ "/v1/slots/7/mode", "{\"mode\": \"auto\", \"now\": \"12345678\"}", 10, 202 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_OPERATIONAL);
		json_t *j, *n;

		c->done = (struct slot_done){ .asks = 1, .opening = table[i].opening,
		    .since = 41 };
		CU_ASSERT_EQUAL(counter_ask(c, "POST", table[i].path, NULL, NULL, table[i].body, &j),
		    table[i].http);
		n = json_object_get(j, "opening");
		CU_ASSERT(json_is_integer(n));
		CU_ASSERT_EQUAL((uint64_t)json_integer_value(n), table[i].opening);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "since")),
		    table[i].opening != 0 ? 41 : 0);
		json_decref(j);
	}
}

static void
a_made_code_is_in_the_answer_of_one_request_alone(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;
	char *text;

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/slots/3/code", NULL, NULL, "{\"who\": \"user\"}",
	    &j), 200);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "code"), "made by the HSM");
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/3", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text = json_dumps(j, 0));
	CU_ASSERT_PTR_NULL(strstr(text, "made by"));
	free(text);
	json_decref(j);
}

static void
slots_are_told_one_by_one_and_all_together(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j, *list;

	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots", NULL, NULL, NULL, &j), 200);
	list = json_object_get(j, "slots");
	CU_ASSERT_EQUAL(json_array_size(list), SLOTS);
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 3), "mode"), "code");
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 3), "label"), "c?d");
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 4), "label"), "slot");
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/9", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "slot")), 9);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "user_left")), 1);
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "open")));
	CU_ASSERT_STRING_EQUAL(counter_word(j, "serial"), "7777777777777777");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "users")), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(j, "seats")), 0);
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "held")));
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/7", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "mode"), "cards");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "users")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "copies")), 3);
	list = json_object_get(j, "seats");
	CU_ASSERT_EQUAL(json_array_size(list), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(list, 0), "copies")), 3);
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 0), "reader"), "");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(list, 1), "copies")), 1);
	CU_ASSERT_STRING_EQUAL(counter_word(json_array_get(list, 1), "reader"), "caf? ");
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "held")));
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "asking")));
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "stored")));
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/10", NULL, NULL, NULL, NULL), 404);
}

static const struct sentence sentences[] = {
	SENTENCE(acts_on_slots_arrive_with_what_they_bring),
	SENTENCE(acts_that_are_not_exactly_right_never_reach_a_slot),
	SENTENCE(an_hsm_that_is_not_operational_has_no_slots_to_act_on),
	SENTENCE(what_a_slot_refuses_is_explained_with_its_number),
	SENTENCE(mode_cards_begins_a_ceremony_with_what_it_needs),
	SENTENCE(what_needs_people_answers_with_the_number_of_the_opening),
	SENTENCE(a_made_code_is_in_the_answer_of_one_request_alone),
	SENTENCE(slots_are_told_one_by_one_and_all_together),
};

SUITE("admin_slot", sentences)
