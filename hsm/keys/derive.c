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

int
derive_key(const struct seal_key *from, const struct seal_key *salt, const char *label,
    const void *context, size_t n, struct seal_key *to)
{
	static const struct seal_key zero;
	struct seal_key in = *from, with = salt != NULL ? *salt : zero;
	size_t label_n = strlen(label) + 1;
	uint8_t info[INFO_MAX];
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, in.key, sizeof(in.key)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, with.key, sizeof(with.key)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, info, label_n + n),
		OSSL_PARAM_END,
	};
	int r = ERR_CRYPTO;

	memset(to, 0, sizeof(*to));
	if (label_n > sizeof(info) || n > sizeof(info) - label_n)
		goto out;
	memcpy(info, label, label_n);
	if (n > 0)
		memcpy(info + label_n, context, n);
	r = run("HKDF", params, to);
out:
	OPENSSL_cleanse(&in, sizeof(in));
	OPENSSL_cleanse(&with, sizeof(with));
	return r;
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
