#include "tests/unit/crypt_keys.h"

#include <string.h>

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

#define K128 "2b7e151628aed2a6abf7158809cf4f3c"
#define BLOCK "6bc1bee22e409f96e93d7e117393172a"

static const uint8_t counter[16] = { 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9,
    0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff };
static const uint8_t iv[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static uint8_t gcm_iv[12] = { 0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8,
    0x88 };
static uint8_t gcm_aad[20] = { 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa,
    0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2 };
static const struct ck_gcm_params gcm = { gcm_iv, 12, 96, gcm_aad, 20, 128 };
static const struct ck_gcm_params gcm_short = { gcm_iv, 8, 64, gcm_aad, 20, 128 };
static CK_AES_CTR_PARAMS ctr = { 128, { 0 } };

/*
 * SP 800-38A, F.1.1, F.2.1, F.5.1; test cases 4 and 5 of "The Galois/Counter Mode of Operation"; RFC
 * 3394, 4.1; RFC 5649, 6.
 */
static const struct {
	CK_MECHANISM_TYPE type;
	const void *param;
	size_t param_n;
	const char *key, *plain, *cipher;
} known[] = {
	{ CKM_AES_ECB, NULL, 0, K128, BLOCK, "3ad77bb40d7a3660a89ecaf32466ef97" },
	{ CKM_AES_CBC, iv, 16, K128, BLOCK, "7649abac8119b246cee98e9b12e9197d" },
	{ CKM_AES_CTR, &ctr, sizeof(ctr), K128, BLOCK, "874d6191b620e3261bef6864990db6ce" },
	{ CKM_AES_GCM, &gcm, sizeof(gcm), "feffe9928665731c6d6a8f9467308308",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	    "5bc94fbc3221a5db94fae95ae7121a47" },
	{ CKM_AES_GCM, &gcm_short, sizeof(gcm_short), "feffe9928665731c6d6a8f9467308308",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
	    "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598"
	    "3612d2e79e3b0785561be14aaca2fccb" },
	{ CKM_AES_KEY_WRAP, NULL, 0, "000102030405060708090a0b0c0d0e0f",
	    "00112233445566778899aabbccddeeff",
	    "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5" },
	{ CKM_AES_KEY_WRAP_KWP, NULL, 0, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
	    "c37b7e6492584340bed12207808941155068f738",
	    "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a" },
	{ CKM_AES_KEY_WRAP_PAD, NULL, 0, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
	    "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f" },
};

static void
known_texts_are_encrypted_and_decrypted(void)
{
	uint8_t plain[128], cipher[128], got[128];
	size_t plain_n, cipher_n, n;
	struct crypt_key *key;
	struct object o;
	struct mech m;

	begin();
	memcpy(ctr.cb, counter, sizeof(counter));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (int own = 0; own < 2; own++) {
			struct crypt *c = own ? crypt : NULL;

			object_secret(&o, CKK_AES, known[i].key);
			key = object_key(c, &o);
			mech_of(&m, known[i].type, known[i].param, known[i].param_n);
			plain_n = hex(known[i].plain, plain, sizeof(plain));
			cipher_n = hex(known[i].cipher, cipher, sizeof(cipher));
			CU_ASSERT_EQUAL(crypt_out_max(&o.a, &m, CKF_ENCRYPT, plain_n), cipher_n);
			CU_ASSERT(crypt_out_max(&o.a, &m, CKF_DECRYPT, cipher_n) >= plain_n);
			n = sizeof(got);
			OK(crypt_encrypt(c, key, &m, plain, plain_n, got, &n));
			CU_ASSERT_EQUAL(n, cipher_n);
			SAME(got, cipher, n);
			/* Room for the plaintext and no more is enough. */
			n = plain_n;
			OK(crypt_decrypt(c, key, &m, cipher, cipher_n, got, &n));
			CU_ASSERT_EQUAL(n, plain_n);
			SAME(got, plain, n);
			crypt_key_free(key);
		}
}

/* One bit of the ciphertext, of each byte in turn: no plaintext comes out, and none stays behind. */
static void
what_is_authenticated_and_was_changed_gives_nothing(void)
{
	static const uint8_t zero[128];
	uint8_t cipher[128], got[128];
	struct crypt_key *key;
	struct object o;
	struct mech m;
	size_t cipher_n, n;

	begin();
	for (size_t i = 3; i < sizeof(known) / sizeof(known[0]); i++) {
		object_secret(&o, CKK_AES, known[i].key);
		key = object_key(crypt, &o);
		mech_of(&m, known[i].type, known[i].param, known[i].param_n);
		cipher_n = hex(known[i].cipher, cipher, sizeof(cipher));
		for (size_t at = 0; at < cipher_n; at++) {
			cipher[at] ^= 1;
			memset(got, 0, sizeof(got));
			n = sizeof(got);
			CU_ASSERT_EQUAL(crypt_decrypt(crypt, key, &m, cipher, cipher_n, got, &n),
			    CKR_ENCRYPTED_DATA_INVALID);
			SAME(got, zero, sizeof(got));
			cipher[at] ^= 1;
		}
		crypt_key_free(key);
	}
}

static void
lengths_that_a_mode_cannot_have_are_refused(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		int encrypt;
		size_t n;
		CK_RV want;
	} rows[] = {
		{ CKM_AES_ECB, 1, 0, CKR_OK }, { CKM_AES_ECB, 1, 15, CKR_DATA_LEN_RANGE },
		{ CKM_AES_ECB, 1, 17, CKR_DATA_LEN_RANGE },
		{ CKM_AES_ECB, 0, 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC, 1, 31, CKR_DATA_LEN_RANGE },
		{ CKM_AES_CBC, 0, 33, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC_PAD, 1, 0, CKR_OK }, { CKM_AES_CBC_PAD, 1, 33, CKR_OK },
		{ CKM_AES_CBC_PAD, 0, 0, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC_PAD, 0, 17, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_CBC_PAD, 0, 16, CKR_ENCRYPTED_DATA_INVALID },
		{ CKM_AES_GCM, 0, 15, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_GCM, 0, 16, CKR_ENCRYPTED_DATA_INVALID },
		{ CKM_AES_KEY_WRAP, 1, 8, CKR_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP, 1, 17, CKR_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP, 1, 24, CKR_OK },
		{ CKM_AES_KEY_WRAP, 0, 16, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP, 0, 25, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP, 0, 24, CKR_ENCRYPTED_DATA_INVALID },
		{ CKM_AES_KEY_WRAP_PAD, 1, 0, CKR_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP_PAD, 1, 1, CKR_OK },
		{ CKM_AES_KEY_WRAP_PAD, 0, 8, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP_PAD, 0, 17, CKR_ENCRYPTED_DATA_LEN_RANGE },
		{ CKM_AES_KEY_WRAP_PAD, 0, 16, CKR_ENCRYPTED_DATA_INVALID },
	};
	static const uint8_t data[64];
	uint8_t out[128];
	struct crypt_key *key;
	struct object o;
	struct mech m;
	size_t n;
	CK_RV rv;

	begin();
	object_secret(&o, CKK_AES, K128);
	key = object_key(crypt, &o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int gcm_row = rows[i].type == CKM_AES_GCM;
		const int cbc = rows[i].type == CKM_AES_CBC || rows[i].type == CKM_AES_CBC_PAD;

		mech_of(&m, rows[i].type, gcm_row ? (const void *)&gcm : cbc ? iv : NULL,
		    gcm_row ? sizeof(gcm) : cbc ? 16 : 0);
		n = sizeof(out);
		rv = rows[i].encrypt ? crypt_encrypt(crypt, key, &m, data, rows[i].n, out, &n) :
		    crypt_decrypt(crypt, key, &m, data, rows[i].n, out, &n);
		CU_ASSERT_EQUAL(rv, rows[i].want);
	}
	crypt_key_free(key);
}

