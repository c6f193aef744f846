#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

enum { E_BYTES_MAX = 8, E_BYTES_MIN = 3 };
static const uint8_t e_default[] = { 0x01, 0x00, 0x01 };

CK_RV
crypt_generate(struct crypt *c, const struct mech *m, struct attrs *object)
{
	CK_ULONG n = attrs_ulong(object, CKA_VALUE_LEN);
	uint8_t bytes[MECH_SECRET_MAX];
	CK_RV rv;

	if (m->info->family != MECH_AES_GEN && m->info->family != MECH_SECRET_GEN)
		return CKR_MECHANISM_INVALID;
	if (n == CK_UNAVAILABLE_INFORMATION)
		return CKR_TEMPLATE_INCOMPLETE;
	if (m->info->family == MECH_AES_GEN ? n != 16 && n != 24 && n != 32 :
	    n == 0 || n > MECH_SECRET_MAX)
		return CKR_KEY_SIZE_RANGE;
	if (RAND_priv_bytes_ex(crypt_ctx(c), bytes, n, 0) == 1) {
		attrs_put(object, CKA_VALUE, bytes, n);
		rv = attrs_end(object);
	} else {
		rv = CKR_FUNCTION_FAILED;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return rv;
}

/* FIPS 186-4, B.3.1: odd and over 2^16. */
static CK_RV
exponent(const struct attrs *a, BIGNUM **e)
{
	const uint8_t *p;
	size_t n;

	if (!attrs_get(a, CKA_PUBLIC_EXPONENT, &p, &n) || n == 0) {
		p = e_default;
		n = sizeof(e_default);
	}
	if (n > CRYPT_RSA_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if ((*e = BN_bin2bn(p, (int)n, NULL)) == NULL)
		return CKR_HOST_MEMORY;
	return BN_is_odd(*e) && BN_num_bytes(*e) >= E_BYTES_MIN && BN_num_bytes(*e) <= E_BYTES_MAX ?
	    CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV
rsa_pair(struct crypt *c, struct attrs *public_key, struct attrs *private_key)
{
	const CK_ULONG bits = attrs_ulong(public_key, CKA_MODULUS_BITS);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	BIGNUM *e = NULL;
	CK_RV rv;

	if (bits == CK_UNAVAILABLE_INFORMATION)
		return CKR_TEMPLATE_INCOMPLETE;
	if (bits < 8 * CRYPT_RSA_MIN || bits > 8 * CRYPT_RSA_MAX)
		return CKR_KEY_SIZE_RANGE;
	if ((rv = exponent(public_key, &e)) != CKR_OK)
		goto out;
	rv = CKR_FUNCTION_FAILED;
	if ((ctx = EVP_PKEY_CTX_new_from_name(crypt_ctx(c), "RSA", NULL)) == NULL ||
	    EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1 || EVP_PKEY_generate(ctx, &pkey) != 1)
		goto out;
	if ((rv = rsa_put_public(pkey, public_key)) == CKR_OK)
		rv = rsa_put_private(pkey, private_key);
out:
	BN_free(e);
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	return rv;
}

static EVP_PKEY *
make_ec(struct crypt *c, const struct curve *curve)
{
	if (curve->type != CKK_EC)
		return EVP_PKEY_Q_keygen(crypt_ctx(c), NULL, curve->name);
	return EVP_PKEY_Q_keygen(crypt_ctx(c), NULL, "EC", curve->name);
}

/* The private value, of the order's length. */
static CK_RV
put_value(const struct curve *curve, EVP_PKEY *pkey, struct attrs *a)
{
	uint8_t value[CRYPT_EC_MAX];
	size_t n = sizeof(value);
	BIGNUM *d = NULL;
	CK_RV rv = CKR_FUNCTION_FAILED;

	if (curve->type != CKK_EC) {
		if (EVP_PKEY_get_raw_private_key(pkey, value, &n) == 1 && n == curve->size)
			rv = CKR_OK;
	} else if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	    BN_bn2binpad(d, value, curve->size) == curve->size) {
		rv = CKR_OK;
	}
	if (rv == CKR_OK) {
		attrs_put(a, CKA_VALUE, value, curve->size);
		rv = attrs_end(a);
	}
	BN_clear_free(d);
	OPENSSL_cleanse(value, sizeof(value));
	return rv;
}

CK_RV
ec_put_private(const struct curve *curve, EVP_PKEY *pkey, struct attrs *a)
{
	attrs_put(a, CKA_EC_PARAMS, curve->params, curve->params_n);
	return put_value(curve, pkey, a);
}

static CK_RV
put_point(const struct curve *curve, EVP_PKEY *pkey, struct attrs *a)
{
	uint8_t raw[CRYPT_POINT_MAX];
	size_t n;
	CK_RV rv;

	if ((rv = curve_point_of(curve, pkey, raw, &n)) != CKR_OK)
		return rv;
	attrs_put(a, CKA_EC_PARAMS, curve->params, curve->params_n);
	curve_put_point(a, raw, n);
	return attrs_end(a);
}

static CK_RV
ec_pair(struct crypt *c, CK_KEY_TYPE type, struct attrs *public_key, struct attrs *private_key)
{
	const struct curve *curve;
	const uint8_t *params;
	EVP_PKEY *pkey;
	size_t n;
	CK_RV rv;

	if (!attrs_get(public_key, CKA_EC_PARAMS, &params, &n))
		return CKR_TEMPLATE_INCOMPLETE;
	if ((rv = curve_find(params, n, &curve)) != CKR_OK)
		return rv;
	if (curve->type != type)
		return CKR_CURVE_NOT_SUPPORTED;
	if ((pkey = make_ec(c, curve)) == NULL)
		return CKR_FUNCTION_FAILED;
	if ((rv = put_point(curve, pkey, public_key)) == CKR_OK)
		rv = ec_put_private(curve, pkey, private_key);
	EVP_PKEY_free(pkey);
	return rv;
}

CK_RV
crypt_generate_pair(struct crypt *c, const struct mech *m, struct attrs *public_key,
    struct attrs *private_key)
{
	CK_RV rv;

	ERR_set_mark();
	if (m->info->family == MECH_RSA_GEN)
		rv = rsa_pair(c, public_key, private_key);
	else if (m->info->family == MECH_EC_GEN)
		rv = ec_pair(c, m->info->key_type, public_key, private_key);
	else
		rv = CKR_MECHANISM_INVALID;
	ERR_pop_to_mark();
	return rv;
}

CK_RV
crypt_public_of(struct crypt *c, const struct attrs *private_key, struct attrs *public_key)
{
	const struct curve *curve;
	const uint8_t *params;
	struct crypt_key *key;
	size_t n;
	CK_RV rv;

	if ((rv = crypt_key_new(c, private_key, &key)) != CKR_OK)
		return rv;
	ERR_set_mark();
	if (key->class != CKO_PRIVATE_KEY)
		rv = CKR_KEY_TYPE_INCONSISTENT;
	else if (key->type == CKK_RSA)
		rv = rsa_put_public(key->pkey, public_key);
	else if (!attrs_get(private_key, CKA_EC_PARAMS, &params, &n))
		rv = CKR_TEMPLATE_INCOMPLETE;
	else if ((rv = curve_find(params, n, &curve)) == CKR_OK)
		rv = put_point(curve, key->pkey, public_key);
	ERR_pop_to_mark();
	crypt_key_free(key);
	return rv;
}
