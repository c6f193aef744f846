#include "hsm/pkcs11/server_parts.h"

#include <sched.h>
#include <string.h>

#include "tests/unit/client.h"
#include "tests/unit/suite.h"

/*
 * What a slot's closing, or a logout, or another thread makes of what is there, in the moment before
 * anybody has swept it up.
 */
struct world {
	struct hsm h;
	struct client *c;
	uint64_t token, held, op;
};

static CK_RV
begin(struct world *w)
{
	client_ask(w->c, WIRE_OP_BEGIN, 1)->uid = w->held;
	client_mech(w->c, CKM_AES_CMAC);
	w->c->request.flags = CKF_SIGN;
	return client_call(w->c);
}

static void
enter(struct world *w)
{
	hsm_enter(&w->h);
	w->c = client_user(&w->h);
	w->token = client_ec(w->c, 1, 1);
	OK(client_sign(w->c, 1, w->token, 0));
	w->held = client_aes(w->c, 1, 0);
	OK(begin(w));
	w->op = w->c->answer.op;
}

static void
leave(struct world *w)
{
	client_free(w->c);
	hsm_leave(&w->h);
}

static CK_RV
update(struct world *w)
{
	client_ask(w->c, WIRE_OP_UPDATE, 0)->op = w->op;
	return client_call(w->c);
}

