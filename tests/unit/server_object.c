#include "tests/unit/client.h"

#include <sqlite3.h>
#include <string.h>

#include "tests/unit/suite.h"

static uint64_t
data_object(struct client *c, int token, int private, const char *label, size_t n)
{
	static const uint8_t zeros[ATTRS_MAX];
	struct attrs *a = client_create(c, CKO_DATA, token, label);

	attrs_put_bool(a, CKA_PRIVATE, private);
	attrs_put(a, CKA_VALUE, zeros, n);
	OK(client_call(c));
	return c->answer.object.uid;
}

static CK_RV
destroy(struct client *c, uint64_t uid)
{
	client_ask(c, WIRE_DESTROY, 1)->uid = uid;
	return client_call(c);
}

static CK_RV
relabel(struct client *c, uint64_t uid, const char *label)
{
	client_ask(c, WIRE_SET, 1)->uid = uid;
	attrs_put(client_set(c), CKA_LABEL, label, strlen(label));
	return client_call(c);
}

static void
token_objects_outlive_the_daemon(void)
{
	struct hsm h;
	struct client *c;
	uint64_t public, private, key;

	hsm_enter(&h);
	c = client_user(&h);
	public = data_object(c, 1, 0, "public", 10);
	private = data_object(c, 1, 1, "private", 10);
	key = client_ec(c, 1, 1);
	data_object(c, 0, 0, "session", 10);
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 5);
	client_free(c);
	hsm_again(&h);
	c = client_new(&h, NULL);
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 2);
	OK(client_get(c, 1, public));
	CU_ASSERT_EQUAL(client_get(c, 1, private), CKR_USER_NOT_LOGGED_IN);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	OK(client_get(c, 1, private));
	CU_ASSERT_TRUE(attrs_equal(&c->answer.object.view, CKA_LABEL, "private", 7));
	OK(client_sign(c, 1, key, 0));
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 4);
	CU_ASSERT_EQUAL(client_get(c, 2, public), CKR_OBJECT_HANDLE_INVALID);
	client_free(c);
	hsm_leave(&h);
}

