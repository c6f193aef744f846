#include "hsm/keys/mbk.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

int
mbk_make(struct mbk *mbk)
{
	if (RAND_priv_bytes(mbk->key, sizeof(mbk->key)) != 1) {
		mbk_wipe(mbk);
		return ERR_CRYPTO;
	}
	return 0;
}

void
mbk_wipe(struct mbk *mbk)
{
	OPENSSL_cleanse(mbk, sizeof(*mbk));
}

int
mbk_kcv(const struct mbk *mbk, uint8_t kcv[KCV_LEN])
{
	static const uint8_t zero[16];
	char cipher[] = "AES-256-CBC";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *cmac = NULL;
	EVP_MAC_CTX *ctx = NULL;
	uint8_t mac[16];
	size_t n = 0;
	int r = ERR_CRYPTO;

	memset(kcv, 0, KCV_LEN);
	if ((cmac = EVP_MAC_fetch(NULL, "CMAC", NULL)) == NULL ||
	    (ctx = EVP_MAC_CTX_new(cmac)) == NULL ||
	    EVP_MAC_init(ctx, mbk->key, sizeof(mbk->key), params) != 1 ||
	    EVP_MAC_update(ctx, zero, sizeof(zero)) != 1 ||
	    EVP_MAC_final(ctx, mac, &n, sizeof(mac)) != 1 || n != sizeof(mac))
		goto out;
	memcpy(kcv, mac, KCV_LEN);
	r = 0;
out:
	/* The rest of the block would let a key be told from another beyond what X9.24 allows. */
	OPENSSL_cleanse(mac, sizeof(mac));
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(cmac);
	return r;
}
