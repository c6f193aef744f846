#include "tests/unit/crypt_keys.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "hsm/pkcs11/crypt_parts.h"
#include "tests/unit/suite.h"

static struct crypt *crypt;
static struct object public_half, private_half;
static const CK_RSA_PKCS_PSS_PARAMS pss256 = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static const CK_RSA_PKCS_PSS_PARAMS pss256_mgf = { CKM_SHA256, CKG_MGF1_SHA1, 32 };
static const CK_RSA_PKCS_PSS_PARAMS pss384_hash = { CKM_SHA384, CKG_MGF1_SHA1, 32 };
static const CK_RSA_PKCS_PSS_PARAMS pss384_salt = { CKM_SHA384, CKG_MGF1_SHA1, 11 };

static void
begin(void)
{
	if (crypt == NULL) {
		OK(crypt_new(&crypt));
		object_pair(crypt, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, &public_half, &private_half);
	}
}

/* The public key as libcrypto has it by itself, so that not what signed says that it did. */
static EVP_PKEY *
rsa_apart(void)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	const uint8_t *p;
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;
	BIGNUM *n, *e;
	size_t length;

	CU_ASSERT_FATAL(attrs_get(&public_half.a, CKA_MODULUS, &p, &length));
	n = BN_bin2bn(p, (int)length, NULL);
	CU_ASSERT_FATAL(attrs_get(&public_half.a, CKA_PUBLIC_EXPONENT, &p, &length));
	e = BN_bin2bn(p, (int)length, NULL);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(bld);
	CU_ASSERT_EQUAL(EVP_PKEY_fromdata_init(ctx), 1);
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static const struct {
	CK_MECHANISM_TYPE type, hash;
	const CK_RSA_PKCS_PSS_PARAMS *pss;
	const char *md;
} rsa_rows[] = {
	{ CKM_SHA1_RSA_PKCS, CKM_SHA_1, NULL, "SHA1" },
	{ CKM_SHA224_RSA_PKCS, CKM_SHA224, NULL, "SHA224" },
	{ CKM_SHA256_RSA_PKCS, CKM_SHA256, NULL, "SHA256" },
	{ CKM_SHA384_RSA_PKCS, CKM_SHA384, NULL, "SHA384" },
	{ CKM_SHA512_RSA_PKCS, CKM_SHA512, NULL, "SHA512" },
	{ CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, &pss256, "SHA256" },
	{ CKM_RSA_PKCS_PSS, CKM_SHA256, &pss256, "SHA256" },
	/* With one thing different from the one before, each. */
	{ CKM_RSA_PKCS_PSS, CKM_SHA256, &pss256_mgf, "SHA256" },
	{ CKM_RSA_PKCS_PSS, CKM_SHA384, &pss384_hash, "SHA384" },
	{ CKM_RSA_PKCS_PSS, CKM_SHA384, &pss384_salt, "SHA384" },
};

static int
verifies_apart(EVP_PKEY *pkey, size_t row, const char *message, const uint8_t *sig, size_t n)
{
	const CK_RSA_PKCS_PSS_PARAMS *pss = rsa_rows[row].pss;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *setting;
	int good;

	CU_ASSERT_EQUAL(EVP_DigestVerifyInit_ex(ctx, &setting, rsa_rows[row].md, NULL, NULL, pkey,
	    NULL), 1);
	if (pss != NULL) {
		EVP_PKEY_CTX_set_rsa_padding(setting, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(setting, (int)pss->s_len);
		EVP_PKEY_CTX_set_rsa_mgf1_md(setting, pss->mgf == CKG_MGF1_SHA1 ? EVP_sha1() :
		    EVP_sha256());
	}
	good = EVP_DigestVerify(ctx, sig, n, (const uint8_t *)message, strlen(message)) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

static void
rsa_signatures_are_what_others_take_them_for(void)
{
	struct crypt_key *signer, *verifier;
	uint8_t sum[64], sig[512];
	EVP_PKEY *apart;
	struct mech m;
	size_t sum_n, n;

	begin();
	apart = rsa_apart();
	signer = object_key(crypt, &private_half);
	verifier = object_key(crypt, &public_half);
	for (size_t i = 0; i < sizeof(rsa_rows) / sizeof(rsa_rows[0]); i++) {
		mech_of(&m, rsa_rows[i].type, rsa_rows[i].pss,
		    rsa_rows[i].pss == NULL ? 0 : sizeof(*rsa_rows[i].pss));
		sum_n = digest_of(crypt, rsa_rows[i].hash, "message", 7, sum);
		for (int again = 0; again < 2; again++) {
			n = sizeof(sig);
			OK(crypt_sign(crypt, signer, &m, sum, sum_n, sig, &n));
			CU_ASSERT_EQUAL(n, 256);
			CU_ASSERT(verifies_apart(apart, i, "message", sig, n));
			OK(crypt_verify(crypt, verifier, &m, sum, sum_n, sig, n));
		}
		sum[0] ^= 1;
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, sum_n, sig, n),
		    CKR_SIGNATURE_INVALID);
		sum[0] ^= 1;
		sig[100] ^= 1;
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, sum_n, sig, n),
		    CKR_SIGNATURE_INVALID);
		sig[100] ^= 1;
		OK(crypt_verify(crypt, verifier, &m, sum, sum_n, sig, n));
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, sum_n, sig, n - 1),
		    CKR_SIGNATURE_LEN_RANGE);
		CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, sum, sum_n - 1, sig, &n),
		    CKR_DATA_LEN_RANGE);
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, sum_n + 1, sig, n),
		    CKR_DATA_LEN_RANGE);
	}
	EVP_PKEY_free(apart);
	crypt_key_free(signer);
	crypt_key_free(verifier);
}