static void
session_objects_are_the_applications_alone(void)
{
	struct hsm h;
	struct client *a, *b;
	uint64_t uid;

	hsm_enter(&h);
	a = client_user(&h);
	b = client_user(&h);
	uid = client_ec(a, 1, 0);
	CU_ASSERT_TRUE(uid >= WIRE_SESSION);
	CU_ASSERT_EQUAL(a->answer.object2.local, 1);
	OK(client_sign(a, 1, uid, 0));
	CU_ASSERT_EQUAL(client_sign(b, 1, uid, 0), CKR_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(client_get(b, 1, uid), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(client_copy(b, uid, 0), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(destroy(b, uid), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(relabel(b, uid, "mine"), CKR_OBJECT_HANDLE_INVALID);
	client_ask(b, WIRE_CLOSE, 1)->closed_n = 1;
	b->request.closed[0] = uid;
	OK(client_call(b));
	CU_ASSERT_EQUAL(client_count(b, 1, "ec"), 1);
	CU_ASSERT_EQUAL(client_count(a, 1, "ec"), 2);
	/* Not in another slot either. */
	OK(client_login(a, 2, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_sign(a, 2, uid, 0), CKR_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(client_get(a, 2, uid), CKR_OBJECT_HANDLE_INVALID);
	/* Its session was closed. */
	client_ask(a, WIRE_CLOSE, 1)->closed_n = 1;
	a->request.closed[0] = uid;
	OK(client_call(a));
	CU_ASSERT_EQUAL(client_sign(a, 1, uid, 0), CKR_KEY_HANDLE_INVALID);
	client_free(a);
	client_free(b);
	hsm_leave(&h);
}

static void
a_logout_takes_private_session_objects_and_leaves_the_others(void)
{
	struct hsm h;
	struct client *c;
	uint64_t key, public;

	hsm_enter(&h);
	c = client_user(&h);
	key = client_ec(c, 1, 0);
	public = data_object(c, 0, 0, "session", 3);
	OK(client_sign(c, 1, key, 0));
	OK(client_logout(c, 1));
	OK(client_get(c, 1, public));
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_sign(c, 1, key, 0), CKR_KEY_HANDLE_INVALID);
	OK(client_get(c, 1, public));
	p11_slot_closed(h.server, 1);
	CU_ASSERT_EQUAL(client_get(c, 1, public), CKR_OBJECT_HANDLE_INVALID);
	client_free(c);
	hsm_leave(&h);
}

static void
what_is_changed_is_found_by_what_it_is_now(void)
{
	struct hsm h;
	struct client *c, *other;
	uint64_t uid[2];

	hsm_enter(&h);
	c = client_user(&h);
	other = client_user(&h);
	for (int token = 0; token < 2; token++) {
		uid[token] = client_aes(c, 1, token);
		OK(relabel(c, uid[token], "renamed"));
		CU_ASSERT_TRUE(attrs_equal(&c->answer.object.view, CKA_LABEL, "renamed", 7));
		CU_ASSERT_EQUAL(c->answer.object.uid, uid[token]);
	}
	CU_ASSERT_EQUAL(client_count(c, 1, "aes"), 0);
	CU_ASSERT_EQUAL(client_count(c, 1, "renamed"), 2);
	CU_ASSERT_EQUAL(client_count(other, 1, "renamed"), 1);
	OK(destroy(c, uid[0]));
	OK(destroy(c, uid[1]));
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 0);
	CU_ASSERT_EQUAL(client_get(other, 1, uid[1]), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(destroy(c, uid[1]), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(destroy(c, 0), CKR_OBJECT_HANDLE_INVALID);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

/* A key that was made ready before must not be used as it was. */
static void
a_key_that_may_sign_no_longer_does_not(void)
{
	struct hsm h;
	struct client *c;
	uint64_t uid[2];

	hsm_enter(&h);
	c = client_user(&h);
	for (int token = 0; token < 2; token++) {
		uid[token] = client_ec(c, 1, token);
		OK(client_sign(c, 1, uid[token], 0));
		client_ask(c, WIRE_SET, 1)->uid = uid[token];
		attrs_put_bool(client_set(c), CKA_SIGN, 0);
		OK(client_call(c));
		CU_ASSERT_EQUAL(client_sign(c, 1, uid[token], 0), CKR_KEY_FUNCTION_NOT_PERMITTED);
		OK(destroy(c, uid[token]));
		CU_ASSERT_EQUAL(client_sign(c, 1, uid[token], 0), CKR_KEY_HANDLE_INVALID);
	}
	client_free(c);
	hsm_leave(&h);
}

static void
what_may_not_be_destroyed_stays(void)
{
	struct hsm h;
	struct client *c;
	uint64_t uid;

	hsm_enter(&h);
	c = client_user(&h);
	for (int token = 0; token < 2; token++) {
		struct attrs *a = client_create(c, CKO_DATA, token, "stays");

		attrs_put_bool(a, CKA_DESTROYABLE, 0);
		OK(client_call(c));
		CU_ASSERT_EQUAL(destroy(c, c->answer.object.uid), CKR_ACTION_PROHIBITED);
	}
	CU_ASSERT_EQUAL(client_count(c, 1, "stays"), 2);
	/* PKCS #11 Base 2.40, 5.6.1: a R/O session changes session objects alone. */
	for (int token = 0; token < 2; token++) {
		uid = data_object(c, token, 1, "goes", 4);
		client_ask(c, WIRE_DESTROY, 1)->uid = uid;
		c->request.who.rw = 0;
		CU_ASSERT_EQUAL(client_call(c), token ? CKR_SESSION_READ_ONLY : CKR_OK);
	}
	client_free(c);
	hsm_leave(&h);
}

static void
a_copy_is_an_object_of_its_own(void)
{
	struct hsm h;
	struct client *c;
	uint64_t session, token;

	hsm_enter(&h);
	c = client_user(&h);
	session = client_ec(c, 1, 0);
	OK(client_copy(c, session, 1));
	token = c->answer.object.uid;
	CU_ASSERT_TRUE(token < WIRE_SESSION && c->answer.object.local == 0);
	OK(destroy(c, session));
	OK(client_sign(c, 1, token, 0));
	OK(client_copy(c, token, 0));
	CU_ASSERT_TRUE(c->answer.object.uid >= WIRE_SESSION);
	OK(client_sign(c, 1, c->answer.object.uid, 0));
	client_free(c);
	hsm_leave(&h);
}

/* Both halves or none, wherever each of them belongs. */
static void
a_pair_is_made_whole_or_not_at_all(void)
{
	struct hsm h;
	struct client *c;
	uint8_t params[10];

	hsm_enter(&h);
	c = client_new(&h, NULL);
	hex("06082a8648ce3d030107", params, sizeof(params));
	for (int i = 0; i < 2; i++) {
		client_ask(c, WIRE_GENERATE_PAIR, 1);
		client_mech(c, CKM_EC_KEY_PAIR_GEN);
		attrs_put_bool(client_set(c), CKA_TOKEN, 1);
		attrs_put(client_set(c), CKA_EC_PARAMS, params, sizeof(params));
		attrs_put_bool(client_set2(c), CKA_TOKEN, i);
		CU_ASSERT_EQUAL(client_call(c), CKR_USER_NOT_LOGGED_IN);
	}
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 0);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	/* A public key that is a session object is the module's. */
	client_ask(c, WIRE_GENERATE_PAIR, 1);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put(client_set(c), CKA_EC_PARAMS, params, sizeof(params));
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	OK(client_call(c));
	CU_ASSERT_TRUE(c->answer.object.uid == 0 && c->answer.object.local == 1);
	CU_ASSERT_TRUE(attrs_has(&c->answer.object.view, CKA_EC_POINT));
	CU_ASSERT_EQUAL(client_count(c, 1, NULL), 1);
	client_free(c);
	hsm_leave(&h);
}

static void
the_page_tells_every_change_of_a_token_object(void)
{
	struct hsm h;
	struct client *c;
	uint64_t uid;

	hsm_enter(&h);
	c = client_user(&h);
	uid = client_aes(c, 1, 1);
	for (int i = 0; i < 3; i++) {
		const uint64_t before = client_page(c)->slot[1].objects;

		if (i == 0)
			OK(relabel(c, uid, "x"));
		if (i == 1)
			OK(destroy(c, uid));
		if (i == 2)
			client_aes(c, 1, 1);
		CU_ASSERT_TRUE(client_page(c)->slot[1].objects > before);
		CU_ASSERT_EQUAL(client_page(c)->slot[2].objects, 0);
	}
	client_free(c);
	hsm_leave(&h);
}

/* On the running daemon's disk: whoever finds it closes the slot for everybody. */
static void
a_slot_that_is_found_damaged_is_closed_for_everybody(void)
{
	struct hsm h;
	struct client *c, *other;
	char path[2 * PATH_LEN];
	uint64_t key, harmed;
	sqlite3 *db;

	hsm_enter(&h);
	c = client_user(&h);
	other = client_user(&h);
	key = client_ec(c, 1, 1);
	harmed = data_object(c, 1, 1, "harmed", 10);
	OK(client_sign(other, 1, key, 0));
	OK(sqlite3_open(place_file(&h.place, "cardinal.db", path), &db));
	OK(sqlite3_exec(db, "UPDATE object SET sealed = zeroblob(length(sealed)) WHERE id = "
	    "(SELECT max(id) FROM object)", NULL, NULL, NULL));
	sqlite3_close(db);
	CU_ASSERT_EQUAL(client_get(c, 1, harmed), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(client_sign(other, 1, key, 0), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(client_logout(other, 1), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_page(c)->slot[1].closings, 1);
	CU_ASSERT_EQUAL(client_login(other, 1, CKU_USER, USER_PIN), CKR_DEVICE_ERROR);
	CU_ASSERT_EQUAL(client_page(c)->slot[1].closings, 1);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(a_slot_that_is_found_damaged_is_closed_for_everybody),
	SENTENCE(token_objects_outlive_the_daemon),
	SENTENCE(session_objects_are_the_applications_alone),
	SENTENCE(a_logout_takes_private_session_objects_and_leaves_the_others),
	SENTENCE(what_is_changed_is_found_by_what_it_is_now),
	SENTENCE(a_key_that_may_sign_no_longer_does_not),
	SENTENCE(what_may_not_be_destroyed_stays),
	SENTENCE(a_copy_is_an_object_of_its_own),
	SENTENCE(a_pair_is_made_whole_or_not_at_all),
	SENTENCE(the_page_tells_every_change_of_a_token_object),
};

SUITE("server_object", sentences)
