#include "hsm/daemon/vaultclient.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"

struct vaultclient {
	int fd;
	pthread_mutex_t lock;
	uint8_t *request;		/* VAULT_REQUEST_MAX, secret memory: keys go through it */
	uint8_t answer[VAULT_ANSWER_MAX];
	union vaultlink_result unused;	/* for calls whose result nobody wants */
};

int
vaultclient_new(struct vaultclient **out, int fd)
{
	struct vaultclient *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL || (c->request = secmem_alloc(VAULT_REQUEST_MAX)) == NULL) {
		free(c);
		return ERR_NOMEM;
	}
	c->fd = fd;
	pthread_mutex_init(&c->lock, NULL);
	*out = c;
	return 0;
}

void
vaultclient_free(struct vaultclient *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	pthread_mutex_destroy(&c->lock);
	secmem_free(&c->request, VAULT_REQUEST_MAX);
	free(c);
}

void
vaultclient_hang_up(struct vaultclient *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);
}

static int
exchange(struct vaultclient *c, size_t n, size_t *answered)
{
	ssize_t r;

	do
		r = send(c->fd, c->request, n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)n)
		return ERR_CLOSED;
	do
		r = recv(c->fd, c->answer, sizeof(c->answer), MSG_TRUNC);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return ERR_CLOSED;
	if ((size_t)r > sizeof(c->answer))
		return ERR_FORMAT;
	*answered = (size_t)r;
	return 0;
}

int
vaultclient_call(struct vaultclient *c, uint8_t id, union vaultlink_args *args,
    union vaultlink_result *result)
{
	struct wr wr;
	size_t n = 0;
	int r, status = 0;

	pthread_mutex_lock(&c->lock);
	wr_init(&wr, c->request, VAULT_REQUEST_MAX);
	if ((r = vaultlink_put_request(&wr, id, args)) != 0)
		goto out;
	r = exchange(c, wr.n, &n);
	OPENSSL_cleanse(c->request, VAULT_REQUEST_MAX);
	if (r != 0 || (r = vaultlink_get_answer(c->answer, n, id, &status,
	    result != NULL ? result : &c->unused)) != 0)
		goto out;
	r = status;
out:
	OPENSSL_cleanse(c->request, VAULT_REQUEST_MAX);
	OPENSSL_cleanse(c->answer, n);
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* The journal. ------------------------------------------------------------- */

static struct vaultjournal *
of(struct journal *j)
{
	return (struct vaultjournal *)j;	/* its first member */
}

static int
tell(struct journal *j, uint8_t id, union vaultlink_args *args)
{
	struct vaultjournal *v = of(j);
	int r;

	pthread_mutex_lock(&v->calls);
	r = v->closed ? ERR_CLOSED : vaultclient_call(v->client, id, args, NULL);
	pthread_mutex_unlock(&v->calls);
	if (r == 0 && v->changed != NULL)
		v->changed(v->arg);
	return r;
}

static int
fits(char *dst, size_t cap, const char *src)
{
	return (size_t)snprintf(dst, cap, "%s", src) < cap ? 0 : ERR_SIZE;
}

static int
load(struct journal *j, struct hsm_status *out)
{
	union vaultlink_result *result = malloc(sizeof(*result));
	int r;

	if (result == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(of(j)->client, VAULT_STATUS, NULL, result)) == 0)
		*out = result->status.hsm;
	free(result);
	return r;
}

static int
begin(struct journal *j, const char *what)
{
	union vaultlink_args args;
	int r;

	if ((r = fits(args.begin.ceremony, sizeof(args.begin.ceremony), what)) != 0)
		return r;
	return tell(j, VAULT_BEGIN, &args);
}

static int
set(struct journal *j, const struct share_set *s)
{
	union vaultlink_args args;

	args.set = *s;
	return tell(j, VAULT_SET, &args);
}

static int
written(struct journal *j, uint8_t x, const char *serial, const uint8_t check[CHECK_LEN])
{
	union vaultlink_args args;
	int r;

	args.written.x = x;
	memcpy(args.written.check, check, CHECK_LEN);
	if ((r = fits(args.written.serial, sizeof(args.written.serial), serial)) != 0)
		return r;
	return tell(j, VAULT_WRITTEN, &args);
}

static int
record(struct journal *j, const struct record *rec)
{
	union vaultlink_args args;

	args.record = *rec;
	return tell(j, VAULT_RECORD, &args);
}

static int
last(struct journal *j, struct record *rec)
{
	struct vaultclient *c = of(j)->client;
	union vaultlink_args args = { 0 };
	union vaultlink_result *result = malloc(sizeof(*result));
	int r;

	if (result == NULL)
		return ERR_NOMEM;
	if ((r = vaultclient_call(c, VAULT_STATUS, NULL, result)) != 0)
		goto out;
	r = ERR_NOT_FOUND;
	if (result->status.seq == 0)
		goto out;
	args.events.since = result->status.seq - 1;
	args.events.max = 1;
	if ((r = vaultclient_call(c, VAULT_EVENTS, &args, result)) != 0)
		goto out;
	if (result->events.n == 1)
		*rec = result->events.v[0].record;
	else
		r = ERR_NOT_FOUND;
out:
	free(result);
	return r;
}

static int
commit(struct journal *j, const struct mbk *mbk)
{
	union vaultlink_args *args = secmem_alloc(sizeof(*args));
	int r;

	if (args == NULL)
		return ERR_NOMEM;
	args->commit = *mbk;
	r = tell(j, VAULT_COMMIT, args);
	secmem_free(&args, sizeof(*args));
	return r;
}

static int
broken(struct journal *j, const char *message)
{
	union vaultlink_args args;

	/* A message that is too long is cut: breaking off must not fail for its words. */
	snprintf(args.broken.message, sizeof(args.broken.message), "%s", message);
	return tell(j, VAULT_BROKEN, &args);
}

static const struct journal_ops ops = {
	.load = load,
	.begin = begin,
	.set = set,
	.written = written,
	.record = record,
	.last = last,
	.commit = commit,
	.broken = broken,
};

void
vaultjournal_init(struct vaultjournal *v, struct vaultclient *client, void (*changed)(void *),
    void *arg)
{
	v->journal.ops = &ops;
	v->client = client;
	v->changed = changed;
	v->arg = arg;
	pthread_mutex_init(&v->calls, NULL);
	v->closed = 0;
}

void
vaultjournal_close(struct vaultjournal *v)
{
	pthread_mutex_lock(&v->calls);
	v->closed = 1;
	pthread_mutex_unlock(&v->calls);
}