/* Initial counters by which so many blocks are left below the top of so many bits. */
static void
a_counter_does_not_wrap(void)
{
	static const struct {
		CK_ULONG bits;
		const char *block;
		size_t left;	/* bytes, 0: more than are asked for here */
	} rows[] = {
		{ 8, "000000000000000000000000000000ff", 16 },
		{ 8, "000000000000000000000000000000fe", 32 },
		{ 1, "00000000000000000000000000000000", 32 },
		{ 9, "000000000000000000000000000000ff", 0 },
		{ 32, "000000000000000000000000ffffffff", 16 },
		{ 33, "000000000000000000000000ffffffff", 0 },
		{ 64, "0000000000000000ffffffffffffffff", 16 },
		{ 64, "00000000000000000000000000000000", 0 },
		{ 65, "0000000000000000ffffffffffffffff", 0 },
		{ 65, "0000000000000001fffffffffffffffe", 32 },
		{ 65, "00000000000000010000000000000000", 0 },
		{ 128, "ffffffffffffffffffffffffffffffff", 16 },
		{ 128, "fffffffffffffffeffffffffffffffff", 0 },
	};
	static const uint8_t data[49];
	CK_AES_CTR_PARAMS param;
	struct crypt_key *key;
	struct object o;
	uint8_t out[49];
	struct mech m;
	size_t n;

	begin();
	object_secret(&o, CKK_AES, K128);
	key = object_key(crypt, &o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		param.counter_bits = rows[i].bits;
		hex(rows[i].block, param.cb, sizeof(param.cb));
		mech_of(&m, CKM_AES_CTR, &param, sizeof(param));
		n = sizeof(out);
		OK(crypt_encrypt(crypt, key, &m, data, rows[i].left == 0 ? 49 : rows[i].left, out,
		    &n));
		if (rows[i].left != 0) {
			CU_ASSERT_EQUAL(crypt_encrypt(crypt, key, &m, data, rows[i].left + 1, out, &n),
			    CKR_DATA_LEN_RANGE);
			CU_ASSERT_EQUAL(crypt_decrypt(crypt, key, &m, data, rows[i].left + 1, out, &n),
			    CKR_DATA_LEN_RANGE);
		}
	}
	crypt_key_free(key);
}

