#include "hsm/pkcs11/rules.h"
#include "hsm/pkcs11/server_parts.h"

/* The wrapping key: vault's by its uid, or a public key of the module's by its attributes. */
static CK_RV
wrapping(struct p11_conn *c, struct cached **out)
{
	const struct wire_request *const r = &c->request;
	CK_RV rv;

	*out = NULL;
	if (r->uid != 0) {
		rv = key_use(c, r->uid, &c->mech, CKF_WRAP, 0, out);
		return rv == CKR_KEY_HANDLE_INVALID ? CKR_WRAPPING_KEY_HANDLE_INVALID : rv;
	}
	if (attrs_ulong(&r->set2, CKA_CLASS) != CKO_PUBLIC_KEY)
		return CKR_WRAPPING_KEY_HANDLE_INVALID;
	if ((rv = cached_new(c->server->crypt, &r->set2, out)) != CKR_OK)
		return rv;
	/* Nobody but the SO makes a key trusted, and only on the token. */
	(*out)->trusted = 0;
	return key_may(c, *out, &c->mech, CKF_WRAP);
}

/* PKCS #11 Base 2.40, 5.13.3 and table 28: which keys go out, and under what. */
static CK_RV
may_go(const struct attrs *key, const struct cached *under)
{
	const CK_OBJECT_CLASS class = attrs_ulong(key, CKA_CLASS);

	if (class != CKO_PRIVATE_KEY && class != CKO_SECRET_KEY)
		return CKR_KEY_NOT_WRAPPABLE;
	if (!attrs_bool(key, CKA_EXTRACTABLE))
		return CKR_KEY_UNEXTRACTABLE;
	if (attrs_bool(key, CKA_WRAP_WITH_TRUSTED) && !under->trusted)
		return CKR_KEY_NOT_WRAPPABLE;
	return CKR_OK;
}

CK_RV
call_wrap(struct p11_conn *c)
{
	struct attrs *key;
	struct cached *under = NULL;
	size_t n = sizeof(c->out);
	CK_RV rv;

	if ((rv = wrapping(c, &under)) != CKR_OK)
		goto out;
	key = conn_set(c, 0);
	if ((rv = object_load(c, c->request.uid2, key)) != CKR_OK) {
		rv = rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
		goto out;
	}
	if ((rv = may_go(key, under)) != CKR_OK ||
	    (rv = crypt_wrap(c->server->crypt, under->key, &c->mech, key, c->out, &n)) != CKR_OK)
		goto out;
	c->out_n = n;
	c->answer.data = (struct wire_bytes){ c->out, n };
out:
	cached_free(under);
	return rv;
}

CK_RV
call_unwrap(struct p11_conn *c)
{
	const struct wire_request *const r = &c->request;
	const struct mech *const m = &c->mech;
	struct attrs *const object = conn_set(c, 0);
	struct cached *under;
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if ((rv = key_use(c, r->uid, m, CKF_UNWRAP, r->ticket, &under)) != CKR_OK)
		return rv == CKR_KEY_HANDLE_INVALID ? CKR_UNWRAPPING_KEY_HANDLE_INVALID : rv;
	if ((rv = rules_make(HOW_UNWRAP, m->info->type, CK_UNAVAILABLE_INFORMATION,
	     CK_UNAVAILABLE_INFORMATION, &who, &r->set, object)) != CKR_OK ||
	    (rv = crypt_unwrap(c->server->crypt, under->key, m, r->data.p, r->data.n, object)) !=
	     CKR_OK ||
	    (rv = rules_finish(c->server->crypt, object, HOW_UNWRAP, 0, 0)) != CKR_OK)
		goto out;
	rv = object_keep(c, object);
out:
	cached_free(under);
	return rv;
}
