#include "hsm/pkcs11/server_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* An operation in parts. */
struct op {
	struct op *next;
	struct user *user;
	uint64_t id, closings;
	unsigned slot;
	int private;			/* with a private key: ends with the login */
	int busy;			/* a call is at work with it */
	int dead;			/* forgotten meanwhile: that call frees it */
	int holds;			/* GCM decryption: what comes in is held */
	CK_FLAGS flags;
	struct crypt_op *op;
	size_t held;			/* bytes, charged to all applications */
	uint8_t *rest;			/* a result that goes out in pieces */
	size_t rest_n, rest_at;
};

static CK_RV
op_new(struct app *a, struct op **out)
{
	struct op *o;

	if (!share_take(&a->server->ops, &a->user->ops, 1, OPS_ALL))
		return CKR_DEVICE_MEMORY;
	if ((o = calloc(1, sizeof(*o))) == NULL) {
		share_give(&a->server->ops, &a->user->ops, 1);
		return CKR_HOST_MEMORY;
	}
	o->user = a->user;
	*out = o;
	return CKR_OK;
}

static void
op_free(struct p11_server *s, struct op *o)
{
	if (o == NULL)
		return;
	crypt_op_free(o->op);
	share_give(&s->ops_bytes, &o->user->ops_bytes, o->held);
	share_give(&s->ops, &o->user->ops, 1);
	if (o->rest != NULL)
		OPENSSL_cleanse(o->rest, o->rest_n);
	free(o->rest);
	free(o);
}

/* With the lock held. */
static void
unlink_op(struct app *a, struct op *o)
{
	struct op **p = &a->ops;

	while (*p != o)
		p = &(*p)->next;
	*p = o->next;
	a->ops_n--;
}

/* The operation, which no other call gets until it is given back. */
static CK_RV
take(struct p11_conn *c, struct op **out)
{
	struct app *const a = c->app;
	CK_RV rv = CKR_OK;
	struct op *o;

	pthread_mutex_lock(&a->lock);
	for (o = a->ops; o != NULL && o->id != c->request.op; o = o->next)
		;
	if (o == NULL || o->dead || o->closings != page_closings(c->server, o->slot) ||
	    (o->private && app_login(a, o->slot) != SLOT_USER))
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (o->busy)
		rv = CKR_OPERATION_ACTIVE;
	else
		o->busy = 1;
	pthread_mutex_unlock(&a->lock);
	*out = rv == CKR_OK ? o : NULL;
	return rv;
}

static void
give_back(struct p11_conn *c, struct op *o, int ended)
{
	struct app *const a = c->app;

	pthread_mutex_lock(&a->lock);
	o->busy = 0;
	if (ended || o->dead)
		unlink_op(a, o);
	else
		o = NULL;
	pthread_mutex_unlock(&a->lock);
	op_free(c->server, o);
}

void
ops_forget(struct app *a, unsigned slot, int private_only)
{
	struct op *o, *next;

	for (o = a->ops; o != NULL; o = next) {
		next = o->next;
		if (o->slot != slot || (private_only && !o->private))
			continue;
		o->dead = 1;
		if (o->busy)
			continue;
		unlink_op(a, o);
		op_free(a->server, o);
	}
}

/* A logout may have come since the key was looked at; it has gone through here then. */
static CK_RV
enter(struct p11_conn *c, struct op *o)
{
	struct app *const a = c->app;
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&a->lock);
	if (a->ops_n >= OPS_MAX)
		rv = CKR_DEVICE_MEMORY;
	else if (o->private && app_login(a, o->slot) != SLOT_USER)
		rv = CKR_USER_NOT_LOGGED_IN;
	else {
		o->next = a->ops;
		a->ops = o;
		a->ops_n++;
	}
	pthread_mutex_unlock(&a->lock);
	return rv;
}