static void
room_that_is_too_little_is_told(void)
{
	static const uint8_t data[20] = { 1 };
	uint8_t cipher[32], out[48];
	struct crypt_key *key;
	struct object o;
	struct mech m;
	size_t n;

	begin();
	object_secret(&o, CKK_AES, K128);
	key = object_key(crypt, &o);
	mech_of(&m, CKM_AES_CBC_PAD, iv, 16);
	OK(crypt_encrypt(crypt, key, &m, data, 20, NULL, &n));
	CU_ASSERT_EQUAL(n, 32);
	n = 31;
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, key, &m, data, 20, cipher, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 32);
	OK(crypt_encrypt(crypt, key, &m, data, 20, cipher, &n));
	OK(crypt_decrypt(crypt, key, &m, cipher, 32, NULL, &n));
	CU_ASSERT(n >= 20);
	memset(out, 0xee, sizeof(out));
	n = 19;
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, key, &m, cipher, 32, out, &n), CKR_BUFFER_TOO_SMALL);
	CU_ASSERT_EQUAL(n, 20);
	CU_ASSERT_EQUAL(out[0], 0xee);
	OK(crypt_decrypt(crypt, key, &m, cipher, 32, out, &n));
	CU_ASSERT_EQUAL(n, 20);
	SAME(out, data, 20);
	CU_ASSERT_EQUAL(out[20], 0xee);
	crypt_key_free(key);
}

static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, gcm_aad, 3 };

