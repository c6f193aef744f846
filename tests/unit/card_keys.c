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
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

static struct deck d;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

static void
an_rsa_key_is_made_and_its_public_half_read_again(void)
{
	static const struct deck_step v[] = {
		{ "00468100 05 B603840191 00", SW_NOT_USABLE, "" },
		{ "00468000 05 B603840191 000000", SW_LENGTH, "" },
		{ "00468000 000005 B603840191 0000", SW_OK, NULL },
		{ "002241B6 03 840191", SW_OK, "" },
		{ "002A9E9A 0101 00", SW_OK, NULL },
	};
	uint8_t public[512];
	size_t n;

	keyring_new(&d);
	PLAY(v);
	CU_ASSERT_EQUAL(deck_hex(&d, "00468100 000005 B603840191 0000"), SW_OK);
	n = d.rsp_n;
	CU_ASSERT_EQUAL_FATAL(n, 5 + 4 + 256 + 5);
	SAME(d.rsp, "\x7f\x49\x82\x01\x09\x81\x82\x01\x00", 9);
	SAME(d.rsp + 9 + 256, "\x82\x03\x01\x00\x01", 5);
	memcpy(public, d.rsp, n);
	/* By what was chosen, in two parts, after power. */
	deck_reload(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "0046810000"), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840191"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "0046810000"), SW_MORE | 14);
	SAME(d.rsp, public, 256);
	CU_ASSERT_EQUAL(deck_hex(&d, "00C000000E"), SW_OK);
	SAME(d.rsp, public + 256, 14);
}

static void
a_signing_key_of_p_256_is_made_and_signs_hashes(void)
{
	static const struct deck_step v[] = {
		{ "00468000 05 B603840192 00", SW_OK, NULL },
		{ "002241B6 03 840192", SW_OK, "" },
		{ "002A9E9A 1F 01010101010101010101010101010101010101010101010101010101010101 00",
		    SW_LC_P1P2, "" },
		{ "002A9E9A 21 010101010101010101010101010101010101010101010101010101010101010101 00",
		    SW_LC_P1P2, "" },
		{ "002A9E9A 20 0101010101010101010101010101010101010101010101010101010101010101 00",
		    SW_OK, NULL },
	};
	uint8_t point[P256_POINT], hash[P256_HASH];

	keyring_new(&d);
	deck_play(&d, v, 1);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, 3 + 2 + P256_POINT);
	SAME(d.rsp, "\x7f\x49\x43\x86\x41", 5);
	memcpy(point, d.rsp + 5, sizeof(point));
	deck_play(&d, v + 1, 4);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, P256_SIGNATURE);
	memset(hash, 1, sizeof(hash));
	OK(p256_verify(point, hash, d.rsp));
	d.rsp[63] ^= 1;
	CU_ASSERT_EQUAL(p256_verify(point, hash, d.rsp), ERR_MAC);
	point[64] ^= 1;
	CU_ASSERT_EQUAL(p256_verify(point, hash, d.rsp), ERR_FORMAT);
	CU_ASSERT_EQUAL(deck_hex(&d, "0046810000"), SW_OK);
	point[64] ^= 1;
	SAME(d.rsp + 5, point, P256_POINT);
}

static void
a_key_for_agreement_is_made_and_agrees_through_the_channel_whatever_its_rule(void)
{
	static struct sm sm;
	uint8_t p[128] = "\x00\x2a\x80\x86\x48\xa6\x46\x7f\x49\x43\x86\x41", secret[P256_SCALAR];
	uint8_t scalar[P256_SCALAR], point[P256_POINT];

	keyring_new(&d);
	OK(p256_generate(scalar, p + 12));
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B803840193 00"), SW_OK);
	memcpy(point, d.rsp + 5, sizeof(point));
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B8 03 840193"), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, 12 + P256_POINT + 1), SW_SECURITY);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "002241B8 03 840193"), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, 12 + P256_POINT + 1), SW_OK);
	OK(p256_agree(scalar, point, secret));
	SAME(d.rsp, secret, P256_SCALAR);
	sm_close(&sm);
}

