#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/tlv.h"
#include "card-os/os/files.h"
#include "card-os/os/keys.h"
#include "tests/unit/keyring.h"
#include "tests/unit/suite.h"

static struct deck d;

#define PLAY(table) deck_play(&d, table, sizeof(table) / sizeof((table)[0]))

enum { CMAC = 16 };

/* What who has the secret answers to a challenge. */
static void
mac(uint8_t ins, const uint8_t *p, size_t n, uint8_t out[CMAC])
{
	uint8_t key[16], in[256];
	size_t got;

	for (uint8_t i = 0; i < sizeof(key); i++)
		key[i] = i;
	in[0] = ins;
	memcpy(in + 1, p, n);
	if (EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, key, sizeof(key), in, n + 1, out,
	    CMAC, &got) == NULL)
		abort();
}

/* EXTERNAL AUTHENTICATE of n bytes to a key. */
static uint16_t
answer(uint8_t ref, const uint8_t *p, size_t n)
{
	uint8_t command[128] = { 0x00, 0x82, 0x00, ref, (uint8_t)n };

	memcpy(command + 5, p, n);
	return deck_send(&d, command, 5 + n);
}

/* The whole conversation with the secret, its last bit turned when wrong. */
static uint16_t
prove(int wrong)
{
	uint8_t out[CMAC];

	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	mac(0x82, d.rsp, d.rsp_n, out);
	out[CMAC - 1] ^= (uint8_t)wrong;
	return answer(RING_AES, out, CMAC);
}

static void
ring_with_secret(void)
{
	keyring_new(&d);
	keyring_load_aes(&d);
}

static void
who_has_the_secret_is_authenticated_until_the_df_is_left(void)
{
	static const struct deck_step before[] = {
		{ "0082009400", SW_LENGTH, "" },
		{ "00820094", SW_COUNTER | 3, "" },
		{ READ_BY_AES, SW_OK, "" },
		{ "00B0000001", SW_SECURITY, "" },
	};
	static const struct deck_step after[] = {
		{ "00820094", SW_OK, "" },
		{ READ_BY_AES, SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
		{ READ_BY_ROOT, SW_OK, "" },
		{ "00B0000001", SW_SECURITY, "" },
		{ "00A4010C02 5A11", SW_OK, "" },
		{ "00A4030C", SW_OK, "" },
		{ READ_BY_AES, SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
		{ "00A4000C", SW_OK, "" },
		{ SELECT_RING, SW_OK, "" },
		{ READ_BY_AES, SW_OK, "" },
		{ "00B0000001", SW_SECURITY, "" },
	};

	ring_with_secret();
	PLAY(before);
	CU_ASSERT_EQUAL(prove(0), SW_OK);
	PLAY(after);
}

static void
a_challenge_takes_one_answer(void)
{
	uint8_t out[CMAC], challenge[8];

	ring_with_secret();
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	memcpy(challenge, d.rsp, 8);
	mac(0x82, challenge, 8, out);
	CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_OK);
	CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_CONDITIONS);
	/* A wrong one uses it up too, and one that is malformed or for a key that is not there. */
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
		memcpy(challenge, d.rsp, 8);
		mac(0x82, challenge, 8, out);
		if (i == 0) {
			out[0] ^= 1;
			CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_COUNTER | 2);
			out[0] ^= 1;
		} else if (i == 1) {
			CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC - 1), SW_LENGTH);
		} else {
			CU_ASSERT_EQUAL(answer(0x99, out, CMAC), SW_NO_REFERENCE);
		}
		CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_CONDITIONS);
	}
	/* Asking for the tries does not. */
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	mac(0x82, d.rsp, 8, out);
	deck_hex(&d, "00820094");
	CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_OK);
	/* Seven bytes are no challenge; the last one counts. */
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000007"), SW_OK);
	mac(0x82, d.rsp, 7, out);
	CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_CONDITIONS);
}

static void
what_the_card_answers_is_no_answer_to_the_card(void)
{
	uint8_t command[14] = { 0x00, 0x88, 0x00, RING_AES, 8 }, mine[CMAC];

	ring_with_secret();
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	memcpy(command + 5, d.rsp, 8);
	CU_ASSERT_EQUAL(deck_send(&d, command, sizeof(command)), SW_OK);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, CMAC);
	mac(0x88, command + 5, 8, mine);
	SAME(d.rsp, mine, CMAC);
	CU_ASSERT_EQUAL(answer(RING_AES, mine, CMAC), SW_COUNTER | 2);
}

