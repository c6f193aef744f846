#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"
#include "tests/unit/waiting.h"

/* What applications are told of slots that open only with people present. */

static CK_RV
init_pin(struct client *c, unsigned slot, const char *pin)
{
	client_pin(c, WIRE_INIT_PIN, slot, pin);
	return client_call(c);
}

static CK_RV
set_pin(struct client *c, unsigned slot, const char *old, const char *new)
{
	struct wire_request *const r = client_pin(c, WIRE_SET_PIN, slot, old);

	r->has_pin2 = new != NULL;
	if (new != NULL)
		r->pin2 = (struct wire_bytes){ (const uint8_t *)new, strlen(new) };
	return client_call(c);
}

static CK_FLAGS
flags(struct client *c, unsigned slot)
{
	client_ask(c, WIRE_TOKEN, slot);
	OK(client_call(c));
	return c->answer.token.flags;
}

/* Logins. ------------------------------------------------------------------ */

static void
a_login_waits_for_the_users_and_the_next_needs_the_code_alone(void)
{
	struct client *c, *other;
	uint64_t uid;
	struct hsm h;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	other = client_of(&h, getuid(), 2);
	OK(waiting_whole(&h, c, 8, TOKEN_CODE, 1));
	uid = client_ec(c, 8, 1);
	OK(client_sign(c, 8, uid, 0));
	CU_ASSERT_EQUAL(client_login(other, 8, CKU_USER, TOKEN_TRIAL), CKR_PIN_INCORRECT);
	OK(client_login(other, 8, CKU_USER, TOKEN_CODE));
	OK(client_sign(other, 8, uid, 0));
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	/* Who let them be asked is in the transcript; and what came of it. */
	CU_ASSERT_EQUAL(hsm_noted(&h, "asks users"), 1);
	CU_ASSERT_EQUAL(hsm_noted(&h, "open"), 1);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
what_happens_at_the_pad_is_told_as_the_standard_has_it(void)
{
	static const struct {
		int err;
		CK_RV want;
	} table[] = {
		{ ERR_CANCELLED, CKR_FUNCTION_CANCELED },
		{ ERR_TIMEOUT, CKR_FUNCTION_FAILED },
		{ ERR_CARD_BLOCKED, CKR_FUNCTION_FAILED },
		{ ERR_READER_GONE, CKR_DEVICE_ERROR },
		{ ERR_NO_SERVICE, CKR_DEVICE_ERROR },
	};
	struct hsm h;
	struct client *c;
	struct call call;
	struct opening o;
	int failed;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		waiting_login(&call, c, 7, TOKEN_CODE);
		OK(people_next(h.place.store, &o));
		(void)people_end(h.place.store, o.number, table[i].err, 0, &failed);
		CU_ASSERT_EQUAL(waiting_end(&call), table[i].want);
		CU_ASSERT_EQUAL(app_login(c->conn->app, 7), 0);
	}
	/* The daemon ends. */
	waiting_login(&call, c, 7, TOKEN_CODE);
	crew_waits(&h.place, 1);
	people_stop(h.place.store);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(hsm_noted(&h, "open"), 0);
	client_free(c);
	hsm_leave(&h);
}

