#include "hsm/pkcs11/module_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_hello.h"

/* An RSA signature takes longer than others that are made in numbers. */
enum { WATCH_US = 300, SKIP_MAX = 64 };

void
links_init(struct links *ls)
{
	pthread_mutex_init(&ls->lock, NULL);
	pthread_cond_init(&ls->given, NULL);
	pthread_cond_init(&ls->ended, NULL);
	pthread_mutex_init(&ls->connecting, NULL);
	ls->patience = (struct wire_patience){ WATCH_US, (int)sysconf(_SC_NPROCESSORS_ONLN) };
	hello_init(ls);
}

void
links_shut(struct links *ls)
{
	pthread_mutex_lock(&ls->lock);
	ls->ending = 1;
	for (size_t i = 0; i < LINKS_MAX; i++) {
		struct link *l = ls->all[i];

		if (l != NULL && l->fd >= 0)
			shutdown(l->fd, SHUT_RDWR);
	}
	pthread_cond_broadcast(&ls->given);
	pthread_cond_broadcast(&ls->ended);
	pthread_mutex_unlock(&ls->lock);
}

/* With the lock, so that nobody shuts down a number that means something else by then. */
static void
hang_up(struct links *ls, struct link *l)
{
	int fd;

	pthread_mutex_lock(&ls->lock);
	fd = atomic_exchange(&l->fd, -1);
	if (fd >= 0)
		close(fd);
	pthread_mutex_unlock(&ls->lock);
	slate_free(&l->slate);
	l->on_slate = 0;
}

static void
destroy(struct links *ls, struct link *l)
{
	ls->all[l->number] = NULL;
	if (l->fd >= 0)
		close(l->fd);
	slate_free(&l->slate);
	free(l);
}

void
links_free(struct links *ls)
{
	for (size_t i = 0; i < LINKS_MAX; i++)
		if (ls->all[i] != NULL)
			destroy(ls, ls->all[i]);
	hello_free(ls);
	pthread_mutex_destroy(&ls->connecting);
	pthread_cond_destroy(&ls->given);
	pthread_cond_destroy(&ls->ended);
	pthread_mutex_destroy(&ls->lock);
}

void
links_abandon(struct links *ls)
{
	for (size_t i = 0; i < LINKS_MAX; i++) {
		struct link *l = ls->all[i];

		if (l != NULL && l->fd >= 0)
			close(l->fd);
	}
}