static void
a_wrong_answer_costs_a_try_and_the_last_one_the_key(void)
{
	ring_with_secret();
	CU_ASSERT_EQUAL(prove(0), SW_OK);
	CU_ASSERT_EQUAL(prove(1), SW_COUNTER | 2);
	CU_ASSERT_EQUAL(deck_hex(&d, "00820094"), SW_COUNTER | 2);
	CU_ASSERT_EQUAL(prove(1), SW_COUNTER | 1);
	CU_ASSERT_EQUAL(prove(0), SW_OK);
	CU_ASSERT_EQUAL(prove(1), SW_COUNTER | 2);
	CU_ASSERT_EQUAL(prove(1), SW_COUNTER | 1);
	CU_ASSERT_EQUAL(prove(1), SW_COUNTER | 0);
	CU_ASSERT_EQUAL(prove(0), SW_BLOCKED);
	CU_ASSERT_EQUAL(deck_hex(&d, "00820094"), SW_BLOCKED);
	deck_reload(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(prove(0), SW_BLOCKED);
	/* Who may load the key makes it good again. */
	keyring_load_aes(&d);
	CU_ASSERT_EQUAL(prove(0), SW_OK);
}

static void
a_challenge_is_lost_with_power(void)
{
	uint8_t out[CMAC], zeros[8] = { 0 }, atr[ATR_MAX];

	ring_with_secret();
	CU_ASSERT_EQUAL(deck_hex(&d, "0084000008"), SW_OK);
	card_power_up(&d.card, atr);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	mac(0x82, zeros, 8, out);
	CU_ASSERT_EQUAL(answer(RING_AES, out, CMAC), SW_CONDITIONS);
}

/* Tries that the disk holds. */
static unsigned
tries_on_disk(void)
{
	static struct card_data disk;
	struct key k;

	deck_disk(&d, &disk);
	key_get(&disk, keyring_file(&d, RING_AES), &k);
	return k.aes.tries;
}

static void
no_answer_is_looked_at_before_its_try_is_on_disk(void)
{
	ring_with_secret();
	for (int fault = DECK_REFUSES; fault <= DECK_LOSES_POWER; fault++) {
		for (int wrong = 0; wrong <= 1; wrong++) {
			deck_reload(&d);
			CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
			CU_ASSERT_EQUAL(prove(0), SW_OK);
			d.fail_at = d.saves + 1;
			d.fault = fault;
			CU_ASSERT_EQUAL(prove(wrong), SW_MEMORY);
			CU_ASSERT_EQUAL(d.card.proven[keyring_file(&d, RING_AES)], 0);
			d.fail_at = 0;
		}
	}
	/* The plug is pulled between charge and the giving back: the try is gone. */
	deck_reload(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_RING), SW_OK);
	CU_ASSERT_EQUAL(prove(0), SW_OK);
	d.fail_at = d.saves + 2;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(prove(0), SW_MEMORY);
	CU_ASSERT_EQUAL(tries_on_disk(), 2);
	CU_ASSERT_EQUAL(d.card.proven[keyring_file(&d, RING_AES)], 0);
}