static const struct deck_step refusals[] = {
	{ "00468200 05 B603840192 00", SW_P1P2, "" },
	{ "00468001 05 B603840192 00", SW_P1P2, "" },
	{ "00468000 05 B603840192", SW_LENGTH, "" },
	{ "0046800000", SW_CONDITIONS, "" },
	{ "00468000 05 B403840192 00", SW_DATA, "" },
	{ "00468000 05 B603830192 00", SW_DATA, "" },
	{ "00468000 06 B60484029292 00", SW_DATA, "" },
	{ "00468000 06 B603840192 00 00", SW_DATA, "" },
	{ "00468000 07 B605840192 8000 00", SW_DATA, "" },
	{ "00468000 04 B6038401 00", SW_DATA, "" },
	{ "00468000 05 B603840199 00", SW_NO_REFERENCE, "" },
	{ "00468000 05 B603840193 00", SW_NO_REFERENCE, "" },
	{ "00468000 05 B803840192 00", SW_NO_REFERENCE, "" },
	{ "00468000 05 B603840194 00", SW_NO_REFERENCE, "" },
	{ "00468000 05 B603840195 00", SW_NO_REFERENCE, "" },
	{ "00468100 05 B603840192 00", SW_NOT_USABLE, "" },
	{ "00468000 05 B603840192 10", SW_LE | 70, "" },
	{ "00468100 05 B603840192 00", SW_NOT_USABLE, "" },
	/* Of the credential no part is made alone, nor loaded. */
	{ SELECT_SLOT, SW_OK, "" },
	{ VERIFY_RIGHT, SW_OK, "" },
	{ "00468000 05 B603840184 00", SW_CONDITIONS, "" },
	{ "00468000 05 B803840185 00", SW_CONDITIONS, "" },
	{ "00DB3FFF 06 7F4803840184", SW_CONDITIONS, "" },
	{ "00DB3FFF 06 7F4803840185", SW_CONDITIONS, "" },
};

static void
keys_are_made_in_one_form(void)
{
	keyring_new(&d);
	PLAY(refusals);
	keyring_new(&d);
	d.card.data.file[keyring_file(&d, RING_SIGN)].rule[OP_LOAD].needs = ACCESS_NEVER;
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B603840192 00"), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DB3FFF 06 7F4803840192"), SW_SECURITY);
	d.card.data.file[keyring_file(&d, RING_SIGN)].life = LIFE_DEACTIVATED;
	CU_ASSERT_EQUAL(deck_hex(&d, "00468100 05 B603840192 00"), SW_CONDITIONS);
}

/* There, nothing is fetched later. */
static void
a_key_is_not_made_through_the_channel_when_the_answer_has_no_room(void)
{
	static struct sm sm;

	keyring_new(&d);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00468000 05 B603840191 00"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00468100 000005 B603840191 0000"), SW_NOT_USABLE);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00468000 000005 B603840191 0000"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, 5 + 4 + 256 + 5);
	sm_close(&sm);
}

static void
a_key_that_cannot_be_saved_is_not_there(void)
{
	keyring_new(&d);
	d.fail_at = d.saves + 1;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B603840192 00"), SW_MEMORY);
	CU_ASSERT_EQUAL(d.rsp_n, 0);
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	CU_ASSERT_EQUAL(deck_hex(&d, "00468100 05 B603840192 00"), SW_NOT_USABLE);
}

