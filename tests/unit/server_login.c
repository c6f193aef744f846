#include "tests/unit/client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hsm/keys/secmem.h"
#include "tests/unit/suite.h"

static struct wire_bytes
text(const char *s)
{
	return (struct wire_bytes){ (const uint8_t *)s, strlen(s) };
}

static CK_FLAGS
flags(struct client *c, unsigned slot)
{
	client_ask(c, WIRE_TOKEN, slot);
	OK(client_call(c));
	return c->answer.token.flags;
}

static CK_RV
set_pin(struct client *c, unsigned slot, const char *old, const char *new)
{
	struct wire_request *const r = client_ask(c, WIRE_SET_PIN, slot);

	r->has_pin = old != NULL;
	r->has_pin2 = new != NULL;
	if (old != NULL)
		r->pin = text(old);
	if (new != NULL)
		r->pin2 = text(new);
	return client_call(c);
}

static CK_RV
init_pin(struct client *c, unsigned slot, const char *pin)
{
	struct wire_request *const r = client_ask(c, WIRE_INIT_PIN, slot);

	r->has_pin = pin != NULL;
	if (pin != NULL)
		r->pin = text(pin);
	return client_call(c);
}

static CK_RV
init_token(struct client *c, unsigned slot, const char *so)
{
	struct wire_request *const r = client_ask(c, WIRE_INIT_TOKEN, slot);

	r->has_pin = so != NULL;
	if (so != NULL)
		r->pin = text(so);
	r->label = text("another label                   ");
	return client_call(c);
}

/* How often the transcript has a step of a slot. */
static size_t
noted(struct hsm *h, const char *step)
{
	struct event *e = calloc(256, sizeof(*e));
	size_t n = 0, count = 0;

	store_lock(h->place.store);
	OK(store_events(h->place.store, 0, e, 256, &n));
	store_unlock(h->place.store);
	for (size_t i = 0; i < n; i++)
		if (strcmp(e[i].record.ceremony, "slot") == 0 &&
		    strcmp(e[i].record.step, step) == 0) {
			CU_ASSERT_PTR_NOT_NULL(strstr(e[i].record.outcome, "by uid "));
			count++;
		}
	free(e);
	return count;
}

