#include "hsm/pkcs11/server_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/rules.h"
#include "hsm/vault/people.h"

/* What has to be before a call is run; what it may do to an object is looked at there. */
enum {
	APP = 1,	/* HELLO has been said */
	TOKEN = 2,	/* the slot has a token */
	SO = 4,		/* the SO is logged in */
	TURN = 8,	/* one of the user's turns, since it works with keys in the making */
};

static const struct {
	uint8_t id;
	unsigned needs;
	CK_RV (*run)(struct p11_conn *);
} calls[] = {
	{ WIRE_HELLO, 0, call_hello },
	{ WIRE_TOKEN, APP | TOKEN, call_token },
	{ WIRE_WAIT, APP, call_wait },
	{ WIRE_LOGIN, APP | TOKEN, call_login },
	{ WIRE_LOGOUT, APP | TOKEN, call_logout },
	{ WIRE_REAUTH, APP | TOKEN, call_reauth },
	{ WIRE_INIT_TOKEN, APP | TOKEN, call_init_token },
	{ WIRE_INIT_PIN, APP | TOKEN | SO, call_init_pin },
	{ WIRE_SET_PIN, APP | TOKEN, call_set_pin },
	{ WIRE_CREATE, APP | TOKEN | TURN, call_create },
	{ WIRE_COPY, APP | TOKEN, call_copy },
	{ WIRE_IMPORT, APP | TOKEN, call_import },
	{ WIRE_DESTROY, APP | TOKEN, call_destroy },
	{ WIRE_CLOSE, APP, call_close },
	{ WIRE_GET, APP | TOKEN, call_get },
	{ WIRE_SET, APP | TOKEN, call_set },
	{ WIRE_FIND, APP | TOKEN, call_find },
	{ WIRE_GENERATE, APP | TOKEN | TURN, call_generate },
	{ WIRE_GENERATE_PAIR, APP | TOKEN | TURN, call_generate_pair },
	{ WIRE_SIGN, APP | TOKEN, call_sign },
	{ WIRE_VERIFY, APP | TOKEN, call_verify },
	{ WIRE_ENCRYPT, APP | TOKEN, call_encrypt },
	{ WIRE_DECRYPT, APP | TOKEN, call_decrypt },
	{ WIRE_OP_BEGIN, APP | TOKEN, call_op_begin },
	{ WIRE_OP_UPDATE, APP, call_op_update },
	{ WIRE_OP_FINAL, APP, call_op_final },
	{ WIRE_OP_CANCEL, APP, call_op_cancel },
	{ WIRE_DERIVE, APP | TOKEN | TURN, call_derive },
	{ WIRE_WRAP, APP | TOKEN | TURN, call_wrap },
	{ WIRE_UNWRAP, APP | TOKEN | TURN, call_unwrap },
};

static const struct {
	int err;
	CK_RV rv;
} border[] = {
	{ 0, CKR_OK },
	{ ERR_ARG, CKR_ARGUMENTS_BAD },
	{ ERR_NOMEM, CKR_HOST_MEMORY },
	{ ERR_FULL, CKR_DEVICE_MEMORY },
	{ ERR_SIZE, CKR_DEVICE_MEMORY },
	{ ERR_NOT_FOUND, CKR_OBJECT_HANDLE_INVALID },
	{ ERR_NOT_NOW, CKR_FUNCTION_FAILED },
	{ ERR_DENIED, CKR_TOKEN_WRITE_PROTECTED },
	{ ERR_BUSY, CKR_FUNCTION_FAILED },
	{ ERR_PIN_WRONG, CKR_PIN_INCORRECT },
	{ ERR_CARD_BLOCKED, CKR_PIN_LOCKED },
	{ ERR_PIN_LENGTH, CKR_PIN_LEN_RANGE },
	{ ERR_CANCELLED, CKR_FUNCTION_CANCELED },
	{ ERR_TIMEOUT, CKR_FUNCTION_FAILED },
};

CK_RV
server_rv(int err)
{
	for (size_t i = 0; i < sizeof(border) / sizeof(border[0]); i++)
		if (border[i].err == err)
			return border[i].rv;
	/* A disk, a database, a record that is damaged: nothing that a caller could mend. */
	return CKR_DEVICE_ERROR;
}

