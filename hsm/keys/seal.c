#include "hsm/keys/seal.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

enum { NONCE_AT = 1, NONCE_LEN = 12, TEXT_AT = NONCE_AT + NONCE_LEN, TAG_LEN = 16 };

_Static_assert(TEXT_AT + TAG_LEN == SEAL_OVERHEAD, "nothing else stands around the secret");

static const char domain[] = "cardinal seal";

/* Key, nonce and what is authenticated but not hidden; direction is EVP's, 1 to encrypt. */
static int
begin(EVP_CIPHER_CTX *ctx, int direction, const struct seal_key *key, const uint8_t *sealed,
    const void *bind, size_t bind_n)
{
	int n;

	/* GCM's nonce is 12 bytes unless told. */
	if (EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, sealed + NONCE_AT,
	    direction) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)domain, (int)strlen(domain)) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, sealed, 1) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &n, bind, (int)bind_n) != 1)
		return ERR_CRYPTO;
	return 0;
}

int
seal_make(const struct seal_key *key, const void *bind, size_t bind_n, const uint8_t *secret,
    size_t n, uint8_t *sealed)
{
	EVP_CIPHER_CTX *ctx;
	int out = 0, r = ERR_CRYPTO;

	if (n < 1 || n > SEAL_MAX || bind_n < 1 || bind_n > SEAL_MAX)
		return ERR_ARG;
	memset(sealed, 0, n + SEAL_OVERHEAD);
	sealed[0] = SEAL_VERSION;
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    RAND_bytes(sealed + NONCE_AT, NONCE_LEN) != 1 ||
	    begin(ctx, 1, key, sealed, bind, bind_n) != 0 ||
	    EVP_CipherUpdate(ctx, sealed + TEXT_AT, &out, secret, (int)n) != 1 ||
	    (size_t)out != n ||
	    EVP_CipherFinal_ex(ctx, sealed + TEXT_AT + n, &out) != 1 || out != 0 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, sealed + TEXT_AT + n) != 1)
		goto out;
	r = 0;
out:
	if (r != 0)
		OPENSSL_cleanse(sealed, n + SEAL_OVERHEAD);
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

int
seal_open(const struct seal_key *key, const void *bind, size_t bind_n, const uint8_t *sealed,
    size_t sealed_n, uint8_t *secret, size_t n)
{
	uint8_t tag[TAG_LEN], none[TAG_LEN];
	EVP_CIPHER_CTX *ctx;
	int out = 0, r = ERR_CRYPTO;

	memset(secret, 0, n);
	if (n < 1 || n > SEAL_MAX || bind_n < 1 || bind_n > SEAL_MAX ||
	    sealed_n != n + SEAL_OVERHEAD)
		return ERR_FORMAT;
	if (sealed[0] != SEAL_VERSION)
		return ERR_VERSION;
	memcpy(tag, sealed + TEXT_AT + n, sizeof(tag));
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    begin(ctx, 0, key, sealed, bind, bind_n) != 0 ||
	    EVP_CipherUpdate(ctx, secret, &out, sealed + TEXT_AT, (int)n) != 1 ||
	    (size_t)out != n ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1)
		goto out;
	r = EVP_CipherFinal_ex(ctx, none, &out) == 1 && out == 0 ? 0 : ERR_MAC;
out:
	if (r != 0)
		OPENSSL_cleanse(secret, n);
	EVP_CIPHER_CTX_free(ctx);
	return r;
}
