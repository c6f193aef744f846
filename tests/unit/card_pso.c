#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "tests/unit/holder.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct sm sm;
static struct holder alice;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

/* DigestInfo of SHA-256 over nothing in particular. */
#define DIGEST_INFO "3031300d060960864801650304020105000420" \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* A card with a credential, as a tool finds it: no channel, nothing verified. */
static void
card_with_credential(void)
{
	deck_new(&d);
	holder_make(&alice);
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
	sm_close(&sm);
	deck_reload(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SLOT), SW_OK);
}

/* What the public key makes of a signature, raw. */
static void
open_signature(const uint8_t *sig, uint8_t block[256])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, alice.rsa, NULL);
	size_t n = 256;

	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1 ||
	    EVP_PKEY_encrypt(ctx, block, &n, sig, 256) != 1)
		abort();
	EVP_PKEY_CTX_free(ctx);
}

/* A block of type 1 or 2 around n bytes. */
static void
pad(uint8_t block[256], uint8_t type, const uint8_t *p, size_t n)
{
	memset(block, 0xff, 256);
	block[0] = 0;
	block[1] = type;
	block[255 - n] = 0;
	memcpy(block + 256 - n, p, n);
}

static void
a_digest_info_is_padded_and_signed(void)
{
	static const struct deck_step v[] = {
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "002241B6 03 840184", SW_OK, "" },
		{ "002A9E9A 33" DIGEST_INFO "00", SW_OK, NULL },
	};
	uint8_t info[64], want[256], got[256];
	size_t n = hex(DIGEST_INFO, info, sizeof(info));

	card_with_credential();
	PLAY(v);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, 256);
	open_signature(d.rsp, got);
	pad(want, 1, info, n);
	SAME(got, want, 256);
	/* GnuPG names the algorithm, too. */
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 06 800102 840184"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002A9E9A 33" DIGEST_INFO "00"), SW_OK);
	open_signature(d.rsp, got);
	SAME(got, want, 256);
	holder_free(&alice);
}

/* PSO DECIPHER of an indicator and a block, extended form. */
static uint16_t
decipher(uint8_t indicator, const uint8_t block[256])
{
	uint8_t p[7 + 257 + 2] = { 0x00, 0x2a, 0x80, 0x86, 0x00, 0x01, 0x01, indicator };

	memcpy(p + 8, block, 256);
	p[sizeof(p) - 2] = 0x01;
	return deck_send(&d, p, sizeof(p));
}

static void
opensc_signs_by_deciphering_a_block_that_it_has_padded(void)
{
	static const struct deck_step v[] = {
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4080C04 5A025101", SW_OK, "" },
		{ "002241B8 03 840184", SW_OK, "" },
	};
	uint8_t block[256], got[256];

	card_with_credential();
	PLAY(v);
	pad(block, 1, (const uint8_t *)"digest", 6);
	for (uint8_t indicator = 0; indicator <= 2; indicator = (uint8_t)(indicator + 2)) {
		CU_ASSERT_EQUAL(decipher(indicator, block), SW_OK);
		CU_ASSERT_EQUAL_FATAL(d.rsp_n, 256);
		open_signature(d.rsp, got);
		SAME(got, block, 256);
	}
	CU_ASSERT_EQUAL(deck_hex(&d, "0022C1B8 03 840184"), SW_OK);
	CU_ASSERT_EQUAL(decipher(0, block), SW_OK);
	holder_free(&alice);
}

/* The block enciphered for the card. */
static void
encipher(const uint8_t block[256], uint8_t out[256])
{
	open_signature(block, out);
}