static void
a_wrong_code_asks_nobody_and_those_who_wait_go_on_waiting(void)
{
	struct client *c, *other;
	struct call call;
	struct hsm h;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	other = client_of(&h, getuid(), 2);
	CU_ASSERT_EQUAL(client_login(other, 7, CKU_USER, TOKEN_TRIAL), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	waiting_login(&call, c, 7, TOKEN_CODE);
	crew_waits(&h.place, 1);
	CU_ASSERT_EQUAL(client_login(other, 7, CKU_USER, TOKEN_TRIAL), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(client_login(other, 7, CKU_USER, "short"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(client_login(other, 7, CKU_USER, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_NOT_EQUAL(flags(other, 7) & CKF_USER_PIN_COUNT_LOW, 0);
	CU_ASSERT_EQUAL(waiting_openings(&h), 1);
	crew_waits(&h.place, 1);
	OK(crew_serve(&h.place, 0));
	OK(waiting_end(&call));
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
two_applications_share_one_opening(void)
{
	struct client *c, *other;
	struct call call, call2;
	struct hsm h;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	other = client_of(&h, getuid(), 2);
	waiting_login(&call, c, 7, TOKEN_CODE);
	waiting_login(&call2, other, 7, TOKEN_CODE);
	crew_waits(&h.place, 2);
	CU_ASSERT_EQUAL(waiting_openings(&h), 1);
	OK(crew_serve(&h.place, 0));
	OK(waiting_end(&call));
	OK(waiting_end(&call2));
	CU_ASSERT_EQUAL(app_login(c->conn->app, 7), SLOT_USER);
	CU_ASSERT_EQUAL(app_login(other->conn->app, 7), SLOT_USER);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
a_held_slot_costs_no_try_and_asks_nobody(void)
{
	struct hsm h;
	struct client *c;
	struct call call;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	waiting_login(&call, c, 7, TOKEN_CODE);
	CU_ASSERT_EQUAL(crew_refuse(&h.place, ERR_CANCELLED), 1);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_FUNCTION_CANCELED);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_CODE), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_TRIAL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(token_info(&h.place, 7).user_left, SLOT_TRIES);
	OK(client_login(c, 7, CKU_SO, TOKEN_SO));
	CU_ASSERT_EQUAL(init_pin(c, 7, "another code"), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	client_free(c);
	hsm_leave(&h);
}

static void
where_the_code_is_stored_the_cards_alone_open(void)
{
	struct hsm h;
	struct client *c, *other;
	struct call call;

	waiting_enter(&h, 1);
	c = client_new(&h, NULL);
	other = client_of(&h, 1000, 2);
	CU_ASSERT_NOT_EQUAL(flags(c, 0) & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
	CU_ASSERT_EQUAL(flags(c, 7) & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
	/* Nothing opens before it, and nobody's tries are charged. */
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_CODE), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_TRIAL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(client_login(c, 3, CKU_USER, TOKEN_TRIAL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, NULL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(token_info(&h.place, 7).user_left, SLOT_TRIES);
	CU_ASSERT_EQUAL(client_login(c, 0, CKU_SO, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(set_pin(c, 0, NULL, NULL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	OK(waiting_whole(&h, c, 0, NULL, 3));
	OK(client_logout(c, 0));
	OK(client_login(c, 0, CKU_USER, NULL));
	OK(client_login(c, 1, CKU_USER, NULL));
	OK(set_pin(c, 0, NULL, NULL));
	/* So anybody has another code with all its tries, for wrong ones without end. */
	CU_ASSERT_EQUAL(h.server->notes[0].n, 1);
	CU_ASSERT_EQUAL(client_login(other, 0, CKU_USER, "a wrong one"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(h.server->notes[0].n, 2);
	CU_ASSERT_EQUAL(hsm_noted(&h, "wrong code"), 1);
	OK(waiting_whole(&h, c, 7, TOKEN_CODE, 0));
	/* The SO has another one made, with the cards, and it opens nothing before they come again. */
	OK(slot_leave(h.place.store, 0));
	p11_slot_closed(h.server, 0);
	OK(client_login(c, 0, CKU_SO, TOKEN_SO));
	client_pin(c, WIRE_INIT_PIN, 0, NULL);
	waiting_begin(&call, c);
	OK(crew_serve(&h.place, 3));
	OK(waiting_end(&call));
	OK(client_logout(c, 0));
	OK(waiting_whole(&h, c, 0, NULL, 3));
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

/* Codes. ------------------------------------------------------------------- */

static void
a_code_is_changed_while_the_slot_is_open(void)
{
	struct hsm h;
	struct client *c;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	CU_ASSERT_EQUAL(set_pin(c, 7, TOKEN_CODE, "another code"), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(set_pin(c, 7, TOKEN_TRIAL, "another code"), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(set_pin(c, 7, NULL, NULL), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(token_info(&h.place, 7).user_left, SLOT_TRIES);
	OK(waiting_whole(&h, c, 7, TOKEN_CODE, 0));
	CU_ASSERT_EQUAL(set_pin(c, 7, NULL, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(set_pin(c, 7, TOKEN_TRIAL, "another code"), CKR_PIN_INCORRECT);
	OK(set_pin(c, 7, TOKEN_CODE, "another code"));
	OK(slot_leave(h.place.store, 7));
	p11_slot_closed(h.server, 7);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_CODE), CKR_PIN_INCORRECT);
	OK(waiting_whole(&h, c, 7, "another code", 0));
	client_free(c);
	hsm_leave(&h);
}

static void
the_so_gives_a_code_to_a_closed_slot_with_all_cards(void)
{
	struct hsm h;
	struct client *c;
	struct call call;
	struct opening o;
	int failed;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	OK(client_login(c, 8, CKU_SO, TOKEN_SO));
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	CU_ASSERT_EQUAL(init_pin(c, 8, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(init_pin(c, 8, "short"), CKR_PIN_LEN_RANGE);
	client_pin(c, WIRE_INIT_PIN, 8, "another code");
	waiting_begin(&call, c);
	OK(people_next(h.place.store, &o));
	CU_ASSERT(o.users == 2 && o.purpose == CHALLENGE_INIT);
	(void)people_end(h.place.store, o.number, ERR_CANCELLED, 0, &failed);
	CU_ASSERT_EQUAL(waiting_end(&call), CKR_FUNCTION_CANCELED);
	client_pin(c, WIRE_INIT_PIN, 8, "another code");
	waiting_begin(&call, c);
	OK(crew_serve(&h.place, 1));
	OK(waiting_end(&call));
	CU_ASSERT_EQUAL(token_info(&h.place, 8).open, 0);
	CU_ASSERT_EQUAL(hsm_noted(&h, "init PIN asks"), 2);
	CU_ASSERT_EQUAL(hsm_noted(&h, "init PIN"), 1);
	OK(client_logout(c, 8));
	CU_ASSERT_EQUAL(client_login(c, 8, CKU_USER, TOKEN_CODE), CKR_PIN_INCORRECT);
	OK(waiting_whole(&h, c, 8, "another code", 1));
	client_free(c);
	hsm_leave(&h);
}

static void
in_an_open_slot_the_so_needs_no_cards(void)
{
	struct client *c, *so;
	struct hsm h;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	so = client_of(&h, getuid(), 2);
	OK(waiting_whole(&h, c, 7, TOKEN_CODE, 0));
	OK(client_login(so, 7, CKU_SO, TOKEN_SO));
	OK(init_pin(so, 7, "another code"));
	OK(client_logout(so, 7));
	OK(client_login(so, 7, CKU_USER, "another code"));
	client_free(c);
	client_free(so);
	hsm_leave(&h);
}

static void
a_new_token_keeps_the_users(void)
{
	static const char label[] = "new                             ";
	struct hsm h;
	struct client *c;
	struct call call;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	client_pin(c, WIRE_INIT_TOKEN, 7, TOKEN_SO)->label =
	    (struct wire_bytes){ (const uint8_t *)label, SLOT_LABEL_LEN };
	OK(client_call(c));
	CU_ASSERT_EQUAL(token_info(&h.place, 7).users, 1);
	CU_ASSERT_EQUAL(client_login(c, 7, CKU_USER, TOKEN_CODE), CKR_USER_PIN_NOT_INITIALIZED);
	OK(client_login(c, 7, CKU_SO, TOKEN_SO));
	client_pin(c, WIRE_INIT_PIN, 7, "another code");
	waiting_begin(&call, c);
	OK(crew_serve(&h.place, 0));
	OK(waiting_end(&call));
	OK(client_logout(c, 7));
	OK(waiting_whole(&h, c, 7, "another code", 0));
	/* Slot 0 has the audit log's key. */
	client_pin(c, WIRE_INIT_TOKEN, 0, TOKEN_SO)->label =
	    (struct wire_bytes){ (const uint8_t *)label, SLOT_LABEL_LEN };
	CU_ASSERT_EQUAL(client_call(c), CKR_TOKEN_WRITE_PROTECTED);
	client_free(c);
	hsm_leave(&h);
}

static void
a_login_for_one_operation_needs_the_code_and_asks_nobody(void)
{
	struct hsm h;
	struct client *c;
	uint8_t params[10];
	uint64_t uid;

	waiting_enter(&h, 0);
	c = client_new(&h, NULL);
	OK(waiting_whole(&h, c, 7, TOKEN_CODE, 0));
	client_ask(c, WIRE_GENERATE_PAIR, 7);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put(client_set(c), CKA_EC_PARAMS, params,
	    hex("06082a8648ce3d030107", params, sizeof(params)));
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	attrs_put_bool(client_set2(c), CKA_ALWAYS_AUTHENTICATE, 1);
	OK(client_call(c));
	uid = c->answer.object2.uid;
	CU_ASSERT_EQUAL(client_sign(c, 7, uid, 0), CKR_USER_NOT_LOGGED_IN);
	client_pin(c, WIRE_REAUTH, 7, NULL)->uid = uid;
	CU_ASSERT_EQUAL(client_call(c), CKR_ARGUMENTS_BAD);
	client_pin(c, WIRE_REAUTH, 7, TOKEN_CODE)->uid = uid;
	OK(client_call(c));
	OK(client_sign(c, 7, uid, c->answer.ticket));
	/* The store has closed it, and the applications have not been told yet. */
	OK(slot_leave(h.place.store, 7));
	client_pin(c, WIRE_REAUTH, 7, TOKEN_CODE)->uid = uid;
	CU_ASSERT_EQUAL(client_call(c), CKR_FUNCTION_FAILED);
	CU_ASSERT_EQUAL(waiting_openings(&h), 0);
	client_free(c);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(a_login_waits_for_the_users_and_the_next_needs_the_code_alone),
	SENTENCE(what_happens_at_the_pad_is_told_as_the_standard_has_it),
	SENTENCE(a_wrong_code_asks_nobody_and_those_who_wait_go_on_waiting),
	SENTENCE(two_applications_share_one_opening),
	SENTENCE(a_held_slot_costs_no_try_and_asks_nobody),
	SENTENCE(where_the_code_is_stored_the_cards_alone_open),
	SENTENCE(a_code_is_changed_while_the_slot_is_open),
	SENTENCE(the_so_gives_a_code_to_a_closed_slot_with_all_cards),
	SENTENCE(in_an_open_slot_the_so_needs_no_cards),
	SENTENCE(a_new_token_keeps_the_users),
	SENTENCE(a_login_for_one_operation_needs_the_code_and_asks_nobody),
};

SUITE("server_people", sentences)
