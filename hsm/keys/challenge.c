#include "hsm/keys/challenge.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/buf.h"
#include "card-os/iso7816/err.h"

enum { ALG_RSA_SHA256 = 1, HASH_LEN = 32, EXPONENT = 65537 };

static const uint8_t domain[16] = "CARDINAL-AUTH\0v1";

/* RFC 8017 9.2, note 1. */
static const uint8_t digest_info[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
	0x05, 0x00, 0x04, 0x20,
};

_Static_assert(sizeof(domain) + 4 + 4 + CHALLENGE_HSM + 3 * 8 + CHALLENGE_OPERATION +
    CHALLENGE_NONCE == CHALLENGE_LEN, "the fields fill it");
_Static_assert(sizeof(digest_info) + HASH_LEN == CHALLENGE_DIGEST_INFO, "RFC 8017 9.2");

int
challenge_make(const struct challenge *c, uint8_t text[CHALLENGE_LEN])
{
	uint8_t nonce[CHALLENGE_NONCE];
	struct wr wr;

	memset(text, 0, CHALLENGE_LEN);
	if (c->purpose < CHALLENGE_ACTIVATE || c->purpose > CHALLENGE_INIT ||
	    c->users > USERS_MAX || c->user < 1 || c->user > c->users || c->slot > USER_SLOT_MAX)
		return ERR_ARG;
	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return ERR_CRYPTO;
	wr_init(&wr, text, CHALLENGE_LEN);
	wr_bytes(&wr, domain, sizeof(domain));
	wr_u8(&wr, c->purpose);
	wr_u8(&wr, ALG_RSA_SHA256);
	wr_u8(&wr, c->user);
	wr_u8(&wr, c->users);
	wr_u32(&wr, c->slot);
	wr_bytes(&wr, c->hsm, CHALLENGE_HSM);
	wr_u64(&wr, c->boot);
	wr_u64(&wr, c->session);
	wr_u64(&wr, c->seq);
	wr_bytes(&wr, c->operation, CHALLENGE_OPERATION);
	wr_bytes(&wr, nonce, sizeof(nonce));
	return wr_end(&wr);
}

int
challenge_digest_info(const uint8_t text[CHALLENGE_LEN], uint8_t out[CHALLENGE_DIGEST_INFO])
{
	memcpy(out, digest_info, sizeof(digest_info));
	if (EVP_Digest(text, CHALLENGE_LEN, out + sizeof(digest_info), NULL, EVP_sha256(),
	    NULL) == 1)
		return 0;
	memset(out, 0, CHALLENGE_DIGEST_INFO);
	return ERR_CRYPTO;
}

static EVP_PKEY *
key_of(const struct user_keys *keys)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_bin2bn(keys->modulus, USER_MODULUS, NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (ctx != NULL && n != NULL && bld != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_uint(bld, OSSL_PKEY_PARAM_RSA_E, EXPONENT) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int
challenge_verify(const struct user_keys *keys, const uint8_t text[CHALLENGE_LEN],
    const uint8_t signature[USER_MODULUS])
{
	EVP_PKEY_CTX *padding = NULL;
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	int r;

	if ((r = user_keys_check(keys)) != 0)
		return r;
	r = ERR_CRYPTO;
	if ((key = key_of(keys)) == NULL || (ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestVerifyInit(ctx, &padding, EVP_sha256(), NULL, key) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PADDING) != 1)
		goto out;
	r = EVP_DigestVerify(ctx, signature, USER_MODULUS, text, CHALLENGE_LEN) == 1 ? 0 : ERR_MAC;
out:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	/* What a card signed is no error of ours. */
	ERR_clear_error();
	return r;
}