static void
the_card_proves_itself_by_each_kind_of_key(void)
{
	uint8_t hash[P256_HASH];
	struct key k;

	ring_with_secret();
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B603840192 00"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00880092 03 010203 00"), SW_OK);
	CU_ASSERT_EQUAL_FATAL(d.rsp_n, P256_SIGNATURE);
	EVP_Digest("\1\2\3", 3, hash, NULL, EVP_sha256(), NULL);
	key_get(&d.card.data, keyring_file(&d, RING_SIGN), &k);
	OK(p256_verify(k.ec.point, hash, d.rsp));
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B603840191 00"), SW_MORE | 0x0e);
	CU_ASSERT_EQUAL(deck_hex(&d, "00880091 03 010203 00"), SW_OK);
	CU_ASSERT_EQUAL(d.rsp_n, RSA_BYTES);
	/* By what was chosen. */
	CU_ASSERT_EQUAL(deck_hex(&d, "002241A4 03 840192"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00880000 03 010203 00"), SW_OK);
	OK(p256_verify(k.ec.point, hash, d.rsp));
}

static const struct deck_step refusals[] = {
	{ "00880000 0101 00", SW_CONDITIONS, "" },
	{ "00880100 0101 00", SW_P1P2, "" },
	{ "00820100 0101", SW_P1P2, "" },
	{ "00880094 0101", SW_LENGTH, "" },
	{ "00880094 00", SW_LENGTH, "" },
	{ "00820094 0101 00", SW_LENGTH, "" },
	{ "00820000", SW_CONDITIONS, "" },
	{ "00880091 0101 00", SW_NOT_USABLE, "" },
	{ "00880092 0101 00", SW_NOT_USABLE, "" },
	{ "00880093 0101 00", SW_NO_REFERENCE, "" },
	{ "00880095 0101 00", SW_NO_REFERENCE, "" },
	{ "00880096 0101 00", SW_NO_REFERENCE, "" },
	{ "00880001 0101 00", SW_NO_REFERENCE, "" },
	{ "00820091 0101", SW_NO_REFERENCE, "" },
	{ "00820095 0101", SW_NO_REFERENCE, "" },
	{ "00880094 0101 00", SW_OK, NULL },
	{ "002241A4 03 840193", SW_NO_REFERENCE, "" },
	{ "002281A4 03 830194", SW_OK, "" },
	{ "00880000 0101 00", SW_CONDITIONS, "" },
	{ "00820000", SW_COUNTER | 3, "" },
	{ "0022F301", SW_OK, "" },
	{ "00820000", SW_CONDITIONS, "" },
	{ "0022C1A4 03 830194", SW_OK, "" },
	{ "00880000 0101 00", SW_OK, NULL },
	{ "00820000", SW_COUNTER | 3, "" },
};

static void
authentication_is_refused_in_each_wrong_form(void)
{
	uint8_t command[256] = { 0x00, 0x88, 0x00, RING_AES, 129 };

	ring_with_secret();
	PLAY(refusals);
	CU_ASSERT_EQUAL(deck_send(&d, command, 5 + 129 + 1), SW_LC_P1P2);
	command[4] = 128;
	CU_ASSERT_EQUAL(deck_send(&d, command, 5 + 128 + 1), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00468000 05 B603840191 00"), SW_MORE | 0x0e);
	command[3] = RING_RSA;
	command[4] = RSA_SIGN_MAX;
	CU_ASSERT_EQUAL(deck_send(&d, command, 5 + RSA_SIGN_MAX + 1), SW_OK);
	command[4] = RSA_SIGN_MAX + 1;
	CU_ASSERT_EQUAL(deck_send(&d, command, 5 + RSA_SIGN_MAX + 1 + 1), SW_LC_P1P2);
	keyring_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, "00820094"), SW_NOT_USABLE);
	CU_ASSERT_EQUAL(deck_hex(&d, "00880094 0101 00"), SW_NOT_USABLE);
}

/* A key whose file is out of use proves nothing. */
static void
a_key_out_of_use_authenticates_nobody(void)
{
	ring_with_secret();
	d.card.data.file[keyring_file(&d, RING_AES)].life = LIFE_DEACTIVATED;
	CU_ASSERT_EQUAL(deck_hex(&d, "00820094"), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_hex(&d, "00880094 0101 00"), SW_CONDITIONS);
	CU_ASSERT_EQUAL(prove(0), SW_CONDITIONS);
}

static const struct sentence sentences[] = {
	SENTENCE(who_has_the_secret_is_authenticated_until_the_df_is_left),
	SENTENCE(a_challenge_takes_one_answer),
	SENTENCE(what_the_card_answers_is_no_answer_to_the_card),
	SENTENCE(a_wrong_answer_costs_a_try_and_the_last_one_the_key),
	SENTENCE(a_challenge_is_lost_with_power),
	SENTENCE(no_answer_is_looked_at_before_its_try_is_on_disk),
	SENTENCE(the_card_proves_itself_by_each_kind_of_key),
	SENTENCE(authentication_is_refused_in_each_wrong_form),
	SENTENCE(a_key_out_of_use_authenticates_nobody),
};

SUITE("card_auth", sentences)
