#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

/*
 * Implicit rejection, as draft-irtf-cfrg-rsa-guidance, 7, has it (libcrypto has the same from 3.2
 * on): a ciphertext with wrong padding decrypts to a message that key and ciphertext determine, of
 * a length from the same source, so that neither answer nor time tells that anything was wrong.
 * Nothing below branches on, or indexes by, what was decrypted.
 */
enum {
	OVERHEAD = 11, CANDIDATES = 128, SUM_LEN = 32,
	LABEL_MAX = 16,
};

/* All bits set when a is less than b, when a is b, or none; both under 2^31. */
static uint32_t
below(uint32_t a, uint32_t b)
{
	return 0 - ((a - b) >> 31);
}

static uint32_t
equal(uint32_t a, uint32_t b)
{
	return ~(below(a, b) | below(b, a));
}

static uint32_t
choose(uint32_t mask, uint32_t a, uint32_t b)
{
	return (mask & a) | (~mask & b);
}

static int
hmac(const struct crypt *c, const uint8_t key[SUM_LEN], const uint8_t *p, size_t n,
    uint8_t out[SUM_LEN])
{
	size_t length;

	return EVP_Q_mac(crypt_ctx(c), "HMAC", NULL, "SHA256", NULL, key, SUM_LEN, p, n, out,
	    SUM_LEN, &length) != NULL;
}

/* The draft's PRF: n bytes from a key and a label. */
static int
expand(const struct crypt *c, const uint8_t key[SUM_LEN], const char *label, uint8_t *out, size_t n)
{
	uint8_t in[2 + LABEL_MAX + 2], sum[SUM_LEN];
	const size_t label_n = strlen(label);
	int good = 1;

	memcpy(in + 2, label, label_n);
	in[2 + label_n] = (uint8_t)(8 * n >> 8);
	in[3 + label_n] = (uint8_t)(8 * n);
	for (size_t at = 0, i = 0; at < n && good; at += SUM_LEN, i++) {
		in[0] = (uint8_t)(i >> 8);
		in[1] = (uint8_t)i;
		good = hmac(c, key, in, label_n + 4, sum);
		memcpy(out + at, sum, n - at < SUM_LEN ? n - at : SUM_LEN);
	}
	OPENSSL_cleanse(sum, sizeof(sum));
	return good;
}

/* The draft's key derivation key: of the private exponent's hash, and of the ciphertext. */
static int
derivation_key(const struct crypt_key *key, const uint8_t *ciphertext, uint8_t kdk[SUM_LEN])
{
	uint8_t bytes[CRYPT_RSA_MAX], sum[SUM_LEN];
	BIGNUM *d = NULL;
	int good;

	good = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_D, &d) == 1 &&
	    BN_bn2binpad(d, bytes, (int)key->size) == (int)key->size &&
	    EVP_Digest(bytes, key->size, sum, NULL, crypt_md(key->crypt, CKM_SHA256), NULL) == 1 &&
	    hmac(key->crypt, sum, ciphertext, key->size, kdk);
	BN_clear_free(d);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(sum, sizeof(sum));
	return good;
}

/* The last candidate that is not too long, 0 when all are. */
static uint32_t
made_length(const uint8_t candidates[2 * CANDIDATES], uint32_t most)
{
	uint32_t mask = most, length = 0, one;

	for (unsigned shift = 1; shift < 16; shift *= 2)
		mask |= mask >> shift;
	for (int i = 0; i < CANDIDATES; i++) {
		one = (((uint32_t)candidates[2 * i] << 8) | candidates[2 * i + 1]) & mask;
		length = choose(below(one, most + 1), one, length);
	}
	return length;
}

/* Where the message begins in em, and in *good whether all before it is as it has to be. */
static uint32_t
message_at(const uint8_t *em, uint32_t k, uint32_t *good)
{
	uint32_t at = 0, found = 0, here;

	*good = equal(em[0], 0) & equal(em[1], 2);
	for (uint32_t i = 2; i < k; i++) {
		here = equal(em[i], 0) & ~found;
		at = choose(here, i + 1, at);
		found |= here;
	}
	/* Eight bytes of padding at least. */
	*good &= found & ~below(at, OVERHEAD);
	return at;
}

/* em's end moves to its front, without the length deciding what is touched. */
static void
move_to_front(uint8_t *em, uint32_t k, uint32_t at)
{
	for (uint32_t step = 1; step < k; step *= 2) {
		const uint32_t mask = ~equal(at & step, 0);

		for (uint32_t i = 0; i < k; i++)
			em[i] = (uint8_t)choose(mask, i + step < k ? em[i + step] : 0, em[i]);
	}
}

static int
raw(const struct crypt_key *key, const uint8_t *ciphertext, uint8_t *em)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(crypt_ctx(key->crypt), key->pkey, NULL);
	size_t n = key->size;
	int good;

	good = ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_decrypt(ctx, em, &n, ciphertext, key->size) == 1 && n == key->size;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

CK_RV
pkcs1_decrypt(const struct crypt_key *key, const uint8_t *ciphertext, uint8_t *out, size_t *n)
{
	uint8_t em[CRYPT_RSA_MAX], made[CRYPT_RSA_MAX], kdk[SUM_LEN], lengths[2 * CANDIDATES];
	const uint32_t k = (uint32_t)key->size;
	uint32_t good, at;
	CK_RV rv = CKR_ENCRYPTED_DATA_INVALID;

	/* RFC 8017, 7.2.2: a number not below the modulus; who sent it knows that by himself. */
	if (!raw(key, ciphertext, em))
		goto out;
	rv = CKR_FUNCTION_FAILED;
	if (!derivation_key(key, ciphertext, kdk) ||
	    !expand(key->crypt, kdk, "length", lengths, sizeof(lengths)) ||
	    !expand(key->crypt, kdk, "message", made, k))
		goto out;
	at = message_at(em, k, &good);
	at = choose(good, at, k - made_length(lengths, k - OVERHEAD));
	for (uint32_t i = 0; i < k; i++)
		em[i] = (uint8_t)choose(good, em[i], made[i]);
	move_to_front(em, k, at);
	memcpy(out, em, k);
	*n = k - at;
	rv = CKR_OK;
out:
	OPENSSL_cleanse(em, sizeof(em));
	OPENSSL_cleanse(made, sizeof(made));
	OPENSSL_cleanse(kdk, sizeof(kdk));
	OPENSSL_cleanse(lengths, sizeof(lengths));
	return rv;
}
