#include "tests/unit/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/server_parts.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

static CK_RV
hold(struct client *c, size_t n)
{
	static const uint8_t zeros[ATTRS_MAX];

	client_ask(c, WIRE_CREATE, 1);
	attrs_put_ulong(client_set(c), CKA_CLASS, CKO_DATA);
	attrs_put_bool(client_set(c), CKA_PRIVATE, 0);
	attrs_put(client_set(c), CKA_VALUE, zeros, n);
	return client_call(c);
}

/* What a client has taken is there again when it has gone. */
static void
one_client_does_not_hold_all_session_objects(void)
{
	struct hsm h;
	struct client *c, *other;
	size_t n = 0;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	while (hold(c, 20000) == CKR_OK)
		n++;
	CU_ASSERT_EQUAL(c->answer.rv, CKR_DEVICE_MEMORY);
	CU_ASSERT_TRUE(n > 500 && n <= HELD_BYTES_MAX / 20000);
	OK(hold(other, 20000));
	client_free(c);
	CU_ASSERT_TRUE(atomic_load(&h.server->held_bytes) < 21000);
	c = client_new(&h, NULL);
	for (n = 0; hold(c, 1) == CKR_OK; n++)
		;
	CU_ASSERT_EQUAL(c->answer.rv, CKR_DEVICE_MEMORY);
	CU_ASSERT_EQUAL(n, HELD_MAX);
	client_free(c);
	client_free(other);
	CU_ASSERT_EQUAL(atomic_load(&h.server->held_bytes), 0);
	hsm_leave(&h);
}

static CK_RV
lay_down(struct client *c, size_t n, int private)
{
	static const uint8_t zeros[ATTRS_MAX];

	attrs_put(client_create(c, CKO_DATA, 1, "data"), CKA_VALUE, zeros, n);
	attrs_put_bool(client_set(c), CKA_PRIVATE, private);
	return client_call(c);
}

/* The store is told that so many are there. */
static void
nobody_fills_the_disk_with_public_objects(void)
{
	struct hsm h;
	struct client *c;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	OK(lay_down(c, 1000, 0));
	store_lock(h.place.store);
	h.place.store->now.slot[1].domain[PUBLIC].m.bytes = OBJECTS_BYTES - 1000;
	store_unlock(h.place.store);
	CU_ASSERT_EQUAL(lay_down(c, 1000, 0), CKR_DEVICE_MEMORY);
	OK(lay_down(c, 100, 0));
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(lay_down(c, 1000, 0), CKR_DEVICE_MEMORY);
	OK(lay_down(c, 1000, 1));
	client_free(c);
	hsm_leave(&h);
}

static void
who_has_the_code_does_not_fill_the_disk_with_private_objects(void)
{
	struct hsm h;
	struct client *c;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	OK(lay_down(c, 1000, 1));
	store_lock(h.place.store);
	h.place.store->now.slot[1].domain[PRIVATE].m.bytes = OBJECTS_BYTES - 1000;
	store_unlock(h.place.store);
	CU_ASSERT_EQUAL(lay_down(c, 1000, 1), CKR_DEVICE_MEMORY);
	OK(lay_down(c, 100, 1));
	OK(lay_down(c, 1000, 0));
	store_lock(h.place.store);
	h.place.store->now.slot[1].domain[PUBLIC].m.count = OBJECTS_COUNT;
	store_unlock(h.place.store);
	CU_ASSERT_EQUAL(lay_down(c, 1, 1), CKR_DEVICE_MEMORY);
	client_free(c);
	hsm_leave(&h);
}

static CK_RV
begin(struct client *c, uint64_t uid, CK_MECHANISM_TYPE type, CK_FLAGS flags)
{
	struct wire_request *const r = client_ask(c, WIRE_OP_BEGIN, 1);

	client_mech(c, type);
	if (type == CKM_AES_GCM) {
		c->mech.bits = 128;
		c->mech.iv_n = 12;
	}
	r->uid = uid;
	r->flags = flags;
	return client_call(c);
}

