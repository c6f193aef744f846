#include "card-os/iso7816/p256.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "card-os/iso7816/err.h"

#define CURVE "prime256v1"

enum { DER_MAX = 72 };			/* of a signature: two integers of 33 bytes in a sequence */

static EVP_PKEY *
key_of(OSSL_PARAM_BLD *bld, int selection)
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	if ((params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, selection, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

/* A key of scalar and, where it is not NULL, point. */
static int
private_key(const uint8_t scalar[P256_SCALAR], const uint8_t *point, EVP_PKEY **key)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *d = BN_secure_new();

	*key = NULL;
	if (bld != NULL && d != NULL && BN_bin2bn(scalar, P256_SCALAR, d) != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1 &&
	    (point == NULL || OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
	    point, P256_POINT) == 1))
		*key = key_of(bld, EVP_PKEY_KEYPAIR);
	BN_clear_free(d);
	OSSL_PARAM_BLD_free(bld);
	return *key == NULL ? ERR_CRYPTO : 0;
}

/*
 * TR-03110-3 A.2.1.2 wants the point validated: one off the curve would leak the scalar in parts.
 * Making a key of it fails then; infinity has no uncompressed form, and the cofactor is 1.
 */
static int
public_key(const uint8_t point[P256_POINT], EVP_PKEY **key)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	int r = 0;

	*key = NULL;
	if (point[0] != POINT_CONVERSION_UNCOMPRESSED)
		r = ERR_FORMAT;
	else if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
	    P256_POINT) != 1)
		r = ERR_CRYPTO;
	else if ((*key = key_of(bld, EVP_PKEY_PUBLIC_KEY)) == NULL)
		r = ERR_FORMAT;
	OSSL_PARAM_BLD_free(bld);
	return r;
}

int
p256_generate(uint8_t scalar[P256_SCALAR], uint8_t point[P256_POINT])
{
	EVP_PKEY *key = EVP_EC_gen(CURVE);
	BIGNUM *d = BN_secure_new();
	size_t n = 0;
	int r = ERR_CRYPTO;

	if (key != NULL && d != NULL &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	    BN_bn2binpad(d, scalar, P256_SCALAR) == P256_SCALAR &&
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
	    P256_POINT, &n) == 1 && n == P256_POINT)
		r = 0;
	if (r != 0)
		OPENSSL_cleanse(scalar, P256_SCALAR);
	BN_clear_free(d);
	EVP_PKEY_free(key);
	return r;
}

int
p256_check_point(const uint8_t point[P256_POINT])
{
	EVP_PKEY *key;
	int r = public_key(point, &key);

	EVP_PKEY_free(key);
	return r;
}

int
p256_check(const uint8_t scalar[P256_SCALAR], const uint8_t point[P256_POINT])
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	int r;

	if ((r = p256_check_point(point)) != 0 || (r = private_key(scalar, point, &key)) != 0)
		return r;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) == NULL)
		r = ERR_CRYPTO;
	else if (EVP_PKEY_check(ctx) != 1)
		r = ERR_FORMAT;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return r;
}

int
p256_agree(const uint8_t scalar[P256_SCALAR], const uint8_t point[P256_POINT],
    uint8_t secret[P256_SCALAR])
{
	EVP_PKEY *own = NULL, *peer = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	size_t n = P256_SCALAR;
	int r;

	if ((r = public_key(point, &peer)) != 0 || (r = private_key(scalar, NULL, &own)) != 0)
		goto out;
	r = ERR_CRYPTO;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL)) != NULL &&
	    EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	    EVP_PKEY_derive(ctx, secret, &n) == 1 && n == P256_SCALAR)
		r = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return r;
}

int
p256_sign(const uint8_t scalar[P256_SCALAR], const uint8_t hash[P256_HASH],
    uint8_t signature[P256_SIGNATURE])
{
	uint8_t der[DER_MAX];
	const uint8_t *p = der;
	EVP_PKEY_CTX *ctx = NULL;
	ECDSA_SIG *sig = NULL;
	EVP_PKEY *key = NULL;
	size_t n = sizeof(der);
	int r;

	if ((r = private_key(scalar, NULL, &key)) != 0)
		goto out;
	r = ERR_CRYPTO;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
	    EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_sign(ctx, der, &n, hash, P256_HASH) == 1 &&
	    (sig = d2i_ECDSA_SIG(NULL, &p, (long)n)) != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), signature, P256_SCALAR) == P256_SCALAR &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), signature + P256_SCALAR, P256_SCALAR) ==
	    P256_SCALAR)
		r = 0;
out:
	ECDSA_SIG_free(sig);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return r;
}

/* r s as the DER that libcrypto wants: its length, 0 when that failed. */
static size_t
der_of(const uint8_t signature[P256_SIGNATURE], uint8_t der[DER_MAX])
{
	BIGNUM *a = BN_bin2bn(signature, P256_SCALAR, NULL);
	BIGNUM *b = BN_bin2bn(signature + P256_SCALAR, P256_SCALAR, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int n = 0;

	if (a != NULL && b != NULL && sig != NULL && ECDSA_SIG_set0(sig, a, b) == 1) {
		a = b = NULL;
		n = i2d_ECDSA_SIG(sig, &der);
	}
	ECDSA_SIG_free(sig);
	BN_free(a);
	BN_free(b);
	return n > 0 ? (size_t)n : 0;
}

int
p256_verify(const uint8_t point[P256_POINT], const uint8_t hash[P256_HASH],
    const uint8_t signature[P256_SIGNATURE])
{
	uint8_t der[DER_MAX];
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	size_t n;
	int r;

	if ((r = public_key(point, &key)) != 0)
		goto out;
	r = ERR_CRYPTO;
	if ((n = der_of(signature, der)) > 0 &&
	    (ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
	    EVP_PKEY_verify_init(ctx) == 1)
		r = EVP_PKEY_verify(ctx, der, n, hash, P256_HASH) == 1 ? 0 : ERR_MAC;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return r;
}
