#include "hsm/pkcs11/crypt_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

static const struct {
	CK_MECHANISM_TYPE type;
	const char *name;
	const EVP_MD *(*own)(void);
} hashes[CRYPT_HASHES] = {
	{ CKM_SHA_1, "SHA1", EVP_sha1 },
	{ CKM_SHA224, "SHA224", EVP_sha224 },
	{ CKM_SHA256, "SHA256", EVP_sha256 },
	{ CKM_SHA384, "SHA384", EVP_sha384 },
	{ CKM_SHA512, "SHA512", EVP_sha512 },
};

static const struct {
	const char *name[CRYPT_AES_LENGTHS];
	const EVP_CIPHER *(*own[CRYPT_AES_LENGTHS])(void);
} ciphers[MODES] = {
	[MODE_ECB] = { { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" },
	    { EVP_aes_128_ecb, EVP_aes_192_ecb, EVP_aes_256_ecb } },
	[MODE_CBC] = { { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
	    { EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc } },
	[MODE_CTR] = { { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" },
	    { EVP_aes_128_ctr, EVP_aes_192_ctr, EVP_aes_256_ctr } },
	[MODE_GCM] = { { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
	    { EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm } },
	[MODE_WRAP] = { { "AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP" },
	    { EVP_aes_128_wrap, EVP_aes_192_wrap, EVP_aes_256_wrap } },
	[MODE_WRAP_PAD] = { { "AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD" },
	    { EVP_aes_128_wrap_pad, EVP_aes_192_wrap_pad, EVP_aes_256_wrap_pad } },
};

static int
hash_index(CK_MECHANISM_TYPE type)
{
	for (int i = 0; i < CRYPT_HASHES; i++)
		if (hashes[i].type == type)
			return i;
	return -1;
}

static int
fetch(struct crypt *c)
{
	for (int i = 0; i < CRYPT_HASHES; i++)
		if ((c->md[i] = EVP_MD_fetch(c->ctx, hashes[i].name, NULL)) == NULL)
			return 0;
	for (int m = 0; m < MODES; m++)
		for (int i = 0; i < CRYPT_AES_LENGTHS; i++)
			if ((c->aes[m][i] = EVP_CIPHER_fetch(c->ctx, ciphers[m].name[i],
			    NULL)) == NULL)
				return 0;
	return (c->hmac = EVP_MAC_fetch(c->ctx, "HMAC", NULL)) != NULL &&
	    (c->cmac = EVP_MAC_fetch(c->ctx, "CMAC", NULL)) != NULL;
}

CK_RV
crypt_new(struct crypt **out)
{
	struct crypt *c;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return CKR_HOST_MEMORY;
	/* The provider is named, so that no configuration of an application's has a say. */
	if ((c->ctx = OSSL_LIB_CTX_new()) == NULL ||
	    (c->provider = OSSL_PROVIDER_load(c->ctx, "default")) == NULL || !fetch(c)) {
		crypt_free(c);
		return CKR_FUNCTION_FAILED;
	}
	*out = c;
	return CKR_OK;
}

void
crypt_free(struct crypt *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < CRYPT_HASHES; i++)
		EVP_MD_free(c->md[i]);
	for (int m = 0; m < MODES; m++)
		for (int i = 0; i < CRYPT_AES_LENGTHS; i++)
			EVP_CIPHER_free(c->aes[m][i]);
	EVP_MAC_free(c->hmac);
	EVP_MAC_free(c->cmac);
	if (c->provider != NULL)
		OSSL_PROVIDER_unload(c->provider);
	OSSL_LIB_CTX_free(c->ctx);
	free(c);
}

OSSL_LIB_CTX *
crypt_ctx(const struct crypt *c)
{
	return c == NULL ? NULL : c->ctx;
}

const EVP_MD *
crypt_md(const struct crypt *c, CK_MECHANISM_TYPE hash)
{
	int i = hash_index(hash);

	if (i < 0)
		return NULL;
	return c == NULL ? hashes[i].own() : c->md[i];
}

const char *
crypt_hash_name(CK_MECHANISM_TYPE hash)
{
	int i = hash_index(hash);

	return i < 0 ? NULL : hashes[i].name;
}

const EVP_CIPHER *
crypt_aes(const struct crypt *c, enum crypt_mode mode, size_t key_n)
{
	size_t i;

	if (key_n != 16 && key_n != 24 && key_n != 32)
		return NULL;
	i = (key_n - 16) / 8;
	return c == NULL ? ciphers[mode].own[i]() : c->aes[mode][i];
}

EVP_MAC *
crypt_mac(const struct crypt *c, enum mech_family family)
{
	EVP_MAC *mac;

	if (c == NULL)
		return EVP_MAC_fetch(NULL, family == MECH_HMAC ? "HMAC" : "CMAC", NULL);
	mac = family == MECH_HMAC ? c->hmac : c->cmac;
	return EVP_MAC_up_ref(mac) == 1 ? mac : NULL;
}

void *
crypt_secret_new(size_t n)
{
	return OPENSSL_secure_zalloc(n > 0 ? n : 1);
}

void
crypt_secret_free(void *p, size_t n)
{
	OPENSSL_secure_clear_free(p, n > 0 ? n : 1);
}

int
crypt_room(const uint8_t *out, size_t *n, size_t need, CK_RV *rv)
{
	if (out != NULL && *n >= need)
		return 1;
	*rv = out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	*n = need;
	return 0;
}

CK_RV
crypt_hand_over(const uint8_t *result, size_t result_n, uint8_t *out, size_t *n)
{
	CK_RV rv;

	if (!crypt_room(out, n, result_n, &rv))
		return rv;
	if (result_n > 0)
		memcpy(out, result, result_n);
	*n = result_n;
	return CKR_OK;
}

CK_RV
crypt_random(struct crypt *c, uint8_t *p, size_t n)
{
	return RAND_bytes_ex(crypt_ctx(c), p, n, 0) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

/* Into the generator that seeds those of the threads: they follow at their next use. */
CK_RV
crypt_seed(struct crypt *c, const uint8_t *p, size_t n)
{
	EVP_RAND_CTX *primary = RAND_get0_primary(crypt_ctx(c));

	return primary != NULL && EVP_RAND_reseed(primary, 0, NULL, 0, p, n) == 1 ? CKR_OK :
	    CKR_FUNCTION_FAILED;
}