static void
keys_of_each_type_are_loaded_and_used(void)
{
	struct holder alice;
	uint8_t p[2048], hash[P256_HASH] = { 1 };
	struct wr wr;

	keyring_new(&d);
	holder_make(&alice);
	wr_init(&wr, p, sizeof(p));
	holder_put_rsa(&wr, alice.rsa);
	CU_ASSERT_EQUAL(keyring_load(&d, RING_RSA, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 03 840191"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002A9E9A 0101 00"), SW_OK);
	wr_init(&wr, p, sizeof(p));
	tlv_put(&wr, 0x86, alice.point, P256_POINT);
	tlv_put(&wr, 0x87, alice.scalar, P256_SCALAR);
	CU_ASSERT_EQUAL(keyring_load(&d, RING_AGREE, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL(keyring_load(&d, RING_SIGN, p, wr.n), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "002241B6 03 840192"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d,
	    "002A9E9A 20 0100000000000000000000000000000000000000000000000000000000000000 00"),
	    SW_OK);
	OK(p256_verify(alice.point, hash, d.rsp));
	keyring_load_aes(&d);
	keyring_load_root(&d, "DECARDROOT00001", alice.point);
	deck_reload(&d);
	for (uint8_t ref = RING_RSA; ref <= RING_ROOT; ref++)
		CU_ASSERT_EQUAL(files_bytes(&d.card.data, keyring_file(&d, ref))[0], 1);
	holder_free(&alice);
}

static const struct {
	const char *why;
	uint8_t ref;
	const char *hex;
	uint16_t sw;
} loads[] = {
	{ "a reference that is not here", 0x81, "", SW_NO_REFERENCE },
	{ "nothing", RING_AES, "", SW_DATA },
	{ "a secret without tries", RING_AES, "8710 000102030405060708090A0B0C0D0E0F", SW_DATA },
	{ "no tries", RING_AES, "900100 8710 000102030405060708090A0B0C0D0E0F", SW_DATA },
	{ "16 tries", RING_AES, "900110 8710 000102030405060708090A0B0C0D0E0F", SW_DATA },
	{ "15 tries", RING_AES, "90010F 8710 000102030405060708090A0B0C0D0E0F", SW_OK },
	{ "15 bytes", RING_AES, "900103 870F 000102030405060708090A0B0C0D0E", SW_DATA },
	{ "17 bytes", RING_AES, "900103 8711 000102030405060708090A0B0C0D0E0F10", SW_DATA },
	{ "something behind", RING_AES, "900103 8710 000102030405060708090A0B0C0D0E0F 8100", SW_DATA },
	{ "in another order", RING_AES, "8710 000102030405060708090A0B0C0D0E0F 900103", SW_DATA },
	{ "a root without holder", RING_ROOT, "8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141", SW_DATA },
	{ "holder of 7 bytes", RING_ROOT, "5F2007 44453030303031 8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141", SW_DATA },
	{ "a root off the curve", RING_ROOT, "5F2008 4445303030303031 8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405140", SW_DATA },
	{ "a root", RING_ROOT, "5F2008 4445303030303031 8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141", SW_OK },
	{ "a point without scalar", RING_SIGN, "8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141", SW_DATA },
	{ "a scalar of another point", RING_SIGN, "8641"
	    "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
	    "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141 8720"
	    "0000000000000000000000000000000000000000000000000000000000000001", SW_DATA },
};

static void
what_is_loaded_is_the_key_of_its_type_in_one_form(void)
{
	uint8_t p[256];
	uint16_t sw;

	keyring_new(&d);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		sw = keyring_load(&d, loads[i].ref, p, hex(loads[i].hex, p, sizeof(p)));
		if (sw != loads[i].sw)
			printf("    %s: %04x\n", loads[i].why, sw);
		CU_ASSERT_EQUAL(sw, loads[i].sw);
	}
	CU_ASSERT_EQUAL(deck_hex(&d, "00DB3FFF 03 7F4800"), SW_DATA);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DB3FFF 06 7F4803830191"), SW_DATA);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DB3FFF 07 7F480484029191"), SW_DATA);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DB3FFF 06 7F4903840191"), SW_DATA);
}

/* A number has one length: none of its bytes is a zero that could be left out. */
static void
an_exponent_is_written_in_one_way(void)
{
	struct holder alice;
	uint8_t p[2048];
	uint8_t *e;
	struct wr wr;

	keyring_new(&d);
	holder_make(&alice);
	wr_init(&wr, p, sizeof(p));
	holder_put_rsa(&wr, alice.rsa);
	e = memmem(p, wr.n, "\x82\x03\x01\x00\x01", 5);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	memmove(e + 6, e + 5, wr.n - (size_t)(e + 5 - p));
	memcpy(e, "\x82\x04\x00\x01\x00\x01", 6);
	CU_ASSERT_EQUAL(keyring_load(&d, RING_RSA, p, wr.n + 1), SW_DATA);
	holder_free(&alice);
}

/* FIPS 186-5 A.1.1 wants it above 2^16: a small one helps forgers where padding is not checked. */
static void
a_key_with_a_small_exponent_is_refused(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *three = BN_new();
	uint8_t p[2048];
	uint8_t *e;
	struct wr wr;

	keyring_new(&d);
	if (ctx == NULL || three == NULL || BN_set_word(three, 3) != 1 ||
	    EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, three) != 1 ||
	    EVP_PKEY_generate(ctx, &key) != 1)
		abort();
	wr_init(&wr, p, sizeof(p));
	holder_put_rsa(&wr, key);
	e = memmem(p, wr.n, "\x82\x03\x00\x00\x03", 5);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	e[1] = 1;
	e[2] = 3;
	memmove(e + 3, e + 5, wr.n - (size_t)(e + 5 - p));
	CU_ASSERT_EQUAL(keyring_load(&d, RING_RSA, p, wr.n - 2), SW_DATA);
	BN_free(three);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
}

