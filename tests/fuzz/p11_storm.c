#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hsm/pkcs11/server_parts.h"
#include "tests/unit/client.h"
#include "tests/unit/suite.h"

/*
 * Applications of several connections each do everything at once on two slots, which are closed
 * under them: for the thread sanitizer. P11_STORM calls a thread.
 */
enum { APPS = 3, THREADS = 3, UIDS = 24 };

struct shared {
	struct hsm *h;
	uint8_t cookie[APPS][WIRE_COOKIE_LEN];
	_Atomic uint64_t uid[APPS][UIDS];	/* objects that were made, by whomever */
	atomic_size_t good, signatures;
	size_t calls;
};

struct storm {
	struct shared *s;
	unsigned app, seed;
	struct p11_conn *conn;
	struct wire_request request;
	struct wire_answer answer;
	struct mech mech;
	uint8_t set[1024], set2[1024], sent[8192], got[WIRE_FRAME_MAX];
};

static unsigned
dice(struct storm *t, unsigned n)
{
	t->seed = t->seed * 1103515245u + 12345u;
	return (t->seed >> 16) % n;
}

static struct wire_request *
ask(struct storm *t, uint8_t id)
{
	struct wire_request *const r = &t->request;

	memset(r, 0, sizeof(*r));
	r->id = id;
	r->who = (struct wire_who){ (uint8_t)(dice(t, 8) == 0), 1 };
	r->mech = &t->mech;
	attrs_init(&r->set, t->set, sizeof(t->set));
	attrs_init(&r->set2, t->set2, sizeof(t->set2));
	r->uid = atomic_load(&t->s->uid[dice(t, 4) != 0 ? t->app : dice(t, APPS)][dice(t, UIDS)]);
	return r;
}

static CK_RV
call(struct storm *t)
{
	struct wr request, answer;
	int fds[2];

	wr_init(&request, t->sent, sizeof(t->sent));
	if (wire_put_request(&request, &t->request) != 0)
		abort();
	wr_init(&answer, t->got, sizeof(t->got));
	p11_answer(t->conn, t->sent, request.n, &answer, fds);
	if (wire_get_answer(t->got, answer.n, t->request.id, &t->answer) != 0)
		abort();
	if (t->answer.rv == CKR_OK)
		atomic_fetch_add(&t->s->good, 1);
	/* Of what goes wrong in such a crowd, a damaged store is none. */
	if (t->answer.rv == CKR_DEVICE_ERROR || t->answer.rv == CKR_GENERAL_ERROR)
		abort();
	return t->answer.rv;
}

static void
mech(struct storm *t, CK_MECHANISM_TYPE type)
{
	memset(&t->mech, 0, sizeof(t->mech));
	t->mech.info = mech_info(type);
}

static void
join(struct storm *t)
{
	if (p11_conn_new(t->s->h->server, getuid(), getpid(), &t->conn) != 0)
		abort();
	memcpy(ask(t, WIRE_HELLO)->cookie, t->s->cookie[t->app], WIRE_COOKIE_LEN);
	t->request.version = WIRE_VERSION;
	if (call(t) != CKR_OK)
		abort();
}

static void
remember(struct storm *t, uint64_t uid)
{
	atomic_store(&t->s->uid[t->app][dice(t, UIDS)], uid);
}

static void
log_in(struct storm *t)
{
	struct wire_request *const r = ask(t, WIRE_LOGIN);

	r->user = CKU_USER;
	/* Scrypt is slow: mostly the slot of mode auto, without a code. */
	r->who.slot = dice(t, 20) == 0;
	r->has_pin = r->who.slot;
	if (r->has_pin)
		r->pin = (struct wire_bytes){ (const uint8_t *)USER_PIN, 8 };
	call(t);
}

static void
generate(struct storm *t)
{
	static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	const int token = (int)dice(t, 2);

	ask(t, WIRE_GENERATE_PAIR);
	mech(t, CKM_EC_KEY_PAIR_GEN);
	attrs_put(&t->request.set, CKA_EC_PARAMS, p256, sizeof(p256));
	attrs_put_bool(&t->request.set2, CKA_TOKEN, token);
	attrs_put(&t->request.set2, CKA_LABEL, "storm", 5);
	if (call(t) == CKR_OK)
		remember(t, t->answer.object2.uid);
}

static void
sign(struct storm *t)
{
	static const uint8_t digest[32] = { 1 };

	ask(t, WIRE_SIGN)->data = (struct wire_bytes){ digest, sizeof(digest) };
	mech(t, CKM_ECDSA);
	if (call(t) == CKR_OK)
		atomic_fetch_add(&t->s->signatures, 1);
}