static void
nothing_is_answered_before_hello(void)
{
	struct hsm h;
	struct client c = { .fds = { -1, -1 } };

	hsm_enter(&h);
	OK(p11_conn_new(h.server, 1, 2, &c.conn));
	for (uint8_t id = WIRE_TOKEN; id < WIRE_CALLS; id++) {
		/* Whose arguments are empty, and decode. */
		if (id != WIRE_TOKEN && id != WIRE_WAIT && id != WIRE_LOGOUT && id != WIRE_DESTROY &&
		    id != WIRE_CLOSE && id != WIRE_GET && id != WIRE_OP_CANCEL)
			continue;
		client_ask(&c, id, 1);
		CU_ASSERT_EQUAL(client_call(&c), CKR_CRYPTOKI_NOT_INITIALIZED);
	}
	client_ask(&c, WIRE_HELLO, 0)->version = WIRE_VERSION + 1;
	CU_ASSERT_EQUAL(client_call(&c), CKR_FUNCTION_NOT_SUPPORTED);
	client_ask(&c, WIRE_HELLO, 0)->version = WIRE_VERSION;
	OK(client_call(&c));
	CU_ASSERT_TRUE(c.fds[0] >= 0 && c.fds[1] >= 0);
	client_ask(&c, WIRE_HELLO, 0)->version = WIRE_VERSION;
	CU_ASSERT_EQUAL(client_call(&c), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	CU_ASSERT_TRUE(c.fds[0] < 0 && c.fds[1] < 0);
	p11_conn_free(c.conn);
	hsm_leave(&h);
}

static void
what_does_not_decode_is_refused_and_the_next_call_is_answered(void)
{
	struct hsm h;
	struct client *c;
	uint8_t bad[] = { 0xff, 1, 2, 3 };
	struct wr answer;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	wr_init(&answer, c->got, sizeof(c->got));
	p11_answer(c->conn, bad, sizeof(bad), &answer, c->fds);
	OK(wire_get_answer(c->got, answer.n, WIRE_LOGIN, &c->answer));
	CU_ASSERT_EQUAL(c->answer.rv, CKR_ARGUMENTS_BAD);
	/* Nor does what came stay in the caller's memory. */
	CU_ASSERT_EQUAL(bad[0] | bad[1] | bad[2] | bad[3], 0);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_PTR_NULL(memmem(c->sent, sizeof(c->sent), USER_PIN, 8));
	client_free(c);
	hsm_leave(&h);
}

static void
the_token_flags_tell_the_truth(void)
{
	const CK_FLAGS always = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED |
	    CKF_USER_PIN_INITIALIZED;
	const CK_FLAGS trial = CKF_USER_PIN_TO_BE_CHANGED | CKF_SO_PIN_TO_BE_CHANGED;
	struct hsm h;
	struct client *c;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	CU_ASSERT_EQUAL(flags(c, 1), always | trial);
	CU_ASSERT_EQUAL(c->answer.token.min_pin, 8);
	CU_ASSERT_EQUAL(c->answer.token.max_pin, 128);
	CU_ASSERT_NOT_EQUAL(flags(c, 0) & CKF_PROTECTED_AUTHENTICATION_PATH, 0);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(flags(c, 1), always | trial | CKF_USER_PIN_COUNT_LOW);
	for (int i = 1; i < SLOT_TRIES - 1; i++)
		CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(flags(c, 1),
	    always | trial | CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(flags(c, 1),
	    always | trial | CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	CU_ASSERT_EQUAL(noted(&h, "wrong code"), SLOT_TRIES);
	CU_ASSERT_EQUAL(noted(&h, "code locked"), 1);
	/* The SO mends it. */
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_SO, "wrong code"), CKR_PIN_INCORRECT);
	CU_ASSERT_NOT_EQUAL(flags(c, 1) & CKF_SO_PIN_COUNT_LOW, 0);
	OK(client_login(c, 1, CKU_SO, SO_PIN));
	CU_ASSERT_EQUAL(flags(c, 1) & CKF_SO_PIN_COUNT_LOW, 0);
	OK(init_pin(c, 1, "a new code"));
	CU_ASSERT_EQUAL(flags(c, 1), always | trial);
	OK(client_logout(c, 1));
	OK(client_login(c, 1, CKU_USER, "a new code"));
	OK(set_pin(c, 1, "a new code", "a newer code"));
	CU_ASSERT_EQUAL(flags(c, 1), always | CKF_SO_PIN_TO_BE_CHANGED);
	client_free(c);
	hsm_leave(&h);
}

static void
a_login_is_refused_as_the_standard_says(void)
{
	static const struct {
		const char *why;
		unsigned slot;
		CK_USER_TYPE user;
		const char *pin;
		CK_RV want;
	} table[] = {
		{ "a wrong code", 1, CKU_USER, "12345678", CKR_PIN_INCORRECT },
		{ "a code of 7 characters", 1, CKU_USER, "1234567", CKR_PIN_INCORRECT },
		{ "no code where one is typed", 1, CKU_USER, NULL, CKR_ARGUMENTS_BAD },
		{ "an empty code is not none", 0, CKU_USER, "", CKR_PIN_INCORRECT },
		{ "a wrong SO PIN", 1, CKU_SO, USER_PIN, CKR_PIN_INCORRECT },
		{ "no SO PIN", 1, CKU_SO, NULL, CKR_ARGUMENTS_BAD },
		{ "no SO PIN in mode auto either", 0, CKU_SO, NULL, CKR_ARGUMENTS_BAD },
		{ "for one operation, without one", 1, CKU_CONTEXT_SPECIFIC, USER_PIN,
		    CKR_USER_TYPE_INVALID },
		{ "a user of no kind", 1, 77, USER_PIN, CKR_USER_TYPE_INVALID },
	};
	struct hsm h;
	struct client *c;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (client_login(c, table[i].slot, table[i].user, table[i].pin) != table[i].want)
			CU_FAIL(table[i].why);
	CU_ASSERT_EQUAL(client_logout(c, 1), CKR_USER_NOT_LOGGED_IN);
	OK(client_login(c, 0, CKU_USER, NULL));
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
	/* Nor does that cost a try. */
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, "12345678"), CKR_USER_ALREADY_LOGGED_IN);
	CU_ASSERT_EQUAL(flags(c, 1) & CKF_USER_PIN_COUNT_LOW, 0);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_SO, SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	OK(client_logout(c, 1));
	OK(client_login(c, 1, CKU_SO, SO_PIN));
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_SO, SO_PIN), CKR_USER_ALREADY_LOGGED_IN);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, USER_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
	client_free(c);
	hsm_leave(&h);
}

