#include "hsm/pkcs11/server_parts.h"

#include <string.h>

#include "hsm/keys/secmem.h"

static CK_RV
policy(const struct p11_conn *c, const struct mech *m, CK_FLAGS op)
{
	const struct p11_policy *const says = &c->server->policy;
	const enum mech_family family = m->info->family;

	if (family == MECH_RSA_RAW && !says->rsa_raw)
		return CKR_MECHANISM_INVALID;
	/* Only with care is PKCS #1 v1.5 no oracle of paddings: it is for those who must. */
	if (family == MECH_RSA_PKCS && (op & (CKF_DECRYPT | CKF_UNWRAP)) != 0 &&
	    !says->rsa_pkcs1_decrypt)
		return CKR_MECHANISM_INVALID;
	return CKR_OK;
}

static int
of_pairs(enum mech_family family)
{
	return family == MECH_RSA_PKCS || family == MECH_RSA_PSS || family == MECH_RSA_OAEP ||
	    family == MECH_RSA_RAW || family == MECH_RSA_AES_WRAP || family == MECH_ECDSA ||
	    family == MECH_EDDSA || family == MECH_ECDH;
}

/* The class that a key for this has. */
static CK_OBJECT_CLASS
class_for(const struct mech *m, CK_FLAGS op)
{
	if (!of_pairs(m->info->family))
		return CKO_SECRET_KEY;
	return (op & (CKF_SIGN | CKF_DECRYPT | CKF_UNWRAP | CKF_DERIVE)) != 0 ? CKO_PRIVATE_KEY :
	    CKO_PUBLIC_KEY;
}

static int
allowed(const struct cached *k, CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < k->allowed_n; i++)
		if (k->allowed[i] == type)
			return 1;
	return k->allowed_n == 0;
}

/* Whatever the module has looked at already: it runs in a process that nobody trusts. */
CK_RV
key_may(const struct p11_conn *c, const struct cached *k, const struct mech *m, CK_FLAGS op)
{
	if (k->class != class_for(m, op) || !mech_takes(m->info, k->type))
		return op == CKF_WRAP ? CKR_WRAPPING_KEY_TYPE_INCONSISTENT :
		    op == CKF_UNWRAP ? CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT :
		    CKR_KEY_TYPE_INCONSISTENT;
	if ((k->may & op) == 0)
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	/* PKCS #11 Base 2.40, 4.8: the only mechanisms that the key may be used with. */
	if (!allowed(k, m->info->type))
		return CKR_MECHANISM_INVALID;
	return policy(c, m, op);
}

static CK_RV
load(struct p11_conn *c, uint64_t uid, uint64_t owner, uint64_t closings, struct cached **out)
{
	struct p11_server *const s = c->server;
	const uint64_t drops = cache_drops(s->cache);
	struct attrs *const object = conn_set(c, ROOMS - 1);
	struct cached *k;
	CK_RV rv;

	if ((rv = object_load(c, uid, object)) != CKR_OK)
		return rv;
	if ((rv = turn_take(c)) != CKR_OK)
		goto out;
	/* What is left is for codes, and for random numbers: keys that nobody uses now go first. */
	if (secmem_short())
		cache_relieve(s->cache);
	rv = secmem_short() ? CKR_DEVICE_MEMORY : cached_new(s->crypt, object, &k);
	turn_give(c);
out:
	attrs_wipe(object);
	if (rv != CKR_OK)
		return rv;
	k->uid = uid;
	k->owner = owner;
	k->slot = c->request.who.slot;
	k->closings = closings;
	cache_put(s->cache, k, drops);
	*out = k;
	return CKR_OK;
}

CK_RV
key_get(struct p11_conn *c, uint64_t uid, struct cached **out)
{
	const unsigned slot = c->request.who.slot;
	const uint64_t owner = uid >= WIRE_SESSION ? c->app->id : 0;
	const uint64_t closings = page_closings(c->server, slot);
	CK_RV rv = CKR_OK;

	if ((*out = cache_find(c->server->cache, uid, owner, slot, closings)) == NULL &&
	    (rv = load(c, uid, owner, closings, out)) != CKR_OK)
		return rv;
	if ((*out)->private && app_login(c->app, slot) != SLOT_USER) {
		cached_free(*out);
		*out = NULL;
		return CKR_USER_NOT_LOGGED_IN;
	}
	return CKR_OK;
}

CK_RV
key_use(struct p11_conn *c, uint64_t uid, const struct mech *m, CK_FLAGS op, uint64_t ticket,
    struct cached **out)
{
	struct cached *k = NULL;
	CK_RV rv;

	*out = NULL;
	if ((rv = key_get(c, uid, &k)) != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
	rv = key_may(c, k, m, op);
	if (rv == CKR_OK && k->always_authenticate &&
	    !ticket_take(c->app, k->slot, uid, ticket))
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv != CKR_OK)
		cached_free(k);
	else
		*out = k;
	return rv;
}

/* Tickets. ----------------------------------------------------------------- */

CK_RV
ticket_make(struct p11_conn *c, uint64_t uid, uint64_t *number)
{
	struct app *const a = c->app;
	struct ticket t = { .uid = uid, .slot = c->request.who.slot };
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && t.number == 0)
		rv = crypt_random(c->server->crypt, (uint8_t *)&t.number, sizeof(t.number));
	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&a->lock);
	t.closings = page_closings(c->server, t.slot);
	if (app_login(a, t.slot) != SLOT_USER)
		rv = CKR_USER_NOT_LOGGED_IN;
	else
		a->tickets[a->ticket_next++ % TICKETS_MAX] = t;
	pthread_mutex_unlock(&a->lock);
	*number = rv == CKR_OK ? t.number : 0;
	return rv;
}

int
ticket_take(struct app *a, unsigned slot, uint64_t uid, uint64_t number)
{
	int good = 0;

	if (number == 0)
		return 0;
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < TICKETS_MAX; i++) {
		struct ticket *const t = &a->tickets[i];

		if (t->number != number)
			continue;
		good = t->uid == uid && t->slot == slot &&
		    t->closings == page_closings(a->server, slot);
		*t = (struct ticket){ 0 };
	}
	pthread_mutex_unlock(&a->lock);
	return good;
}
