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
};

SUITE("admin_plan", sentences)