#define BREAK(name, line) static void name(uint8_t *k) { line; }
BREAK(neither_there_nor_not, k[0] = 2)
BREAK(not_there_but_something, k[5] = 1)
BREAK(modulus_too_short, (k[0] = 1, k[256] = 1, k[260] = 1))
BREAK(modulus_even, (k[0] = 1, k[1] = 0x80, k[260] = 1))
BREAK(exponent_even, (k[0] = 1, k[1] = 0x80, k[256] = 1))
BREAK(point_compressed, (k[0] = 1, k[33] = 3))
BREAK(tries_over_most, (k[0] = 1, k[1] = 4, k[2] = 3))
BREAK(tries_most_0, k[0] = 1)
BREAK(tries_most_16, (k[0] = 1, k[2] = 16))
BREAK(holder_too_short, (k[0] = 1, k[1] = 7, k[18] = 4))
BREAK(holder_too_long, (k[0] = 1, k[1] = 17, k[18] = 4))
BREAK(holder_with_more_behind, (k[0] = 1, k[1] = 8, k[10] = 1, k[18] = 4))
BREAK(root_point, (k[0] = 1, k[1] = 8, k[18] = 2))

#define BROKEN(name, ref) { #name, name, ref }
static const struct {
	const char *why;
	void (*change)(uint8_t *content);
	uint8_t ref;
} broken[] = {
	BROKEN(neither_there_nor_not, RING_SIGN),
	BROKEN(not_there_but_something, RING_SIGN),
	BROKEN(modulus_too_short, RING_RSA),
	BROKEN(modulus_even, RING_RSA),
	BROKEN(exponent_even, RING_RSA),
	BROKEN(point_compressed, RING_AGREE),
	BROKEN(tries_over_most, RING_AES),
	BROKEN(tries_most_0, RING_AES),
	BROKEN(tries_most_16, RING_AES),
	BROKEN(holder_too_short, RING_ROOT),
	BROKEN(holder_too_long, RING_ROOT),
	BROKEN(holder_with_more_behind, RING_ROOT),
	BROKEN(root_point, RING_ROOT),
};

static void
an_image_with_a_key_that_cannot_be_is_not_written(void)
{
	static uint8_t mem[CARD_IMAGE_MAX];
	struct wr wr;

	keyring_new(&d);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		d.card.next = d.card.data;
		broken[i].change(files_content(&d.card.next, keyring_file(&d, broken[i].ref)));
		wr_init(&wr, mem, sizeof(mem));
		if (card_data_encode(&d.card.next, &wr) != ERR_ARG) {
			printf("    %s\n", broken[i].why);
			CU_FAIL("was written");
		}
	}
}

static void
numbers_that_are_no_rsa_key_are_told(void)
{
	struct holder alice;
	struct key k;
	uint8_t p[2048];
	struct wr wr;

	holder_make(&alice);
	wr_init(&wr, p, sizeof(p));
	holder_put_rsa(&wr, alice.rsa);
	k.type = KEY_RSA;
	OK(key_decode(p, wr.n, &k));
	OK(key_check(&k));
	/* Numbers that libcrypto would stumble over. */
	memset(k.rsa.p, 0, RSA_HALF);
	CU_ASSERT_EQUAL(rsa_complete(&k.rsa), ERR_FORMAT);
	OK(key_decode(p, wr.n, &k));
	memset(k.rsa.q, 0, RSA_HALF);
	k.rsa.q[RSA_HALF - 1] = 1;
	CU_ASSERT_EQUAL(rsa_complete(&k.rsa), ERR_FORMAT);
	OK(key_decode(p, wr.n, &k));
	memcpy(k.rsa.q, k.rsa.p, RSA_HALF);
	CU_ASSERT_EQUAL(rsa_complete(&k.rsa), ERR_FORMAT);
	OK(key_decode(p, wr.n, &k));
	memset(k.rsa.e, 0, RSA_E);
	CU_ASSERT_EQUAL(rsa_complete(&k.rsa), ERR_FORMAT);
	holder_free(&alice);
}

static const struct sentence sentences[] = {
	SENTENCE(an_rsa_key_is_made_and_its_public_half_read_again),
	SENTENCE(a_signing_key_of_p_256_is_made_and_signs_hashes),
	SENTENCE(a_key_for_agreement_is_made_and_agrees_through_the_channel_whatever_its_rule),
	SENTENCE(keys_are_made_in_one_form),
	SENTENCE(a_key_is_not_made_through_the_channel_when_the_answer_has_no_room),
	SENTENCE(a_key_that_cannot_be_saved_is_not_there),
	SENTENCE(keys_of_each_type_are_loaded_and_used),
	SENTENCE(what_is_loaded_is_the_key_of_its_type_in_one_form),
	SENTENCE(an_exponent_is_written_in_one_way),
	SENTENCE(a_key_with_a_small_exponent_is_refused),
	SENTENCE(an_image_with_a_key_that_cannot_be_is_not_written),
	SENTENCE(numbers_that_are_no_rsa_key_are_told),
};

SUITE("card_keys", sentences)
