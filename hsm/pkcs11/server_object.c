#include "hsm/pkcs11/server_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/rules.h"

/* What applications search by: facts of EJBCA, Java, OpenSSH and libp11. */
static const CK_ATTRIBUTE_TYPE indexed[] = {
	CKA_CLASS, CKA_KEY_TYPE, CKA_LABEL, CKA_ID, CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER,
	CKA_UNIQUE_ID,
};
_Static_assert(sizeof(indexed) / sizeof(indexed[0]) <= OBJECT_TERMS_MAX, "too many terms");

size_t
object_terms(const struct attrs *a, struct object_term term[OBJECT_TERMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++)
		if (attrs_get(a, indexed[i], &term[count].p, &term[count].n))
			term[count++].kind = (uint32_t)indexed[i];
	return count;
}

static enum object_domain
domain_of(const struct attrs *object)
{
	return attrs_bool(object, CKA_PRIVATE) ? OBJECT_PRIVATE : OBJECT_PUBLIC;
}

/* A token object, with the store locked. */
static CK_RV
read_token(struct p11_conn *c, unsigned slot, uint64_t uid, struct attrs *into)
{
	enum object_domain domain;
	size_t n = into->cap;
	struct attrs view;
	int r;

	attrs_wipe(into);
	r = object_read(c->server->store, slot, uid, &domain, into->p, &n);
	if (r != 0) {
		OPENSSL_cleanse(into->p, into->cap);
		/* Private, and the slot is closed. */
		return r == ERR_NOT_NOW ? CKR_USER_NOT_LOGGED_IN : server_rv(r);
	}
	if (attrs_read(&view, into->p, n) != CKR_OK) {
		OPENSSL_cleanse(into->p, n);
		return CKR_DEVICE_ERROR;
	}
	into->n = n;
	/* PKCS #11 Base 2.40, 2.5: the SO sees public objects only. */
	if (domain == OBJECT_PRIVATE && app_login(c->app, slot) != SLOT_USER) {
		attrs_wipe(into);
		return CKR_USER_NOT_LOGGED_IN;
	}
	return CKR_OK;
}

CK_RV
object_read_token(struct p11_conn *c, uint64_t uid, struct attrs *into)
{
	return read_token(c, c->request.who.slot, uid, into);
}

CK_RV
object_load(struct p11_conn *c, uint64_t uid, struct attrs *into)
{
	const unsigned slot = c->request.who.slot;
	CK_RV rv;

	if (uid >= WIRE_SESSION)
		return held_read(c->app, slot, uid, into);
	store_lock(c->server->store);
	rv = read_token(c, slot, uid, into);
	store_unlock(c->server->store);
	return rv;
}

CK_RV
object_show(struct p11_conn *c, uint64_t uid, const struct attrs *object, struct wire_found *found)
{
	found->uid = uid;
	found->local = uid >= WIRE_SESSION || uid == 0;
	attrs_init(&found->view, c->views + c->views_n, sizeof(c->views) - c->views_n);
	rules_public(object, &found->view);
	c->views_n += found->view.n;
	return attrs_end(&found->view);
}

/* A public key that is a session object: the module keeps it. */
static int
is_modules(const struct attrs *object)
{
	return attrs_ulong(object, CKA_CLASS) == CKO_PUBLIC_KEY && !attrs_bool(object, CKA_TOKEN);
}

static CK_RV
add_tokens(struct p11_conn *c, struct attrs *const object[], uint64_t uid[], size_t n)
{
	struct store *const store = c->server->store;
	const unsigned slot = c->request.who.slot;
	struct object_term term[OBJECT_TERMS_MAX];
	size_t tokens = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		tokens += attrs_bool(object[i], CKA_TOKEN) != 0;
	if (tokens == 0)
		return CKR_OK;
	store_lock(store);
	r = objects_begin(store);
	for (size_t i = 0; i < n && r == 0; i++)
		if (attrs_bool(object[i], CKA_TOKEN))
			r = object_add(store, slot, domain_of(object[i]), object[i]->p,
			    object[i]->n, term, object_terms(object[i], term), &uid[i]);
	r = objects_end(store, r);
	store_unlock(store);
	if (r == 0)
		page_objects(c->server, slot);
	return r == ERR_NOT_NOW ? CKR_USER_NOT_LOGGED_IN : server_rv(r);
}

enum { KEEP_MAX = 2 };

CK_RV
objects_keep(struct p11_conn *c, struct attrs *const object[], struct wire_found *const found[],
    size_t n)
{
	const unsigned slot = c->request.who.slot;
	uint64_t uid[KEEP_MAX] = { 0 };
	CK_RV rv = CKR_OK;

	/* Session objects first: they can be taken back, what has been committed cannot. */
	for (size_t i = 0; i < n && rv == CKR_OK; i++)
		if (!attrs_bool(object[i], CKA_TOKEN) && !is_modules(object[i]))
			rv = held_add(c->app, slot, object[i], &uid[i]);
	if (rv == CKR_OK)
		rv = add_tokens(c, object, uid, n);
	for (size_t i = 0; i < n && rv == CKR_OK; i++)
		rv = object_show(c, uid[i], object[i], found[i]);
	for (size_t i = 0; i < n && rv != CKR_OK; i++)
		if (uid[i] >= WIRE_SESSION)
			held_remove(c->app, slot, uid[i]);
	return rv;
}

CK_RV
object_keep(struct p11_conn *c, struct attrs *object)
{
	struct attrs *const one[] = { object };
	struct wire_found *const found[] = { &c->answer.object };

	/* A copy of a session object keeps CKA_LOCAL: that is no way around the switch. */
	if (!c->server->policy.import_private &&
	    attrs_ulong(object, CKA_CLASS) == CKO_PRIVATE_KEY && attrs_bool(object, CKA_TOKEN) &&
	    !attrs_bool(object, CKA_LOCAL))
		return CKR_TEMPLATE_INCONSISTENT;
	return objects_keep(c, one, found, 1);
}

CK_RV
object_store(struct p11_conn *c, uint64_t uid, const struct attrs *object)
{
	struct object_term term[OBJECT_TERMS_MAX];

	return server_rv(object_replace(c->server->store, uid, domain_of(object), object->p,
	    object->n, term, object_terms(object, term)));
}
