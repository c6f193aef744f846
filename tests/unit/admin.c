#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/admin_counter.h"
#include "tests/unit/suite.h"

static void
an_installation_begins_with_its_quorum_and_the_peers_uid(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL, "{\"quorum\": \"3of5\"}", &j),
	    202);
	CU_ASSERT_STRING_EQUAL(c->started, "install");
	CU_ASSERT_EQUAL(c->args.k, 3);
	CU_ASSERT_EQUAL(c->args.n, 5);
	CU_ASSERT_EQUAL(c->args.mode, SHARE_LIVE);
	CU_ASSERT_EQUAL(c->uid, 1234);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "number")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "since")), 41);
	json_decref(j);
}

static void
bodies_that_are_not_exactly_right_are_refused(void)
{
	static const struct {
		const char *why, *path, *body;
		uint8_t state;
	} table[] = {
		{ "no body", "/v1/install", "", HSM_FACTORY },
		{ "no JSON", "/v1/install", "quorum=2of3", HSM_FACTORY },
		{ "no object", "/v1/install", "[\"2of3\"]", HSM_FACTORY },
		{ "a text alone", "/v1/install", "\"2of3\"", HSM_FACTORY },
		{ "no quorum", "/v1/install", "{}", HSM_FACTORY },
		{ "a number", "/v1/install", "{\"quorum\": 2}", HSM_FACTORY },
		{ "null", "/v1/install", "{\"quorum\": null}", HSM_FACTORY },
		{ "a quorum that is not offered", "/v1/install", "{\"quorum\": \"2of4\"}", HSM_FACTORY },
		{ "more after the quorum", "/v1/install", "{\"quorum\": \"2of3 \"}", HSM_FACTORY },
		{ "a NUL in it", "/v1/install", "{\"quorum\": \"2of3\\u0000\"}", HSM_FACTORY },
		{ "a member that is unknown", "/v1/install", "{\"quorum\": \"2of3\", \"x\": 1}",
		    HSM_FACTORY },
		{ "the same member twice", "/v1/install", "{\"quorum\": \"2of3\", \"quorum\": \"2of3\"}",
		    HSM_FACTORY },
		{ "something behind the object", "/v1/install", "{\"quorum\": \"2of3\"} x", HSM_FACTORY },
		{ "an open object", "/v1/install", "{\"quorum\": \"2of3\"", HSM_FACTORY },
		{ "a body for a reset", "/v1/factory-reset", "{\"yes\": true}", HSM_FACTORY },
		{ "a body for a cancel", "/v1/cancel", "1", HSM_FACTORY },
		{ "no answer", "/v1/answer", "", HSM_INSTALLING },
		{ "an answer without a prompt", "/v1/answer", "{\"key\": \"ok\"}", HSM_INSTALLING },
		{ "an answer without a key", "/v1/answer", "{\"prompt\": 7}", HSM_INSTALLING },
		{ "another key", "/v1/answer", "{\"prompt\": 7, \"key\": \"clear\"}", HSM_INSTALLING },
		{ "half a key", "/v1/answer", "{\"prompt\": 7, \"key\": \"o\"}", HSM_INSTALLING },
		{ "a key with a NUL", "/v1/answer", "{\"prompt\": 7, \"key\": \"ok\\u0000\"}",
		    HSM_INSTALLING },
		{ "a prompt as text", "/v1/answer", "{\"prompt\": \"7\", \"key\": \"ok\"}",
		    HSM_INSTALLING },
		{ "prompt 0", "/v1/answer", "{\"prompt\": 0, \"key\": \"ok\"}", HSM_INSTALLING },
		{ "a prompt below 0", "/v1/answer", "{\"prompt\": -1, \"key\": \"ok\"}", HSM_INSTALLING },
		{ "half a prompt", "/v1/answer", "{\"prompt\": 7.5, \"key\": \"ok\"}", HSM_INSTALLING },
		{ "a prompt over 32 bits", "/v1/answer", "{\"prompt\": 4294967303, \"key\": \"ok\"}",
		    HSM_INSTALLING },
		{ "a member too many", "/v1/answer", "{\"prompt\": 7, \"key\": \"ok\", \"x\": 1}",
		    HSM_INSTALLING },
		{ "a body for an info", "/v1/share/info", "{\"card\": 1}", HSM_FACTORY },
		{ "a body for a copy", "/v1/share/copy", "{\"card\": 1}", HSM_OPERATIONAL },
		{ "a body for a PIN", "/v1/user/pin", "{\"pin\": \"123456\"}", HSM_OPERATIONAL },
		{ "a body for a verify", "/v1/share/verify", "{\"card\": 1}", HSM_OPERATIONAL },
		{ "a wrong quorum to resume", "/v1/resume", "{\"quorum\": \"1of1\"}", HSM_INCONSISTENT },
		{ "no quorum, no set to resume", "/v1/resume", "", HSM_INCONSISTENT },
		{ "no PEM", "/v1/issuers", "{}", HSM_FACTORY },
		{ "an empty issuer", "/v1/issuers", "", HSM_FACTORY },
		{ "PEM that is cut", "/v1/issuers", "-----BEGIN CERTIFICATE-----\nMII=\n", HSM_FACTORY },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(table[i].state);
		json_t *j;

		if (counter_ask(c, "POST", table[i].path, NULL, NULL, table[i].body, &j) != 400 ||
		    counter_word(j, "error")[0] == '\0' || counter_word(j, "message")[0] == '\0' ||
		    c->started[0] != '\0' || c->resets != 0 || c->cancels != 0)
			CU_FAIL(table[i].why);
		json_decref(j);
	}
}