static void
a_login_is_of_the_application_and_the_slot(void)
{
	struct hsm h;
	struct client *a, *again, *b;
	uint64_t uid;

	hsm_enter(&h);
	a = client_new(&h, NULL);
	again = client_new(&h, a->cookie);
	b = client_new(&h, NULL);
	SAME(again->cookie, a->cookie, WIRE_COOKIE_LEN);
	CU_ASSERT_NOT_EQUAL(memcmp(b->cookie, a->cookie, WIRE_COOKIE_LEN), 0);
	OK(client_login(a, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_login(again, 1, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
	uid = client_ec(again, 1, 1);
	OK(client_sign(a, 1, uid, 0));
	/* Neither another application nor another slot has it. */
	CU_ASSERT_EQUAL(client_sign(b, 1, uid, 0), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_sign(a, 2, uid, 0), CKR_KEY_HANDLE_INVALID);
	/* The application stays while one connection does, and goes with the last. */
	client_free(a);
	OK(client_sign(again, 1, uid, 0));
	CU_ASSERT_EQUAL(noted(&h, "open"), 1);
	client_free(again);
	client_free(b);
	hsm_leave(&h);
}

static void
a_cookie_of_another_process_is_worth_nothing(void)
{
	struct hsm h;
	struct client *a, *b;

	hsm_enter(&h);
	a = client_of(&h, 1000, 10);
	OK(client_login(a, 1, CKU_USER, USER_PIN));
	for (int i = 0; i < 2; i++) {
		b = client_of(&h, i == 0 ? 1001 : 1000, i == 0 ? 10 : 11);
		p11_conn_free(b->conn);
		OK(p11_conn_new(h.server, i == 0 ? 1001 : 1000, i == 0 ? 10 : 11, &b->conn));
		client_ask(b, WIRE_HELLO, 0)->version = WIRE_VERSION;
		memcpy(b->request.cookie, a->cookie, WIRE_COOKIE_LEN);
		OK(client_call(b));
		CU_ASSERT_NOT_EQUAL(memcmp(b->answer.cookie, a->cookie, WIRE_COOKIE_LEN), 0);
		CU_ASSERT_EQUAL(client_logout(b, 1), CKR_USER_NOT_LOGGED_IN);
		client_free(b);
	}
	client_free(a);
	hsm_leave(&h);
}

static void
a_slot_stays_open_after_a_logout_and_closes_for_everybody(void)
{
	struct hsm h;
	struct slot_info info;
	struct client *a, *b;
	uint64_t uid;

	hsm_enter(&h);
	a = client_new(&h, NULL);
	b = client_new(&h, NULL);
	OK(client_login(a, 1, CKU_USER, USER_PIN));
	OK(client_login(b, 1, CKU_USER, USER_PIN));
	uid = client_ec(a, 1, 1);
	OK(client_sign(b, 1, uid, 0));
	OK(client_logout(a, 1));
	CU_ASSERT_EQUAL(client_sign(a, 1, uid, 0), CKR_USER_NOT_LOGGED_IN);
	OK(client_sign(b, 1, uid, 0));
	OK(slot_info(h.place.store, 1, &info));
	CU_ASSERT_EQUAL(info.open, 1);
	store_lock(h.place.store);
	OK(slot_leave(h.place.store, 1));
	store_unlock(h.place.store);
	p11_slot_closed(h.server, 1);
	CU_ASSERT_EQUAL(client_sign(b, 1, uid, 0), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_logout(b, 1), CKR_USER_NOT_LOGGED_IN);
	OK(client_login(b, 1, CKU_USER, USER_PIN));
	OK(client_sign(b, 1, uid, 0));
	CU_ASSERT_EQUAL(noted(&h, "open"), 2);
	client_free(a);
	client_free(b);
	hsm_leave(&h);
}

/* SoftHSM shows them to the SO (its issue 345). */
static void
the_so_sees_no_private_objects(void)
{
	struct hsm h;
	struct client *c;
	uint64_t uid;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	uid = client_ec(c, 1, 1);
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 2);
	OK(client_logout(c, 1));
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 1);
	OK(client_login(c, 1, CKU_SO, SO_PIN));
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 1);
	CU_ASSERT_EQUAL(client_get(c, 1, uid), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_sign(c, 1, uid, 0), CKR_USER_NOT_LOGGED_IN);
	client_ask(c, WIRE_DESTROY, 1)->uid = uid;
	CU_ASSERT_EQUAL(client_call(c), CKR_USER_NOT_LOGGED_IN);
	client_free(c);
	hsm_leave(&h);
}

