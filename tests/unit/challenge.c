#include "hsm/keys/challenge.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const struct challenge activate = {
	.purpose = CHALLENGE_ACTIVATE, .user = 2, .users = 3, .slot = 7, .hsm = "an HSM's name..",
	.boot = 5, .session = 6, .seq = 8, .operation = "SHA-256 of what is to be opened",
};

/* Made once: RSA is slow. */
static EVP_PKEY *
signer(void)
{
	static EVP_PKEY *key;

	if (key == NULL)
		key = EVP_RSA_gen(2048);
	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	return key;
}

static struct user_keys
public_of(EVP_PKEY *key)
{
	struct user_keys keys;
	uint8_t scalar[P256_SCALAR];
	BIGNUM *n = NULL;

	OK(p256_generate(scalar, keys.point));
	CU_ASSERT_EQUAL(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	CU_ASSERT_EQUAL(BN_bn2binpad(n, keys.modulus, USER_MODULUS), USER_MODULUS);
	BN_free(n);
	return keys;
}

/* As a card does it: block type 1 around what it is given, RFC 8017 9.2. */
static void
sign_info(const uint8_t *info, size_t n, uint8_t signature[USER_MODULUS])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(signer(), NULL);
	size_t got = USER_MODULUS;

	CU_ASSERT_EQUAL(EVP_PKEY_sign_init(ctx), 1);
	CU_ASSERT_EQUAL(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	CU_ASSERT_EQUAL(EVP_PKEY_sign(ctx, signature, &got, info, n), 1);
	EVP_PKEY_CTX_free(ctx);
}

static void
sign(const uint8_t text[CHALLENGE_LEN], uint8_t signature[USER_MODULUS])
{
	uint8_t info[CHALLENGE_DIGEST_INFO];

	OK(challenge_digest_info(text, info));
	sign_info(info, sizeof(info), signature);
}

static void
a_text_stands_as_it_is_documented(void)
{
	uint8_t want[CHALLENGE_LEN - CHALLENGE_NONCE], text[CHALLENGE_LEN];

	hex("43415244494e414c2d41555448 00 7631 01 01 02 03 00000007 616e2048534d2773206e616d652e2e00"
	    "0000000000000005 0000000000000006 0000000000000008"
	    "5348412d323536206f66207768617420697320746f206265206f70656e656400", want, sizeof(want));
	OK(challenge_make(&activate, text));
	SAME(text, want, sizeof(want));
}

static void
each_text_has_a_nonce_of_its_own(void)
{
	uint8_t a[CHALLENGE_LEN], b[CHALLENGE_LEN];

	OK(challenge_make(&activate, a));
	OK(challenge_make(&activate, b));
	SAME(a, b, CHALLENGE_LEN - CHALLENGE_NONCE);
	CU_ASSERT_NOT_EQUAL(memcmp(a + CHALLENGE_LEN - CHALLENGE_NONCE,
	    b + CHALLENGE_LEN - CHALLENGE_NONCE, CHALLENGE_NONCE), 0);
}

static void
a_number_out_of_range_makes_no_text(void)
{
	static const struct {
		const char *why;
		uint8_t purpose, user, users;
		uint32_t slot;
		int r;
	} table[] = {
		{ "purpose 0", 0, 1, 1, 0, ERR_ARG },
		{ "the last purpose", CHALLENGE_INIT, 1, 1, 0, 0 },
		{ "purpose 6", CHALLENGE_INIT + 1, 1, 1, 0, ERR_ARG },
		{ "user 0", 1, 0, 1, 0, ERR_ARG },
		{ "user over users", 1, 2, 1, 0, ERR_ARG },
		{ "five users", 1, 5, 5, 9, 0 },
		{ "six users", 1, 1, 6, 0, ERR_ARG },
		{ "slot 10", 1, 1, 1, 10, ERR_ARG },
		{ "slot 2^24", 1, 1, 1, 1 << 24, ERR_ARG },
	};
	static const uint8_t nothing[CHALLENGE_LEN];
	uint8_t text[CHALLENGE_LEN];
	struct challenge c;

	for (size_t i = 0; i < LEN(table); i++) {
		c = activate;
		c.purpose = table[i].purpose;
		c.user = table[i].user;
		c.users = table[i].users;
		c.slot = table[i].slot;
		memset(text, 0xaa, sizeof(text));
		if (challenge_make(&c, text) != table[i].r)
			CU_FAIL(table[i].why);
		if (table[i].r != 0)
			SAME(text, nothing, sizeof(text));
	}
}

static void
the_card_that_signed_it_is_known(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS];

	OK(challenge_make(&activate, text));
	sign(text, signature);
	OK(challenge_verify(&keys, text, signature));
}

/* Every bit of the text counts, and so purpose, slot, user and all else that is in it. */
static void
a_signature_is_worth_nothing_for_another_text(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS];

	OK(challenge_make(&activate, text));
	sign(text, signature);
	for (unsigned bit = 0; bit < 8 * CHALLENGE_LEN; bit++) {
		text[bit / 8] = (uint8_t)(text[bit / 8] ^ 1u << bit % 8);
		CU_ASSERT_EQUAL(challenge_verify(&keys, text, signature), ERR_MAC);
		text[bit / 8] = (uint8_t)(text[bit / 8] ^ 1u << bit % 8);
	}
	OK(challenge_verify(&keys, text, signature));
}