static void
rsa_without_a_hash_takes_what_fits(void)
{
	static const uint8_t zero[257];
	struct crypt_key *signer, *verifier;
	uint8_t sig[256], high[256];
	struct mech m;
	size_t n = sizeof(sig);

	begin();
	signer = object_key(crypt, &private_half);
	verifier = object_key(crypt, &public_half);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	OK(crypt_sign(crypt, signer, &m, zero, 245, sig, &n));
	OK(crypt_verify(crypt, verifier, &m, zero, 245, sig, n));
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, zero, 244, sig, n),
	    CKR_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, zero, 246, sig, &n), CKR_DATA_LEN_RANGE);
	mech_of(&m, CKM_RSA_X_509, NULL, 0);
	OK(crypt_sign(crypt, signer, &m, (const uint8_t *)"\x05", 1, sig, &n));
	OK(crypt_verify(crypt, verifier, &m, (const uint8_t *)"\x00\x05", 2, sig, n));
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, (const uint8_t *)"\x06", 1, sig, n),
	    CKR_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, zero, 257, sig, &n), CKR_DATA_LEN_RANGE);
	CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, zero, 0, sig, &n), CKR_DATA_LEN_RANGE);
	memset(high, 0xff, sizeof(high));
	n = sizeof(sig);
	CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, high, 256, sig, &n), CKR_DATA_INVALID);
	crypt_key_free(signer);
	crypt_key_free(verifier);
}

/* RFC 8017, 9.1.1: 256 bytes hold a hash of 64, two bytes and a salt of 190. */
static void
the_longest_salt_is_what_the_modulus_holds(void)
{
	CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA512, CKG_MGF1_SHA512, 190 };
	struct crypt_key *signer, *verifier;
	uint8_t sum[64] = { 0 }, sig[256];
	struct mech m;
	size_t n = sizeof(sig);

	begin();
	signer = object_key(crypt, &private_half);
	verifier = object_key(crypt, &public_half);
	mech_of(&m, CKM_RSA_PKCS_PSS, &pss, sizeof(pss));
	OK(crypt_sign(crypt, signer, &m, sum, 64, sig, &n));
	OK(crypt_verify(crypt, verifier, &m, sum, 64, sig, n));
	pss.s_len = 189;
	mech_of(&m, CKM_RSA_PKCS_PSS, &pss, sizeof(pss));
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 64, sig, n), CKR_SIGNATURE_INVALID);
	pss.s_len = 191;
	mech_of(&m, CKM_RSA_PKCS_PSS, &pss, sizeof(pss));
	CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, sum, 64, sig, &n),
	    CKR_MECHANISM_PARAM_INVALID);
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 64, sig, n),
	    CKR_MECHANISM_PARAM_INVALID);
	crypt_key_free(signer);
	crypt_key_free(verifier);
}

