#include "tests/unit/crypt_keys.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/unit/suite.h"

static struct crypt *crypt;
static struct object rsa_public, rsa_private;

static void
begin(void)
{
	if (crypt == NULL) {
		OK(crypt_new(&crypt));
		object_pair(crypt, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, &rsa_public, &rsa_private);
	}
}

/* EM as it may come out of the raw operation; each row is wrong in one way, but for the first. */
static const struct {
	const char *why;
	uint8_t first, second;
	size_t padding;		/* bytes that are not zero */
	int separator;
} paddings[] = {
	{ "right", 0, 2, 8, 1 },
	{ "padding of seven bytes", 0, 2, 7, 1 },
	{ "padding of none", 0, 2, 0, 1 },
	{ "another block type", 0, 1, 8, 1 },
	{ "no zero in front", 1, 2, 8, 1 },
	{ "no separator", 0, 2, 254, 0 },
};

/* The raw operation makes the ciphertext of any encoded message. */
static void
encrypted_encoding(struct crypt_key *public_key, size_t row, uint8_t last, uint8_t cipher[256])
{
	uint8_t em[256];
	struct mech raw;
	size_t n = 256;

	memset(em, 0x77, sizeof(em));
	em[0] = paddings[row].first;
	em[1] = paddings[row].second;
	memset(em + 2, 0x33, paddings[row].padding);
	if (paddings[row].separator)
		em[2 + paddings[row].padding] = 0;
	em[255] = last;
	mech_of(&raw, CKM_RSA_X_509, NULL, 0);
	OK(crypt_encrypt(crypt, public_key, &raw, em, 256, cipher, &n));
}

/*
 * RFC 8017, 7.2.2, note: who cannot tell wrong padding from right learns nothing. A wrong one gives
 * a message that is always the same for a ciphertext, and another for another.
 */
static void
wrong_padding_is_not_told_from_right(void)
{
	uint8_t cipher[256], first[256], second[256];
	struct crypt_key *public_key, *private_key;
	size_t first_n, second_n, differ = 0;
	struct mech m;

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++)
		for (uint8_t last = 1; last <= 8; last++) {
			encrypted_encoding(public_key, i, last, cipher);
			first_n = second_n = 256;
			OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, first, &first_n));
			OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, second, &second_n));
			CU_ASSERT_EQUAL(first_n, second_n);
			SAME(first, second, first_n);
			CU_ASSERT(first_n <= 245);
			if (i == 0) {
				CU_ASSERT_EQUAL(first_n, 245);
				CU_ASSERT_EQUAL(first[0], 0x77);
				CU_ASSERT_EQUAL(first[244], last);
				continue;
			}
			if (first_n > 0 && first[first_n - 1] == last && first[0] == 0x77)
				CU_FAIL(paddings[i].why);
			encrypted_encoding(public_key, i, (uint8_t)(last + 8), cipher);
			second_n = 256;
			OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, second, &second_n));
			differ += first_n != second_n || memcmp(first, second, first_n) != 0;
		}
	CU_ASSERT(differ > 38);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
}

/* What draft-irtf-cfrg-rsa-guidance has: lengths spread over all that could be. */
static void
made_messages_have_all_lengths(void)
{
	struct crypt_key *public_key, *private_key;
	size_t n, low = 256, high = 0;
	uint8_t cipher[256], out[256];
	struct mech m;

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	for (uint8_t last = 1; last < 60; last++) {
		encrypted_encoding(public_key, 3, last, cipher);
		n = 256;
		OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n));
		low = n < low ? n : low;
		high = n > high ? n : high;
	}
	CU_ASSERT(low < 50);
	CU_ASSERT(high > 195);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
}

/* The PRF of draft-irtf-cfrg-rsa-guidance, 7: HMAC of a counter, a label and the length in bits. */
static void
prf(const uint8_t kdk[32], const char *label, uint8_t *out, size_t n)
{
	const size_t label_n = strlen(label);
	uint8_t in[16] = { 0 };

	memcpy(in + 2, label, label_n);
	in[2 + label_n] = (uint8_t)(8 * n >> 8);
	for (size_t at = 0; at < n; at += 32) {
		in[1] = (uint8_t)(at / 32);
		CU_ASSERT_PTR_NOT_NULL(HMAC(EVP_sha256(), kdk, 32, in, 4 + label_n, out + at, NULL));
	}
}

/* All by itself, step by step as the draft has it, without its care for time. */
static size_t
made_by_the_draft(const uint8_t cipher[256], uint8_t message[256])
{
	uint8_t d[256] = { 0 }, sum[32], kdk[32], lengths[256];
	size_t n, candidate, length = 0;
	const uint8_t *p;

	CU_ASSERT_FATAL(attrs_get(&rsa_private.a, CKA_PRIVATE_EXPONENT, &p, &n));
	memcpy(d + 256 - n, p, n);
	CU_ASSERT_EQUAL(EVP_Digest(d, 256, sum, NULL, EVP_sha256(), NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(HMAC(EVP_sha256(), sum, 32, cipher, 256, kdk, NULL));
	prf(kdk, "message", message, 256);
	prf(kdk, "length", lengths, sizeof(lengths));
	for (size_t i = 0; i < 256; i += 2) {
		candidate = (size_t)(lengths[i] << 8 | lengths[i + 1]) & 0xff;
		if (candidate <= 256 - 11)
			length = candidate;
	}
	memmove(message, message + 256 - length, length);
	return length;
}

static void
what_is_made_is_what_the_draft_makes(void)
{
	uint8_t cipher[256], out[256], want[256];
	struct crypt_key *public_key, *private_key;
	struct mech m;
	size_t n;

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	for (uint8_t last = 1; last < 20; last++) {
		encrypted_encoding(public_key, 3, last, cipher);
		n = 256;
		OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n));
		CU_ASSERT_EQUAL_FATAL(n, made_by_the_draft(cipher, want));
		SAME(out, want, n);
	}
	crypt_key_free(public_key);
	crypt_key_free(private_key);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(wrong_padding_is_not_told_from_right),
	SENTENCE(made_messages_have_all_lengths),
	SENTENCE(what_is_made_is_what_the_draft_makes),
};

SUITE("crypt_rejection", sentences)
