#include "hsm/pkcs11/server_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/keys/secmem.h"

static void
app_free(struct app *a)
{
	for (unsigned slot = 0; slot < SLOTS; slot++)
		app_forget(a, slot, 0);
	own_free(a);
	user_leave(a->user);
	free(a->held);
	pthread_mutex_destroy(&a->lock);
	OPENSSL_cleanse(a, sizeof(*a));
	free(a);
}

/* NULL: no memory, no descriptor, no random bytes. */
static struct app *
app_new(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	struct app *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	a->server = s;
	a->id = atomic_fetch_add(&s->next_id, 1);
	a->uid = c->uid;
	a->pid = c->pid;
	a->own_fd = -1;
	if ((a->user = user_enter(s, c->uid)) == NULL ||
	    crypt_random(s->crypt, a->cookie, sizeof(a->cookie)) != CKR_OK || own_new(a) != 0) {
		app_free(a);
		return NULL;
	}
	return a;
}

/* A cookie is worth something to the process alone that it was given to. */
static struct app *
find(const struct p11_server *s, const struct p11_conn *c)
{
	struct app *found = NULL;

	for (struct app *a = s->apps; a != NULL; a = a->next)
		if (CRYPTO_memcmp(a->cookie, c->request.cookie, WIRE_COOKIE_LEN) == 0 &&
		    a->uid == c->uid && a->pid == c->pid)
			found = a;
	return found;
}

static int
full(const struct p11_server *s, uid_t uid)
{
	size_t of_user = 0;

	for (const struct app *a = s->apps; a != NULL; a = a->next)
		of_user += a->uid == uid;
	return s->apps_n >= APPS_MAX || of_user >= APPS_USER_MAX;
}

CK_RV
app_enter(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	CK_RV rv = CKR_OK;
	struct app *a;

	pthread_mutex_lock(&s->lock);
	if ((a = find(s, c)) == NULL) {
		if (full(s, c->uid))
			rv = CKR_DEVICE_MEMORY;
		else if ((a = app_new(c)) == NULL)
			rv = CKR_HOST_MEMORY;
		else {
			a->next = s->apps;
			s->apps = a;
			s->apps_n++;
		}
	}
	if (rv == CKR_OK) {
		a->conns++;
		c->app = a;
	}
	pthread_mutex_unlock(&s->lock);
	return rv;
}

void
app_leave(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	struct app *a = c->app;

	if (a == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	c->app = NULL;
	if (--a->conns > 0)
		a = NULL;
	else {
		struct app **p = &s->apps;

		while (*p != a)
			p = &(*p)->next;
		*p = a->next;
		s->apps_n--;
	}
	pthread_mutex_unlock(&s->lock);
	if (a != NULL)
		app_free(a);
}

unsigned
app_login(const struct app *a, unsigned slot)
{
	const uint64_t login = atomic_load(&a->login[slot]);

	return login >> 2 == page_closings(a->server, slot) ? (unsigned)(login & 3) : 0;
}

/* Who has gone is heard of a little later by the thread that answers it. */
static int
connected(const struct p11_conn *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

	return c->fd < 0 || poll(&p, 1, 0) <= 0;
}

int
apps_have_session(struct p11_server *s, unsigned slot)
{
	int any = 0;

	pthread_mutex_lock(&s->lock);
	for (const struct p11_conn *c = s->conns; c != NULL && !any; c = c->next)
		any = c->app != NULL && connected(c) && own_sessions(c->app, slot) != 0;
	pthread_mutex_unlock(&s->lock);
	return any;
}

void
app_forget(struct app *a, unsigned slot, int private_only)
{
	pthread_mutex_lock(&a->lock);
	atomic_store(&a->login[slot], 0);
	secmem_free(&a->so[slot], sizeof(*a->so[slot]));
	for (size_t i = 0; i < TICKETS_MAX; i++)
		if (a->tickets[i].slot == slot)
			memset(&a->tickets[i], 0, sizeof(a->tickets[i]));
	held_forget(a, slot, private_only);
	ops_forget(a, slot, private_only);
	pthread_mutex_unlock(&a->lock);
}
