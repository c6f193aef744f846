#include "tests/unit/client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "hsm/keys/secmem.h"
#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/suite.h"

/*
 * Secret memory is little, and everybody's: no client takes what others need. What a key is made of
 * here is as long as a key can be, and is no private object, so that nobody has to log in.
 */
enum { LONG = 512, BLOCKS = 1024 };

static CK_RV
generate(struct client *c, CK_ULONG n)
{
	client_ask(c, WIRE_GENERATE, 1);
	client_mech(c, CKM_GENERIC_SECRET_KEY_GEN);
	attrs_put_bool(client_set(c), CKA_PRIVATE, 0);
	attrs_put_ulong(client_set(c), CKA_VALUE_LEN, n);
	return client_call(c);
}

static uint64_t
long_key(struct client *c)
{
	OK(generate(c, LONG));
	return c->answer.object.uid;
}

static CK_RV
mac(struct client *c, uint64_t uid)
{
	struct wire_request *const r = client_ask(c, WIRE_SIGN, 1);

	client_mech(c, CKM_SHA256_HMAC);
	r->uid = uid;
	r->data = (struct wire_bytes){ (const uint8_t *)"data", 4 };
	return client_call(c);
}

static CK_RV
begin(struct client *c, uint64_t uid)
{
	struct wire_request *const r = client_ask(c, WIRE_OP_BEGIN, 1);

	client_mech(c, CKM_SHA256_HMAC);
	r->uid = uid;
	r->flags = CKF_SIGN;
	return client_call(c);
}

static void
operations_of_one_user_leave_secret_memory_to_the_others(void)
{
	enum { MANY = OPS_ALL / OPS_MAX };
	struct client *c[MANY], *other;
	struct hsm h;
	size_t n = 0;
	CK_RV rv = CKR_OK;

	hsm_enter(&h);
	for (size_t i = 0; i < MANY; i++) {
		c[i] = client_of(&h, 1000, (pid_t)i);
		rv = CKR_OK;
		for (size_t k = 0; k < OPS_MAX && rv == CKR_OK; k++)
			if ((rv = begin(c[i], long_key(c[i]))) == CKR_OK)
				n++;
	}
	CU_ASSERT_EQUAL(rv, CKR_DEVICE_MEMORY);
	CU_ASSERT_EQUAL(n, OPS_ALL / 4 * 3);
	other = client_of(&h, 1001, 1);
	OK(client_login(other, 2, CKU_USER, USER_PIN));
	OK(mac(other, long_key(other)));
	OK(begin(other, other->request.uid));
	/* Each is given back, also by who has just gone. */
	client_free(c[0]);
	OK(begin(c[MANY - 1], long_key(c[MANY - 1])));
	for (size_t i = 1; i < MANY; i++)
		client_free(c[i]);
	CU_ASSERT_EQUAL(atomic_load(&h.server->ops), 1);
	client_free(other);
	CU_ASSERT_EQUAL(atomic_load(&h.server->ops), 0);
	hsm_leave(&h);
}

/* Takes secret memory until little is left, or none. */
static size_t
fill(void *block[BLOCKS], int all)
{
	static const size_t size[] = { SECMEM_VAULT / 64, 32 * 1024, 1024, 32 };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++)
		while (n < BLOCKS && (all || !secmem_short()) &&
		    (block[n] = secmem_alloc(size[i])) != NULL)
			n++;
	CU_ASSERT_FATAL(n < BLOCKS);
	return n;
}

static void
empty(void *block[BLOCKS], size_t n)
{
	while (n > 0)
		secmem_free(&block[--n], 1);
}

static void
what_is_left_of_secret_memory_is_for_codes(void)
{
	void *block[BLOCKS];
	struct client *c;
	uint64_t used, other;
	struct hsm h;
	size_t n;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	used = long_key(c);
	other = long_key(c);
	OK(mac(c, used));
	n = fill(block, 0);
	/* One that is ready is used; another one is not made ready, but a code is looked at. */
	OK(mac(c, used));
	CU_ASSERT_EQUAL(mac(c, other), CKR_DEVICE_MEMORY);
	OK(client_login(c, 2, CKU_USER, USER_PIN));
	client_free(c);
	c = client_new(&h, NULL);
	OK(client_login(c, 2, CKU_SO, SO_PIN));
	empty(block, n);
	OK(mac(c, long_key(c)));
	client_free(c);
	hsm_leave(&h);
}

/* Keys that are ready and idle go before anything is refused. */
static void
keys_that_nobody_uses_give_way(void)
{
	enum { KEYS = 512 };
	void *block[BLOCKS];
	struct client *c;
	struct hsm h;
	size_t n;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	for (size_t i = 0; i < KEYS; i++)
		OK(mac(c, long_key(c)));
	n = fill(block, 0);
	OK(mac(c, long_key(c)));
	empty(block, n);
	client_free(c);
	hsm_leave(&h);
}

static void
without_secret_memory_a_login_fails_and_leaves_its_slot_to_the_next(void)
{
	void *block[BLOCKS];
	struct client *c;
	struct hsm h;
	size_t n;

	hsm_enter(&h);
	c = client_new(&h, NULL);
	n = fill(block, 1);
	CU_ASSERT_EQUAL(client_login(c, 2, CKU_USER, USER_PIN), CKR_HOST_MEMORY);
	empty(block, n);
	OK(client_login(c, 2, CKU_USER, USER_PIN));
	client_free(c);
	hsm_leave(&h);
}