static void
a_cryptogram_is_deciphered_with_and_without_its_padding(void)
{
	uint8_t block[256], sealed[256];

	card_with_credential();
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840184"), SW_OK);
	pad(block, 2, (const uint8_t *)"for Alice", 9);
	encipher(block, sealed);
	CU_ASSERT_EQUAL(decipher(0x00, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 256);
	SAME(d.rsp, block, 256);
	CU_ASSERT_EQUAL(decipher(0x81, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 9);
	SAME(d.rsp, "for Alice", 9);
	/* What GnuPG chooses counts more than its indicator. */
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 06 80010A 840184"), SW_OK);
	CU_ASSERT_EQUAL(decipher(0x81, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 256);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 06 80011A 840184"), SW_OK);
	CU_ASSERT_EQUAL(decipher(0x00, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 9);
	/* No message, and the longest. */
	pad(block, 2, block, 0);
	encipher(block, sealed);
	CU_ASSERT_EQUAL(decipher(0x81, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 0);
	pad(block, 2, sealed, 245);
	block[255 - 245] = 0;
	{
		uint8_t again[256];

		encipher(block, again);
		CU_ASSERT_EQUAL(decipher(0x81, again), SW_OK);
		CU_ASSERT_EQUAL(d.rsp_n, 245);
	}
	holder_free(&alice);
}

static const struct {
	const char *why;
	size_t at;
	uint8_t byte;
} paddings[] = {
	{ "the first byte", 0, 1 },
	{ "block type 1", 1, 1 },
	{ "block type 3", 1, 3 },
	{ "padding of no byte", 2, 0 },
	{ "padding of 7 bytes", 9, 0 },
	{ "no end of the padding", 246, 1 },
};

static void
all_that_is_wrong_with_a_padding_has_one_word(void)
{
	uint8_t block[256], sealed[256];

	card_with_credential();
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840184"), SW_OK);
	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		pad(block, 2, (const uint8_t *)"for Alice", 9);
		block[paddings[i].at] = paddings[i].byte;
		encipher(block, sealed);
		if (decipher(0x81, sealed) != SW_DATA) {
			printf("    %s\n", paddings[i].why);
			CU_FAIL("another word");
		}
		CU_ASSERT_EQUAL(d.rsp_n, 0);
	}
	CU_ASSERT_EQUAL(decipher(0x01, sealed), SW_DATA);
	/* Eight bytes are enough. */
	pad(block, 2, (const uint8_t *)"for Alice", 9);
	block[10] = 0;
	encipher(block, sealed);
	CU_ASSERT_EQUAL(decipher(0x81, sealed), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 245);
	holder_free(&alice);
}

static void
a_number_that_is_not_below_the_modulus_is_refused(void)
{
	uint8_t n[256];
	BIGNUM *bn = NULL;

	card_with_credential();
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840184"), SW_OK);
	if (EVP_PKEY_get_bn_param(alice.rsa, OSSL_PKEY_PARAM_RSA_N, &bn) != 1 ||
	    BN_bn2binpad(bn, n, sizeof(n)) != sizeof(n))
		abort();
	CU_ASSERT_EQUAL(decipher(0, n), SW_DATA);
	n[255]--;
	CU_ASSERT_EQUAL(decipher(0, n), SW_OK);
	memset(n, 0xff, sizeof(n));
	CU_ASSERT_EQUAL(decipher(0, n), SW_DATA);
	BN_free(bn);
	holder_free(&alice);
}

static const struct deck_step refusals[] = {
	/* Nothing chosen. */
	{ "002A9E9A 0101 00", SW_CONDITIONS, "" },
	{ "002A8086 0101 00", SW_CONDITIONS, "" },
	{ "002A9E9B 0101 00", SW_P1P2, "" },
	{ "002A8085 0101 00", SW_P1P2, "" },
	/* Keys that there are not, or that do not serve. */
	{ "002241B6 03 840183", SW_NO_REFERENCE, "" },
	{ "002241B6 03 840185", SW_NO_REFERENCE, "" },
	{ "002241A4 03 840185", SW_NO_REFERENCE, "" },
	{ "002241B8 03 840186", SW_NO_REFERENCE, "" },
	{ "002281A4 03 830184", SW_NO_REFERENCE, "" },
	{ "002281B6 03 830184", SW_NO_REFERENCE, "" },
	{ "002281B6 0A 83084141303030303031", SW_NO_REFERENCE, "" },
	{ "002241B6 0A 83084141303030303031", SW_NO_REFERENCE, "" },
	/* Forms. */
	{ "002241B8", SW_LENGTH, "" },
	{ "002241B8 03 840184 00", SW_LENGTH, "" },
	{ "002281B8 03 840184", SW_P1P2, "" },
	{ "002241B4 03 840184", SW_P1P2, "" },
	{ "002201B8 03 840184", SW_P1P2, "" },
	{ "002241B8 02 8400", SW_DATA, "" },
	{ "002241B8 03 850184", SW_DATA, "" },
	{ "002241B8 03 840100", SW_DATA, "" },
	{ "002241B8 04 84028401", SW_DATA, "" },
	{ "002241B8 06 840184 840184", SW_DATA, "" },
	{ "002241B8 06 840184 800102", SW_DATA, "" },
	{ "002241B8 03 800102", SW_DATA, "" },
	{ "002241B8 06 800102 840184", SW_DATA, "" },
	{ "002241B6 06 80010A 840184", SW_DATA, "" },
	{ "002241B6 06 800100 840184", SW_DATA, "" },
	{ "002241B8 06 80010A 840185", SW_DATA, "" },
	{ "002241B6 06 800102 840183", SW_NO_REFERENCE, "" },
	{ "002281B6 03 840184", SW_DATA, "" },
	{ "002281B6 0D 800102 83084141303030303031", SW_DATA, "" },
	{ "002241B8 02 8401", SW_DATA, "" },
	{ "00220101", SW_P1P2, "" },
	{ "0022F201", SW_NO_FUNCTION, "" },
	{ "0022F401", SW_NO_FUNCTION, "" },
	{ "0022F300", SW_NO_REFERENCE, "" },
	{ "0022F302", SW_NO_REFERENCE, "" },
	{ "0022F301 01 00", SW_LENGTH, "" },
	{ "0022F30100", SW_LENGTH, "" },
	{ "002A9E9A 0101 00", SW_CONDITIONS, "" },
	/* The PIN. */
	{ "002241B6 03 840184", SW_OK, "" },
	{ "002241B8 03 840184", SW_OK, "" },
	{ "002A9E9A 0101 00", SW_SECURITY, "" },
	{ "002A8086 0101 00", SW_SECURITY, "" },
	{ VERIFY_RIGHT, SW_OK, "" },
	/* Lengths. */
	{ "002A9E9A 0101", SW_LENGTH, "" },
	{ "002A9E9A 00", SW_LENGTH, "" },
	{ "002A8086 0101", SW_LENGTH, "" },
	{ "002A8086 00", SW_LENGTH, "" },
	{ "002A8086 0101 00", SW_LC_P1P2, "" },
	{ "002A9E9A 0101 00", SW_OK, NULL },
	{ "002A9E9A 0101 10", SW_LE | 0x00, "" },
	/* What a DF chose it forgets when it is left, not when it is selected again. */
	{ SELECT_SLOT, SW_OK, "" },
	{ "002A9E9A 0101 00", SW_OK, NULL },
	{ "0022F301", SW_OK, "" },
	{ "002A9E9A 0101 00", SW_CONDITIONS, "" },
	{ "002241B6 03 840184", SW_OK, "" },
	{ SELECT_SHARE, SW_OK, "" },
	{ SELECT_SLOT, SW_OK, "" },
	{ VERIFY_RIGHT, SW_OK, "" },
	{ "002A9E9A 0101 00", SW_CONDITIONS, "" },
};

static void
keys_are_chosen_and_used_in_one_form_each(void)
{
	card_with_credential();
	PLAY(refusals);
	holder_free(&alice);
}

/* PSO COMPUTE DIGITAL SIGNATURE or DECIPHER of n zeros, extended. */
static uint16_t
operate_on(uint8_t p1, uint8_t p2, size_t n)
{
	uint8_t p[1024] = { 0x00, 0x2a, p1, p2, 0x00, (uint8_t)(n >> 8), (uint8_t)n };

	return deck_send(&d, p, 7 + n + 2);
}

static void
what_is_signed_or_deciphered_fits_the_key(void)
{
	card_with_credential();
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 03 840184"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840184"), SW_OK);
	CU_ASSERT_EQUAL(operate_on(0x9e, 0x9a, 102), SW_OK);
	CU_ASSERT_EQUAL(operate_on(0x9e, 0x9a, 103), SW_LC_P1P2);
	CU_ASSERT_EQUAL(operate_on(0x80, 0x86, 129), SW_LC_P1P2);
	CU_ASSERT_EQUAL(operate_on(0x80, 0x86, 256), SW_LC_P1P2);
	CU_ASSERT_EQUAL(operate_on(0x80, 0x86, 257), SW_OK);
	CU_ASSERT_EQUAL(operate_on(0x80, 0x86, 258), SW_LC_P1P2);
	holder_free(&alice);
}

static void
a_key_that_is_not_loaded_is_not_usable(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "002241B6 03 840184", SW_OK, "" },
		{ "002A9E9A 0101 00", SW_NOT_USABLE, "" },
	};

	deck_new(&d);
	PLAY(v);
}

