#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "tests/unit/admin_counter.h"
#include "tests/unit/suite.h"

static void
an_installation_brings_its_slots_and_the_others_are_auto(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL,
	    "{\"quorum\": \"2of3\", \"slots\": ["
	    "{\"slot\": 3, \"mode\": \"code\", \"code\": \"caf\xc3\xa9 123\", \"so\": \"87654321\"},"
	    "{\"slot\": 0, \"mode\": \"auto\", \"so\": \"12345678\"}]}", NULL), 202);
	CU_ASSERT_FATAL(c->have_plan);
	for (size_t i = 0; i < SLOTS; i++) {
		CU_ASSERT_EQUAL(c->plan[i].mode, i == 3 ? SLOT_CODE : SLOT_AUTO);
		CU_ASSERT_EQUAL(c->plan[i].code_n, i == 3 ? 9 : 0);
		CU_ASSERT_EQUAL(c->plan[i].so_n, i == 3 || i == 0 ? 8 : 0);
		CU_ASSERT_EQUAL(c->plan[i].trial, 0);
	}
	SAME(c->plan[3].code, "caf\xc3\xa9 123", 9);
	SAME(c->plan[3].so, "87654321", 8);
	SAME(c->plan[0].so, "12345678", 8);
}

static void
slots_of_mode_cards_come_with_their_users_and_copies_and_pads(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL,
	    "{\"quorum\": \"2of3\", \"slots\": ["
	    "{\"slot\": 7, \"mode\": \"cards\", \"code\": \"12345678\"},"
	    "{\"slot\": 8, \"mode\": \"cards\", \"code\": \"12345678\", \"so\": \"87654321\", "
	    "\"users\": 5, \"copies\": 9, \"pads\": [\"\", \"Pad 1: left\"]},"
	    "{\"slot\": 0, \"mode\": \"cards\", \"users\": 1, \"copies\": 1}]}", NULL), 202);
	CU_ASSERT_FATAL(c->have_plan);
	for (size_t i = 0; i < SLOTS; i++) {
		static const uint8_t users[SLOTS] = { 1, [7] = 1, [8] = 5 };
		static const uint8_t copies[SLOTS] = { 1, [7] = 2, [8] = 9 };

		CU_ASSERT_EQUAL(c->plan[i].mode, users[i] > 0 ? SLOT_CARDS : SLOT_AUTO);
		CU_ASSERT(c->plan[i].users == users[i] && c->plan[i].copies == copies[i]);
		CU_ASSERT(c->args.slot[i].users == users[i] && c->args.slot[i].copies == copies[i]);
	}
	CU_ASSERT_STRING_EQUAL(c->args.slot[8].reader[0], "");
	CU_ASSERT_STRING_EQUAL(c->args.slot[8].reader[1], "Pad 1: left");
	CU_ASSERT_STRING_EQUAL(c->args.slot[8].reader[2], "");
	/* With cards alone. */
	CU_ASSERT_EQUAL(c->plan[0].code_n, 0);
	CU_ASSERT(c->plan[8].code_n == 8 && c->plan[8].so_n == 8);
}

static void
an_installation_without_slots_makes_all_auto(void)
{
	static const struct {
		const char *path, *body;
		uint8_t state;
	} table[] = {
		{ "/v1/install", "{\"quorum\": \"2of3\"}", HSM_FACTORY },
		{ "/v1/install", "{\"quorum\": \"2of3\", \"slots\": []}", HSM_FACTORY },
		{ "/v1/resume", "{\"quorum\": \"2of3\"}", HSM_INCONSISTENT },
	};

	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
		struct counter *c = counter_fresh(table[k].state);

		CU_ASSERT_EQUAL(counter_ask(c, "POST", table[k].path, NULL, NULL, table[k].body,
		    NULL), 202);
		CU_ASSERT_FATAL(c->have_plan);
		for (size_t i = 0; i < SLOTS; i++)
			CU_ASSERT(c->plan[i].mode == SLOT_AUTO && c->plan[i].code_n == 0 &&
			    c->plan[i].so_n == 0);
	}
}

static void
what_resumes_brings_slots_too_and_a_share_tool_none(void)
{
	struct counter *c = counter_fresh(HSM_INCONSISTENT);

	c->hsm.have_set = 1;
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/resume", NULL, NULL,
	    "{\"slots\": [{\"slot\": 9, \"mode\": \"code\", \"code\": \"12345678\"}]}", NULL), 202);
	CU_ASSERT(c->have_plan);
	CU_ASSERT_EQUAL(c->plan[9].mode, SLOT_CODE);
	c = counter_fresh(HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/share/verify", NULL, NULL, "", NULL), 202);
	CU_ASSERT_FALSE(c->have_plan);
}

