#include "card-os/os/rsa.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "card-os/iso7816/err.h"

enum { E_MIN = 65537, PS_MIN = 8 };

/* Each number of a key and its name; the first two are its public part. */
static const struct number {
	const char *name;
	size_t at, n;
} numbers[] = {
	{ OSSL_PKEY_PARAM_RSA_N, offsetof(struct rsa, n), RSA_BYTES },
	{ OSSL_PKEY_PARAM_RSA_E, offsetof(struct rsa, e), RSA_E },
	{ OSSL_PKEY_PARAM_RSA_D, offsetof(struct rsa, d), RSA_BYTES },
	{ OSSL_PKEY_PARAM_RSA_FACTOR1, offsetof(struct rsa, p), RSA_HALF },
	{ OSSL_PKEY_PARAM_RSA_FACTOR2, offsetof(struct rsa, q), RSA_HALF },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT1, offsetof(struct rsa, dp), RSA_HALF },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT2, offsetof(struct rsa, dq), RSA_HALF },
	{ OSSL_PKEY_PARAM_RSA_COEFFICIENT1, offsetof(struct rsa, qinv), RSA_HALF },
};

enum { PUBLIC_NUMBERS = 2, NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

/* The first count numbers as a key. */
static int
key_of(const struct rsa *rsa, size_t count, EVP_PKEY **key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	BIGNUM *bn[NUMBERS] = { NULL };
	int ok = ctx != NULL && bld != NULL;

	*key = NULL;
	for (size_t i = 0; ok && i < count; i++)
		ok = (bn[i] = BN_secure_new()) != NULL &&
		    BN_bin2bn((const uint8_t *)rsa + numbers[i].at, (int)numbers[i].n, bn[i]) !=
		    NULL && OSSL_PARAM_BLD_push_BN(bld, numbers[i].name, bn[i]) == 1;
	ok = ok && (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, key, count == NUMBERS ? EVP_PKEY_KEYPAIR :
	    EVP_PKEY_PUBLIC_KEY, params) == 1;
	OSSL_PARAM_free(params);
	for (size_t i = 0; i < NUMBERS; i++)
		BN_clear_free(bn[i]);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : ERR_CRYPTO;
}

int
rsa_generate(struct rsa *rsa)
{
	EVP_PKEY *key = EVP_RSA_gen(8U * RSA_BYTES);
	BIGNUM *bn = NULL;
	int ok = key != NULL;

	for (size_t i = 0; ok && i < NUMBERS; i++) {
		bn = BN_secure_new();
		ok = bn != NULL && EVP_PKEY_get_bn_param(key, numbers[i].name, &bn) == 1 &&
		    BN_bn2binpad(bn, (uint8_t *)rsa + numbers[i].at, (int)numbers[i].n) ==
		    (int)numbers[i].n;
		BN_clear_free(bn);
	}
	EVP_PKEY_free(key);
	if (!ok)
		OPENSSL_cleanse(rsa, sizeof(*rsa));
	return ok ? 0 : ERR_CRYPTO;
}

/* d = e^-1 mod (p - 1)(q - 1). */
static int
work_out_d(struct rsa *rsa)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *p, *q, *e, *d;
	int r = ERR_CRYPTO;

	if (ctx == NULL)
		return r;
	BN_CTX_start(ctx);
	p = BN_CTX_get(ctx);
	q = BN_CTX_get(ctx);
	e = BN_CTX_get(ctx);
	d = BN_CTX_get(ctx);
	if (d == NULL || BN_bin2bn(rsa->p, RSA_HALF, p) == NULL ||
	    BN_bin2bn(rsa->q, RSA_HALF, q) == NULL || BN_bin2bn(rsa->e, RSA_E, e) == NULL)
		goto out;
	r = ERR_FORMAT;
	BN_set_flags(p, BN_FLG_CONSTTIME);
	/* The exponent has no inverse when it is even, or has another factor of p - 1 or q - 1. */
	if (BN_sub_word(p, 1) == 1 && BN_sub_word(q, 1) == 1 && BN_mul(p, p, q, ctx) == 1 &&
	    BN_mod_inverse(d, e, p, ctx) != NULL && BN_bn2binpad(d, rsa->d, RSA_BYTES) > 0)
		r = 0;
out:
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return r;
}

