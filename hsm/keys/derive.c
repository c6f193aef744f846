#include "hsm/keys/derive.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "card-os/iso7816/err.h"

enum { INFO_MAX = 128, SCRYPT_R = 8, SCRYPT_P = 1 };

static int
run(const char *name, const OSSL_PARAM *params, struct seal_key *to)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	int r = ERR_CRYPTO;

	if (ctx != NULL && EVP_KDF_derive(ctx, to->key, sizeof(to->key), params) == 1)
		r = 0;
	else
		OPENSSL_cleanse(to, sizeof(*to));
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return r;
}

static int
hkdf(const uint8_t *from, size_t from_n, const struct seal_key *salt, const char *label,
    const void *context, size_t n, struct seal_key *to)
{
	static const struct seal_key zero;
	struct seal_key with = salt != NULL ? *salt : zero;
	size_t label_n = strlen(label) + 1;
	uint8_t in[DERIVE_SECRET_MAX], info[INFO_MAX];
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, in, from_n),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, with.key, sizeof(with.key)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, info, label_n + n),
		OSSL_PARAM_END,
	};
	int r = ERR_CRYPTO;

	/* The key may take the place of the one that it comes from. */
	memcpy(in, from, from_n);
	memset(to, 0, sizeof(*to));
	if (label_n > sizeof(info) || n > sizeof(info) - label_n)
		goto out;
	memcpy(info, label, label_n);
	if (n > 0)
		memcpy(info + label_n, context, n);
	r = run("HKDF", params, to);
out:
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(&with, sizeof(with));
	return r;
}

int
derive_key(const struct seal_key *from, const struct seal_key *salt, const char *label,
    const void *context, size_t n, struct seal_key *to)
{
	return hkdf(from->key, sizeof(from->key), salt, label, context, n, to);
}

int
derive_joined(const uint8_t *secret, size_t n, const char *label, const void *context,
    size_t context_n, struct seal_key *to)
{
	if (n < 1 || n > DERIVE_SECRET_MAX) {
		memset(to, 0, sizeof(*to));
		return ERR_ARG;
	}
	return hkdf(secret, n, NULL, label, context, context_n, to);
}

int
derive_code(const uint8_t *code, size_t n, const uint8_t salt[DERIVE_SALT_LEN], unsigned cost,
    struct seal_key *to)
{
	uint64_t rounds = UINT64_C(1) << cost, most = 2 * 128 * SCRYPT_R * (rounds + 2);
	uint32_t r = SCRYPT_R, p = SCRYPT_P;
	const OSSL_PARAM params[] = {
		/* They are read alone. */
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)code, n),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt,
		    DERIVE_SALT_LEN),
		OSSL_PARAM_uint64(OSSL_KDF_PARAM_SCRYPT_N, &rounds),
		OSSL_PARAM_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &most),
		OSSL_PARAM_END,
	};

	return run("SCRYPT", params, to);
}
