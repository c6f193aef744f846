#include "hsm/keys/seal.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

enum { N = 32, SEALED = N + SEAL_OVERHEAD };

static const struct seal_key key = { { 1, 2, 3 } };
static const uint8_t secret[N] = "a secret of thirty-two bytes ...";

static void
what_was_sealed_is_opened(void)
{
	uint8_t sealed[SEALED], got[N];

	OK(seal_make(&key, "purpose", 7, secret, N, sealed));
	CU_ASSERT_EQUAL(sealed[0], SEAL_VERSION);
	CU_ASSERT_PTR_NULL(memmem(sealed, sizeof(sealed), secret, 4));
	OK(seal_open(&key, "purpose", 7, sealed, SEALED, got, N));
	SAME(got, secret, N);
}

static void
the_same_secret_is_sealed_to_other_bytes_each_time(void)
{
	uint8_t a[SEALED], b[SEALED];

	OK(seal_make(&key, "purpose", 7, secret, N, a));
	OK(seal_make(&key, "purpose", 7, secret, N, b));
	CU_ASSERT_NOT_EQUAL(memcmp(a + 1, b + 1, 12), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(a + 13, b + 13, N), 0);
}

/* The documented format, taken apart with OpenSSL alone. */
static void
the_format_is_the_documented_one(void)
{
	uint8_t sealed[SEALED], got[N], tag[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	OK(seal_make(&key, "purpose", 7, secret, N, sealed));
	CU_ASSERT_EQUAL(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key.key, sealed + 1), 1);
	CU_ASSERT_EQUAL(EVP_DecryptUpdate(ctx, NULL, &n,
	    (const uint8_t *)"cardinal seal\x01purpose", 21), 1);
	CU_ASSERT_EQUAL(EVP_DecryptUpdate(ctx, got, &n, sealed + 13, N), 1);
	memcpy(tag, sealed + 13 + N, 16);
	CU_ASSERT_EQUAL(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
	CU_ASSERT_EQUAL(EVP_DecryptFinal_ex(ctx, tag, &n), 1);
	SAME(got, secret, N);
	EVP_CIPHER_CTX_free(ctx);
}

static void
one_flipped_bit_anywhere_is_found(void)
{
	static const uint8_t zero[N];
	uint8_t sealed[SEALED], got[N];
	int r;

	OK(seal_make(&key, "purpose", 7, secret, N, sealed));
	for (unsigned bit = 0; bit < 8 * SEALED; bit++) {
		sealed[bit / 8] = (uint8_t)(sealed[bit / 8] ^ 1u << bit % 8);
		memset(got, 0xaa, sizeof(got));
		r = seal_open(&key, "purpose", 7, sealed, SEALED, got, N);
		CU_ASSERT_EQUAL(r, bit < 8 ? ERR_VERSION : ERR_MAC);
		SAME(got, zero, N);
		sealed[bit / 8] = (uint8_t)(sealed[bit / 8] ^ 1u << bit % 8);
	}
	OK(seal_open(&key, "purpose", 7, sealed, SEALED, got, N));
}

static void
another_key_or_purpose_does_not_open(void)
{
	uint8_t sealed[SEALED], got[N];
	struct seal_key other = key;

	OK(seal_make(&key, "purpose", 7, secret, N, sealed));
	other.key[31] = 1;
	CU_ASSERT_EQUAL(seal_open(&other, "purpose", 7, sealed, SEALED, got, N), ERR_MAC);
	CU_ASSERT_EQUAL(seal_open(&key, "purposf", 7, sealed, SEALED, got, N), ERR_MAC);
	CU_ASSERT_EQUAL(seal_open(&key, "purpose", 6, sealed, SEALED, got, N), ERR_MAC);
}

static void
lengths_are_exact(void)
{
	static uint8_t big[SEAL_MAX + 1], sealed[SEAL_MAX + 1 + SEAL_OVERHEAD];
	uint8_t got[N + 1];

	CU_ASSERT_EQUAL(seal_make(&key, "p", 1, big, 0, sealed), ERR_ARG);
	CU_ASSERT_EQUAL(seal_make(&key, "p", 1, big, SEAL_MAX + 1, sealed), ERR_ARG);
	CU_ASSERT_EQUAL(seal_make(&key, "p", 0, big, 1, sealed), ERR_ARG);
	OK(seal_make(&key, "p", 1, big, SEAL_MAX, sealed));
	OK(seal_open(&key, "p", 1, sealed, SEAL_MAX + SEAL_OVERHEAD, big, SEAL_MAX));
	OK(seal_make(&key, "p", 1, secret, N, sealed));
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, SEALED - 1, got, N), ERR_FORMAT);
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, SEALED + 1, got, N), ERR_FORMAT);
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, SEALED, got, N + 1), ERR_FORMAT);
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, SEALED, got, N - 1), ERR_FORMAT);
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, SEAL_OVERHEAD, got, 0), ERR_FORMAT);
	CU_ASSERT_EQUAL(seal_open(&key, "p", 1, sealed, 0, got, N), ERR_FORMAT);
}

static const struct sentence sentences[] = {
	SENTENCE(what_was_sealed_is_opened),
	SENTENCE(the_same_secret_is_sealed_to_other_bytes_each_time),
	SENTENCE(the_format_is_the_documented_one),
	SENTENCE(one_flipped_bit_anywhere_is_found),
	SENTENCE(another_key_or_purpose_does_not_open),
	SENTENCE(lengths_are_exact),
};

SUITE("seal", sentences)
