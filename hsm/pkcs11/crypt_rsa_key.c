#include "hsm/pkcs11/crypt_parts.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

enum rsa_part { N, E, D, P, Q, DP, DQ, QINV, RSA_PARTS };

static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
} parts[RSA_PARTS] = {
	[N] = { CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N },
	[E] = { CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E },
	[D] = { CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D },
	[P] = { CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1 },
	[Q] = { CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2 },
	[DP] = { CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	[DQ] = { CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	[QINV] = { CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};

enum { E_BITS_MAX = 64 };

/* The first n parts of an object; those of the primes may be missing, all of them. */
static CK_RV
read_parts(const struct attrs *a, int n, BIGNUM *bn[RSA_PARTS])
{
	const uint8_t *p;
	size_t length;

	for (int i = 0; i < n; i++) {
		if (!attrs_get(a, parts[i].type, &p, &length) || length == 0)
			continue;
		if (length > CRYPT_RSA_MAX)
			return CKR_KEY_SIZE_RANGE;
		if ((bn[i] = i < D ? BN_new() : BN_secure_new()) == NULL ||
		    BN_bin2bn(p, (int)length, bn[i]) == NULL)
			return CKR_HOST_MEMORY;
		if (i >= D)
			BN_set_flags(bn[i], BN_FLG_CONSTTIME);
	}
	for (int i = 0; i < n; i++)
		if (bn[i] == NULL && i < P)
			return CKR_TEMPLATE_INCOMPLETE;
	return CKR_OK;
}

static CK_RV
check_public(BIGNUM *bn[RSA_PARTS])
{
	if (BN_num_bits(bn[N]) < 8 * CRYPT_RSA_MIN || BN_num_bits(bn[N]) > 8 * CRYPT_RSA_MAX)
		return CKR_KEY_SIZE_RANGE;
	if (!BN_is_odd(bn[N]) || !BN_is_odd(bn[E]) || BN_is_one(bn[E]) ||
	    BN_num_bits(bn[E]) > E_BITS_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

/* For each prime: e d = 1 mod it less one, and the exponent is d mod that (RFC 8017, 3.2). */
static int
check_prime(BIGNUM *bn[RSA_PARTS], enum rsa_part prime, enum rsa_part exponent, BN_CTX *ctx,
    int *good)
{
	BIGNUM *less, *t;

	if ((less = BN_CTX_get(ctx)) == NULL || (t = BN_CTX_get(ctx)) == NULL ||
	    BN_copy(less, bn[prime]) == NULL || BN_sub_word(less, 1) != 1)
		return 0;
	BN_set_flags(less, BN_FLG_CONSTTIME);
	if (BN_is_zero(less)) {
		*good = 0;
		return 1;
	}
	if (BN_nnmod(t, bn[D], less, ctx) != 1)
		return 0;
	*good &= BN_cmp(t, bn[exponent]) == 0;
	if (BN_mod_mul(t, t, bn[E], less, ctx) != 1)
		return 0;
	*good &= BN_is_one(t);
	return 1;
}

/*
 * That the parts belong together, but for whether the primes are prime, which concerns their owner
 * alone. A wrong CRT part would give signatures that betray the key.
 */
static CK_RV
check_private(const struct crypt *c, BIGNUM *bn[RSA_PARTS])
{
	BN_CTX *ctx;
	BIGNUM *t;
	int crt = 0, good = 1;
	CK_RV rv = CKR_HOST_MEMORY;

	if (BN_is_zero(bn[D]) || BN_cmp(bn[D], bn[N]) >= 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	for (int i = P; i < RSA_PARTS; i++)
		crt += bn[i] != NULL;
	if (crt == 0)
		return CKR_OK;
	if (crt != RSA_PARTS - P)
		return CKR_TEMPLATE_INCOMPLETE;
	if ((ctx = BN_CTX_secure_new_ex(crypt_ctx(c))) == NULL)
		return CKR_HOST_MEMORY;
	BN_CTX_start(ctx);
	if ((t = BN_CTX_get(ctx)) == NULL || BN_mul(t, bn[P], bn[Q], ctx) != 1)
		goto out;
	/* So that neither is zero or even, either. */
	if (BN_cmp(t, bn[N]) != 0) {
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
		goto out;
	}
	if (!check_prime(bn, P, DP, ctx, &good) || !check_prime(bn, Q, DQ, ctx, &good) ||
	    BN_mod_mul(t, bn[QINV], bn[Q], bn[P], ctx) != 1)
		goto out;
	good &= BN_is_one(t) && BN_cmp(bn[QINV], bn[P]) < 0;
	rv = good ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
out:
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return rv;
}

static CK_RV
from_parts(const struct crypt *c, BIGNUM *bn[RSA_PARTS], int selection, EVP_PKEY **out)
{
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *bld;
	CK_RV rv = CKR_HOST_MEMORY;

	if ((bld = OSSL_PARAM_BLD_new()) == NULL)
		return rv;
	for (int i = 0; i < RSA_PARTS; i++)
		if (bn[i] != NULL && OSSL_PARAM_BLD_push_BN(bld, parts[i].name, bn[i]) != 1)
			goto out;
	if ((params = OSSL_PARAM_BLD_to_param(bld)) == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(crypt_ctx(c), "RSA", NULL)) == NULL ||
	    EVP_PKEY_fromdata_init(ctx) != 1)
		goto out;
	rv = EVP_PKEY_fromdata(ctx, out, selection, params) == 1 ? CKR_OK :
	    CKR_ATTRIBUTE_VALUE_INVALID;
out:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	return rv;
}

static void
free_parts(BIGNUM *bn[RSA_PARTS])
{
	for (int i = 0; i < RSA_PARTS; i++)
		BN_clear_free(bn[i]);
}

CK_RV
rsa_public(const struct crypt *c, const struct attrs *a, EVP_PKEY **out)
{
	BIGNUM *bn[RSA_PARTS] = { NULL };
	CK_RV rv;

	*out = NULL;
	if ((rv = read_parts(a, D, bn)) == CKR_OK && (rv = check_public(bn)) == CKR_OK)
		rv = from_parts(c, bn, EVP_PKEY_PUBLIC_KEY, out);
	free_parts(bn);
	return rv;
}

CK_RV
rsa_private(const struct crypt *c, const struct attrs *a, EVP_PKEY **out)
{
	BIGNUM *bn[RSA_PARTS] = { NULL };
	CK_RV rv;

	*out = NULL;
	if ((rv = read_parts(a, RSA_PARTS, bn)) == CKR_OK && (rv = check_public(bn)) == CKR_OK &&
	    (rv = check_private(c, bn)) == CKR_OK)
		rv = from_parts(c, bn, EVP_PKEY_KEYPAIR, out);
	free_parts(bn);
	return rv;
}

static CK_RV
put(EVP_PKEY *pkey, int n, struct attrs *a)
{
	uint8_t bytes[CRYPT_RSA_MAX];
	BIGNUM *bn = NULL;
	CK_RV rv = CKR_OK;
	int length;

	for (int i = 0; i < n && rv == CKR_OK; i++) {
		if (EVP_PKEY_get_bn_param(pkey, parts[i].name, &bn) != 1 ||
		    (length = BN_num_bytes(bn)) > CRYPT_RSA_MAX) {
			rv = CKR_FUNCTION_FAILED;
		} else {
			BN_bn2bin(bn, bytes);
			attrs_put(a, parts[i].type, bytes, (size_t)length);
		}
		BN_clear_free(bn);
		bn = NULL;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return rv == CKR_OK ? attrs_end(a) : rv;
}

CK_RV
rsa_put_public(EVP_PKEY *pkey, struct attrs *a)
{
	return put(pkey, D, a);
}

CK_RV
rsa_put_private(EVP_PKEY *pkey, struct attrs *a)
{
	return put(pkey, RSA_PARTS, a);
}
