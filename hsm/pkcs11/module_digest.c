#include "hsm/pkcs11/module_digest.h"

#include "hsm/pkcs11/module_out.h"
#include "hsm/pkcs11/rules.h"

/* Digests, which need nothing of vault's. */

void
digest_end(struct session *s)
{
	crypt_digest_free(s->digest);
	s->digest = NULL;
	s->digest_parts = 0;
}

static CK_RV
begin(struct module *m, struct session *s, const CK_MECHANISM *mechanism)
{
	const struct mech_info *info;

	/* PKCS #11 Base 3.0, 5.10.1: a NULL mechanism ends what is active. */
	if (mechanism == NULL && s->digest != NULL) {
		digest_end(s);
		return CKR_OK;
	}
	if (mechanism == NULL)
		return CKR_ARGUMENTS_BAD;
	if (s->digest != NULL)
		return CKR_OPERATION_ACTIVE;
	info = mech_info(mechanism->mechanism);
	if (info == NULL || info->family != MECH_DIGEST)
		return CKR_MECHANISM_INVALID;
	if (mechanism->ulParameterLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	s->hash = info->type;
	return crypt_digest_new(m->crypt, info->type, &s->digest);
}

CK_RV
digest_part(struct session *s, const CK_BYTE *part, CK_ULONG n)
{
	CK_RV rv;

	if (s->digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	s->digest_parts = 1;
	rv = part == NULL && n != 0 ? CKR_ARGUMENTS_BAD : crypt_digest_update(s->digest, part, n);
	if (rv != CKR_OK)
		digest_end(s);
	return rv;
}

/* one: C_Digest, which does not end what is in parts (PKCS #11 Base 2.40, 5.10). */
static CK_RV
finish(struct session *s, int one, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out, CK_ULONG *n)
{
	size_t len;
	CK_RV rv = CKR_OK;

	if (s->digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (one && s->digest_parts)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (n == NULL || (data == NULL && data_n != 0))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		goto out;
	len = crypt_digest_length(s->hash);
	if (out == NULL || *n < len)
		return out_length(out, n, len);
	*n = len;
	if ((rv = crypt_digest_update(s->digest, data, data_n)) == CKR_OK)
		rv = crypt_digest_final(s->digest, out, &len);
out:
	digest_end(s);
	return rv;
}

/* A key whose value the application may read anyway. */
static CK_RV
digest_key(struct module *m, struct session *s, CK_OBJECT_HANDLE handle)
{
	const uint8_t *value;
	struct held h = { 0 };
	size_t n;
	CK_RV rv;

	if (s->digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if ((rv = handle_hold_key(m, s->slot, handle, &h)) == CKR_OK) {
		if (view_class(h.view) != CKO_SECRET_KEY ||
		    rules_get(&h.view->attrs, CKA_VALUE, &value, &n) != CKR_OK)
			rv = CKR_KEY_INDIGESTIBLE;
		else
			rv = digest_part(s, value, n);
	}
	held_release(&h);
	if (rv != CKR_OK)
		digest_end(s);
	return rv;
}

CK_RV
C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism)
{
	SESSION_CALL(handle, begin(m, s, mechanism));
}

CK_RV
C_Digest(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, finish(s, 1, data, data_n, out, n));
}

CK_RV
C_DigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG n)
{
	SESSION_CALL(handle, digest_part(s, part, n));
}

CK_RV
C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
	SESSION_CALL(handle, digest_key(m, s, key));
}

CK_RV
C_DigestFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, finish(s, 0, NULL, 0, out, n));
}