/* A modulus of 8n + 1 bits has no more room than one of 8n; of its bits the first are zeros. */
static void
whether_a_salt_fits_is_seen_by_the_modulus_alone(void)
{
	static const struct {
		const char *why;
		uint8_t first;
		CK_ULONG bytes, salt;
		CK_RV rv;
	} rows[] = {
		{ "2048 bits, the longest", 0x80, 256, 190, CKR_OK },
		{ "2048 bits, one more", 0x80, 256, 191, CKR_MECHANISM_PARAM_INVALID },
		{ "2041 bits, the longest", 0x01, 256, 189, CKR_OK },
		{ "2041 bits, one more", 0x01, 256, 190, CKR_MECHANISM_PARAM_INVALID },
		{ "2042 bits, the longest", 0x02, 256, 190, CKR_OK },
		{ "4096 bits, the longest", 0xff, 512, 446, CKR_OK },
		{ "4096 bits, one more", 0xff, 512, 447, CKR_MECHANISM_PARAM_INVALID },
	};
	CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA512, CKG_MGF1_SHA512, 0 };
	uint8_t modulus[512] = { 0 };
	struct object key;
	struct mech m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		object_of(&key, CKO_PUBLIC_KEY, CKK_RSA);
		modulus[0] = rows[i].first;
		attrs_put(&key.a, CKA_MODULUS, modulus, rows[i].bytes);
		pss.s_len = rows[i].salt;
		mech_of(&m, CKM_SHA512_RSA_PKCS_PSS, &pss, sizeof(pss));
		if (crypt_suits(&key.a, &m) != rows[i].rv) {
			printf("  %s\n", rows[i].why);
			CU_FAIL("salt");
		}
	}
	mech_of(&m, CKM_SHA512_RSA_PKCS, NULL, 0);
	OK(crypt_suits(&key.a, &m));
}

static void
a_key_keeps_few_contexts(void)
{
	CK_RSA_PKCS_PSS_PARAMS pss = pss256;
	struct crypt_key *verifier;
	uint8_t sum[32] = { 0 }, sig[256] = { 0 };
	struct mech m;

	begin();
	verifier = object_key(crypt, &public_half);
	for (CK_ULONG salt = 0; salt < 3 * READY_MAX; salt++) {
		pss.s_len = salt;
		mech_of(&m, CKM_RSA_PKCS_PSS, &pss, sizeof(pss));
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 32, sig, 256),
		    CKR_SIGNATURE_INVALID);
		CU_ASSERT(verifier->ready_n <= READY_MAX);
	}
	crypt_key_free(verifier);
}

enum { THREADS = 4, TURNS = 25 };
static struct crypt_key *shared[2];

static void *
signs_and_verifies(void *arg)
{
	uint8_t sum[48] = { 0 }, sig[256];
	const intptr_t first = (intptr_t)arg;
	struct mech m;
	size_t n;

	for (int t = 0; t < TURNS; t++) {
		if ((t + first) % 2 == 0)
			mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
		else
			mech_of(&m, CKM_RSA_PKCS_PSS, &pss256, sizeof(pss256));
		sum[0] = (uint8_t)t;
		n = sizeof(sig);
		if (crypt_sign(crypt, shared[0], &m, sum, 32, sig, &n) != CKR_OK ||
		    crypt_verify(crypt, shared[1], &m, sum, 32, sig, n) != CKR_OK)
			return "failed";
	}
	crypt_key_free(shared[0]);
	return NULL;
}

static void
threads_use_one_key_at_once(void)
{
	pthread_t threads[THREADS];
	void *said;

	begin();
	shared[0] = object_key(crypt, &private_half);
	shared[1] = object_key(crypt, &public_half);
	for (intptr_t i = 0; i < THREADS; i++) {
		crypt_key_ref(shared[0]);
		OK(pthread_create(&threads[i], NULL, signs_and_verifies, (void *)i));
	}
	/* Taken out of a cache while they sign. */
	crypt_key_free(shared[0]);
	for (int i = 0; i < THREADS; i++) {
		OK(pthread_join(threads[i], &said));
		CU_ASSERT_PTR_NULL(said);
	}
	crypt_key_free(shared[1]);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(rsa_signatures_are_what_others_take_them_for),
	SENTENCE(rsa_without_a_hash_takes_what_fits),
	SENTENCE(the_longest_salt_is_what_the_modulus_holds),
	SENTENCE(whether_a_salt_fits_is_seen_by_the_modulus_alone),
	SENTENCE(a_key_keeps_few_contexts),
	SENTENCE(threads_use_one_key_at_once),
};

SUITE("crypt_rsa", sentences)