int
p11_server_new(struct p11_server **out, struct store *store, const struct p11_policy *policy)
{
	struct p11_server *s = calloc(1, sizeof(*s));
	int r = ERR_NOMEM;

	*out = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	s->store = store;
	s->policy = *policy;
	s->page_fd = -1;
	atomic_init(&s->frame_ms, FRAME_MS);
	atomic_init(&s->next_uid, 1);
	atomic_init(&s->next_id, 1);
	pthread_mutex_init(&s->lock, NULL);
	if ((s->cache = cache_new(CACHE_BYTES)) == NULL)
		goto out;
	if (crypt_new(&s->crypt) != CKR_OK) {
		r = ERR_CRYPTO;
		goto out;
	}
	if ((r = page_new(s)) != 0)
		goto out;
	*out = s;
	s = NULL;
out:
	p11_server_free(s);
	return r;
}

void
p11_server_free(struct p11_server *s)
{
	if (s == NULL)
		return;
	p11_stop(s);
	cache_free(s->cache);
	page_free(s);
	users_free(s);
	crypt_free(s->crypt);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
p11_slot_closed(struct p11_server *s, unsigned slot)
{
	/* First the number that makes all that is older worth nothing, then the sweeping. */
	page_event(s, slot, 1);
	cache_drop_slot(s->cache, slot);
	pthread_mutex_lock(&s->lock);
	for (struct app *a = s->apps; a != NULL; a = a->next)
		app_forget(a, slot, 0);
	pthread_mutex_unlock(&s->lock);
}

void
p11_slot_changed(struct p11_server *s, unsigned slot)
{
	page_event(s, slot, 0);
}

/* Connections. ------------------------------------------------------------- */

static size_t
conns_of(const struct p11_server *s, uid_t uid)
{
	size_t n = 0;

	for (const struct p11_conn *c = s->conns; c != NULL; c = c->next)
		n += c->uid == uid;
	return n;
}

int
p11_conn_new(struct p11_server *s, uid_t uid, pid_t pid, struct p11_conn **out)
{
	struct p11_conn *c;

	*out = NULL;
	/* Pages that are not used cost nothing, and go back whole when it ends. */
	c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		return ERR_NOMEM;
	c->server = s;
	c->uid = uid;
	c->pid = pid;
	c->fd = -1;
	pthread_mutex_lock(&s->lock);
	if (s->conns_n >= CONNS_MAX || conns_of(s, uid) >= CONNS_USER_MAX) {
		pthread_mutex_unlock(&s->lock);
		munmap(c, sizeof(*c));
		return ERR_FULL;
	}
	if ((c->next = s->conns) != NULL)
		c->next->prev = c;
	s->conns = c;
	s->conns_n++;
	pthread_mutex_unlock(&s->lock);
	*out = c;
	return 0;
}

void
p11_conn_free(struct p11_conn *c)
{
	struct p11_server *s;

	if (c == NULL)
		return;
	app_leave(c);
	s = c->server;
	pthread_mutex_lock(&s->lock);
	*(c->prev != NULL ? &c->prev->next : &s->conns) = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	s->conns_n--;
	pthread_mutex_unlock(&s->lock);
	munmap(c, sizeof(*c));
}

void
conn_socket(struct p11_conn *c, int fd)
{
	pthread_mutex_lock(&c->server->lock);
	c->fd = fd;
	pthread_mutex_unlock(&c->server->lock);
}

void
conn_rest(struct p11_conn *c)
{
	if (c->fd >= 0)
		__atomic_fetch_sub(&c->server->page->awake, 1, __ATOMIC_RELAXED);
}

void
conn_wake(struct p11_conn *c)
{
	if (c->fd >= 0)
		__atomic_fetch_add(&c->server->page->awake, 1, __ATOMIC_RELAXED);
}

int
conn_await(struct p11_conn *c, struct ask *ask)
{
	int r;

	OPENSSL_cleanse(c->frame, c->frame_n);
	conn_rest(c);
	r = people_wait(c->server->store, ask, c->fd);
	conn_wake(c);
	return r;
}

void
memory_give_back(void *p, size_t n)
{
	const uintptr_t page = 4096, from = ((uintptr_t)p + page - 1) & ~(page - 1);
	const uintptr_t to = ((uintptr_t)p + n) & ~(page - 1);

	/* Of memory that is locked they stay: so be it. */
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

void
conn_give_back(struct p11_conn *c)
{
	memory_give_back(c->out, sizeof(c->out));
	memory_give_back(c->room, sizeof(c->room));
	memory_give_back(c->views, sizeof(c->views));
}

struct attrs *
conn_set(struct p11_conn *c, size_t i)
{
	if (c->set[i].n != 0)
		attrs_wipe(&c->set[i]);
	attrs_init(&c->set[i], c->room[i], sizeof(c->room[i]));
	return &c->set[i];
}

void
conn_who(const struct p11_conn *c, struct rules_who *who)
{
	const unsigned login = app_login(c->app, c->request.who.slot);

	*who = (struct rules_who){ c->request.who.rw, login == SLOT_USER, login == SLOT_SO,
		c->server->crypt };
}

/* Calls. ------------------------------------------------------------------- */

CK_RV
call_hello(struct p11_conn *c)
{
	const struct p11_policy *const policy = &c->server->policy;
	struct wire_answer *const a = &c->answer;
	CK_RV rv;

	if (c->app != NULL)
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	/* A module of another release: the library that was loaded does not fit the daemon. */
	if (c->request.version != WIRE_VERSION)
		return CKR_FUNCTION_NOT_SUPPORTED;
	if ((rv = app_enter(c)) != CKR_OK)
		return rv;
	memcpy(a->cookie, c->app->cookie, sizeof(a->cookie));
	a->boot = c->server->page->boot;
	a->policy = (uint8_t)((policy->import_private ? WIRE_IMPORT_PRIVATE : 0) |
	    (policy->rsa_pkcs1_decrypt ? WIRE_RSA_PKCS1_DECRYPT : 0) |
	    (policy->rsa_raw ? WIRE_RSA_RAW : 0));
	return CKR_OK;
}

static CK_RV
run(struct p11_conn *c)
{
	const unsigned slot = c->request.who.slot;
	unsigned needs;
	CK_RV rv;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].id != c->request.id)
			continue;
		needs = calls[i].needs;
		if ((needs & APP) != 0 && c->app == NULL)
			return CKR_CRYPTOKI_NOT_INITIALIZED;
		if ((needs & TOKEN) != 0 && !page_present(c->server, slot))
			return CKR_TOKEN_NOT_PRESENT;
		if ((needs & SO) != 0 && app_login(c->app, slot) != SLOT_SO)
			return CKR_USER_NOT_LOGGED_IN;
		if ((needs & TURN) != 0 && (rv = turn_take(c)) != CKR_OK)
			return rv;
		rv = calls[i].run(c);
		if ((needs & TURN) != 0)
			turn_give(c);
		return rv;
	}
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* A slot that turns out to be damaged has been closed by the store: for everybody, then. */
static void
look_after(struct p11_conn *c, CK_RV rv)
{
	struct p11_server *const s = c->server;
	const unsigned slot = c->request.who.slot;
	struct slot_info info;

	if (rv != CKR_DEVICE_ERROR || slot_info(s->store, slot, &info) != 0 || !info.damaged ||
	    atomic_exchange(&s->damaged[slot], 1) != 0)
		return;
	slot_note(c, slot, "damaged");
	p11_slot_closed(s, slot);
}