/* Takes all of the secret memory but about `left` bytes of it, in blocks that are chained. */
static void *
secmem_take(size_t left)
{
	enum { BLOCK = 512 };
	void *all = NULL, *one;

	while (CRYPTO_secure_used() + left < SECMEM_SIZE && (one = secmem_alloc(BLOCK)) != NULL) {
		memcpy(one, &all, sizeof(all));
		all = one;
	}
	return all;
}

static void
secmem_give(void *all)
{
	void *next;

	for (; all != NULL; all = next) {
		memcpy(&next, all, sizeof(next));
		secmem_free(&all, sizeof(all));
	}
}

static void
without_secret_memory_codes_are_refused_and_go_nowhere_else(void)
{
	static const struct {
		const char *path, *body;
		uint8_t state;
	} table[] = {
		{ "/v1/install", "{\"quorum\": \"2of3\"}", HSM_FACTORY },
		{ "/v1/resume", "{\"quorum\": \"2of3\"}", HSM_INCONSISTENT },
		{ "/v1/slots/3/activate", "{\"code\": \"12345678\"}", HSM_OPERATIONAL },
		{ "/v1/slots/3/code", "{\"who\": \"so\"}", HSM_OPERATIONAL },
	};
	/* None at all, and what is kept for a ceremony. */
	static const size_t left[] = { 0, SECMEM_SIZE / 8 - 1024 };

	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
		struct counter *c = counter_fresh(table[k].state);

		for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
			void *all = secmem_take(left[i]);
			json_t *j;

			CU_ASSERT_EQUAL(counter_ask(c, "POST", table[k].path, NULL, NULL,
			    table[k].body, &j), 503);
			CU_ASSERT_STRING_EQUAL(counter_word(j, "error"), "memory");
			CU_ASSERT_PTR_NOT_NULL(strstr(counter_word(j, "message"), "try again"));
			CU_ASSERT(c->started[0] == '\0' && !c->have_plan && c->act == 0);
			json_decref(j);
			secmem_give(all);
		}
		CU_ASSERT(counter_ask(c, "POST", table[k].path, NULL, NULL, table[k].body, NULL) < 300);
	}
}

#define SLOT3(more) "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 3, \"mode\": " more "}]}"
#define T32 "abcdefghijklmnopqrstuvwxyz012345"
#define T128 T32 T32 T32 T32

