#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/cvc.h"
#include "card-os/os/files.h"
#include "card-os/os/se.h"

/* INTERNAL and EXTERNAL AUTHENTICATE, ISO 7816-4:2005 7.5.2 and 7.5.4. */

enum { CMAC = 16, CHALLENGE_MIN = 8 };

static int
sha256(const uint8_t *p, size_t n, uint8_t hash[P256_HASH])
{
	return EVP_Digest(p, n, hash, NULL, EVP_sha256(), NULL) == 1 ? 0 : ERR_CRYPTO;
}

/*
 * The instruction goes in first (ours): the same key proves us and others, and what INTERNAL
 * AUTHENTICATE answers must be no answer to EXTERNAL AUTHENTICATE.
 */
static int
cmac(const struct key *k, uint8_t ins, const uint8_t *p, size_t n, uint8_t out[CMAC])
{
	uint8_t in[1 + CARD_CHALLENGE_MAX];
	size_t got = 0;

	if (n > CARD_CHALLENGE_MAX)
		return ERR_SIZE;
	in[0] = ins;
	memcpy(in + 1, p, n);
	return EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, k->aes.secret, KEY_AES_LEN, in,
	    1 + n, out, CMAC, &got) != NULL && got == CMAC ? 0 : ERR_CRYPTO;
}

static int
answer_by(const struct key *k, const uint8_t *p, size_t n, struct wr *out)
{
	uint8_t answer[RSA_BYTES], hash[P256_HASH];
	size_t length = k->type == KEY_RSA ? RSA_BYTES : k->type == KEY_AES ? CMAC :
	    P256_SIGNATURE;
	int r;

	if (k->type == KEY_RSA)
		r = rsa_sign(&k->rsa, p, n, answer);
	else if (k->type == KEY_AES)
		r = cmac(k, INS_INTERNAL_AUTHENTICATE, p, n, answer);
	else if ((r = sha256(p, n, hash)) == 0)
		r = p256_sign(k->ec.scalar, hash, answer);
	if (r == 0)
		wr_bytes(out, answer, length);
	return r;
}

uint16_t
cmd_internal_authenticate(struct card *c, const struct apdu *a, struct wr *out)
{
	struct key k = { 0 };
	uint16_t file, sw;
	int r;

	if (a->p1 != 0)
		return SW_P1P2;
	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = se_key(c, a->p2, SE_INTERNAL, &file, &k)) == SW_OK &&
	    (r = answer_by(&k, a->data, a->nc, out)) != 0)
		sw = r == ERR_SIZE ? SW_LC_P1P2 : SW_INTERNAL;
	key_wipe(&k);
	return sw;
}

static uint16_t
save_tries(struct card *c, uint16_t file, struct key *k, uint8_t tries)
{
	k->aes.tries = tries;
	card_begin(c);
	key_put(&c->next, file, k);
	return card_commit_sw(c);
}

/* As with a PIN: charged and on disk before it is compared, given back when it was right. */
static uint16_t
try_secret(struct card *c, uint16_t file, struct key *k, const uint8_t *challenge, size_t n,
    const uint8_t answer[CMAC])
{
	uint8_t want[CMAC];
	uint16_t sw;
	int same;

	c->proven[file] = 0;
	if (save_tries(c, file, k, (uint8_t)(k->aes.tries - 1)) != SW_OK)
		return SW_MEMORY;
	if (cmac(k, INS_EXTERNAL_AUTHENTICATE, challenge, n, want) != 0)
		return SW_INTERNAL;
	same = CRYPTO_memcmp(want, answer, CMAC) == 0;
	OPENSSL_cleanse(want, sizeof(want));
	if (!same)
		return (uint16_t)(SW_COUNTER | k->aes.tries);
	if ((sw = save_tries(c, file, k, k->aes.tries_max)) == SW_OK)
		c->proven[file] = 1;
	return sw;
}

static uint16_t
by_secret(struct card *c, uint16_t file, const uint8_t *challenge, size_t n, const struct apdu *a)
{
	struct key k;
	uint16_t sw;

	key_get(&c->data, file, &k);
	if (!files_is_in_use(&c->data, file))
		sw = SW_CONDITIONS;
	else if (!k.there)
		sw = SW_NOT_USABLE;
	else if (k.aes.tries == 0)
		sw = SW_BLOCKED;
	/* 7.5.4: no data asks for the counter. */
	else if (a->nc == 0)
		sw = c->proven[file] ? SW_OK : (uint16_t)(SW_COUNTER | k.aes.tries);
	else if (a->nc != CMAC)
		sw = SW_LENGTH;
	else
		sw = n < CHALLENGE_MIN ? SW_CONDITIONS :
		    try_secret(c, file, &k, challenge, n, a->data);
	key_wipe(&k);
	return sw;
}

/* What a certified key proves is the root key that stands behind it. */
static uint16_t
by_signature(struct card *c, const struct card_choice *choice, const uint8_t *challenge, size_t n,
    const struct apdu *a)
{
	struct cvc_issuer who;
	uint8_t hash[P256_HASH];
	int r;

	if (cvc_find(c, choice, &who) != 0)
		return SW_NO_REFERENCE;
	if (a->nc != P256_SIGNATURE)
		return SW_LENGTH;
	if (n < CHALLENGE_MIN)
		return SW_CONDITIONS;
	c->proven[who.root] = 0;
	if ((r = sha256(challenge, n, hash)) != 0 ||
	    (r = p256_verify(who.point, hash, a->data)) != 0)
		return r == ERR_MAC ? SW_NOT_VERIFIED : SW_INTERNAL;
	c->proven[who.root] = 1;
	return SW_OK;
}

static uint16_t
prove(struct card *c, const uint8_t *challenge, size_t n, const struct apdu *a)
{
	struct card_choice choice = { .key = a->p2 };
	uint16_t file;

	if (choice.key == 0)
		choice = c->se.use[SE_EXTERNAL];
	if (choice.holder_n != 0)
		return by_signature(c, &choice, challenge, n, a);
	if (choice.key == 0)
		return SW_CONDITIONS;
	if ((file = se_find(c, choice.key, SE_EXTERNAL)) == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	if (c->data.file[file].key == KEY_AES)
		return by_secret(c, file, challenge, n, a);
	return by_signature(c, &choice, challenge, n, a);
}

uint16_t
cmd_external_authenticate(struct card *c, const struct apdu *a, struct wr *out)
{
	uint8_t challenge[CARD_CHALLENGE_MAX];
	size_t n = c->challenge_n;
	uint16_t sw;

	(void)out;
	if (a->p1 != 0)
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	memcpy(challenge, c->challenge, sizeof(challenge));
	/* One answer, right or wrong; asking for the counter is none. */
	if (a->nc != 0)
		c->challenge_n = 0;
	sw = prove(c, challenge, n, a);
	OPENSSL_cleanse(challenge, sizeof(challenge));
	return sw;
}
