#include "hsm/cards/requests.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

/* A card without a channel whose files of public keys and answers are what the test says. */
struct liar {
	struct cards cards;
	size_t answer_n;	/* bytes of what a key gives */
	uint16_t answer_sw;
	uint8_t file[2][300];	/* 4102, 4103 */
	size_t n[2];
	uint16_t sw;		/* behind the end, where there is nothing */
	unsigned which;
};

static int
lie(struct cards *c, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct liar *l = (struct liar *)c;
	size_t at = (size_t)(p[2] << 8 | p[3]), want = n > 4 ? p[4] : 0, have = 0;
	uint16_t sw = SW_OK;

	if (p[1] == INS_PSO) {
		have = l->answer_n < *rsp_n - 2 ? l->answer_n : *rsp_n - 2;
		memset(rsp, 0x44, have);
		sw = l->answer_sw;
	} else if (p[1] == INS_SELECT) {
		l->which = p[6] == (FID_SLOT_POINT & 0xff);
	} else if (p[1] == INS_READ_BINARY) {
		have = at < l->n[l->which] ? l->n[l->which] - at : 0;
		sw = have == 0 ? l->sw : have < want ? SW_EOF : SW_OK;
		have = have < want ? have : want;
		memcpy(rsp, l->file[l->which] + at, have);
	}
	rsp[have] = (uint8_t)(sw >> 8);
	rsp[have + 1] = (uint8_t)sw;
	*rsp_n = have + 2;
	return 0;
}

static void
let_go(struct cards *c)
{
	(void)c;
}

static const struct {
	const char *why;
	unsigned file;
	size_t at;
	uint8_t flip;
	size_t n;		/* of the file, 0: as it is */
	int r;
} public_keys[] = {
	{ "nothing wrong", 0, 0, 0, 0, 0 },
	{ "no sequence", 0, 0, 1, 0, ERR_FORMAT },
	{ "a shorter modulus", 0, 7, 1, 0, ERR_FORMAT },
	{ "a negative modulus", 0, 8, 0xff, 0, ERR_FORMAT },
	{ "a modulus of 2047 bits", 0, 9, 0x80, 0, ERR_FORMAT },
	{ "an even modulus", 0, 264, 1, 0, ERR_FORMAT },
	{ "another exponent", 0, 269, 2, 0, ERR_FORMAT },
	{ "a byte too few", 0, 0, 0, 269, ERR_CARD_ANSWER },
	{ "a point off the curve", 1, 64, 1, 0, ERR_FORMAT },
	{ "a compressed point", 1, 0, 6, 0, ERR_FORMAT },
	{ "a point a byte too short", 1, 0, 0, 64, ERR_CARD_ANSWER },
};

static void
public_keys_that_make_no_sense_are_refused(void)
{
	static const struct cards_ops ops = { .transmit = lie, .disconnect = let_go };
	static const struct user_keys none;
	static struct liar liar = { .cards = { &ops } };
	struct known_card card = { .cards = &liar.cards };
	struct user_keys keys, right;
	uint8_t scalar[P256_SCALAR];
	int r;

	memset(right.modulus, 0xc5, sizeof(right.modulus));
	OK(p256_generate(scalar, right.point));
	for (size_t i = 0; i < LEN(public_keys); i++) {
		hex("3082010a0282010100", liar.file[0], 9);
		memcpy(liar.file[0] + 9, right.modulus, USER_MODULUS);
		hex("0203010001", liar.file[0] + 9 + USER_MODULUS, 5);
		memcpy(liar.file[1], right.point, USER_POINT);
		liar.n[0] = 9 + USER_MODULUS + 5;
		liar.n[1] = USER_POINT;
		liar.file[public_keys[i].file][public_keys[i].at] ^= public_keys[i].flip;
		if (public_keys[i].n != 0)
			liar.n[public_keys[i].file] = public_keys[i].n;
		r = card_user_keys(&card, &keys);
		if (r != public_keys[i].r)
			CU_FAIL(public_keys[i].why);
		if (r != 0)
			SAME(&keys, &none, sizeof(keys));
	}
	liar.n[0] = 0;
	liar.sw = SW_OFFSET;
	CU_ASSERT_EQUAL(card_user_keys(&card, &keys), ERR_NOT_FOUND);
	liar.sw = SW_SECURITY;
	CU_ASSERT_EQUAL(card_user_keys(&card, &keys), ERR_CARD_ANSWER);
	card_leave(&card);
}

static const struct {
	const char *why;
	size_t signature, z;
	uint16_t sw;
	int r;
} answers[] = {
	{ "nothing wrong", 256, 32, SW_OK, 0 },
	{ "a byte too few", 255, 31, SW_OK, ERR_CARD_ANSWER },
	{ "a byte too many", 257, 33, SW_OK, ERR_CARD_ANSWER },
	{ "nothing", 0, 0, SW_OK, ERR_CARD_ANSWER },
	{ "a warning beside it", 256, 32, SW_EOF, ERR_CARD_ANSWER },
};

static void
what_has_another_length_is_neither_signature_nor_secret(void)
{
	static const struct cards_ops ops = { .transmit = lie, .disconnect = let_go };
	static const uint8_t nothing[USER_MODULUS], point[USER_POINT], text[CHALLENGE_LEN];
	static struct liar liar = { .cards = { &ops } };
	struct known_card card = { .cards = &liar.cards };
	uint8_t signature[USER_MODULUS], z[32];

	for (size_t i = 0; i < LEN(answers); i++) {
		liar.answer_sw = answers[i].sw;
		liar.answer_n = answers[i].signature;
		if (card_user_sign(&card, text, signature) != answers[i].r)
			CU_FAIL(answers[i].why);
		liar.answer_n = answers[i].z;
		if (card_user_agree(&card, point, z) != answers[i].r)
			CU_FAIL(answers[i].why);
		if (answers[i].r != 0) {
			SAME(signature, nothing, sizeof(signature));
			SAME(z, nothing, sizeof(z));
		}
	}
	card_leave(&card);
}

static const struct sentence sentences[] = {
	SENTENCE(public_keys_that_make_no_sense_are_refused),
	SENTENCE(what_has_another_length_is_neither_signature_nor_secret),
};

SUITE("requests_answer", sentences)