int
rsa_complete(struct rsa *rsa)
{
	uint32_t e = (uint32_t)rsa->e[0] << 24 | (uint32_t)rsa->e[1] << 16 |
	    (uint32_t)rsa->e[2] << 8 | rsa->e[3];
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	int r;

	if ((rsa->n[0] & 0x80) == 0 || e < E_MIN)
		return ERR_FORMAT;
	if ((r = work_out_d(rsa)) != 0 || (r = key_of(rsa, NUMBERS, &key)) != 0)
		goto out;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) == NULL)
		r = ERR_CRYPTO;
	else if (EVP_PKEY_check(ctx) != 1)
		r = ERR_FORMAT;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return r;
}

/* Whether a number is below the modulus, which is no secret; the number may be. */
static int
is_below(const uint8_t *x, const uint8_t *n)
{
	unsigned borrow = 0;

	for (size_t i = RSA_BYTES; i-- > 0;)
		borrow = (unsigned)(x[i] - n[i] - borrow) >> 8 & 1;
	return (int)borrow;
}

static int
operate(const struct rsa *rsa, int padding, const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	size_t got = RSA_BYTES;
	int r;

	if ((r = key_of(rsa, NUMBERS, &key)) != 0)
		return r;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, padding) != 1 ||
	    EVP_PKEY_sign(ctx, out, &got, in, n) != 1 || got != RSA_BYTES) {
		OPENSSL_cleanse(out, RSA_BYTES);
		r = ERR_CRYPTO;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return r;
}

int
rsa_raw(const struct rsa *rsa, const uint8_t in[RSA_BYTES], uint8_t out[RSA_BYTES])
{
	if (!is_below(in, rsa->n))
		return ERR_FORMAT;
	return operate(rsa, RSA_NO_PADDING, in, RSA_BYTES, out);
}

int
rsa_sign(const struct rsa *rsa, const uint8_t *p, size_t n, uint8_t out[RSA_BYTES])
{
	if (n > RSA_SIGN_MAX)
		return ERR_SIZE;
	return operate(rsa, RSA_PKCS1_PADDING, p, n, out);
}

int
rsa_unpad(const uint8_t block[RSA_BYTES], size_t *n)
{
	uint32_t bad = (uint32_t)(block[0] | (block[1] ^ 2)), seen = 0, at = 0, zero;

	/* The first zero behind the type ends it. No branch and no index by what is there. */
	for (uint32_t i = 2; i < RSA_BYTES; i++) {
		zero = ((uint32_t)block[i] - 1) >> 31;
		at |= i & (0U - (zero & (seen ^ 1)));
		seen |= zero;
	}
	/* Too little padding; without an end there is none at all. */
	bad |= (at - 2 - PS_MIN) >> 31;
	*n = bad != 0 ? 0 : RSA_BYTES - 1 - at;
	return bad != 0 ? ERR_FORMAT : 0;
}

int
rsa_public_der(const struct rsa *rsa, uint8_t out[RSA_DER_MAX], size_t *n)
{
	EVP_PKEY *key;
	int r, length;

	if ((r = key_of(rsa, PUBLIC_NUMBERS, &key)) != 0)
		return r;
	length = i2d_PublicKey(key, NULL);
	if (length <= 0 || length > RSA_DER_MAX || i2d_PublicKey(key, &out) != length)
		r = ERR_CRYPTO;
	else
		*n = (size_t)length;
	EVP_PKEY_free(key);
	return r;
}

int
rsa_certified(const struct rsa *rsa, const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	X509 *cert = d2i_X509(NULL, &p, (long)n);
	EVP_PKEY *key = NULL;
	int r = ERR_FORMAT;

	if (cert != NULL && p == der + n && (r = key_of(rsa, PUBLIC_NUMBERS, &key)) == 0 &&
	    (X509_get0_pubkey(cert) == NULL || EVP_PKEY_eq(X509_get0_pubkey(cert), key) != 1))
		r = ERR_FORMAT;
	EVP_PKEY_free(key);
	X509_free(cert);
	return r;
}