static void
keys_agree_through_the_channel_only(void)
{
	uint8_t scalar[P256_SCALAR], point[P256_POINT], secret[P256_SCALAR], p[128];
	struct wr wr;

	deck_new(&d);
	holder_make(&alice);
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
	OK(p256_generate(scalar, point));
	OK(p256_agree(scalar, alice.point, secret));
	wr_init(&wr, p, sizeof(p));
	wr_bytes(&wr, "\x00\x2a\x80\x86\x48\xa6\x46\x7f\x49\x43\x86\x41", 12);
	wr_bytes(&wr, point, sizeof(point));
	wr_u8(&wr, 0);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "002241B8 03 840185"), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, P256_SCALAR);
	SAME(d.rsp, secret, P256_SCALAR);
	/* Off the curve, another form, and not chosen for that. */
	p[12 + 64] ^= 1;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, wr.n), SW_DATA);
	p[12 + 64] ^= 1;
	for (size_t i = 5; i <= 12; i++) {
		p[i] ^= 1;
		CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, wr.n), SW_DATA);
		p[i] ^= 1;
	}
	/* A byte more in each. */
	memcpy(p + 4, "\x49\xa6\x47\x7f\x49\x44\x86\x42", 8);
	p[wr.n] = 0;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, wr.n + 1), SW_DATA);
	memcpy(p + 4, "\x48\xa6\x46\x7f\x49\x43\x86\x41", 8);
	/* Plain, with the PIN. */
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840185"), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, wr.n), SW_SECURITY);
	holder_free(&alice);
}

static void
what_was_chosen_is_lost_with_power(void)
{
	uint8_t atr[ATR_MAX];

	card_with_credential();
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 03 840184"), SW_OK);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002A9E9A 0101 00"), SW_CONDITIONS);
	holder_free(&alice);
}

static const struct sentence sentences[] = {
	SENTENCE(a_digest_info_is_padded_and_signed),
	SENTENCE(opensc_signs_by_deciphering_a_block_that_it_has_padded),
	SENTENCE(a_cryptogram_is_deciphered_with_and_without_its_padding),
	SENTENCE(all_that_is_wrong_with_a_padding_has_one_word),
	SENTENCE(a_number_that_is_not_below_the_modulus_is_refused),
	SENTENCE(keys_are_chosen_and_used_in_one_form_each),
	SENTENCE(what_is_signed_or_deciphered_fits_the_key),
	SENTENCE(a_key_that_is_not_loaded_is_not_usable),
	SENTENCE(keys_agree_through_the_channel_only),
	SENTENCE(what_was_chosen_is_lost_with_power),
};

SUITE("card_pso", sentences)
