#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

CK_RV
pkcs8_put(const struct crypt *c, const struct attrs *object, uint8_t *out, size_t cap, size_t *n)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct crypt_key *key = NULL;
	unsigned char *p = out;
	CK_RV rv;
	int length;

	/* Only reads from the context. */
	if ((rv = crypt_key_new((struct crypt *)(uintptr_t)c, object, &key)) != CKR_OK)
		return rv;
	rv = CKR_FUNCTION_FAILED;
	if ((info = EVP_PKEY2PKCS8(key->pkey)) != NULL &&
	    (length = i2d_PKCS8_PRIV_KEY_INFO(info, NULL)) > 0 && (size_t)length <= cap &&
	    i2d_PKCS8_PRIV_KEY_INFO(info, &p) == length) {
		*n = (size_t)length;
		rv = CKR_OK;
	}
	/* It wipes the key that it has. */
	PKCS8_PRIV_KEY_INFO_free(info);
	crypt_key_free(key);
	return rv;
}

static const struct curve *
curve_of(EVP_PKEY *pkey, CK_KEY_TYPE type)
{
	char name[32];
	size_t n;

	if (type == CKK_EC_EDWARDS)
		return EVP_PKEY_is_a(pkey, "ED25519") ? curve_named("ED25519") : NULL;
	if (type == CKK_EC_MONTGOMERY)
		return EVP_PKEY_is_a(pkey, "X25519") ? curve_named("X25519") : NULL;
	if (!EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_group_name(pkey, name, sizeof(name), &n) != 1)
		return NULL;
	return curve_named(name);
}

static CK_RV
put_key(EVP_PKEY *pkey, struct attrs *object)
{
	const CK_KEY_TYPE type = attrs_ulong(object, CKA_KEY_TYPE);
	const struct curve *curve;

	if (type == CKK_RSA)
		return EVP_PKEY_is_a(pkey, "RSA") ? rsa_put_private(pkey, object) :
		    CKR_WRAPPED_KEY_INVALID;
	if ((curve = curve_of(pkey, type)) == NULL)
		return CKR_WRAPPED_KEY_INVALID;
	return ec_put_private(curve, pkey, object);
}

/* Every way of being no key is one answer: who unwraps may be guessing at a padding. */
CK_RV
pkcs8_get(const struct crypt *c, const uint8_t *der, size_t n, struct attrs *object)
{
	const unsigned char *p = der;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct crypt_key *key = NULL;
	EVP_PKEY *pkey = NULL;
	CK_RV rv = CKR_WRAPPED_KEY_INVALID;

	if (n == 0 || n > CRYPT_PKCS8_MAX ||
	    (info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)n)) == NULL || p != der + n ||
	    (pkey = EVP_PKCS82PKEY_ex(info, crypt_ctx(c), NULL)) == NULL ||
	    put_key(pkey, object) != CKR_OK)
		goto out;
	/* As strictly as what is imported by its parts. */
	if ((rv = crypt_key_new((struct crypt *)(uintptr_t)c, object, &key)) != CKR_OK &&
	    rv != CKR_HOST_MEMORY)
		rv = CKR_WRAPPED_KEY_INVALID;
out:
	crypt_key_free(key);
	EVP_PKEY_free(pkey);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rv;
}
