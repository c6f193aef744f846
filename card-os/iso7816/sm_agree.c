#include "card-os/iso7816/sm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"

#define CURVE "prime256v1"

enum { KDF_ENC = 1, KDF_MAC = 2, SECRET = SM_SCALAR };

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

static int
private_key(const uint8_t scalar[SM_SCALAR], EVP_PKEY **key)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *d = BN_secure_new();

	*key = NULL;
	if (bld != NULL && d != NULL && BN_bin2bn(scalar, SM_SCALAR, d) != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1)
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
public_key(const uint8_t point[SM_POINT], EVP_PKEY **key)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	int r = 0;

	*key = NULL;
	if (point[0] != POINT_CONVERSION_UNCOMPRESSED)
		r = ERR_FORMAT;
	else if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, SM_POINT) != 1)
		r = ERR_CRYPTO;
	else if ((*key = key_of(bld, EVP_PKEY_PUBLIC_KEY)) == NULL)
		r = ERR_FORMAT;
	OSSL_PARAM_BLD_free(bld);
	return r;
}

static int
agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t secret[SECRET])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t n = SECRET;
	int ok;

	ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, peer) == 1 && EVP_PKEY_derive(ctx, secret, &n) == 1 &&
	    n == SECRET;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : ERR_CRYPTO;
}

static int
derive_key(const uint8_t secret[SECRET], const uint8_t nonce[SM_NONCE], uint32_t counter,
    uint8_t key[SM_KEY])
{
	uint8_t in[SECRET + SM_NONCE + 4];
	struct wr wr;
	int r;

	wr_init(&wr, in, sizeof(in));
	wr_bytes(&wr, secret, SECRET);
	wr_bytes(&wr, nonce, SM_NONCE);
	wr_u32(&wr, counter);
	r = EVP_Digest(in, wr.n, key, NULL, EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
	OPENSSL_cleanse(in, sizeof(in));
	return r;
}

static int
make_token(const uint8_t mac[SM_KEY], const uint8_t host_point[SM_POINT], uint8_t token[SM_TOKEN])
{
	uint8_t object[3 + 2 + SM_PROTOCOL_LEN + 2 + SM_POINT], full[SM_BLOCK];
	size_t all, n = 0;
	struct wr wr;

	wr_init(&wr, object, sizeof(object));
	all = tlv_open(&wr, 0x7f49);
	tlv_put(&wr, 0x06, SM_PROTOCOL, SM_PROTOCOL_LEN);
	tlv_put(&wr, 0x86, host_point, SM_POINT);
	tlv_close(&wr, all);
	if (wr_end(&wr) != 0 || EVP_Q_mac(NULL, "CMAC", NULL, "AES-256-CBC", NULL, mac, SM_KEY,
	    object, wr.n, full, sizeof(full), &n) == NULL || n != sizeof(full))
		return ERR_CRYPTO;
	memcpy(token, full, SM_TOKEN);
	return 0;
}

/* Both ends' common part: from two keys to a session and the token that the card has to send. */
static int
open_session(const uint8_t scalar[SM_SCALAR], const uint8_t peer_point[SM_POINT],
    const uint8_t host_point[SM_POINT], const uint8_t nonce[SM_NONCE], uint8_t token[SM_TOKEN],
    struct sm *sm)
{
	EVP_PKEY *own = NULL, *peer = NULL;
	uint8_t secret[SECRET];
	int r;

	memset(sm, 0, sizeof(*sm));
	if ((r = public_key(peer_point, &peer)) != 0 || (r = private_key(scalar, &own)) != 0 ||
	    (r = agree(own, peer, secret)) != 0 ||
	    (r = derive_key(secret, nonce, KDF_ENC, sm->enc)) != 0 ||
	    (r = derive_key(secret, nonce, KDF_MAC, sm->mac)) != 0 ||
	    (r = make_token(sm->mac, host_point, token)) != 0)
		goto out;
	sm->open = 1;
out:
	if (r != 0)
		sm_close(sm);
	OPENSSL_cleanse(secret, sizeof(secret));
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return r;
}

int
sm_host_start(struct sm_host *h)
{
	EVP_PKEY *key = EVP_EC_gen(CURVE);
	BIGNUM *d = BN_secure_new();
	size_t n = 0;
	int r = ERR_CRYPTO;

	memset(h, 0, sizeof(*h));
	if (key != NULL && d != NULL &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	    BN_bn2binpad(d, h->scalar, SM_SCALAR) == SM_SCALAR &&
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, h->point,
	    SM_POINT, &n) == 1 && n == SM_POINT)
		r = 0;
	if (r != 0)
		OPENSSL_cleanse(h, sizeof(*h));
	BN_clear_free(d);
	EVP_PKEY_free(key);
	return r;
}

int
sm_card_answer(const uint8_t scalar[SM_SCALAR], const uint8_t host_point[SM_POINT],
    uint8_t nonce[SM_NONCE], uint8_t token[SM_TOKEN], struct sm *sm)
{
	if (RAND_bytes(nonce, SM_NONCE) != 1) {
		sm_close(sm);
		return ERR_CRYPTO;
	}
	return open_session(scalar, host_point, host_point, nonce, token, sm);
}

int
sm_host_finish(struct sm_host *h, const uint8_t card_point[SM_POINT],
    const uint8_t nonce[SM_NONCE], const uint8_t token[SM_TOKEN], struct sm *sm)
{
	uint8_t want[SM_TOKEN];
	int r;

	r = open_session(h->scalar, card_point, h->point, nonce, want, sm);
	if (r == 0 && CRYPTO_memcmp(want, token, SM_TOKEN) != 0) {
		sm_close(sm);
		r = ERR_MAC;
	}
	OPENSSL_cleanse(want, sizeof(want));
	OPENSSL_cleanse(h, sizeof(*h));
	return r;
}

void
sm_close(struct sm *sm)
{
	OPENSSL_cleanse(sm, sizeof(*sm));
}