/* Turns. ------------------------------------------------------------------- */

struct maker {
	struct client *c;
	atomic_int made;
};

static void *
make(void *arg)
{
	struct maker *const m = arg;

	OK(generate(m->c, 32));
	atomic_store(&m->made, 1);
	return NULL;
}

static void
leave_turns(struct app *a, int n)
{
	int now;

	OK(sem_getvalue(&a->user->turns, &now));
	for (; now > n; now--)
		OK(sem_wait(&a->user->turns));
	for (; now < n; now++)
		OK(sem_post(&a->user->turns));
}

static void
who_makes_many_keys_at_once_waits_for_himself_alone(void)
{
	struct maker m = { .c = NULL };
	struct client *other;
	pthread_t thread;
	uint64_t base;
	struct hsm h;
	int turns;

	hsm_enter(&h);
	m.c = client_of(&h, 1000, 1);
	other = client_of(&h, 1001, 1);
	leave_turns(m.c->conn->app, 0);
	OK(pthread_create(&thread, NULL, make, &m));
	for (size_t i = 0; i < 300; i++)
		OK(generate(other, 32));
	CU_ASSERT_EQUAL(atomic_load(&m.made), 0);
	leave_turns(m.c->conn->app, 1);
	OK(pthread_join(thread, NULL));
	CU_ASSERT_EQUAL(atomic_load(&m.made), 1);
	/* A key that is made ready while another is made of it takes no second turn. */
	OK(mac(m.c, long_key(m.c)));
	base = long_key(m.c);
	client_ask(m.c, WIRE_DERIVE, 1)->uid = base;
	client_mech(m.c, CKM_HKDF_DERIVE);
	m.c->mech.hash = CKM_SHA256;
	m.c->mech.extract = m.c->mech.expand = 1;
	m.c->mech.kdf = CKF_HKDF_SALT_NULL;
	attrs_put_bool(client_set(m.c), CKA_PRIVATE, 0);
	OK(client_call(m.c));
	OK(sem_getvalue(&m.c->conn->app->user->turns, &turns));
	CU_ASSERT_EQUAL(turns, 1);
	/* Who still waits for one when the daemon stops does not begin. */
	page_stop(h.server);
	CU_ASSERT_EQUAL(generate(m.c, 32), CKR_DEVICE_REMOVED);
	OK(sem_getvalue(&m.c->conn->app->user->turns, &turns));
	CU_ASSERT_EQUAL(turns, 1);
	client_free(m.c);
	client_free(other);
	hsm_leave(&h);
}

/* Session objects and plaintexts are in ordinary memory, which has an end as well. */
static void
one_user_does_not_have_all_that_is_held(void)
{
	struct client *c, *other;
	struct hsm h;
	size_t most = HELD_BYTES_ALL / 4 * 3, n;

	hsm_enter(&h);
	c = client_of(&h, 1000, 1);
	other = client_of(&h, 1001, 1);
	OK(generate(c, 32));
	n = atomic_load(&c->conn->app->user->held_bytes);
	CU_ASSERT_EQUAL(n, atomic_load(&h.server->held_bytes));
	/* As if there had been more of his applications. */
	atomic_fetch_add(&c->conn->app->user->held_bytes, most - 2 * n);
	atomic_fetch_add(&h.server->held_bytes, most - 2 * n);
	OK(generate(c, 32));
	CU_ASSERT_EQUAL(generate(c, 32), CKR_DEVICE_MEMORY);
	OK(generate(other, 32));
	atomic_fetch_sub(&c->conn->app->user->held_bytes, most - 2 * n);
	atomic_fetch_sub(&h.server->held_bytes, most - 2 * n);
	client_free(c);
	client_free(other);
	CU_ASSERT_EQUAL(atomic_load(&h.server->held_bytes), 0);
	hsm_leave(&h);
}

/* What a user has is counted anew when there is none of his applications left. */
static void
users_come_and_go(void)
{
	struct client *c, *other;
	struct user *u;
	struct hsm h;

	hsm_enter(&h);
	c = client_of(&h, 1000, 1);
	other = client_of(&h, 1000, 2);
	u = c->conn->app->user;
	CU_ASSERT_PTR_EQUAL(other->conn->app->user, u);
	client_free(c);
	c = client_of(&h, 1001, 3);
	CU_ASSERT_PTR_NOT_EQUAL(c->conn->app->user, u);
	client_free(other);
	other = client_of(&h, 1002, 4);
	CU_ASSERT_PTR_EQUAL(other->conn->app->user, u);
	CU_ASSERT_EQUAL(u->uid, 1002);
	client_free(c);
	client_free(other);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(operations_of_one_user_leave_secret_memory_to_the_others),
	SENTENCE(what_is_left_of_secret_memory_is_for_codes),
	SENTENCE(keys_that_nobody_uses_give_way),
	SENTENCE(without_secret_memory_a_login_fails_and_leaves_its_slot_to_the_next),
	SENTENCE(who_makes_many_keys_at_once_waits_for_himself_alone),
	SENTENCE(one_user_does_not_have_all_that_is_held),
	SENTENCE(users_come_and_go),
};

SUITE("server_memory", sentences)
