#include "hsm/cards/requests_parts.h"

#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "hsm/keys/secmem.h"

enum {
	DATA_OBJECTS_P1 = 0x3f,
	DATA_OBJECTS_P2 = 0xff,
	MSE_SIGN = 0xb6,
	MSE_DECIPHER = 0xb8,
	PSO_SIGNATURE = 0x9e,
	PSO_TO_SIGN = 0x9a,
	PSO_PLAIN = 0x80,
	PSO_CRYPTOGRAM = 0x86,
	TAG_AGREE = 0xa6,
	TAG_PUBLIC = 0x7f49,
	TAG_POINT = 0x86,
};

/* RSAPublicKey of RFC 8017 A.1.1 with a modulus of 2048 bits and the exponent 65537. */
static const uint8_t der_before[] = { 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00 };
static const uint8_t der_behind[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

/* A clear card has the record as zeros and the other files empty. */
int
card_user_head(struct known_card *card, struct user_head *head)
{
	uint8_t p[SLOT_USER_LEN];
	int r;

	memset(head, 0, sizeof(*head));
	if ((r = card_select(card, SELECT_EF, FID_SLOT_USER)) != 0 ||
	    (r = card_read(card, 0, p, sizeof(p))) != 0)
		return r;
	return user_head_decode(p, sizeof(p), head);
}

/* Whether there is anything in the selected EF: 0 or ERR_NOT_FOUND. */
static int
look_inside(struct known_card *card)
{
	const struct apdu a = { .ins = INS_READ_BINARY, .ne = 1 };
	uint8_t first[1];
	uint16_t sw;
	size_t n;
	int r;

	if ((r = card_exchange(card, &a, first, sizeof(first), &n, &sw)) != 0)
		return r;
	if (n == 0 && (sw == SW_EOF || sw == SW_OFFSET))
		return ERR_NOT_FOUND;
	return sw == SW_OK && n == sizeof(first) ? 0 : ERR_CARD_ANSWER;
}

static int
read_modulus(struct known_card *card, uint8_t modulus[USER_MODULUS])
{
	uint8_t der[sizeof(der_before) + USER_MODULUS + sizeof(der_behind)];
	int r;

	if ((r = card_select(card, SELECT_EF, FID_SLOT_PUBLIC)) != 0 ||
	    (r = look_inside(card)) != 0 || (r = card_read(card, 0, der, sizeof(der))) != 0)
		return r;
	if (memcmp(der, der_before, sizeof(der_before)) != 0 ||
	    memcmp(der + sizeof(der_before) + USER_MODULUS, der_behind, sizeof(der_behind)) != 0)
		return ERR_FORMAT;
	memcpy(modulus, der + sizeof(der_before), USER_MODULUS);
	return 0;
}

int
card_user_keys(struct known_card *card, struct user_keys *keys)
{
	int r;

	if ((r = read_modulus(card, keys->modulus)) == 0 &&
	    (r = card_select(card, SELECT_EF, FID_SLOT_POINT)) == 0 &&
	    (r = card_read(card, 0, keys->point, sizeof(keys->point))) == 0)
		r = user_keys_check(keys);
	if (r != 0)
		memset(keys, 0, sizeof(*keys));
	return r;
}

int
card_user_clear(struct known_card *card)
{
	static const uint8_t nothing[] = { 0x70, 0x00 };

	return card_command(card, INS_PUT_DATA_ODD, DATA_OBJECTS_P1, DATA_OBJECTS_P2, nothing,
	    sizeof(nothing));
}

int
card_user_load(struct known_card *card, const struct credential *credential, unsigned copy)
{
	uint8_t *content;
	size_t n;
	int r;

	/* Its private keys never leave in the clear, whatever the card would say to it. */
	if (!card->secured)
		return ERR_MAC;
	if ((content = secmem_alloc(CREDENTIAL_CONTENT_MAX)) == NULL)
		return ERR_NOMEM;
	if ((r = credential_content(credential, copy, content, &n)) == 0)
		r = card_command(card, INS_PUT_DATA_ODD, DATA_OBJECTS_P1, DATA_OBJECTS_P2, content,
		    n);
	secmem_free(&content, CREDENTIAL_CONTENT_MAX);
	return r;
}

static int
choose_key(struct known_card *card, uint8_t what, uint8_t ref)
{
	const uint8_t data[] = { TAG_MSE_KEY, 1, ref };

	return card_command(card, INS_MANAGE_SE, MSE_SET_COMPUTE, what, data, sizeof(data));
}

/* An answer of exactly n bytes. */
static int
perform(struct known_card *card, const struct apdu *a, uint8_t *p, size_t n)
{
	uint16_t sw;
	size_t got;
	int r;

	if ((r = card_exchange(card, a, p, n, &got, &sw)) == 0 && (sw != SW_OK || got != n))
		r = ERR_CARD_ANSWER;
	if (r != 0)
		OPENSSL_cleanse(p, n);
	return r;
}

int
card_user_sign(struct known_card *card, const uint8_t text[CHALLENGE_LEN],
    uint8_t signature[USER_MODULUS])
{
	uint8_t info[CHALLENGE_DIGEST_INFO];
	const struct apdu a = { .ins = INS_PSO, .p1 = PSO_SIGNATURE, .p2 = PSO_TO_SIGN,
	    .data = info, .nc = sizeof(info), .ne = USER_MODULUS };
	int r;

	memset(signature, 0, USER_MODULUS);
	if ((r = challenge_digest_info(text, info)) != 0 ||
	    (r = choose_key(card, MSE_SIGN, SLOT_SIGN_REF)) != 0)
		return r;
	return perform(card, &a, signature, USER_MODULUS);
}

int
card_user_agree(struct known_card *card, const uint8_t point[USER_POINT], uint8_t z[32])
{
	uint8_t data[8 + USER_POINT];
	struct apdu a = { .ins = INS_PSO, .p1 = PSO_PLAIN, .p2 = PSO_CRYPTOGRAM, .data = data,
	    .ne = 32 };
	size_t agree, public;
	struct wr wr;
	int r;

	memset(z, 0, 32);
	wr_init(&wr, data, sizeof(data));
	agree = tlv_open(&wr, TAG_AGREE);
	public = tlv_open(&wr, TAG_PUBLIC);
	tlv_put(&wr, TAG_POINT, point, USER_POINT);
	tlv_close(&wr, public);
	tlv_close(&wr, agree);
	a.nc = wr.n;
	if ((r = wr_end(&wr)) != 0 || (r = choose_key(card, MSE_DECIPHER, SLOT_AGREE_REF)) != 0)
		return r;
	return perform(card, &a, z, 32);
}
