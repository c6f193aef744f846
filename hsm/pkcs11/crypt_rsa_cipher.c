#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rsa.h>

enum { PKCS1_OVERHEAD = 11 };

/* Bytes that can be encrypted at the most. */
static size_t
most(const struct crypt_key *key, const struct mech *m)
{
	switch (m->info->family) {
	case MECH_RSA_PKCS:
		return key->size - PKCS1_OVERHEAD;
	case MECH_RSA_OAEP:
	case MECH_RSA_AES_WRAP:
		return key->size - 2 * mech_hash_length(m->hash) - 2;
	default:
		return key->size;
	}
}

static int
oaep(const struct crypt_key *key, const struct mech *m, EVP_PKEY_CTX *ctx)
{
	uint8_t *label = NULL;

	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, crypt_md(key->crypt, m->hash)) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, crypt_md(key->crypt, mech_mgf_hash(m->mgf))) != 1)
		return 0;
	if (m->a_n == 0)
		return 1;
	if ((label = OPENSSL_memdup(m->a, m->a_n)) == NULL)
		return 0;
	if (EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, m->a_n) == 1)
		return 1;
	OPENSSL_free(label);
	return 0;
}

static CK_RV
begin(const struct crypt_key *key, const struct mech *m, int encrypt, EVP_PKEY_CTX **out)
{
	EVP_PKEY_CTX *ctx;
	int good;

	if ((ctx = EVP_PKEY_CTX_new_from_pkey(crypt_ctx(key->crypt), key->pkey, NULL)) == NULL)
		return CKR_HOST_MEMORY;
	good = (encrypt ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) == 1;
	if (m->info->family == MECH_RSA_PKCS)
		good = good && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	else if (m->info->family == MECH_RSA_RAW)
		good = good && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
	else
		good = good && oaep(key, m, ctx);
	if (!good) {
		EVP_PKEY_CTX_free(ctx);
		return CKR_FUNCTION_FAILED;
	}
	*out = ctx;
	return CKR_OK;
}

CK_RV
rsa_encrypt(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t *out, size_t *n)
{
	uint8_t padded[CRYPT_RSA_MAX] = { 0 };
	EVP_PKEY_CTX *ctx;
	CK_RV rv;

	if (data_n > most(key, m) || (m->info->family == MECH_RSA_RAW && data_n == 0))
		return CKR_DATA_LEN_RANGE;
	if (!crypt_room(out, n, key->size, &rv) || (rv = begin(key, m, 1, &ctx)) != CKR_OK)
		return rv;
	if (m->info->family == MECH_RSA_RAW) {
		memcpy(padded + key->size - data_n, data, data_n);
		data = padded;
		data_n = key->size;
	}
	if (EVP_PKEY_encrypt(ctx, out, n, data, data_n) != 1)
		rv = m->info->family == MECH_RSA_RAW ? CKR_DATA_INVALID : CKR_FUNCTION_FAILED;
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_cleanse(padded, sizeof(padded));
	return rv;
}

CK_RV
rsa_decrypt(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t *out, size_t *n)
{
	uint8_t plain[CRYPT_RSA_MAX];
	size_t plain_n = sizeof(plain);
	EVP_PKEY_CTX *ctx;
	CK_RV rv;

	if (data_n != key->size)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	if (out == NULL) {
		*n = most(key, m);
		return CKR_OK;
	}
	if (m->info->family == MECH_RSA_PKCS) {
		rv = pkcs1_decrypt(key, data, plain, &plain_n);
	} else if ((rv = begin(key, m, 0, &ctx)) == CKR_OK) {
		if (EVP_PKEY_decrypt(ctx, plain, &plain_n, data, data_n) != 1)
			rv = CKR_ENCRYPTED_DATA_INVALID;
		EVP_PKEY_CTX_free(ctx);
	}
	if (rv == CKR_OK)
		rv = crypt_hand_over(plain, plain_n, out, n);
	OPENSSL_cleanse(plain, sizeof(plain));
	return rv;
}