CK_RV
call_op_begin(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const struct wire_request *const r = &c->request;
	const CK_FLAGS flags = (CK_FLAGS)r->flags;
	struct cached *k;
	struct op *o = NULL;
	CK_RV rv;

	if ((rv = key_use(c, r->uid, &c->mech, flags, r->ticket, &k)) != CKR_OK)
		return rv;
	if ((rv = op_new(c->app, &o)) != CKR_OK)
		goto out;
	o->id = atomic_fetch_add(&s->next_id, 1);
	o->slot = r->who.slot;
	o->closings = k->closings;
	o->private = k->private;
	o->flags = flags;
	o->holds = c->mech.info->family == MECH_AES_GCM && flags == CKF_DECRYPT;
	if ((rv = crypt_op_new(s->crypt, k->key, &c->mech, flags, &o->op)) != CKR_OK ||
	    (rv = enter(c, o)) != CKR_OK)
		goto out;
	c->answer.op = o->id;
	o = NULL;
out:
	op_free(s, o);
	cached_free(k);
	return rv;
}

static CK_RV
charge(struct p11_server *s, struct op *o, size_t n)
{
	if (!o->holds)
		return CKR_OK;
	if (!share_take(&s->ops_bytes, &o->user->ops_bytes, n, OPS_BYTES_ALL))
		return CKR_DEVICE_MEMORY;
	o->held += n;
	return CKR_OK;
}

CK_RV
call_op_update(struct p11_conn *c)
{
	const struct wire_request *const r = &c->request;
	size_t n = sizeof(c->out);
	struct op *o;
	CK_RV rv;

	if ((rv = take(c, &o)) != CKR_OK)
		return rv;
	if (o->rest != NULL)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if ((rv = charge(c->server, o, r->data.n)) == CKR_OK)
		rv = crypt_op_update(o->op, r->data.p, r->data.n, c->out, &n);
	if (rv == CKR_OK) {
		c->out_n = n;
		c->answer.data = (struct wire_bytes){ c->out, n };
	}
	give_back(c, o, rv != CKR_OK);
	return rv;
}

/* The next piece of what is held, and whether there is another. */
static void
piece(struct p11_conn *c, struct op *o)
{
	const size_t left = o->rest_n - o->rest_at, n = left < WIRE_DATA_MAX ? left : WIRE_DATA_MAX;

	memcpy(c->out, o->rest + o->rest_at, n);
	c->out_n = n;
	c->answer.data = (struct wire_bytes){ c->out, n };
	o->rest_at += n;
	c->answer.more = o->rest_at < o->rest_n;
}

static CK_RV
finish(struct p11_conn *c, struct op *o)
{
	const struct wire_bytes *const mac = &c->request.data;
	const int verifies = o->flags == CKF_VERIFY;
	const uint8_t *const sig = verifies ? (mac->p != NULL ? mac->p : c->out) : NULL;
	size_t n = sizeof(c->out);
	CK_RV rv;

	rv = crypt_op_final(o->op, sig, verifies ? mac->n : 0, c->out, &n);
	if (rv == CKR_BUFFER_TOO_SMALL) {
		if ((o->rest = malloc(n)) == NULL)
			return CKR_HOST_MEMORY;
		o->rest_n = n;
		rv = crypt_op_final(o->op, NULL, 0, o->rest, &n);
		if (rv != CKR_OK)
			return rv;
		o->rest_n = n;
		piece(c, o);
	} else if (rv == CKR_OK && !verifies) {
		c->out_n = n;
		c->answer.data = (struct wire_bytes){ c->out, n };
	}
	return rv;
}

CK_RV
call_op_final(struct p11_conn *c)
{
	struct op *o;
	CK_RV rv;

	if ((rv = take(c, &o)) != CKR_OK)
		return rv;
	if (o->rest != NULL)
		piece(c, o);
	else
		rv = finish(c, o);
	give_back(c, o, rv != CKR_OK || !c->answer.more);
	return rv;
}

CK_RV
call_op_cancel(struct p11_conn *c)
{
	struct op *o;

	if (take(c, &o) == CKR_OK)
		give_back(c, o, 1);
	return CKR_OK;
}