static void
another_purpose(struct challenge *c)
{
	c->purpose = CHALLENGE_ADMIN;
}

static void
another_user(struct challenge *c)
{
	c->user = 1;
}

static void
more_users(struct challenge *c)
{
	c->users = 4;
}

static void
another_slot(struct challenge *c)
{
	c->slot = 8;
}

static void
another_hsm(struct challenge *c)
{
	c->hsm[15] ^= 1;
}

static void
another_boot(struct challenge *c)
{
	c->boot++;
}

static void
another_session(struct challenge *c)
{
	c->session++;
}

static void
another_number(struct challenge *c)
{
	c->seq++;
}

static void
another_operation(struct challenge *c)
{
	c->operation[31] ^= 1;
}

static void
each_field_is_in_the_text(void)
{
	static void (*const changes[])(struct challenge *) = {
		another_purpose, another_user, more_users, another_slot, another_hsm, another_boot,
		another_session, another_number, another_operation,
	};
	uint8_t a[CHALLENGE_LEN], b[CHALLENGE_LEN];
	struct challenge c;

	OK(challenge_make(&activate, a));
	for (size_t i = 0; i < LEN(changes); i++) {
		c = activate;
		changes[i](&c);
		OK(challenge_make(&c, b));
		CU_ASSERT_NOT_EQUAL(memcmp(a, b, CHALLENGE_LEN - CHALLENGE_NONCE), 0);
	}
}

static void
another_users_signature_is_refused(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS];

	OK(challenge_make(&activate, text));
	sign(text, signature);
	keys.modulus[100] ^= 1;
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, signature), ERR_MAC);
}

static void
add_modulus(const struct user_keys *keys, uint8_t *p)
{
	unsigned carry = 0;

	for (size_t i = USER_MODULUS; i-- > 0;) {
		carry += (unsigned)p[i] + keys->modulus[i];
		p[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void
a_malformed_signature_is_refused(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], right[USER_MODULUS], p[USER_MODULUS];

	OK(challenge_make(&activate, text));
	sign(text, right);
	for (unsigned bit = 0; bit < 8 * USER_MODULUS; bit += 61) {
		memcpy(p, right, sizeof(p));
		p[bit / 8] = (uint8_t)(p[bit / 8] ^ 1u << bit % 8);
		CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	}
	memset(p, 0, sizeof(p));
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	p[USER_MODULUS - 1] = 1;
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	memset(p, 0xff, sizeof(p));
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	memcpy(p, keys.modulus, sizeof(p));
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	/* RFC 8017 5.2.2: one that is as good but not below the modulus. */
	memcpy(p, right, sizeof(p));
	add_modulus(&keys, p);
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
}

/* RFC 8017 9.2: one encoding; each is signed by the right key. */
static void
another_encoding_of_the_hash_is_refused(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], info[CHALLENGE_DIGEST_INFO + 1], p[USER_MODULUS];
	uint8_t without_null[CHALLENGE_DIGEST_INFO - 2];

	OK(challenge_make(&activate, text));
	OK(challenge_digest_info(text, info));
	info[CHALLENGE_DIGEST_INFO] = 0;
	sign_info(info, CHALLENGE_DIGEST_INFO, p);
	OK(challenge_verify(&keys, text, p));
	sign_info(info, CHALLENGE_DIGEST_INFO + 1, p);
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	sign_info(info + CHALLENGE_DIGEST_INFO - 32, 32, p);
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	/* The algorithm's NULL left out. */
	memcpy(without_null, info, 15);
	memcpy(without_null + 15, info + 17, sizeof(without_null) - 15);
	without_null[1] -= 2;
	without_null[3] -= 2;
	sign_info(without_null, sizeof(without_null), p);
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
	/* SHA-512/256 has as long a hash. */
	info[14] = 6;
	sign_info(info, CHALLENGE_DIGEST_INFO, p);
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, p), ERR_MAC);
}

static void
keys_that_nobody_can_have_verify_nothing(void)
{
	struct user_keys keys = public_of(signer());
	uint8_t text[CHALLENGE_LEN], signature[USER_MODULUS];

	OK(challenge_make(&activate, text));
	sign(text, signature);
	keys.point[7] ^= 1;
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, signature), ERR_FORMAT);
	keys.point[7] ^= 1;
	keys.modulus[USER_MODULUS - 1] ^= 1;
	CU_ASSERT_EQUAL(challenge_verify(&keys, text, signature), ERR_FORMAT);
	EVP_PKEY_free(signer());
}

static const struct sentence sentences[] = {
	SENTENCE(a_text_stands_as_it_is_documented),
	SENTENCE(each_text_has_a_nonce_of_its_own),
	SENTENCE(a_number_out_of_range_makes_no_text),
	SENTENCE(the_card_that_signed_it_is_known),
	SENTENCE(a_signature_is_worth_nothing_for_another_text),
	SENTENCE(each_field_is_in_the_text),
	SENTENCE(another_users_signature_is_refused),
	SENTENCE(a_malformed_signature_is_refused),
	SENTENCE(another_encoding_of_the_hash_is_refused),
	SENTENCE(keys_that_nobody_can_have_verify_nothing),
};

SUITE("challenge", sentences)
