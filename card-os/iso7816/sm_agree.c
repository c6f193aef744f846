#include "card-os/iso7816/sm.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "card-os/iso7816/tlv.h"

enum { KDF_ENC = 1, KDF_MAC = 2, SECRET = SM_SCALAR };

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
	uint8_t secret[SECRET];
	int r;

	memset(sm, 0, sizeof(*sm));
	if ((r = p256_agree(scalar, peer_point, secret)) != 0 ||
	    (r = derive_key(secret, nonce, KDF_ENC, sm->enc)) != 0 ||
	    (r = derive_key(secret, nonce, KDF_MAC, sm->mac)) != 0 ||
	    (r = make_token(sm->mac, host_point, token)) != 0)
		goto out;
	sm->open = 1;
out:
	if (r != 0)
		sm_close(sm);
	OPENSSL_cleanse(secret, sizeof(secret));
	return r;
}

int
sm_host_start(struct sm_host *h)
{
	memset(h, 0, sizeof(*h));
	return p256_generate(h->scalar, h->point);
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
