#include "tests/unit/crypt_keys.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/suite.h"

static struct crypt *crypt;
static struct object public_half, private_half;

static void
begin(void)
{
	if (crypt == NULL) {
		OK(crypt_new(&crypt));
		object_pair(crypt, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, &public_half, &private_half);
	}
}

/* FIPS 180-4's "abc", from its examples. */
static void
digests_are_those_of_the_standard(void)
{
	static const struct {
		CK_MECHANISM_TYPE hash;
		const char *want;
	} rows[] = {
		{ CKM_SHA_1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ CKM_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
		{ CKM_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ CKM_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		    "8086072ba1e7cc2358baeca134c825a7" },
		{ CKM_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	uint8_t want[64], got[64];
	struct crypt_digest *d, *copy;
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = hex(rows[i].want, want, sizeof(want));
		CU_ASSERT_EQUAL(crypt_digest_length(rows[i].hash), n);
		CU_ASSERT_EQUAL(digest_of(crypt, rows[i].hash, "abc", 3, got), n);
		SAME(got, want, n);
		/* In parts, by a copy, and with the process's own context. */
		OK(crypt_digest_new(NULL, rows[i].hash, &d));
		OK(crypt_digest_update(d, (const uint8_t *)"a", 1));
		CU_ASSERT_PTR_NOT_NULL_FATAL((copy = crypt_digest_copy(d)));
		OK(crypt_digest_update(copy, (const uint8_t *)"bc", 2));
		OK(crypt_digest_final(copy, got, &n));
		SAME(got, want, n);
		crypt_digest_free(d);
		crypt_digest_free(copy);
	}
	CU_ASSERT_EQUAL(crypt_digest_length(CKM_SHA256_HMAC), 0);
	CU_ASSERT_EQUAL(crypt_digest_new(crypt, CKM_SHA256_HMAC, &d), CKR_MECHANISM_INVALID);
}

/* RFC 6979, A.2.5: P-256, SHA-256, "sample"; RFC 8032, 7.1, test 3. */
static void
known_signatures_verify(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_KEY_TYPE key;
		const char *curve, *point, *sig, *data;
	} rows[] = {
		{ CKM_ECDSA_SHA256, CKK_EC, P256,
		    "0441"
		    "04"
		    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
		    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
		    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		    /* SHA-256 of "sample" */
		    "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf" },
		{ CKM_EDDSA, CKK_EC_EDWARDS, ED25519_OID,
		    "0420fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		    "af82" },
	};
	uint8_t sig[64], data[64];
	struct crypt_key *key;
	struct object o;
	struct mech m;
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		object_of(&o, CKO_PUBLIC_KEY, rows[i].key);
		object_hex(&o, CKA_EC_PARAMS, rows[i].curve);
		object_hex(&o, CKA_EC_POINT, rows[i].point);
		key = object_key(crypt, &o);
		mech_of(&m, rows[i].type, NULL, 0);
		n = hex(rows[i].data, data, sizeof(data));
		CU_ASSERT_EQUAL(hex(rows[i].sig, sig, sizeof(sig)), 64);
		OK(crypt_verify(crypt, key, &m, data, n, sig, 64));
		for (size_t at = 0; at < 64; at += 21) {
			sig[at] ^= 0x10;
			CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, data, n, sig, 64),
			    CKR_SIGNATURE_INVALID);
			sig[at] ^= 0x10;
		}
		CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, data, n, sig, 63),
		    CKR_SIGNATURE_LEN_RANGE);
		memset(sig, 0, sizeof(sig));
		CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, data, n, sig, 64),
		    CKR_SIGNATURE_INVALID);
		crypt_key_free(key);
	}
}

