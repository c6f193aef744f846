#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

enum {
	/* RFC 5869, 2.3: 255 hashes at the most; a key of this token is shorter. */
	DERIVED_MAX = MECH_SECRET_MAX,
};

static OSSL_PARAM
octets(const char *name, const uint8_t *p, size_t n)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, n);
}

static CK_RV
kdf(const struct crypt *c, const char *name, OSSL_PARAM *params, uint8_t *out, size_t n)
{
	EVP_KDF *fetched = EVP_KDF_fetch(crypt_ctx(c), name, NULL);
	EVP_KDF_CTX *ctx = fetched == NULL ? NULL : EVP_KDF_CTX_new(fetched);
	CK_RV rv = CKR_HOST_MEMORY;

	if (ctx != NULL)
		rv = EVP_KDF_derive(ctx, out, n, params) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(fetched);
	return rv;
}

/* The curve of a private key, by libcrypto's names. */
static const struct curve *
curve_of(const struct crypt_key *key)
{
	char name[32];
	size_t n;

	if (key->type == CKK_EC_MONTGOMERY)
		return curve_named("X25519");
	return EVP_PKEY_get_group_name(key->pkey, name, sizeof(name), &n) == 1 ?
	    curve_named(name) : NULL;
}

/* PKCS #11 Mechanisms 2.40, 2.3.8: the peer's point, raw or in an OCTET STRING. */
static CK_RV
agree(const struct crypt_key *key, const struct mech *m, uint8_t z[CRYPT_EC_MAX], size_t *n)
{
	const struct curve *curve = curve_of(key);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *peer = NULL;
	CK_RV rv;

	if (curve == NULL)
		return CKR_FUNCTION_FAILED;
	rv = curve_public(key->crypt, curve, m->a, m->a_n, &peer);
	if (rv == CKR_ATTRIBUTE_VALUE_INVALID)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK)
		return rv;
	*n = CRYPT_EC_MAX;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(crypt_ctx(key->crypt), key->pkey, NULL)) == NULL ||
	    EVP_PKEY_derive_init(ctx) != 1)
		rv = CKR_HOST_MEMORY;
	/* RFC 7748, 6.1: a point of small order gives zeros, which is refused. */
	else if (EVP_PKEY_derive_set_peer(ctx, peer) != 1 || EVP_PKEY_derive(ctx, z, n) != 1)
		rv = CKR_MECHANISM_PARAM_INVALID;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return rv;
}

static CK_RV
x963(const struct crypt *c, const struct mech *m, const uint8_t *z, size_t z_n, uint8_t *out,
    size_t n)
{
	char hash[16];
	OSSL_PARAM params[4], *p = params;

	strcpy(hash, crypt_hash_name(mech_kdf_hash(m->kdf)));
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
	*p++ = octets(OSSL_KDF_PARAM_KEY, z, z_n);
	*p++ = octets(OSSL_KDF_PARAM_INFO, m->b, m->b_n);
	*p = OSSL_PARAM_construct_end();
	return kdf(c, "X963KDF", params, out, n);
}

static CK_RV
ecdh(const struct crypt_key *key, const struct mech *m, size_t want, uint8_t *out, size_t *n)
{
	uint8_t z[CRYPT_EC_MAX];
	size_t z_n = 0;
	CK_RV rv;

	if ((rv = agree(key, m, z, &z_n)) != CKR_OK)
		goto out;
	*n = want;
	if (m->kdf != CKD_NULL) {
		if (want == 0)
			*n = mech_hash_length(mech_kdf_hash(m->kdf));
		rv = x963(key->crypt, m, z, z_n, out, *n);
	} else if (want > z_n) {
		rv = CKR_KEY_SIZE_RANGE;
	} else {
		/* 2.3.8: what is too much is taken from the leading end. */
		if (want == 0)
			*n = z_n;
		memcpy(out, z + z_n - *n, *n);
	}
out:
	OPENSSL_cleanse(z, sizeof(z));
	return rv;
}

/* PKCS #11 Mechanisms 3.0, 2.62. */
static CK_RV
hkdf(const struct crypt_key *key, const struct mech *m, const struct crypt_key *salt_key,
    size_t want, uint8_t *out, size_t *n)
{
	int mode = m->extract && m->expand ? EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND :
	    m->extract ? EVP_KDF_HKDF_MODE_EXTRACT_ONLY : EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	const size_t hash_n = mech_hash_length(m->hash);
	uint8_t prk[CRYPT_MAC_MAX];
	OSSL_PARAM params[6], *p = params;
	char hash[16];
	CK_RV rv;

	if ((m->kdf == CKF_HKDF_SALT_KEY) != (salt_key != NULL) ||
	    (salt_key != NULL && salt_key->secret == NULL))
		return CKR_MECHANISM_PARAM_INVALID;
	*n = want == 0 ? hash_n : want;
	if (!m->expand && *n > hash_n)
		return CKR_KEY_SIZE_RANGE;
	strcpy(hash, crypt_hash_name(m->hash));
	*p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
	*p++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	*p++ = octets(OSSL_KDF_PARAM_KEY, key->secret, key->size);
	if (salt_key != NULL)
		*p++ = octets(OSSL_KDF_PARAM_SALT, salt_key->secret, salt_key->size);
	else if (m->a_n > 0)
		*p++ = octets(OSSL_KDF_PARAM_SALT, m->a, m->a_n);
	if (m->b_n > 0)
		*p++ = octets(OSSL_KDF_PARAM_INFO, m->b, m->b_n);
	*p = OSSL_PARAM_construct_end();
	if (m->expand)
		return kdf(key->crypt, "HKDF", params, out, *n);
	/* The first step alone gives a whole hash. */
	if ((rv = kdf(key->crypt, "HKDF", params, prk, hash_n)) == CKR_OK)
		memcpy(out, prk, *n);
	OPENSSL_cleanse(prk, sizeof(prk));
	return rv;
}

CK_RV
crypt_derive(struct crypt *c, struct crypt_key *base, const struct mech *m,
    const struct crypt_key *salt_key, size_t want, struct attrs *object)
{
	const int aes = attrs_ulong(object, CKA_KEY_TYPE) == CKK_AES;
	uint8_t derived[DERIVED_MAX];
	size_t n = 0;
	CK_RV rv;

	(void)c;
	if ((rv = crypt_fits(base, m, CKF_DERIVE)) != CKR_OK)
		return rv;
	if (want > sizeof(derived))
		return CKR_KEY_SIZE_RANGE;
	ERR_set_mark();
	rv = m->info->family == MECH_ECDH ? ecdh(base, m, want, derived, &n) :
	    hkdf(base, m, salt_key, want, derived, &n);
	ERR_pop_to_mark();
	/* Bytes that make no key of that type: then the template has to say how many. */
	if (rv == CKR_OK && aes && n != 16 && n != 24 && n != 32)
		rv = want == 0 ? CKR_TEMPLATE_INCOMPLETE : CKR_KEY_SIZE_RANGE;
	if (rv == CKR_OK) {
		attrs_put(object, CKA_VALUE, derived, n);
		rv = attrs_end(object);
	}
	OPENSSL_cleanse(derived, sizeof(derived));
	return rv;
}