static void
in_parts(struct storm *t)
{
	uint64_t op;

	ask(t, WIRE_GENERATE);
	mech(t, CKM_AES_KEY_GEN);
	attrs_put_ulong(&t->request.set, CKA_VALUE_LEN, 16);
	if (call(t) != CKR_OK)
		return;
	t->request.uid = t->answer.object.uid;
	t->request.id = WIRE_OP_BEGIN;
	t->request.flags = CKF_ENCRYPT;
	mech(t, CKM_AES_ECB);
	remember(t, t->request.uid);
	if (call(t) != CKR_OK)
		return;
	op = t->answer.op;
	ask(t, WIRE_OP_UPDATE)->op = op;
	t->request.data = (struct wire_bytes){ (const uint8_t *)"0123456789abcdef", 16 };
	call(t);
	ask(t, WIRE_OP_FINAL)->op = op;
	call(t);
}

static void
close_slot(struct storm *t)
{
	struct store *const store = t->s->h->place.store;

	store_lock(store);
	slot_leave(store, 0);
	store_unlock(store);
	p11_slot_closed(t->s->h->server, 0);
	store_lock(store);
	slot_open_auto(store, 0);
	store_unlock(store);
	p11_slot_changed(t->s->h->server, 0);
}

static void
step(struct storm *t)
{
	const unsigned what = dice(t, 100);

	if (what < 40)
		sign(t);
	else if (what < 50)
		generate(t);
	else if (what < 55)
		in_parts(t);
	else if (what < 60) {
		ask(t, WIRE_FIND)->most = 1 + dice(t, 20);
		attrs_put(&t->request.set, CKA_LABEL, "storm", 5);
		t->request.uid = 0;
		call(t);
	} else if (what < 65) {
		ask(t, WIRE_SET);
		attrs_put_bool(&t->request.set, CKA_SIGN, (int)dice(t, 4));
		call(t);
	} else if (what < 70) {
		ask(t, WIRE_COPY);
		attrs_put_bool(&t->request.set, CKA_TOKEN, (int)dice(t, 2));
		if (call(t) == CKR_OK)
			remember(t, t->answer.object.uid);
	} else if (what < 78) {
		ask(t, WIRE_DESTROY);
		call(t);
	} else if (what < 83) {
		ask(t, WIRE_GET);
		call(t);
	} else if (what < 86) {
		ask(t, WIRE_CLOSE)->closed_n = 1;
		t->request.closed[0] = t->request.uid;
		call(t);
	} else if (what < 96)
		log_in(t);
	else if (what < 98) {
		ask(t, WIRE_LOGOUT);
		call(t);
	} else if (what < 99) {
		p11_conn_free(t->conn);
		join(t);
	} else if (dice(t, 3) == 0)
		close_slot(t);
}

static void *
run(void *arg)
{
	struct storm *const t = arg;

	join(t);
	for (size_t i = 0; i < t->s->calls; i++)
		step(t);
	p11_conn_free(t->conn);
	return NULL;
}

/* One connection of each stays, so that the cookies are good throughout. */
static void
everybody_does_everything_at_once(void)
{
	const char *calls = getenv("P11_STORM");
	static struct shared s;
	static struct storm t[APPS * THREADS];
	struct client *first[APPS];
	pthread_t thread[APPS * THREADS];
	struct hsm h;

	hsm_enter(&h);
	s.h = &h;
	s.calls = calls != NULL ? strtoul(calls, NULL, 10) : 2000;
	for (unsigned i = 0; i < APPS; i++) {
		first[i] = client_new(&h, NULL);
		memcpy(s.cookie[i], first[i]->cookie, WIRE_COOKIE_LEN);
	}
	for (unsigned i = 0; i < APPS * THREADS; i++) {
		t[i].s = &s;
		t[i].app = i / THREADS;
		t[i].seed = i + 1;
		OK(pthread_create(&thread[i], NULL, run, &t[i]));
	}
	for (unsigned i = 0; i < APPS * THREADS; i++)
		OK(pthread_join(thread[i], NULL));
	CU_ASSERT_TRUE(atomic_load(&s.signatures) > s.calls / 10);
	for (unsigned i = 0; i < APPS; i++)
		client_free(first[i]);
	CU_ASSERT_EQUAL(atomic_load(&h.server->held_bytes), 0);
	CU_ASSERT_EQUAL(h.server->conns_n + h.server->apps_n, 0);
	hsm_again(&h);
	hsm_leave(&h);
}

static const struct sentence sentences[] = {
	SENTENCE(everybody_does_everything_at_once),
};

SUITE("p11_storm", sentences)
