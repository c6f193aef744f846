#include "tests/unit/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hsm/keys/secmem.h"
#include "hsm/vault/slots.h"
#include "tests/unit/suite.h"

static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };

static void
start(struct hsm *h)
{
	slots_delay(h->place.store, 1, 2);
	store_lock(h->place.store);
	OK(slots_start(h->place.store));
	store_unlock(h->place.store);
	OK(p11_server_new(&h->server, h->place.store, &h->policy));
}

void
hsm_enter(struct hsm *h)
{
	struct slot_plan *plan = calloc(SLOTS, sizeof(*plan));

	OK(secmem_init_size(SECMEM_VAULT));
	memset(h, 0, sizeof(*h));
	h->policy = (struct p11_policy){ 1, 1, 1 };
	place_enter(&h->place);
	for (size_t i = 0; i < SLOTS; i++) {
		plan[i].mode = i == 0 ? SLOT_AUTO : SLOT_CODE;
		plan[i].trial = 1;
		plan[i].code_n = plan[i].so_n = 8;
		memcpy(plan[i].code, USER_PIN, 8);
		memcpy(plan[i].so, SO_PIN, 8);
	}
	OK(store_trial(h->place.store, plan));
	free(plan);
	start(h);
}

void
hsm_again(struct hsm *h)
{
	p11_server_free(h->server);
	place_again(&h->place);
	start(h);
}

void
hsm_leave(struct hsm *h)
{
	p11_server_free(h->server);
	place_leave(&h->place);
}

size_t
hsm_noted(struct hsm *h, const char *step)
{
	static struct event e[256];
	size_t n = 0, count = 0;

	store_lock(h->place.store);
	OK(store_events(h->place.store, 0, e, 256, &n));
	store_unlock(h->place.store);
	for (size_t i = 0; i < n; i++)
		count += strcmp(e[i].record.step, step) == 0;
	return count;
}

static struct client *
connect_as(struct hsm *h, uid_t uid, pid_t pid)
{
	struct client *c = calloc(1, sizeof(*c));

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	OK(p11_conn_new(h->server, uid, pid, &c->conn));
	return c;
}

static void
hello(struct client *c, const uint8_t *cookie)
{
	client_ask(c, WIRE_HELLO, 0);
	c->request.version = WIRE_VERSION;
	if (cookie != NULL)
		memcpy(c->request.cookie, cookie, WIRE_COOKIE_LEN);
	OK(client_call(c));
	c->page_fd = c->fds[0];
	c->own_fd = c->fds[1];
	memcpy(c->cookie, c->answer.cookie, WIRE_COOKIE_LEN);
}

struct client *
client_new(struct hsm *h, const uint8_t *cookie)
{
	struct client *c = connect_as(h, getuid(), getpid());

	hello(c, cookie);
	return c;
}

struct client *
client_of(struct hsm *h, uid_t uid, pid_t pid)
{
	struct client *c = connect_as(h, uid, pid);

	hello(c, NULL);
	return c;
}

void
client_free(struct client *c)
{
	if (c->page != NULL)
		munmap((void *)c->page, sizeof(*c->page));
	p11_conn_free(c->conn);
	free(c);
}

const struct wire_page *
client_page(struct client *c)
{
	if (c->page == NULL) {
		void *p = mmap(NULL, sizeof(*c->page), PROT_READ, MAP_SHARED, c->page_fd, 0);

		CU_ASSERT_PTR_NOT_EQUAL_FATAL(p, MAP_FAILED);
		c->page = p;
	}
	return c->page;
}

struct wire_request *
client_ask(struct client *c, uint8_t id, unsigned slot)
{
	memset(&c->request, 0, sizeof(c->request));
	c->request.id = id;
	c->request.who = (struct wire_who){ (uint8_t)slot, 1 };
	c->request.mech = &c->mech;
	attrs_init(&c->request.set, c->set, sizeof(c->set));
	attrs_init(&c->request.set2, c->set2, sizeof(c->set2));
	return &c->request;
}

struct wire_request *
client_pin(struct client *c, uint8_t id, unsigned slot, const char *pin)
{
	struct wire_request *const r = client_ask(c, id, slot);

	r->has_pin = pin != NULL;
	if (pin != NULL)
		r->pin = (struct wire_bytes){ (const uint8_t *)pin, strlen(pin) };
	return r;
}