static void
rsa_decrypts_what_it_has_encrypted(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		const void *param;
		size_t param_n, most;
	} rows[] = {
		{ CKM_RSA_PKCS, NULL, 0, 245 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), 256 - 66 },
	};
	uint8_t plain[256], cipher[256], out[256];
	struct crypt_key *public_key, *private_key;
	const size_t lengths[] = { 0, 1, 20 };
	struct mech m;
	size_t n;

	begin();
	memset(plain, 0x5a, sizeof(plain));
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	for (size_t i = 0; i < 2; i++) {
		mech_of(&m, rows[i].type, rows[i].param, rows[i].param_n);
		CU_ASSERT_EQUAL(crypt_out_max(&rsa_private.a, &m, CKF_DECRYPT, 256), rows[i].most);
		for (size_t l = 0; l < 4; l++) {
			const size_t length = l < 3 ? lengths[l] : rows[i].most;

			n = 256;
			OK(crypt_encrypt(crypt, public_key, &m, plain, length, cipher, &n));
			CU_ASSERT_EQUAL(n, 256);
			n = length;
			OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n));
			CU_ASSERT_EQUAL(n, length);
			SAME(out, plain, length);
			if (length > 0) {
				n = length - 1;
				CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, cipher, 256, out,
				    &n), CKR_BUFFER_TOO_SMALL);
				CU_ASSERT_EQUAL(n, length);
			}
		}
		CU_ASSERT_EQUAL(crypt_encrypt(crypt, public_key, &m, plain, rows[i].most + 1, cipher,
		    &n), CKR_DATA_LEN_RANGE);
		CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, cipher, 255, out, &n),
		    CKR_ENCRYPTED_DATA_LEN_RANGE);
	}
	/* The label is part of it, and each hash is. */
	n = 256;
	OK(crypt_encrypt(crypt, public_key, &m, plain, 5, cipher, &n));
	m.a[0] ^= 1;
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n),
	    CKR_ENCRYPTED_DATA_INVALID);
	m.a[0] ^= 1;
	m.mgf = CKG_MGF1_SHA256;
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n),
	    CKR_ENCRYPTED_DATA_INVALID);
	m.mgf = CKG_MGF1_SHA1;
	m.hash = CKM_SHA384;
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n),
	    CKR_ENCRYPTED_DATA_INVALID);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
}

static void
raw_rsa_takes_numbers_below_the_modulus(void)
{
	struct crypt_key *public_key, *private_key;
	uint8_t high[256], cipher[256], out[256];
	struct mech m;
	size_t n = 256;

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_X_509, NULL, 0);
	OK(crypt_encrypt(crypt, public_key, &m, (const uint8_t *)"\x05\x06", 2, cipher, &n));
	OK(crypt_decrypt(crypt, private_key, &m, cipher, 256, out, &n));
	CU_ASSERT_EQUAL(n, 256);
	CU_ASSERT_EQUAL(out[254] << 8 | out[255], 0x0506);
	CU_ASSERT_EQUAL(out[0] | out[253], 0);
	memset(high, 0xff, sizeof(high));
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, public_key, &m, high, 256, cipher, &n),
	    CKR_DATA_INVALID);
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, public_key, &m, high, 0, cipher, &n),
	    CKR_DATA_LEN_RANGE);
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, high, 256, out, &n),
	    CKR_ENCRYPTED_DATA_INVALID);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, private_key, &m, high, 256, out, &n),
	    CKR_ENCRYPTED_DATA_INVALID);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
}

static void
only_its_own_half_of_a_pair_does_it(void)
{
	struct crypt_key *public_key, *private_key;
	uint8_t data[256] = { 0 }, out[256];
	struct mech m;
	size_t n = 256;

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_decrypt(crypt, public_key, &m, data, 256, out, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, private_key, &m, data, 5, out, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_AES_ECB, NULL, 0);
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, public_key, &m, data, 16, out, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_encrypt(crypt, public_key, &m, data, 16, out, &n),
	    CKR_MECHANISM_INVALID);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(known_texts_are_encrypted_and_decrypted),
	SENTENCE(what_is_authenticated_and_was_changed_gives_nothing),
	SENTENCE(lengths_that_a_mode_cannot_have_are_refused),
	SENTENCE(a_counter_does_not_wrap),
	SENTENCE(room_that_is_too_little_is_told),
	SENTENCE(rsa_decrypts_what_it_has_encrypted),
	SENTENCE(raw_rsa_takes_numbers_below_the_modulus),
	SENTENCE(only_its_own_half_of_a_pair_does_it),
};

SUITE("crypt_cipher", sentences)
