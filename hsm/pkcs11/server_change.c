#include "hsm/pkcs11/server_parts.h"

#include "hsm/pkcs11/rules.h"

/* The calls that make, change and destroy objects, but for keys that mechanisms make. */

CK_RV
call_create(struct p11_conn *c)
{
	struct attrs *const object = conn_set(c, 0);
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if ((rv = rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	     CK_UNAVAILABLE_INFORMATION, &who, &c->request.set, object)) != CKR_OK)
		return rv;
	return object_keep(c, object);
}

CK_RV
call_copy(struct p11_conn *c)
{
	struct attrs *const source = conn_set(c, 0), *const object = conn_set(c, 1);
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if ((rv = object_load(c, c->request.uid, source)) != CKR_OK ||
	    (rv = rules_copy(&who, source, &c->request.set, object)) != CKR_OK)
		return rv;
	return object_keep(c, object);
}

/*
 * The source comes from the module, which may say anything: what C_CreateObject would not take is
 * not taken here either, and nobody's word but the SO's makes it trusted.
 */
static CK_RV
is_sound(struct p11_conn *c, const struct rules_who *who, struct attrs *source)
{
	static const CK_ATTRIBUTE_TYPE said[] = {
		CKA_LOCAL, CKA_KEY_GEN_MECHANISM, CKA_UNIQUE_ID, CKA_TRUSTED, CKA_TOKEN,
		CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE,
	};
	/* What follows from the others: as it is, not as it was said. */
	static const CK_ATTRIBUTE_TYPE follows[] = {
		CKA_MODULUS_BITS, CKA_CHECK_VALUE, CKA_PUBLIC_KEY_INFO,
	};
	enum { FOLLOWS = sizeof(follows) / sizeof(follows[0]) };
	const struct rules_who anybody = { 1, who->user, who->so, who->crypt };
	struct attrs *const check = conn_set(c, 1), *const object = conn_set(c, 2);
	const CK_OBJECT_CLASS class = attrs_ulong(source, CKA_CLASS);
	const uint8_t *p;
	size_t n;

	/* Private and secret keys are never the module's own. */
	if (class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY)
		return CKR_TEMPLATE_INCONSISTENT;
	attrs_copy(check, source);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		attrs_remove(check, said[i]);
	for (size_t i = 0; i < FOLLOWS; i++) {
		attrs_remove(check, follows[i]);
		attrs_remove(source, follows[i]);
	}
	if (rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, &anybody, check, object) != CKR_OK)
		return CKR_TEMPLATE_INCONSISTENT;
	for (size_t i = 0; i < FOLLOWS; i++)
		if (attrs_get(object, follows[i], &p, &n))
			attrs_put(source, follows[i], p, n);
	return attrs_end(source);
}

CK_RV
call_import(struct p11_conn *c)
{
	struct attrs *const source = conn_set(c, 0), *object;
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	attrs_copy(source, &c->request.set2);
	if ((rv = attrs_end(source)) != CKR_OK || (rv = is_sound(c, &who, source)) != CKR_OK)
		return rv;
	object = conn_set(c, 1);
	if ((rv = rules_copy(&who, source, &c->request.set, object)) != CKR_OK)
		return rv;
	return object_keep(c, object);
}

CK_RV
call_destroy(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const uint64_t uid = c->request.uid;
	const unsigned slot = c->request.who.slot;
	struct attrs *const object = conn_set(c, 0);
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if (uid >= WIRE_SESSION) {
		if ((rv = held_read(c->app, slot, uid, object)) != CKR_OK ||
		    (rv = rules_destroy(&who, object)) != CKR_OK)
			return rv;
		return held_remove(c->app, slot, uid);
	}
	store_lock(s->store);
	if ((rv = object_read_token(c, uid, object)) == CKR_OK &&
	    (rv = rules_destroy(&who, object)) == CKR_OK)
		rv = server_rv(object_delete(s->store, uid));
	store_unlock(s->store);
	if (rv == CKR_OK) {
		cache_drop(s->cache, uid);
		page_objects(s, slot);
	}
	return rv;
}

CK_RV
call_close(struct p11_conn *c)
{
	const struct wire_request *const r = &c->request;

	/* What is there no more, by a logout say, has been closed as well. */
	for (size_t i = 0; i < r->closed_n; i++)
		if (r->closed[i] >= WIRE_SESSION)
			held_remove(c->app, r->who.slot, r->closed[i]);
	return CKR_OK;
}

CK_RV
call_get(struct p11_conn *c)
{
	struct attrs *const object = conn_set(c, 0);
	CK_RV rv;

	if ((rv = object_load(c, c->request.uid, object)) != CKR_OK)
		return rv;
	return object_show(c, c->request.uid, object, &c->answer.object);
}

/* Another thread's change in between is not undone by this one: it is made upon that. */
static CK_RV
set_held(struct p11_conn *c, const struct rules_who *who, struct attrs *object)
{
	const uint64_t uid = c->request.uid;
	const unsigned slot = c->request.who.slot;
	struct attrs *was;
	int stale;
	CK_RV rv;

	do {
		was = conn_set(c, 1);
		if ((rv = held_read(c->app, slot, uid, was)) != CKR_OK)
			return rv;
		attrs_copy(object, was);
		if ((rv = rules_set(who, object, &c->request.set)) != CKR_OK)
			return rv;
		rv = held_replace(c->app, slot, uid, was, object, &stale);
	} while (stale);
	return rv;
}

CK_RV
call_set(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	const uint64_t uid = c->request.uid;
	const unsigned slot = c->request.who.slot;
	struct attrs *const object = conn_set(c, 0);
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if (uid >= WIRE_SESSION)
		rv = set_held(c, &who, object);
	else {
		store_lock(s->store);
		if ((rv = object_read_token(c, uid, object)) == CKR_OK &&
		    (rv = rules_set(&who, object, &c->request.set)) == CKR_OK)
			rv = object_store(c, uid, object);
		store_unlock(s->store);
		if (rv == CKR_OK) {
			cache_drop(s->cache, uid);
			page_objects(s, slot);
		}
	}
	return rv != CKR_OK ? rv : object_show(c, uid, object, &c->answer.object);
}