static void
wipe(struct p11_conn *c, uint8_t *request, size_t n)
{
	OPENSSL_cleanse(request, n);
	OPENSSL_cleanse(c->out, c->out_n);
	OPENSSL_cleanse(c->views, c->views_n);
	/* Salts and shared data may be somebody's secrets. */
	if (c->mech.a_n != 0 || c->mech.b_n != 0)
		OPENSSL_cleanse(&c->mech, sizeof(c->mech));
	c->out_n = c->views_n = 0;
	for (size_t i = 0; i < ROOMS; i++)
		if (c->set[i].n != 0)
			attrs_wipe(&c->set[i]);
}

void
p11_answer(struct p11_conn *c, uint8_t *request, size_t n, struct wr *answer, int fds[2])
{
	const size_t start = answer->n;
	struct wire_answer *const a = &c->answer;

	fds[0] = fds[1] = -1;
	/* found comes last and is as long as found_n says. */
	memset(a, 0, offsetof(struct wire_answer, found));
	c->request.mech = &c->mech;
	c->frame = request;
	c->frame_n = n;
	a->rv = wire_get_request(request, n, &c->request) == 0 ? run(c) : CKR_ARGUMENTS_BAD;
	look_after(c, a->rv);
	if (a->rv != CKR_OK || wire_put_answer(answer, c->request.id, a) != 0) {
		answer->n = start;
		answer->err = 0;
		wr_u64(answer, a->rv != CKR_OK ? a->rv : CKR_DEVICE_ERROR);
	} else if (c->request.id == WIRE_HELLO) {
		fds[0] = c->server->page_fd;
		fds[1] = c->app->own_fd;
	}
	wipe(c, request, n);
}