static void
pins_are_changed_by_whom_they_belong_to(void)
{
	struct hsm h;
	struct client *c, *other;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	/* PKCS #11 Base 2.40, 5.5.8: nobody logged in is the user. */
	CU_ASSERT_EQUAL(set_pin(c, 1, "12345678", "abcdefgh"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(set_pin(c, 1, USER_PIN, "abcdefg"), CKR_PIN_LEN_RANGE);
	CU_ASSERT_EQUAL(set_pin(c, 1, "short", "abcdefgh"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(set_pin(c, 1, NULL, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(set_pin(c, 1, USER_PIN, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(set_pin(c, 1, NULL, "abcdefgh"), CKR_ARGUMENTS_BAD);
	OK(set_pin(c, 1, USER_PIN, "abcdefgh"));
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
	OK(client_login(c, 1, CKU_USER, "abcdefgh"));
	OK(client_logout(c, 1));
	/* C_InitPIN is the SO's alone, who may have changed the SO PIN in between. */
	CU_ASSERT_EQUAL(init_pin(c, 1, "12345678"), CKR_USER_NOT_LOGGED_IN);
	OK(client_login(other, 1, CKU_SO, SO_PIN));
	OK(client_login(c, 1, CKU_SO, SO_PIN));
	OK(set_pin(c, 1, SO_PIN, "the SO's new PIN"));
	CU_ASSERT_EQUAL(init_pin(c, 1, "1234567"), CKR_PIN_LEN_RANGE);
	CU_ASSERT_EQUAL(init_pin(c, 1, NULL), CKR_ARGUMENTS_BAD);
	OK(init_pin(c, 1, "ijklmnop"));
	OK(client_logout(c, 1));
	OK(client_login(c, 1, CKU_USER, "ijklmnop"));
	/* Another one that has the old SO PIN costs no try. */
	CU_ASSERT_EQUAL(init_pin(other, 1, "qrstuvwx"), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(flags(c, 1) & CKF_SO_PIN_COUNT_LOW, 0);
	/* Mode auto: a new code by no codes, for the user alone. */
	OK(set_pin(c, 0, NULL, NULL));
	OK(client_login(c, 0, CKU_USER, NULL));
	CU_ASSERT_EQUAL(noted(&h, "code changed"), 2);
	CU_ASSERT_EQUAL(noted(&h, "SO PIN changed"), 1);
	CU_ASSERT_EQUAL(noted(&h, "init PIN"), 1);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
a_token_is_initialised_when_nobody_uses_it(void)
{
	struct hsm h;
	struct client *c, *other;
	struct wire_own *own;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	client_ec(c, 1, 1);
	CU_ASSERT_EQUAL(init_token(c, 0, SO_PIN), CKR_TOKEN_WRITE_PROTECTED);
	CU_ASSERT_EQUAL(init_token(c, 1, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(init_token(c, 1, "short"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(init_token(c, 1, "wrong SO PIN"), CKR_PIN_INCORRECT);
	own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other->own_fd, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(own, MAP_FAILED);
	own->sessions[1] = 1;
	CU_ASSERT_EQUAL(init_token(c, 1, SO_PIN), CKR_SESSION_EXISTS);
	own->sessions[1] = 0;
	own->sessions[2] = 1;
	OK(init_token(c, 1, SO_PIN));
	/* Whoever was logged in is no more, and nothing is there any more. */
	CU_ASSERT_EQUAL(client_logout(c, 1), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 0);
	CU_ASSERT_EQUAL(flags(c, 1) & CKF_USER_PIN_INITIALIZED, 0);
	SAME(c->answer.token.label, "another label                   ", 32);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(set_pin(c, 1, USER_PIN, "abcdefgh"), CKR_USER_PIN_NOT_INITIALIZED);
	OK(client_login(c, 1, CKU_SO, SO_PIN));
	OK(init_pin(c, 1, "abcdefgh"));
	OK(client_logout(c, 1));
	OK(client_login(c, 1, CKU_USER, "abcdefgh"));
	OK(client_sign(c, 1, client_ec(c, 1, 1), 0));
	CU_ASSERT_EQUAL(noted(&h, "init token"), 1);
	munmap(own, 4096);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
without_an_installation_there_is_no_token(void)
{
	const struct p11_policy policy = { 0 };
	struct hsm h = { .server = NULL };
	struct client *c;

	OK(secmem_init_size(SECMEM_VAULT));
	place_enter(&h.place);
	OK(p11_server_new(&h.server, h.place.store, &policy));
	c = client_new(&h, NULL);
	client_ask(c, WIRE_TOKEN, 3);
	CU_ASSERT_EQUAL(client_call(c), CKR_TOKEN_NOT_PRESENT);
	CU_ASSERT_EQUAL(client_login(c, 3, CKU_USER, USER_PIN), CKR_TOKEN_NOT_PRESENT);
	client_ask(c, WIRE_FIND, 3)->most = 1;
	CU_ASSERT_EQUAL(client_call(c), CKR_TOKEN_NOT_PRESENT);
	client_free(c);
	hsm_leave(&h);
}

/* Who may connect could keep all others out of a slot that opens by itself. */
static void
wrong_codes_keep_nobody_out_where_none_is_asked_for(void)
{
	struct client *c;
	struct hsm h;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	for (unsigned i = 0; i < SLOT_TRIES; i++)
		CU_ASSERT_EQUAL(client_login(c, 0, CKU_USER, "11111111"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(client_login(c, 0, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
	OK(client_login(c, 0, CKU_USER, NULL));
	client_free(c);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(wrong_codes_keep_nobody_out_where_none_is_asked_for),
	SENTENCE(nothing_is_answered_before_hello),
	SENTENCE(what_does_not_decode_is_refused_and_the_next_call_is_answered),
	SENTENCE(the_token_flags_tell_the_truth),
	SENTENCE(a_login_is_refused_as_the_standard_says),
	SENTENCE(a_login_is_of_the_application_and_the_slot),
	SENTENCE(a_cookie_of_another_process_is_worth_nothing),
	SENTENCE(a_slot_stays_open_after_a_logout_and_closes_for_everybody),
	SENTENCE(the_so_sees_no_private_objects),
	SENTENCE(pins_are_changed_by_whom_they_belong_to),
	SENTENCE(a_token_is_initialised_when_nobody_uses_it),
	SENTENCE(without_an_installation_there_is_no_token),
};

SUITE("server_login", sentences)
