#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/commands.h"
#include "card-os/os/cvc.h"
#include "card-os/os/se.h"

/* PERFORM SECURITY OPERATION, ISO 7816-8:2004 5.2 and following. */

enum {
	/* 5.5, the padding indicator before a cryptogram; by OpenSC's use 02 is as 00. */
	PAD_NONE = 0x00,
	PAD_SIGNED = 0x02,
	PAD_PKCS1 = 0x81,
	TAG_AGREE = 0xa6,
	TAG_PUBLIC = 0x7f49,
	TAG_POINT = 0x86,
};

/* A block that is no number below the modulus, or too long for it, is the sender's mistake. */
static uint16_t
word_of(int r)
{
	return r == 0 ? SW_OK : r == ERR_FORMAT ? SW_DATA : r == ERR_SIZE ? SW_LC_P1P2 :
	    SW_INTERNAL;
}

static uint16_t
sign_by(const struct key *k, const struct apdu *a, struct wr *out)
{
	uint8_t signature[RSA_BYTES];
	size_t n = k->type == KEY_RSA ? RSA_BYTES : P256_SIGNATURE;
	int r;

	/* The key says how long what it signs may be: a DigestInfo, or a hash. */
	if (k->type == KEY_RSA)
		r = rsa_sign(&k->rsa, a->data, a->nc, signature);
	else
		r = a->nc != P256_HASH ? ERR_SIZE :
		    p256_sign(k->ec.scalar, a->data, signature);
	if (r == 0)
		wr_bytes(out, signature, n);
	return word_of(r);
}

static uint16_t
compute_signature(struct card *c, const struct apdu *a, struct wr *out)
{
	struct key k = { 0 };
	uint16_t file, sw;

	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = se_key(c, 0, SE_SIGN, &file, &k)) == SW_OK)
		sw = sign_by(&k, a, out);
	key_wipe(&k);
	return sw;
}

/* Whether the card takes the padding off: the algorithm that was chosen says, or the indicator. */
static int
takes_padding_off(const struct card *c, uint8_t indicator)
{
	uint8_t algorithm = c->se.use[SE_DECIPHER].algorithm;

	return algorithm == 0 ? indicator == PAD_PKCS1 : algorithm == SE_ALGORITHM_UNPAD;
}

/*
 * Also how OpenSC signs: with a block that it has padded. All that is wrong with a padding is one
 * word, but that there was something wrong is told, as PKCS#11 needs it; the rule of the key, its
 * PIN, keeps others from asking often (Bleichenbacher 1998).
 */
static uint16_t
decipher_rsa(const struct card *c, const struct key *k, const struct apdu *a, struct wr *out)
{
	uint8_t block[RSA_BYTES];
	size_t n = RSA_BYTES;
	int r;

	if (a->nc != 1 + RSA_BYTES)
		return SW_LC_P1P2;
	if (a->data[0] != PAD_NONE && a->data[0] != PAD_SIGNED && a->data[0] != PAD_PKCS1)
		return SW_DATA;
	if ((r = rsa_raw(&k->rsa, a->data + 1, block)) == 0 && takes_padding_off(c, a->data[0]))
		r = rsa_unpad(block, &n);
	if (r == 0)
		wr_bytes(out, block + RSA_BYTES - n, n);
	OPENSSL_cleanse(block, sizeof(block));
	return word_of(r);
}

/* The only object in p, of that tag. */
static int
only(const uint8_t *p, size_t n, uint32_t tag, struct tlv *t)
{
	struct rd rd;

	rd_init(&rd, p, n);
	return tlv_next(&rd, t) == 1 && rd_end(&rd) == 0 && t->tag == tag ? 0 : ERR_FORMAT;
}

/* ISO 7816-8 5.5 with the other end's public key in place of a cryptogram. */
static uint16_t
agree(const struct card *c, const struct key *k, const struct apdu *a, struct wr *out)
{
	uint8_t secret[P256_SCALAR];
	struct tlv t;
	int r;

	if (!c->protected)
		return SW_SECURITY;
	if (only(a->data, a->nc, TAG_AGREE, &t) != 0 || only(t.p, t.n, TAG_PUBLIC, &t) != 0 ||
	    only(t.p, t.n, TAG_POINT, &t) != 0 || t.n != P256_POINT)
		return SW_DATA;
	if ((r = p256_agree(k->ec.scalar, t.p, secret)) == 0)
		wr_bytes(out, secret, sizeof(secret));
	OPENSSL_cleanse(secret, sizeof(secret));
	return word_of(r);
}

static uint16_t
decipher(struct card *c, const struct apdu *a, struct wr *out)
{
	struct key k = { 0 };
	uint16_t file, sw;

	if (a->nc == 0 || a->ne == 0)
		return SW_LENGTH;
	if ((sw = se_key(c, 0, SE_DECIPHER, &file, &k)) == SW_OK)
		sw = k.type == KEY_RSA ? decipher_rsa(c, &k, a, out) : agree(c, &k, a, out);
	key_wipe(&k);
	return sw;
}

/* By the key that was chosen for it; the one in the certificate serves from then on. */
static uint16_t
verify_certificate(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct card_choice *choice = &c->se.use[SE_VERIFY];
	struct cvc_issuer issuer;

	(void)out;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if (choice->key == 0 && choice->holder_n == 0)
		return SW_CONDITIONS;
	if (cvc_find(c, choice, &issuer) != 0)
		return SW_NO_REFERENCE;
	switch (cvc_certify(c, &issuer, a->data, a->nc)) {
	case 0:
		return SW_OK;
	case ERR_FORMAT:
	case ERR_DENIED:
		return SW_DATA;
	case ERR_MAC:
		return SW_NOT_VERIFIED;
	default:
		return SW_INTERNAL;
	}
}

static const struct operation {
	uint8_t p1, p2;
	uint16_t (*run)(struct card *, const struct apdu *, struct wr *);
} operations[] = {
	{ 0x9e, 0x9a, compute_signature },
	{ 0x80, 0x86, decipher },
	{ 0x00, 0xbe, verify_certificate },
};

uint16_t
cmd_pso(struct card *c, const struct apdu *a, struct wr *out)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].p1 == a->p1 && operations[i].p2 == a->p2)
			return operations[i].run(c, a, out);
	return SW_P1P2;
}