/* NULL: there are as many as there may be, or no memory. */
static struct link *
create(struct links *ls)
{
	struct link *l;
	size_t i = 0;

	while (i < LINKS_MAX && ls->all[i] != NULL)
		i++;
	if (i == LINKS_MAX || (l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->number = i;
	l->fd = -1;
	for (size_t k = 0; k < 2; k++)
		attrs_init(&l->set[k], l->room[k], sizeof(l->room[k]));
	ls->all[i] = l;
	return l;
}

CK_RV
link_take(struct module *m, struct link **out)
{
	struct links *ls = &m->links;
	struct link *l = NULL;
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&ls->lock);
	for (;;) {
		size_t made = 0;

		if (ls->ending) {
			rv = CKR_CRYPTOKI_NOT_INITIALIZED;
			break;
		}
		if ((l = ls->idle) != NULL) {
			ls->idle = l->next;
			ls->idle_n--;
			break;
		}
		if ((l = create(ls)) != NULL)
			break;
		for (size_t i = 0; i < LINKS_MAX; i++)
			made += ls->all[i] != NULL;
		if (made == 0) {
			rv = CKR_HOST_MEMORY;
			break;
		}
		pthread_cond_wait(&ls->given, &ls->lock);
	}
	pthread_mutex_unlock(&ls->lock);
	*out = l;
	return rv;
}

void
link_give(struct module *m, struct link *l)
{
	struct links *ls = &m->links;

	if (l == NULL)
		return;
	OPENSSL_cleanse(l->out, l->out_n);
	OPENSSL_cleanse(l->in, l->in_n);
	l->out_n = l->in_n = 0;
	for (size_t i = 0; i < 2; i++)
		attrs_wipe(&l->set[i]);
	/* Salts and what is shared go into derivations. */
	if (l->request.mech == &l->mech)
		OPENSSL_cleanse(&l->mech, sizeof(l->mech));
	memset(&l->request, 0, sizeof(l->request));
	l->only = 0;
	/* It belongs to an application that is no more. */
	if (l->epoch != ls->epoch)
		hang_up(ls, l);
	pthread_mutex_lock(&ls->lock);
	if (ls->idle_n < LINKS_IDLE) {
		l->next = ls->idle;
		ls->idle = l;
		ls->idle_n++;
	} else {
		destroy(ls, l);
	}
	pthread_cond_signal(&ls->given);
	pthread_mutex_unlock(&ls->lock);
}

CK_RV
links_pause(struct links *ls)
{
	struct timespec until;
	CK_RV rv;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&ls->lock);
	while (!ls->ending &&
	    pthread_cond_clockwait(&ls->ended, &ls->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
		;
	rv = ls->ending ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK;
	pthread_mutex_unlock(&ls->lock);
	return rv;
}

const struct wire_page *
links_page(const struct links *ls)
{
	return atomic_load(&ls->page);
}

uint64_t
link_load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* Calls that try a code, wait for people, or for something to happen. */
static int
takes_long(uint8_t id)
{
	switch (id) {
	case WIRE_WAIT:
	case WIRE_LOGIN:
	case WIRE_REAUTH:
	case WIRE_INIT_TOKEN:
	case WIRE_INIT_PIN:
	case WIRE_SET_PIN:
		return 1;
	default:
		return 0;
	}
}

static int
sleeps(struct link *l)
{
	if (l->on_slate)
		return slate_doze(&l->slate) ? 0 : slate_sleep(&l->slate);
	wire_sleep(l->fd);
	return 0;
}

/*
 * Until the answer is there. It watches for it first, unless that was in vain the last times: then
 * the processors have other work, or the call takes long.
 */
static int
wait(struct links *ls, struct link *l)
{
	const uint32_t *const awake = &links_page(ls)->awake;
	const unsigned skip = atomic_load_explicit(&ls->skip, memory_order_relaxed);
	const unsigned last = atomic_load_explicit(&ls->skipped, memory_order_relaxed);
	unsigned next = 0;
	int there = 0;

	if (takes_long(l->request.id) || wire_crowded(&ls->patience, awake))
		return sleeps(l);
	if (skip > 0) {
		atomic_store_explicit(&ls->skip, skip - 1, memory_order_relaxed);
	} else {
		there = l->on_slate ? slate_watch(&l->slate, &ls->patience, awake) :
		    wire_watch(l->fd, &ls->patience, awake);
		if (!there && !wire_crowded(&ls->patience, awake))
			next = last < SKIP_MAX / 2 ? 2 * last + 1 : SKIP_MAX;
		atomic_store_explicit(&ls->skipped, next, memory_order_relaxed);
		atomic_store_explicit(&ls->skip, next, memory_order_relaxed);
	}
	return there ? 0 : sleeps(l);
}

/*
 * The request, by the slate if it may, else by the socket; which of them changes is told by the
 * way of the last one.
 */
static int
say(struct link *l)
{
	const int before = l->on_slate;
	int r;

	l->on_slate = l->slate.shared != NULL && l->out_n <= SLATE_MAX &&
	    slate_takes(l->request.id);
	if (!l->on_slate && !before)
		return wire_send(l->fd, l->out, l->out_n, NULL, 0);
	slate_put(&l->slate, l->out, l->on_slate ? l->out_n : 0);
	if (!before)
		return wire_send(l->fd, NULL, 0, NULL, 0);
	r = slate_ring(&l->slate);
	return r != 0 || l->on_slate ? r : wire_send(l->fd, l->out, l->out_n, NULL, 0);
}

static int
hear(struct link *l)
{
	int r, processor;

	if (l->on_slate) {
		r = slate_get(&l->slate, l->in, sizeof(l->in), &l->in_n, &processor);
		if (r != 0 || l->in_n != 0)
			return r;
	}
	return wire_receive(l->fd, l->in, sizeof(l->in), &l->in_n, NULL, 0);
}

/* sent tells how far it came: what was not sent whole has not happened. */
static int
exchange(struct module *m, struct link *l, int *sent)
{
	const uint8_t slot = l->request.who.slot;
	int r;

	*sent = 0;
	l->stamp = link_load(&links_page(&m->links)->slot[slot].objects);
	l->logins = atomic_load(&m->slot[slot].logins);
	if ((r = say(l)) == 0) {
		*sent = 1;
		if ((r = wait(&m->links, l)) == 0)
			r = hear(l);
	}
	if (r != 0 && l->on_slate)
		*sent = slate_taken(&l->slate);
	if (r != 0) {
		l->in_n = sizeof(l->in);
		return r;
	}
	return wire_get_answer(l->in, l->in_n, l->request.id, &l->answer);
}

static int
ending(struct links *ls)
{
	int r;

	pthread_mutex_lock(&ls->lock);
	r = ls->ending;
	pthread_mutex_unlock(&ls->lock);
	return r;
}

CK_RV
link_call(struct module *m, struct link *l, enum link_again again)
{
	struct wr wr;

	OPENSSL_cleanse(l->out, l->out_n);
	wr_init(&wr, l->out, sizeof(l->out));
	if (wire_put_request(&wr, &l->request) != 0) {
		l->out_n = sizeof(l->out);
		return CKR_ARGUMENTS_BAD;
	}
	l->out_n = wr.n;
	for (int fresh = 0;; fresh = 1) {
		int sent = 0;
		CK_RV rv;

		/* The application that it belonged to is no more. */
		if (l->fd >= 0 && l->epoch != m->links.epoch)
			hang_up(&m->links, l);
		if (l->fd < 0 && (rv = hello_connect(m, l)) != CKR_OK)
			return rv;
		if (l->only != 0 && l->only != l->epoch)
			return CKR_DEVICE_ERROR;
		if (exchange(m, l, &sent) == 0)
			return l->answer.rv;
		OPENSSL_cleanse(l->in, l->in_n);
		hang_up(&m->links, l);
		if (ending(&m->links))
			return CKR_CRYPTOKI_NOT_INITIALIZED;
		module_log(LEVEL_INFO, "connection lost at %s", wire_name(l->request.id));
		if (fresh || (sent && again == ONCE))
			return CKR_DEVICE_ERROR;
	}
}

int
links_alive(struct module *m)
{
	struct link *l = NULL;
	uint8_t byte;
	int alive;

	if (link_take(m, &l) != CKR_OK)
		return 0;
	/* Nobody speaks unasked: there is nothing to read, or the end. */
	if (l->fd >= 0 && (recv(l->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
	    (errno != EAGAIN && errno != EWOULDBLOCK)))
		hang_up(&m->links, l);
	alive = l->fd >= 0 || hello_connect(m, l) == CKR_OK;
	link_give(m, l);
	return alive;
}