static void
queries_that_are_not_exactly_right_are_refused(void)
{
	static const struct {
		const char *path, *name, *value;
	} table[] = {
		{ "/v1/events", "since", "" },
		{ "/v1/events", "since", NULL },
		{ "/v1/events", "since", "-1" },
		{ "/v1/events", "since", "1x" },
		{ "/v1/events", "since", "9223372036854775808" },
		{ "/v1/events", "since", "99999999999999999999999" },
		{ "/v1/events", "wait", "61" },
		{ "/v1/events", "until", "5" },
		{ "/v1/status", "count", "4294967296" },
		{ "/v1/status", "since", "1" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (counter_ask(counter_fresh(HSM_FACTORY), "GET", table[i].path, table[i].name,
		    table[i].value, NULL, NULL) != 400)
			CU_FAIL(table[i].value);
	CU_ASSERT_EQUAL(counter_ask(counter_fresh(HSM_FACTORY), "GET", "/v1/events", "since",
	    "9223372036854775807", NULL, NULL), 200);
	CU_ASSERT_EQUAL(counter_ask(counter_fresh(HSM_FACTORY), "GET", "/v1/status", "count",
	    "4294967295", NULL, NULL), 200);
}

static void
a_name_given_twice_in_the_query_is_refused(void)
{
	struct counter *c = counter_fresh(HSM_FACTORY);
	struct request q = {
		.method = "GET", .path = "/v1/events", .queries = 2,
		.query = { { "since", "1" }, { "since", "2" } },
	};
	struct reply reply;

	routes_answer(&c->desk, &q, &reply);
	CU_ASSERT_EQUAL(reply.http, 400);
	json_decref(reply.json);
}

static void
paths_and_methods_that_are_not_there_are_refused(void)
{
	static const struct {
		const char *method, *path;
		unsigned http;
	} table[] = {
		{ "GET", "/", 404 },
		{ "GET", "/v1/status/", 404 },
		{ "GET", "/v1/statu", 404 },
		{ "GET", "/v2/status", 404 },
		{ "POST", "/v1/status", 405 },
		{ "GET", "/v1/install", 405 },
		{ "HEAD", "/v1/status", 405 },
		{ "DELETE", "/v1/issuers", 405 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (counter_ask(counter_fresh(HSM_FACTORY), table[i].method, table[i].path, NULL, NULL,
		    "", NULL) != table[i].http)
			CU_FAIL(table[i].path);
}

static void
a_state_refuses_what_does_not_belong_to_it(void)
{
	static const struct {
		const char *path, *body;
		unsigned in;	/* bits of the states that take it */
	} table[] = {
		{ "/v1/install", "{\"quorum\": \"2of3\"}", 1 << HSM_FACTORY },
		{ "/v1/resume", "{\"quorum\": \"2of3\"}", 1 << HSM_INCONSISTENT },
		{ "/v1/factory-reset", "",
		    1 << HSM_FACTORY | 1 << HSM_OPERATIONAL | 1 << HSM_INCONSISTENT },
		{ "/v1/share/info", "", 15 },
		{ "/v1/share/verify", "", 15 },
		{ "/v1/share/copy", "", 15 },
		{ "/v1/share/pin", "", 15 },
		{ "/v1/user/info", "", 15 },
		{ "/v1/user/verify", "", 15 },
		{ "/v1/user/pin", "", 15 },
		{ "/v1/cancel", "", 15 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (uint8_t state = HSM_FACTORY; state <= HSM_INCONSISTENT; state++) {
			const unsigned http = counter_ask(counter_fresh(state), "POST", table[i].path,
			    NULL, NULL, table[i].body, NULL);

			if ((http < 300) != ((table[i].in >> state & 1) != 0) ||
			    (http >= 300 && http != 409))
				CU_FAIL(table[i].path);
		}
}

static void
an_inconsistent_hsm_names_both_ways_out(void)
{
	struct counter *c = counter_fresh(HSM_INCONSISTENT);
	json_t *j;

	strcpy(c->hsm.message, "card 2 was pulled");
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL, "{\"quorum\": \"2of3\"}", &j),
	    409);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "error"), "state");
	CU_ASSERT_PTR_NOT_NULL(strstr(counter_word(j, "message"), "card 2 was pulled"));
	CU_ASSERT_PTR_NOT_NULL(strstr(counter_word(j, "message"), "cardinal resume"));
	CU_ASSERT_PTR_NOT_NULL(strstr(counter_word(j, "message"), "cardinal factory-reset"));
	json_decref(j);
}

static void
what_fails_behind_the_desk_is_named(void)
{
	static const struct {
		int err;
		unsigned http;
		const char *name;
	} table[] = {
		{ ERR_BUSY, 409, "busy" },
		{ ERR_DENIED, 409, "denied" },
		{ ERR_FULL, 507, "full" },
		{ ERR_CLOSED, 503, "closed" },
		{ ERR_IO, 500, "io" },
		{ -200, 500, "internal" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_FACTORY);
		json_t *j;

		c->fail = table[i].err;
		CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/install", NULL, NULL,
		    "{\"quorum\": \"2of3\"}", &j), table[i].http);
		CU_ASSERT_STRING_EQUAL(counter_word(j, "error"), table[i].name);
		CU_ASSERT_NOT_EQUAL(counter_word(j, "message")[0], '\0');
		json_decref(j);
	}
}