/* RFC 8032, 7.1, test 3; RFC 4231, 4.3; RFC 4493, 4, examples 2 and 1. */
static void
known_signatures_are_made(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_OBJECT_CLASS class;
		CK_KEY_TYPE key;
		const char *curve, *value, *data, *sig;
	} rows[] = {
		{ CKM_EDDSA, CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519_NAME,
		    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
		    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
		{ CKM_SHA256_HMAC, CKO_SECRET_KEY, CKK_GENERIC_SECRET, NULL, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ CKM_SHA512_HMAC, CKO_SECRET_KEY, CKK_SHA512_HMAC, NULL, "4a656665",
		    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
		{ CKM_AES_CMAC, CKO_SECRET_KEY, CKK_AES, NULL, "2b7e151628aed2a6abf7158809cf4f3c",
		    "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c" },
		{ CKM_AES_CMAC, CKO_SECRET_KEY, CKK_AES, NULL, "2b7e151628aed2a6abf7158809cf4f3c",
		    "", "bb1d6929e95937287fa37d129b756746" },
	};
	uint8_t want[64], got[64], data[64];
	struct crypt_key *key;
	struct object o;
	struct mech m;
	size_t n, want_n, got_n;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		object_of(&o, rows[i].class, rows[i].key);
		object_hex(&o, CKA_VALUE, rows[i].value);
		if (rows[i].curve != NULL)
			object_hex(&o, CKA_EC_PARAMS, rows[i].curve);
		mech_of(&m, rows[i].type, NULL, 0);
		n = hex(rows[i].data, data, sizeof(data));
		want_n = hex(rows[i].sig, want, sizeof(want));
		CU_ASSERT_EQUAL(crypt_out_max(&o.a, &m, CKF_SIGN, n), want_n);
		/* Twice, since what is ready is used again; and with the process's own context. */
		for (int t = 0; t < 3; t++) {
			struct crypt *c = t < 2 ? crypt : NULL;

			if (t != 1)
				key = object_key(c, &o);
			got_n = sizeof(got);
			OK(crypt_sign(c, key, &m, data, n, got, &got_n));
			CU_ASSERT_EQUAL(got_n, want_n);
			SAME(got, want, want_n);
			if (t > 0)
				crypt_key_free(key);
		}
	}
}

static void
a_mac_that_is_cut_off_is_the_front_of_it(void)
{
	CK_ULONG length = 5;
	struct crypt_key *key;
	uint8_t whole[32], part[32];
	struct object o;
	struct mech m;
	size_t n = 32;

	begin();
	object_secret(&o, CKK_GENERIC_SECRET, "00112233");
	key = object_key(crypt, &o);
	mech_of(&m, CKM_SHA256_HMAC, NULL, 0);
	OK(crypt_sign(crypt, key, &m, (const uint8_t *)"x", 1, whole, &n));
	OK(crypt_verify(crypt, key, &m, (const uint8_t *)"x", 1, whole, 32));
	CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, (const uint8_t *)"x", 1, whole, 31),
	    CKR_SIGNATURE_LEN_RANGE);
	mech_of(&m, CKM_SHA256_HMAC_GENERAL, &length, sizeof(length));
	OK(crypt_sign(crypt, key, &m, (const uint8_t *)"x", 1, part, &n));
	CU_ASSERT_EQUAL(n, 5);
	SAME(part, whole, 5);
	OK(crypt_verify(crypt, key, &m, (const uint8_t *)"x", 1, whole, 5));
	CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, (const uint8_t *)"x", 1, whole, 6),
	    CKR_SIGNATURE_LEN_RANGE);
	whole[4] ^= 1;
	CU_ASSERT_EQUAL(crypt_verify(crypt, key, &m, (const uint8_t *)"x", 1, whole, 5),
	    CKR_SIGNATURE_INVALID);
	crypt_key_free(key);
}

static void
every_curve_signs(void)
{
	static const char *const curves[] = { P256, P384, P521, SECP256K1, BRAINPOOL256,
	    BRAINPOOL320, BRAINPOOL384, BRAINPOOL512 };
	static const size_t sizes[] = { 64, 96, 132, 64, 64, 80, 96, 128 };
	struct object public_key, private_key;
	struct crypt_key *signer, *verifier;
	uint8_t sum[200] = { 1, 2, 3 }, sig[132];
	struct mech m;
	size_t n;

	begin();
	mech_of(&m, CKM_ECDSA, NULL, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		object_pair(crypt, CKM_EC_KEY_PAIR_GEN, curves[i], &public_key, &private_key);
		signer = object_key(crypt, &private_key);
		verifier = object_key(crypt, &public_key);
		CU_ASSERT_EQUAL(crypt_out_max(&private_key.a, &m, CKF_SIGN, 1), sizes[i]);
		/* Of r and s some begin with zeros, which DER leaves out. */
		for (uint8_t t = 0; t < (i == 0 ? 200 : 3); t++) {
			sum[0] = t;
			n = sizeof(sig);
			OK(crypt_sign(crypt, signer, &m, sum, 1 + t, sig, &n));
			CU_ASSERT_EQUAL(n, sizes[i]);
			OK(crypt_verify(crypt, verifier, &m, sum, 1 + t, sig, n));
		}
		sig[n - 1] ^= 1;
		CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 3, sig, n),
		    CKR_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(crypt_sign(crypt, signer, &m, sum, 0, sig, &n), CKR_DATA_LEN_RANGE);
		crypt_key_free(signer);
		crypt_key_free(verifier);
	}
}