static void
one_client_does_not_hold_all_operations(void)
{
	struct hsm h;
	struct client *c, *other;
	uint64_t uid;
	size_t n;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	OK(client_login(other, 1, CKU_USER, USER_PIN));
	uid = client_aes(c, 1, 1);
	for (n = 0; begin(c, uid, CKM_AES_CMAC, CKF_SIGN) == CKR_OK; n++)
		;
	CU_ASSERT_EQUAL(c->answer.rv, CKR_DEVICE_MEMORY);
	CU_ASSERT_EQUAL(n, OPS_MAX);
	OK(begin(other, uid, CKM_AES_CMAC, CKF_SIGN));
	OK(client_logout(c, 1));
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	OK(begin(c, uid, CKM_AES_CMAC, CKF_SIGN));
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static void
plaintexts_that_wait_for_their_tags_have_a_bound(void)
{
	static const uint8_t data[WIRE_DATA_MAX];
	const size_t most = OPS_BYTES_ALL / 4 * 3;
	struct hsm h;
	struct client *c, *other;
	uint64_t uid;
	size_t n = 0;
	CK_RV rv = CKR_OK;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_of(&h, getuid() + 1, 1);
	OK(client_login(c, 1, CKU_USER, USER_PIN));
	OK(client_login(other, 1, CKU_USER, USER_PIN));
	uid = client_aes(c, 1, 1);
	while (rv == CKR_OK && n <= most) {
		uint64_t op;

		OK(begin(c, uid, CKM_AES_GCM, CKF_DECRYPT));
		op = c->answer.op;
		for (size_t i = 0; rv == CKR_OK && i < 100; i++, n += sizeof(data)) {
			client_ask(c, WIRE_OP_UPDATE, 0)->op = op;
			c->request.data = (struct wire_bytes){ data, sizeof(data) };
			rv = client_call(c);
		}
	}
	CU_ASSERT_EQUAL(rv, CKR_DEVICE_MEMORY);
	CU_ASSERT_TRUE(n > most - sizeof(data));
	/* The last quarter is for other users. */
	OK(begin(other, uid, CKM_AES_GCM, CKF_DECRYPT));
	client_ask(other, WIRE_OP_UPDATE, 0)->op = other->answer.op;
	other->request.data = (struct wire_bytes){ data, sizeof(data) };
	OK(client_call(other));
	/* The operation that went too far is gone, with what it held. */
	OK(begin(c, uid, CKM_AES_GCM, CKF_DECRYPT));
	client_free(c);
	client_free(other);
	CU_ASSERT_EQUAL(atomic_load(&h.server->ops_bytes), 0);
	hsm_leave(&h);
}

static void
one_user_does_not_have_all_connections(void)
{
	struct p11_conn **conn = calloc(CONNS_MAX, sizeof(*conn));
	struct hsm h;
	size_t n = 0;

	hsm_enter(&h);
	while (n < CONNS_MAX && p11_conn_new(h.server, 1000, 1, &conn[n]) == 0)
		n++;
	CU_ASSERT_EQUAL(n, CONNS_USER_MAX);
	while (n < CONNS_MAX && p11_conn_new(h.server, 1001, 1, &conn[n]) == 0)
		n++;
	CU_ASSERT_EQUAL_FATAL(n, CONNS_MAX);
	p11_conn_free(conn[0]);
	OK(p11_conn_new(h.server, 1002, 1, &conn[0]));
	for (size_t i = 0; i < n; i++)
		p11_conn_free(conn[i]);
	free(conn);
	hsm_leave(&h);
}

static void
one_user_is_not_all_applications(void)
{
	struct client **c = calloc(APPS_MAX + 2, sizeof(struct client *));
	struct rlimit limit;
	struct client more = { .page = NULL };
	struct hsm h;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	hsm_enter(&h);
	for (size_t i = 0; i < APPS_MAX; i++)
		c[i] = client_of(&h, i < APPS_USER_MAX ? 1000 : 1001, (pid_t)i);
	for (uid_t uid = 1000; uid < 1003; uid++) {
		OK(p11_conn_new(h.server, uid, 1, &more.conn));
		client_ask(&more, WIRE_HELLO, 0)->version = WIRE_VERSION;
		CU_ASSERT_EQUAL(client_call(&more), CKR_DEVICE_MEMORY);
		p11_conn_free(more.conn);
		if (uid == 1000)
			CU_ASSERT_TRUE(h.server->apps_n == APPS_MAX);
	}
	client_free(c[APPS_MAX - 1]);
	/* Room, but not for one of whom there are too many. */
	OK(p11_conn_new(h.server, 1000, 1, &more.conn));
	client_ask(&more, WIRE_HELLO, 0)->version = WIRE_VERSION;
	CU_ASSERT_EQUAL(client_call(&more), CKR_DEVICE_MEMORY);
	p11_conn_free(more.conn);
	c[APPS_MAX - 1] = client_of(&h, 1002, 1);
	for (size_t i = 0; i < APPS_MAX; i++)
		client_free(c[i]);
	CU_ASSERT_EQUAL(h.server->apps_n, 0);
	free(c);
	hsm_leave(&h);
}

static void
tickets_do_not_pile_up(void)
{
	struct hsm h;
	struct client *c;
	uint64_t uid, first = 0, last = 0;
	uint8_t params[10];

	hsm_enter(&h);
	c = client_new(&h, NULL);
	OK(client_login(c, 0, CKU_USER, NULL));
	client_ask(c, WIRE_GENERATE_PAIR, 0);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put(client_set(c), CKA_EC_PARAMS, params,
	    hex("06082a8648ce3d030107", params, sizeof(params)));
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	attrs_put_bool(client_set2(c), CKA_ALWAYS_AUTHENTICATE, 1);
	OK(client_call(c));
	uid = c->answer.object2.uid;
	for (size_t i = 0; i <= TICKETS_MAX; i++) {
		client_ask(c, WIRE_REAUTH, 0)->uid = uid;
		OK(client_call(c));
		last = c->answer.ticket;
		if (i == 0)
			first = last;
	}
	CU_ASSERT_EQUAL(client_sign(c, 0, uid, first), CKR_USER_NOT_LOGGED_IN);
	OK(client_sign(c, 0, uid, last));
	client_free(c);
	hsm_leave(&h);
}

/* C_SetPIN in slot 0. */
static CK_RV
change(struct client *c, const char *old, const char *new)
{
	struct wire_request *const r = client_ask(c, WIRE_SET_PIN, 0);

	if (old != NULL) {
		r->has_pin = r->has_pin2 = 1;
		r->pin = (struct wire_bytes){ (const uint8_t *)old, strlen(old) };
		r->pin2 = (struct wire_bytes){ (const uint8_t *)new, strlen(new) };
	}
	return client_call(c);
}

/* In mode auto, where nobody needs a code: a new one, and wrong ones with its tries. */
static void
what_anybody_can_do_without_end_does_not_fill_the_transcript(void)
{
	char code[SLOT_CODE_MAX + 1];
	struct client *c;
	struct hsm h;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	CU_ASSERT_EQUAL(client_login(c, 0, CKU_USER, "a wrong one"), CKR_PIN_INCORRECT);
	for (int i = 0; i < 2 * NOTES_HOUR; i++)
		OK(change(c, NULL, NULL));
	CU_ASSERT_EQUAL(client_login(c, 0, CKU_USER, "a wrong one"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(hsm_noted(&h, "wrong code"), 1);
	CU_ASSERT_EQUAL(hsm_noted(&h, "code changed"), NOTES_HOUR - 1);
	CU_ASSERT_EQUAL(hsm_noted(&h, "and more"), 1);
	/* Who has the code is heard, and other slots are. */
	OK(slot_made(h.place.store, 0, SLOT_USER, code));
	OK(change(c, code, "abcdefgh"));
	CU_ASSERT_EQUAL(hsm_noted(&h, "code changed"), NOTES_HOUR);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, "a wrong one"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(client_login(c, 0, CKU_SO, "a wrong one"), CKR_PIN_INCORRECT);
	CU_ASSERT_EQUAL(hsm_noted(&h, "wrong code"), 2);
	CU_ASSERT_EQUAL(hsm_noted(&h, "wrong SO PIN"), 1);
	/* And the next hour is another one. */
	h.server->notes[0].since -= 3600;
	OK(change(c, NULL, NULL));
	CU_ASSERT_EQUAL(hsm_noted(&h, "code changed"), NOTES_HOUR + 1);
	client_free(c);
	hsm_leave(&h);
}

static void *
tries_a_wrong_code(void *arg)
{
	(void)client_login(arg, 1, CKU_USER, "wrong code");
	return NULL;
}

static void *
tries_a_wrong_code_at_an_auto_slot(void *arg)
{
	(void)client_login(arg, 0, CKU_USER, "wrong code");
	return NULL;
}

/* As many as somebody likes: C_SetPIN makes another code, with all tries. */
static void
wrong_codes_at_an_auto_slot_keep_nobody_waiting_who_needs_none(void)
{
	struct hsm h;
	struct slot_info info;
	struct client *c, *other;
	pthread_t thread;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	slots_delay(h.place.store, 1000000, 1000000);
	OK(pthread_create(&thread, NULL, tries_a_wrong_code_at_an_auto_slot, other));
	do {
		OK(slot_info(h.place.store, 0, &info));
	} while (info.user_left == SLOT_TRIES);
	OK(client_login(c, 0, CKU_USER, NULL));
	store_lock(h.place.store);
	slots_close(h.place.store);
	store_unlock(h.place.store);
	OK(pthread_join(thread, NULL));
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

/* Each application asks so when it meets another daemon, and has little patience then. */
static void
a_login_without_a_code_where_one_is_needed_waits_for_nobody(void)
{
	struct hsm h;
	struct slot_info info;
	struct client *c, *other;
	pthread_t thread;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	other = client_new(&h, NULL);
	slots_delay(h.place.store, 1000000, 1000000);
	OK(pthread_create(&thread, NULL, tries_a_wrong_code, other));
	do {
		OK(slot_info(h.place.store, 1, &info));
	} while (info.user_left == SLOT_TRIES);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_USER, NULL), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(client_login(c, 1, CKU_SO, NULL), CKR_ARGUMENTS_BAD);
	/* Which ends the delay of the other. */
	store_lock(h.place.store);
	slots_close(h.place.store);
	store_unlock(h.place.store);
	OK(pthread_join(thread, NULL));
	client_free(other);
	client_free(c);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(one_client_does_not_hold_all_session_objects),
	SENTENCE(nobody_fills_the_disk_with_public_objects),
	SENTENCE(who_has_the_code_does_not_fill_the_disk_with_private_objects),
	SENTENCE(one_client_does_not_hold_all_operations),
	SENTENCE(plaintexts_that_wait_for_their_tags_have_a_bound),
	SENTENCE(one_user_does_not_have_all_connections),
	SENTENCE(one_user_is_not_all_applications),
	SENTENCE(tickets_do_not_pile_up),
	SENTENCE(what_anybody_can_do_without_end_does_not_fill_the_transcript),
	SENTENCE(a_login_without_a_code_where_one_is_needed_waits_for_nobody),
	SENTENCE(wrong_codes_at_an_auto_slot_keep_nobody_waiting_who_needs_none),
};

SUITE("server_limits", sentences)
