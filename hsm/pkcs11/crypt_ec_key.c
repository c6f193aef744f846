#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

/* value is NULL for a public key. */
static CK_RV
from_parts(const struct crypt *c, const struct curve *curve, const uint8_t *point, size_t point_n,
    const BIGNUM *value, EVP_PKEY **out)
{
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *bld;
	CK_RV rv = CKR_HOST_MEMORY;

	if ((bld = OSSL_PARAM_BLD_new()) == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, point_n) != 1 ||
	    (value != NULL && OSSL_PARAM_BLD_push_BN_pad(bld, OSSL_PKEY_PARAM_PRIV_KEY, value,
	    curve->size) != 1) ||
	    (params = OSSL_PARAM_BLD_to_param(bld)) == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(crypt_ctx(c), "EC", NULL)) == NULL ||
	    EVP_PKEY_fromdata_init(ctx) != 1)
		goto out;
	rv = EVP_PKEY_fromdata(ctx, out, value != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
	    params) == 1 ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
out:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	return rv;
}

CK_RV
curve_public(const struct crypt *c, const struct curve *curve, const uint8_t *point, size_t n,
    EVP_PKEY **out)
{
	const uint8_t *raw;
	size_t raw_n;

	*out = NULL;
	if (!curve_raw_point(curve, point, n, &raw, &raw_n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (curve->type == CKK_EC)
		return from_parts(c, curve, raw, raw_n, NULL, out);
	*out = EVP_PKEY_new_raw_public_key_ex(crypt_ctx(c), curve->name, NULL, raw, raw_n);
	return *out != NULL ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* SEC 1, 3.2.1: a private value is from 1 to the order less one, and the point is made of it. */
static CK_RV
weierstrass(const struct crypt *c, const struct curve *curve, const uint8_t *value, size_t n,
    EVP_PKEY **out)
{
	uint8_t raw[CRYPT_POINT_MAX];
	const size_t raw_n = 1 + 2 * (size_t)curve->size;
	EC_GROUP *group = NULL;
	EC_POINT *point = NULL;
	BN_CTX *ctx = NULL;
	BIGNUM *d = NULL;
	CK_RV rv = CKR_HOST_MEMORY;

	if (n == 0 || n > curve->size)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if ((group = EC_GROUP_new_by_curve_name_ex(crypt_ctx(c), NULL, curve->nid)) == NULL ||
	    (point = EC_POINT_new(group)) == NULL ||
	    (ctx = BN_CTX_secure_new_ex(crypt_ctx(c))) == NULL ||
	    (d = BN_secure_new()) == NULL || BN_bin2bn(value, (int)n, d) == NULL)
		goto out;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0) {
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
		goto out;
	}
	if (EC_POINT_mul(group, point, d, NULL, NULL, ctx) != 1 ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, raw, raw_n,
	    ctx) != raw_n)
		goto out;
	rv = from_parts(c, curve, raw, raw_n, d, out);
out:
	BN_clear_free(d);
	BN_CTX_free(ctx);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return rv;
}

CK_RV
curve_private(const struct crypt *c, const struct curve *curve, const uint8_t *value, size_t n,
    EVP_PKEY **out)
{
	*out = NULL;
	if (curve->type == CKK_EC)
		return weierstrass(c, curve, value, n, out);
	if (n != curve->size)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*out = EVP_PKEY_new_raw_private_key_ex(crypt_ctx(c), curve->name, NULL, value, n);
	return *out != NULL ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
curve_point_of(const struct curve *curve, EVP_PKEY *pkey, uint8_t raw[CRYPT_POINT_MAX], size_t *n)
{
	*n = CRYPT_POINT_MAX;
	if (curve->type != CKK_EC)
		return EVP_PKEY_get_raw_public_key(pkey, raw, n) == 1 ? CKR_OK :
		    CKR_FUNCTION_FAILED;
	/* Uncompressed, since that is how the key was made. */
	return EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, raw, CRYPT_POINT_MAX,
	    n) == 1 && *n == 1 + 2 * (size_t)curve->size ? CKR_OK : CKR_FUNCTION_FAILED;
}