static void
an_answer_names_the_prompt_that_waits_for_it(void)
{
	static const struct {
		const char *body;
		unsigned http;
		enum cards_key key;
	} table[] = {
		{ "{\"prompt\": 7, \"key\": \"ok\"}", 200, CARDS_OK },
		{ "{\"key\": \"cancel\", \"prompt\": 7}", 200, CARDS_CANCEL },
		{ "{\"prompt\": 6, \"key\": \"ok\"}", 409, CARDS_NO_KEY },
		{ "{\"prompt\": 4294967295, \"key\": \"ok\"}", 409, CARDS_NO_KEY },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = counter_fresh(HSM_INSTALLING);
		json_t *j;

		CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/answer", NULL, NULL, table[i].body, &j),
		    table[i].http);
		CU_ASSERT_EQUAL(c->key, table[i].key);
		CU_ASSERT_EQUAL(c->uid, table[i].http == 200 ? 1234 : 0);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "answered")),
		    table[i].http == 200 ? 7 : 0);
		json_decref(j);
	}
}

static void
a_cancel_without_a_ceremony_is_told_so(void)
{
	struct counter *c = counter_fresh(HSM_OPERATIONAL);
	json_t *j;

	c->fail = ERR_NOT_FOUND;
	CU_ASSERT_EQUAL(counter_ask(c, "POST", "/v1/cancel", NULL, NULL, "", &j), 409);
	CU_ASSERT_STRING_EQUAL(counter_word(j, "message"), "no ceremony is running");
	json_decref(j);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_begins_with_its_quorum_and_the_peers_uid),
	SENTENCE(bodies_that_are_not_exactly_right_are_refused),
	SENTENCE(queries_that_are_not_exactly_right_are_refused),
	SENTENCE(a_name_given_twice_in_the_query_is_refused),
	SENTENCE(paths_and_methods_that_are_not_there_are_refused),
	SENTENCE(a_state_refuses_what_does_not_belong_to_it),
	SENTENCE(an_inconsistent_hsm_names_both_ways_out),
	SENTENCE(what_fails_behind_the_desk_is_named),
	SENTENCE(an_answer_names_the_prompt_that_waits_for_it),
	SENTENCE(a_cancel_without_a_ceremony_is_told_so),
};

SUITE("admin", sentences)
