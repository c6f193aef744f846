#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/crypto.h>

static CK_RV
aes(const struct crypt *c, const uint8_t *key, size_t n, uint8_t check[CRYPT_CHECK_LEN])
{
	static const uint8_t zeros[CRYPT_BLOCK];
	uint8_t block[2 * CRYPT_BLOCK];
	EVP_CIPHER_CTX *ctx;
	CK_RV rv = CKR_FUNCTION_FAILED;
	int length;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return CKR_HOST_MEMORY;
	if (EVP_EncryptInit_ex2(ctx, crypt_aes(c, MODE_ECB, n), key, NULL, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, block, &length, zeros, sizeof(zeros)) == 1 &&
	    length == CRYPT_BLOCK) {
		memcpy(check, block, CRYPT_CHECK_LEN);
		rv = CKR_OK;
	}
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(block, sizeof(block));
	return rv;
}

static CK_RV
sha1(struct crypt *c, const uint8_t *p, size_t n, uint8_t check[CRYPT_CHECK_LEN])
{
	uint8_t hash[64];
	struct crypt_digest *d;
	size_t hash_n;
	CK_RV rv;

	if ((rv = crypt_digest_new(c, CKM_SHA_1, &d)) != CKR_OK)
		return rv;
	if ((rv = crypt_digest_update(d, p, n)) == CKR_OK &&
	    (rv = crypt_digest_final(d, hash, &hash_n)) == CKR_OK)
		memcpy(check, hash, CRYPT_CHECK_LEN);
	crypt_digest_free(d);
	OPENSSL_cleanse(hash, sizeof(hash));
	return rv;
}

CK_RV
crypt_check_value(struct crypt *c, const struct attrs *object, uint8_t check[CRYPT_CHECK_LEN])
{
	const uint8_t *p;
	size_t n;

	if (!attrs_get(object, CKA_VALUE, &p, &n))
		return CKR_TEMPLATE_INCOMPLETE;
	if (attrs_ulong(object, CKA_KEY_TYPE) != CKK_AES)
		return sha1(c, p, n, check);
	return n == 16 || n == 24 || n == 32 ? aes(c, p, n, check) : CKR_KEY_SIZE_RANGE;
}