static void
room_is_asked_for_before_anything_is_done(void)
{
	struct object public_key, private_key, secret;
	uint8_t sum[32] = { 0 }, sig[256];
	struct crypt_key *key;
	struct mech m;
	const struct {
		const struct object *o;
		CK_MECHANISM_TYPE type;
		size_t need;
	} rows[] = {
		{ &private_half, CKM_SHA256_RSA_PKCS, 256 }, { &private_key, CKM_ECDSA_SHA256, 64 },
		{ &secret, CKM_SHA256_HMAC, 32 },
	};
	size_t n;

	begin();
	object_pair(crypt, CKM_EC_KEY_PAIR_GEN, P256, &public_key, &private_key);
	object_secret(&secret, CKK_GENERIC_SECRET, "01");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		key = object_key(crypt, rows[i].o);
		mech_of(&m, rows[i].type, NULL, 0);
		n = 0;
		OK(crypt_sign(crypt, key, &m, sum, 32, NULL, &n));
		CU_ASSERT_EQUAL(n, rows[i].need);
		n = rows[i].need - 1;
		CU_ASSERT_EQUAL(crypt_sign(crypt, key, &m, sum, 32, sig, &n), CKR_BUFFER_TOO_SMALL);
		CU_ASSERT_EQUAL(n, rows[i].need);
		OK(crypt_sign(crypt, key, &m, sum, 32, sig, &n));
		CU_ASSERT_EQUAL(n, rows[i].need);
		crypt_key_free(key);
	}
}

static void
a_key_that_does_not_go_with_the_mechanism_is_refused(void)
{
	struct crypt_key *public_key, *private_key, *secret;
	uint8_t sum[32] = { 0 }, sig[256];
	struct object o;
	struct mech m;
	size_t n = sizeof(sig);

	begin();
	public_key = object_key(crypt, &public_half);
	private_key = object_key(crypt, &private_half);
	object_secret(&o, CKK_GENERIC_SECRET, "01");
	secret = object_key(crypt, &o);
	mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_sign(crypt, public_key, &m, sum, 32, sig, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(crypt_verify(crypt, private_key, &m, sum, 32, sig, 256),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(crypt_sign(crypt, secret, &m, sum, 32, sig, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_ECDSA, NULL, 0);
	CU_ASSERT_EQUAL(crypt_sign(crypt, private_key, &m, sum, 32, sig, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_AES_CMAC, NULL, 0);
	CU_ASSERT_EQUAL(crypt_sign(crypt, secret, &m, sum, 32, sig, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_AES_ECB, NULL, 0);
	CU_ASSERT_EQUAL(crypt_sign(crypt, secret, &m, sum, 32, sig, &n), CKR_MECHANISM_INVALID);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
	crypt_key_free(secret);
}

/* A failure of ours is none of an application's that uses libcrypto in the same thread. */
static void
the_queue_of_errors_is_left_as_it_was(void)
{
	struct crypt_key *verifier;
	uint8_t sum[32] = { 0 }, sig[256] = { 0 };
	struct mech m;

	begin();
	verifier = object_key(crypt, &public_half);
	mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
	ERR_clear_error();
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 32, sig, 256),
	    CKR_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	ERR_raise(ERR_LIB_USER, 77);
	CU_ASSERT_EQUAL(crypt_verify(crypt, verifier, &m, sum, 32, sig, 256),
	    CKR_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_get_error()), 77);
	CU_ASSERT_EQUAL(ERR_get_error(), 0);
	crypt_key_free(verifier);
}

static void
a_context_is_freed_at_the_end(void)
{
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(digests_are_those_of_the_standard),
	SENTENCE(known_signatures_verify),
	SENTENCE(known_signatures_are_made),
	SENTENCE(a_mac_that_is_cut_off_is_the_front_of_it),
	SENTENCE(every_curve_signs),
	SENTENCE(room_is_asked_for_before_anything_is_done),
	SENTENCE(a_key_that_does_not_go_with_the_mechanism_is_refused),
	SENTENCE(the_queue_of_errors_is_left_as_it_was),
	SENTENCE(a_context_is_freed_at_the_end),
};

SUITE("crypt_sign", sentences)