CK_RV
client_call(struct client *c)
{
	struct wr request, answer;

	wr_init(&request, c->sent, sizeof(c->sent));
	OK(wire_put_request(&request, &c->request));
	wr_init(&answer, c->got, sizeof(c->got));
	p11_answer(c->conn, c->sent, request.n, &answer, c->fds);
	OK(wr_end(&answer));
	OK(wire_get_answer(c->got, answer.n, c->request.id, &c->answer));
	return c->answer.rv;
}

struct attrs *
client_set(struct client *c)
{
	return &c->request.set;
}

struct attrs *
client_set2(struct client *c)
{
	return &c->request.set2;
}

void
client_mech(struct client *c, CK_MECHANISM_TYPE type)
{
	memset(&c->mech, 0, sizeof(c->mech));
	c->mech.info = mech_info(type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->mech.info);
}

CK_RV
client_login(struct client *c, unsigned slot, CK_USER_TYPE user, const char *pin)
{
	client_pin(c, WIRE_LOGIN, slot, pin)->user = (uint8_t)user;
	return client_call(c);
}

CK_RV
client_logout(struct client *c, unsigned slot)
{
	client_ask(c, WIRE_LOGOUT, slot);
	return client_call(c);
}

uint64_t
client_aes(struct client *c, unsigned slot, int token)
{
	client_ask(c, WIRE_GENERATE, slot);
	client_mech(c, CKM_AES_KEY_GEN);
	attrs_put_bool(client_set(c), CKA_TOKEN, token);
	attrs_put_ulong(client_set(c), CKA_VALUE_LEN, 32);
	attrs_put(client_set(c), CKA_LABEL, "aes", 3);
	OK(client_call(c));
	return c->answer.object.uid;
}

uint64_t
client_ec(struct client *c, unsigned slot, int token)
{
	client_ask(c, WIRE_GENERATE_PAIR, slot);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put_bool(client_set(c), CKA_TOKEN, 1);
	attrs_put(client_set(c), CKA_EC_PARAMS, p256, sizeof(p256));
	attrs_put(client_set(c), CKA_LABEL, "ec", 2);
	attrs_put_bool(client_set2(c), CKA_TOKEN, token);
	attrs_put(client_set2(c), CKA_LABEL, "ec", 2);
	OK(client_call(c));
	return c->answer.object2.uid;
}

CK_RV
client_get(struct client *c, unsigned slot, uint64_t uid)
{
	client_ask(c, WIRE_GET, slot)->uid = uid;
	return client_call(c);
}

CK_RV
client_sign(struct client *c, unsigned slot, uint64_t uid, uint64_t ticket)
{
	static const uint8_t digest[32] = { 1, 2, 3 };
	struct wire_request *const r = client_ask(c, WIRE_SIGN, slot);

	client_mech(c, CKM_ECDSA);
	r->uid = uid;
	r->ticket = ticket;
	r->data = (struct wire_bytes){ digest, sizeof(digest) };
	return client_call(c);
}

size_t
client_count(struct client *c, unsigned slot, const char *label)
{
	uint64_t after = 0;
	size_t n = 0;

	do {
		struct wire_request *const r = client_ask(c, WIRE_FIND, slot);

		if (label != NULL)
			attrs_put(client_set(c), CKA_LABEL, label, strlen(label));
		r->uid = after;
		r->most = 3;
		OK(client_call(c));
		n += c->answer.found_n;
		if (c->answer.found_n != 0)
			after = c->answer.found[c->answer.found_n - 1].uid;
	} while (c->answer.more);
	return n;
}

struct client *
client_user(struct hsm *h)
{
	struct client *c = client_new(h, NULL);

	OK(client_login(c, 1, CKU_USER, USER_PIN));
	return c;
}

void
solo_enter(struct solo *s)
{
	hsm_enter(&s->h);
	s->c = client_user(&s->h);
}

void
solo_leave(struct solo *s)
{
	client_free(s->c);
	hsm_leave(&s->h);
}

struct attrs *
client_create(struct client *c, CK_OBJECT_CLASS class, int token, const char *label)
{
	struct attrs *a;

	client_ask(c, WIRE_CREATE, 1);
	a = client_set(c);
	attrs_put_ulong(a, CKA_CLASS, class);
	attrs_put_bool(a, CKA_TOKEN, token);
	attrs_put(a, CKA_LABEL, label, strlen(label));
	return a;
}

CK_RV
client_copy(struct client *c, uint64_t uid, int token)
{
	client_ask(c, WIRE_COPY, 1)->uid = uid;
	attrs_put_bool(client_set(c), CKA_TOKEN, token);
	return client_call(c);
}