static void
plans_that_are_not_exactly_right_are_refused(void)
{
	static const struct {
		const char *why, *body;
	} table[] = {
		{ "slots that are no list", "{\"quorum\": \"2of3\", \"slots\": {}}" },
		{ "a slot that is no object", "{\"quorum\": \"2of3\", \"slots\": [3]}" },
		{ "slots without a quorum", "{\"slots\": []}" },
		{ "no slot", "{\"quorum\": \"2of3\", \"slots\": [{\"mode\": \"auto\"}]}" },
		{ "slot 10", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 10, \"mode\": \"auto\"}]}" },
		{ "slot -1", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": -1, \"mode\": \"auto\"}]}" },
		{ "a slot as text", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": \"3\", \"mode\": \"auto\"}]}" },
		{ "half a slot", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 3.0, \"mode\": \"auto\"}]}" },
		{ "a slot twice", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 3, \"mode\": \"auto\"}, "
		    "{\"slot\": 3, \"mode\": \"auto\"}]}" },
		{ "no mode", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 3}]}" },
		{ "a mode that is none", SLOT3("\"open\"") },
		{ "mode cards without a code", SLOT3("\"cards\"") },
		{ "no user", SLOT3("\"cards\", \"code\": \"12345678\", \"users\": 0") },
		{ "six users", SLOT3("\"cards\", \"code\": \"12345678\", \"users\": 6") },
		{ "users as text", SLOT3("\"cards\", \"code\": \"12345678\", \"users\": \"2\"") },
		{ "users that are null", SLOT3("\"cards\", \"code\": \"12345678\", \"users\": null") },
		{ "no copy", SLOT3("\"cards\", \"code\": \"12345678\", \"copies\": 0") },
		{ "ten copies", SLOT3("\"cards\", \"code\": \"12345678\", \"copies\": 10") },
		{ "half a copy", SLOT3("\"cards\", \"code\": \"12345678\", \"copies\": 1.5") },
		{ "256 and a copy", SLOT3("\"cards\", \"code\": \"12345678\", \"copies\": 257") },
		{ "more pads than users", SLOT3("\"cards\", \"code\": \"12345678\", \"users\": 1, "
		    "\"pads\": [\"\", \"\"]") },
		{ "pads that are no list", SLOT3("\"cards\", \"code\": \"12345678\", \"pads\": \"A\"") },
		{ "a pad that is a number", SLOT3("\"cards\", \"code\": \"12345678\", \"pads\": [1]") },
		{ "a pad with a NUL", SLOT3("\"cards\", \"code\": \"12345678\", "
		    "\"pads\": [\"A\\u0000\"]") },
		{ "a pad of 128 bytes", SLOT3("\"cards\", \"code\": \"12345678\", "
		    "\"pads\": [\"" T128 "\"]") },
		{ "users in mode auto", SLOT3("\"auto\", \"users\": 1") },
		{ "copies in mode code", SLOT3("\"code\", \"code\": \"12345678\", \"copies\": 2") },
		{ "pads in mode auto", SLOT3("\"auto\", \"pads\": []") },
		{ "mode pka, yet", SLOT3("\"pka\"") },
		{ "mode code for slot 0", "{\"quorum\": \"2of3\", \"slots\": [{\"slot\": 0, \"mode\": "
		    "\"code\", \"code\": \"12345678\"}]}" },
		{ "mode code without one", SLOT3("\"code\"") },
		{ "mode auto with a code", SLOT3("\"auto\", \"code\": \"12345678\"") },
		{ "a code of 7 bytes", SLOT3("\"code\", \"code\": \"1234567\"") },
		{ "a code of 129 bytes", SLOT3("\"code\", \"code\": \"" T128 "x\"") },
		{ "a code with a NUL", SLOT3("\"code\", \"code\": \"12345678\\u0000\"") },
		{ "a code as a number", SLOT3("\"code\", \"code\": 12345678") },
		{ "a code that is null", SLOT3("\"code\", \"code\": null") },
		{ "an SO PIN of 7 bytes", SLOT3("\"auto\", \"so\": \"1234567\"") },
		{ "a member that is unknown", SLOT3("\"auto\", \"trial\": true") },
		{ "a trial with a quorum", "{\"quorum\": \"2of3\", \"trial\": true}" },
		{ "a trial with slots", "{\"trial\": true, \"slots\": []}" },
		{ "a trial that is none", "{\"trial\": false}" },
		{ "a trial as text", "{\"trial\": \"true\"}" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_FACTORY);
		json_t *j;

		if (counter_ask(c, "POST", "/v1/install", NULL, NULL, table[i].body, &j) != 400 ||
		    c->started[0] != '\0' || c->trials != 0 || counter_word(j, "message")[0] == '\0' ||
		    strstr(counter_word(j, "message"), "123456") != NULL)
			CU_FAIL(table[i].why);
		json_decref(j);
	}
}

static void
codes_of_8_and_of_128_bytes_are_taken(void)
{
	static const char *const bodies[] = {
		SLOT3("\"code\", \"code\": \"12345678\""), SLOT3("\"code\", \"code\": \"" T128 "\""),
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		CU_ASSERT_EQUAL(counter_ask(counter_fresh(HSM_FACTORY), "POST", "/v1/install", NULL,
		    NULL, bodies[i], NULL), 202);
}

static void
broken_json_is_not_repeated(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL, SLOT3("\"geheimer x"), &j),
	    400);
	CU_ASSERT_PTR_NULL(strstr(counter_word(j, "message"), "geheim"));
	json_decref(j);
}

static void
a_trial_needs_nothing_but_its_word(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL, "{\"trial\": true}", &j),
	    200);
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "trial")));
	CU_ASSERT_EQUAL(c->trials, 1);
	CU_ASSERT_EQUAL(c->uid, 1234);
	CU_ASSERT_STRING_EQUAL(c->started, "");
	json_decref(j);
}

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
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "held")));
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/7", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "mode"), "cards");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "users")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "copies")), 3);
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "held")));
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "asking")));
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "stored")));
	json_decref(j);
	CU_ASSERT_EQUAL(counter_ask(c, "GET", "/v1/slots/10", NULL, NULL, NULL, NULL), 404);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_brings_its_slots_and_the_others_are_auto),
	SENTENCE(slots_of_mode_cards_come_with_their_users_and_copies_and_pads),
	SENTENCE(an_installation_without_slots_makes_all_auto),
	SENTENCE(what_resumes_brings_slots_too_and_a_share_tool_none),
	SENTENCE(without_secret_memory_codes_are_refused_and_go_nowhere_else),
	SENTENCE(plans_that_are_not_exactly_right_are_refused),
	SENTENCE(codes_of_8_and_of_128_bytes_are_taken),
	SENTENCE(broken_json_is_not_repeated),
	SENTENCE(a_trial_needs_nothing_but_its_word),
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