static void
all_that_is_older_than_a_closing_is_nothing(void)
{
	struct world w;

	enter(&w);
	OK(update(&w));
	page_event(w.h.server, 1, 1);
	CU_ASSERT_EQUAL(app_login(w.c->conn->app, 1), 0);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, w.token, 0), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_get(w.c, 1, w.held), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(update(&w), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_PTR_NULL(cache_find(w.h.server->cache, w.token, 0, 1, 1));
	OK(client_login(w.c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(client_get(w.c, 1, w.held), CKR_OBJECT_HANDLE_INVALID);
	CU_ASSERT_EQUAL(client_count(w.c, 1, "aes"), 0);
	CU_ASSERT_EQUAL(update(&w), CKR_OPERATION_NOT_INITIALIZED);
	OK(client_sign(w.c, 1, w.token, 0));
	/* The SO's login, too, with the PIN that is kept for it. */
	OK(client_logout(w.c, 1));
	OK(client_login(w.c, 1, CKU_SO, SO_PIN));
	page_event(w.h.server, 1, 1);
	client_ask(w.c, WIRE_INIT_PIN, 1)->has_pin = 1;
	w.c->request.pin = (struct wire_bytes){ (const uint8_t *)"a new code", 10 };
	CU_ASSERT_EQUAL(client_call(w.c), CKR_USER_NOT_LOGGED_IN);
	/* The sweeping itself leaves no key in memory. */
	CU_ASSERT_NOT_EQUAL(cache_bytes(w.h.server->cache), 0);
	p11_slot_closed(w.h.server, 1);
	CU_ASSERT_EQUAL(cache_bytes(w.h.server->cache), 0);
	CU_ASSERT_EQUAL(atomic_load(&w.h.server->held_bytes), 0);
	CU_ASSERT_PTR_NULL(w.c->conn->app->so[1]);
	leave(&w);
}

static void
all_that_is_private_goes_with_the_login(void)
{
	struct world w;
	uint64_t uid;
	struct attrs a;
	uint8_t room[64];

	enter(&w);
	atomic_store(&w.c->conn->app->login[1], 0);
	CU_ASSERT_EQUAL(client_sign(w.c, 1, w.token, 0), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_get(w.c, 1, w.held), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(client_count(w.c, 1, "aes"), 0);
	CU_ASSERT_EQUAL(update(&w), CKR_OPERATION_NOT_INITIALIZED);
	CU_ASSERT_EQUAL(begin(&w), CKR_USER_NOT_LOGGED_IN);
	/* And comes not after it: the login was looked at before. */
	attrs_init(&a, room, sizeof(room));
	attrs_put_bool(&a, CKA_PRIVATE, 1);
	CU_ASSERT_EQUAL(held_add(w.c->conn->app, 1, &a, &uid), CKR_USER_NOT_LOGGED_IN);
	CU_ASSERT_EQUAL(ticket_make(w.c->conn, w.token, &uid), CKR_USER_NOT_LOGGED_IN);
	attrs_put_bool(&a, CKA_PRIVATE, 0);
	OK(held_add(w.c->conn->app, 1, &a, &uid));
	leave(&w);
}

/* A key that was made sensitive meanwhile would be laid open again by what was read before. */
static void
a_change_is_made_to_what_is_there_not_to_what_was(void)
{
	static uint8_t rooms[2][ATTRS_MAX];
	struct world w;
	struct attrs was, next;
	int stale;

	enter(&w);
	attrs_init(&was, rooms[0], sizeof(rooms[0]));
	attrs_init(&next, rooms[1], sizeof(rooms[1]));
	OK(held_read(w.c->conn->app, 1, w.held, &was));
	attrs_copy(&next, &was);
	attrs_put(&next, CKA_LABEL, "other", 5);
	client_ask(w.c, WIRE_SET, 1)->uid = w.held;
	attrs_put_bool(client_set(w.c), CKA_EXTRACTABLE, 0);
	OK(client_call(w.c));
	OK(held_replace(w.c->conn->app, 1, w.held, &was, &next, &stale));
	CU_ASSERT_EQUAL(stale, 1);
	OK(client_get(w.c, 1, w.held));
	CU_ASSERT_FALSE(attrs_bool(&w.c->answer.object.view, CKA_EXTRACTABLE));
	OK(held_read(w.c->conn->app, 1, w.held, &was));
	OK(held_replace(w.c->conn->app, 1, w.held, &was, &next, &stale));
	CU_ASSERT_EQUAL(stale, 0);
	attrs_wipe(&was);
	attrs_wipe(&next);
	leave(&w);
}

/* A connection's memory lives as long as its client likes. */
static void
no_secret_stays_in_a_connection(void)
{
	static const uint8_t secret[32] = "what nobody else may ever know!";
	struct world w;
	struct wire_request *r;
	uint8_t sealed[48];
	uint64_t aes;

	enter(&w);
	aes = client_aes(w.c, 1, 1);
	for (int i = 0; i < 2; i++) {
		r = client_ask(w.c, i == 0 ? WIRE_ENCRYPT : WIRE_DECRYPT, 1);
		client_mech(w.c, CKM_AES_ECB);
		r->uid = aes;
		r->data = (struct wire_bytes){ i == 0 ? secret : sealed, sizeof(secret) };
		OK(client_call(w.c));
		if (i == 0)
			memcpy(sealed, w.c->answer.data.p, sizeof(secret));
	}
	SAME(w.c->answer.data.p, secret, sizeof(secret));
	CU_ASSERT_PTR_NULL(memmem(w.c->conn, sizeof(*w.c->conn), secret, sizeof(secret)));
	client_ask(w.c, WIRE_CREATE, 1);
	attrs_put_ulong(client_set(w.c), CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_ulong(client_set(w.c), CKA_KEY_TYPE, CKK_AES);
	attrs_put_bool(client_set(w.c), CKA_TOKEN, 1);
	attrs_put(client_set(w.c), CKA_VALUE, secret, sizeof(secret));
	OK(client_call(w.c));
	CU_ASSERT_PTR_NULL(memmem(w.c->conn, sizeof(*w.c->conn), secret, sizeof(secret)));
	OK(client_get(w.c, 1, w.c->answer.object.uid));
	CU_ASSERT_PTR_NULL(memmem(w.c->conn, sizeof(*w.c->conn), secret, sizeof(secret)));
	leave(&w);
}

static void *
wait_on(void *arg)
{
	struct client *const c = arg;

	client_ask(c, WIRE_WAIT, 0)->events = client_page(c)->events;
	client_call(c);
	return NULL;
}

static void
who_waits_without_a_socket_is_told_of_the_end(void)
{
	struct world w;
	struct client *waiting;
	pthread_t thread;
	int there = 0;

	enter(&w);
	waiting = client_new(&w.h, NULL);
	client_page(waiting);
	OK(pthread_create(&thread, NULL, wait_on, waiting));
	while (!there) {
		pthread_mutex_lock(&w.h.server->lock);
		there = w.h.server->waiters != NULL;
		pthread_mutex_unlock(&w.h.server->lock);
		sched_yield();
	}
	p11_stop(w.h.server);
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(waiting->answer.rv, CKR_DEVICE_REMOVED);
	client_free(waiting);
	leave(&w);
}

static void
who_was_away_for_long_is_told_the_oldest_event_that_is_known(void)
{
	struct world w;
	uint64_t seen;

	enter(&w);
	seen = client_page(w.c)->events;
	for (unsigned i = 0; i < 100; i++)
		p11_slot_changed(w.h.server, i % 10);
	client_ask(w.c, WIRE_WAIT, 0)->events = seen;
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(w.c->answer.slot, (100 - EVENTS_KEPT) % 10);
	/* Events that never were: a daemon of another boot. */
	client_ask(w.c, WIRE_WAIT, 0)->events = seen + 4711;
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(w.c->answer.slot, 99 % 10);
	leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(no_secret_stays_in_a_connection),
	SENTENCE(who_waits_without_a_socket_is_told_of_the_end),
	SENTENCE(who_was_away_for_long_is_told_the_oldest_event_that_is_known),
	SENTENCE(all_that_is_older_than_a_closing_is_nothing),
	SENTENCE(all_that_is_private_goes_with_the_login),
	SENTENCE(a_change_is_made_to_what_is_there_not_to_what_was),
};

SUITE("server_stale", sentences)
