#include "hsm/pkcs11/rules.h"
#include "hsm/pkcs11/server_parts.h"

CK_RV
call_generate(struct p11_conn *c)
{
	const struct mech_info *const info = c->mech.info;
	struct attrs *const object = conn_set(c, 0);
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if ((rv = rules_make(HOW_GENERATE, info->type, CKO_SECRET_KEY, info->key_type, &who,
	     &c->request.set, object)) != CKR_OK ||
	    (rv = crypt_generate(c->server->crypt, &c->mech, object)) != CKR_OK ||
	    (rv = rules_finish(c->server->crypt, object, HOW_GENERATE, 0, 0)) != CKR_OK)
		return rv;
	return object_keep(c, object);
}

CK_RV
call_generate_pair(struct p11_conn *c)
{
	const struct mech_info *const info = c->mech.info;
	struct attrs *const both[] = { conn_set(c, 0), conn_set(c, 1) };
	struct wire_found *const found[] = { &c->answer.object, &c->answer.object2 };
	struct rules_who who;
	CK_RV rv;

	conn_who(c, &who);
	if ((rv = rules_make(HOW_GENERATE, info->type, CKO_PUBLIC_KEY, info->key_type, &who,
	     &c->request.set, both[0])) != CKR_OK ||
	    (rv = rules_make(HOW_GENERATE, info->type, CKO_PRIVATE_KEY, info->key_type, &who,
	     &c->request.set2, both[1])) != CKR_OK ||
	    (rv = crypt_generate_pair(c->server->crypt, &c->mech, both[0], both[1])) != CKR_OK ||
	    (rv = rules_finish_pair(c->server->crypt, both[0], both[1])) != CKR_OK)
		return rv;
	return objects_keep(c, both, found, 2);
}

/*
 * HKDF may have its salt in a key. What is derived is HMAC with that key of what the application
 * knows, so it has to be one for deriving, by this mechanism.
 */
static CK_RV
salt(struct p11_conn *c, struct cached **out)
{
	const struct mech *const m = &c->mech;

	*out = NULL;
	if (m->info->family != MECH_HKDF || m->kdf != CKF_HKDF_SALT_KEY)
		return CKR_OK;
	return key_use(c, m->salt_key, m, CKF_DERIVE, 0, out);
}

CK_RV
call_derive(struct p11_conn *c)
{
	const struct mech *const m = &c->mech;
	struct attrs *const object = conn_set(c, 0);
	struct cached *base = NULL, *salt_key = NULL;
	struct rules_who who;
	CK_ULONG want;
	CK_RV rv;

	conn_who(c, &who);
	/*
	 * C_DeriveKey begins no operation that a login could be for: a key that wants one for each
	 * use derives nothing.
	 */
	if ((rv = key_use(c, c->request.uid, m, CKF_DERIVE, 0, &base)) != CKR_OK ||
	    (rv = salt(c, &salt_key)) != CKR_OK ||
	    (rv = rules_make(HOW_DERIVE, m->info->type, CKO_SECRET_KEY, CK_UNAVAILABLE_INFORMATION,
	     &who, &c->request.set, object)) != CKR_OK)
		goto out;
	want = attrs_ulong(object, CKA_VALUE_LEN);
	if ((rv = crypt_derive(c->server->crypt, base->key, m,
	     salt_key != NULL ? salt_key->key : NULL, want == CK_UNAVAILABLE_INFORMATION ? 0 : want,
	     object)) != CKR_OK ||
	    (rv = rules_finish(c->server->crypt, object, HOW_DERIVE, base->always_sensitive,
	     base->never_extractable)) != CKR_OK)
		goto out;
	rv = object_keep(c, object);
out:
	cached_free(base);
	cached_free(salt_key);
	return rv;
}
