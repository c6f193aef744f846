#include "tests/unit/crypt_keys.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct crypt *crypt;

static void
begin(void)
{
	if (crypt == NULL)
		OK(crypt_new(&crypt));
}

/* RFC 7027, A.1, and RFC 7748, 5.2. */
#define BP_VALUE "81db1ee100150ff2ea338d708271be38300cb54241d79950f77b063039804f1d"
#define BP_PEER "8d2d688c6cf93e1160ad04cc4429117dc2c41825e1e9fca0addd34e6f1b39f7b" \
	"990c57520812be512641e47034832106bc7d3e8dd0e4c7f1136d7006547cec6a"
#define BP_Z "89afc39d41d3b327814b80940b042590f96556ec91e6ae7939bce31f3a18bf2b"
#define X_VALUE "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"
#define X_PEER "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"
#define X_Z "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"

static struct crypt_key *
agreement_key(CK_KEY_TYPE type, const char *curve, const char *value)
{
	struct object o;

	object_of(&o, CKO_PRIVATE_KEY, type);
	object_hex(&o, CKA_EC_PARAMS, curve);
	object_hex(&o, CKA_VALUE, value);
	return object_key(crypt, &o);
}

static CK_RV
ecdh(struct crypt_key *key, const char *peer, CK_ULONG kdf, const char *shared, size_t want,
    struct object *into)
{
	uint8_t point[256], info[64];
	CK_ECDH1_DERIVE_PARAMS p = { kdf, hex(shared, info, sizeof(info)), info,
	    hex(peer, point, sizeof(point)), point };
	struct mech m;

	mech_of(&m, CKM_ECDH1_DERIVE, &p, sizeof(p));
	return crypt_derive(crypt, key, &m, NULL, want, &into->a);
}

static void
check(const struct object *o, const char *want)
{
	uint8_t bytes[512];
	size_t n = hex(want, bytes, sizeof(bytes));

	CU_ASSERT(attrs_equal(&o->a, CKA_VALUE, bytes, n));
}

static void
known_secrets_are_agreed(void)
{
	static const struct {
		CK_KEY_TYPE type;
		const char *curve, *value, *peer, *z;
	} rows[] = {
		{ CKK_EC, BRAINPOOL256, BP_VALUE, "04" BP_PEER, BP_Z },
		{ CKK_EC, BRAINPOOL256, BP_VALUE, "044104" BP_PEER, BP_Z },
		{ CKK_EC_MONTGOMERY, X25519_OID, X_VALUE, X_PEER, X_Z },
		{ CKK_EC_MONTGOMERY, X25519_NAME, X_VALUE, "0420" X_PEER, X_Z },
	};
	struct crypt_key *key;
	struct object o;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		key = agreement_key(rows[i].type, rows[i].curve, rows[i].value);
		object_of(&o, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
		OK(ecdh(key, rows[i].peer, CKD_NULL, "", 0, &o));
		check(&o, rows[i].z);
		/* PKCS #11 Mechanisms 2.40, 2.3.8: bytes are taken from the leading end. */
		object_of(&o, CKO_SECRET_KEY, CKK_AES);
		OK(ecdh(key, rows[i].peer, CKD_NULL, "", 16, &o));
		check(&o, rows[i].z + 32);
		CU_ASSERT_EQUAL(ecdh(key, rows[i].peer, CKD_NULL, "", 33, &o), CKR_KEY_SIZE_RANGE);
		crypt_key_free(key);
	}
}

/* ANSI X9.63, 5.6.3: Hash(Z || counter || SharedInfo), from counter 1 on. */
static void
a_kdf_hashes_what_was_agreed(void)
{
	static const struct {
		CK_ULONG kdf;
		CK_MECHANISM_TYPE hash;
	} rows[] = {
		{ CKD_SHA1_KDF, CKM_SHA_1 }, { CKD_SHA224_KDF, CKM_SHA224 },
		{ CKD_SHA256_KDF, CKM_SHA256 }, { CKD_SHA384_KDF, CKM_SHA384 },
		{ CKD_SHA512_KDF, CKM_SHA512 },
	};
	uint8_t in[32 + 4 + 2], want[3 * 64];
	struct crypt_digest *d;
	struct crypt_key *key;
	struct object o;
	size_t n, hash_n;

	begin();
	key = agreement_key(CKK_EC, BRAINPOOL256, BP_VALUE);
	hex(BP_Z "00000000abcd", in, sizeof(in));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		hash_n = crypt_digest_length(rows[i].hash);
		for (uint8_t block = 0; block < 3; block++) {
			in[35] = block + 1;
			OK(crypt_digest_new(crypt, rows[i].hash, &d));
			OK(crypt_digest_update(d, in, sizeof(in)));
			OK(crypt_digest_final(d, want + block * hash_n, &n));
			crypt_digest_free(d);
		}
		object_of(&o, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
		OK(ecdh(key, "04" BP_PEER, rows[i].kdf, "abcd", 2 * hash_n + 1, &o));
		CU_ASSERT(attrs_equal(&o.a, CKA_VALUE, want, 2 * hash_n + 1));
		OK(ecdh(key, "04" BP_PEER, rows[i].kdf, "abcd", 0, &o));
		CU_ASSERT(attrs_equal(&o.a, CKA_VALUE, want, hash_n));
	}
	crypt_key_free(key);
}

static void
peers_that_are_no_points_are_refused(void)
{
	static const struct {
		const char *why, *peer;
		int montgomery;
	} rows[] = {
		{ "off the curve", "04" BP_PEER, 0 },
		{ "short", "04aa", 0 },
		{ "infinity", "00", 0 },
		{ "of the other kind", X_PEER, 0 },
		{ "of small order", "0000000000000000000000000000000000000000000000000000000000000000",
		    1 },
		{ "of order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", 1 },
		{ "long", X_PEER "00", 1 },
	};
	struct crypt_key *keys[2];
	struct object o;
	char peer[300];

	begin();
	keys[0] = agreement_key(CKK_EC, BRAINPOOL256, BP_VALUE);
	keys[1] = agreement_key(CKK_EC_MONTGOMERY, X25519_OID, X_VALUE);
	object_of(&o, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(peer, sizeof(peer), "%s", rows[i].peer);
		if (i == 0)
			peer[strlen(peer) - 1] = 'b';
		if (ecdh(keys[rows[i].montgomery], peer, CKD_NULL, "", 0, &o) !=
		    CKR_MECHANISM_PARAM_INVALID)
			CU_FAIL(rows[i].why);
	}
	CU_ASSERT(!attrs_has(&o.a, CKA_VALUE));
	crypt_key_free(keys[0]);
	crypt_key_free(keys[1]);
}

static void
an_aes_key_is_of_a_length_that_aes_has(void)
{
	struct crypt_key *key;
	struct object o;

	begin();
	key = agreement_key(CKK_EC, BRAINPOOL256, BP_VALUE);
	object_of(&o, CKO_SECRET_KEY, CKK_AES);
	OK(ecdh(key, "04" BP_PEER, CKD_NULL, "", 0, &o));
	OK(ecdh(key, "04" BP_PEER, CKD_NULL, "", 24, &o));
	CU_ASSERT_EQUAL(ecdh(key, "04" BP_PEER, CKD_NULL, "", 17, &o), CKR_KEY_SIZE_RANGE);
	CU_ASSERT_EQUAL(ecdh(key, "04" BP_PEER, CKD_SHA512_KDF, "", 0, &o),
	    CKR_TEMPLATE_INCOMPLETE);
	CU_ASSERT_EQUAL(ecdh(key, "04" BP_PEER, CKD_SHA512_KDF, "", 513, &o), CKR_KEY_SIZE_RANGE);
	crypt_key_free(key);
}

/* RFC 5869, A.1 and A.3. */
#define IKM "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define SALT "000102030405060708090a0b0c"
#define PRK "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
#define OKM "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf" \
	"34007208d5b887185865"
#define OKM3 "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d" \
	"9d201395faa4b61a96c8"

static CK_RV
hkdf(const char *base, int extract, int expand, CK_ULONG salt_type, const char *salt,
    const char *info, size_t want, struct object *into)
{
	uint8_t salt_bytes[32], info_bytes[32];
	CK_HKDF_PARAMS p = { (CK_BBOOL)extract, (CK_BBOOL)expand, CKM_SHA256, salt_type, salt_bytes,
	    hex(salt, salt_bytes, sizeof(salt_bytes)), 7, info_bytes,
	    hex(info, info_bytes, sizeof(info_bytes)) };
	struct crypt_key *key, *salt_key = NULL;
	struct object o;
	struct mech m;
	CK_RV rv;

	if (salt_type == CKF_HKDF_SALT_KEY) {
		object_secret(&o, CKK_GENERIC_SECRET, salt);
		salt_key = object_key(crypt, &o);
	}
	object_secret(&o, CKK_HKDF, base);
	key = object_key(crypt, &o);
	object_of(into, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
	mech_of(&m, CKM_HKDF_DERIVE, &p, sizeof(p));
	rv = crypt_derive(crypt, key, &m, salt_key, want, &into->a);
	crypt_key_free(key);
	crypt_key_free(salt_key);
	return rv;
}

static void
hkdf_derives_what_its_rfc_does(void)
{
	struct object o;

	begin();
	OK(hkdf(IKM, 1, 0, CKF_HKDF_SALT_DATA, SALT, "", 0, &o));
	check(&o, PRK);
	OK(hkdf(IKM, 1, 0, CKF_HKDF_SALT_KEY, SALT, "", 32, &o));
	check(&o, PRK);
	OK(hkdf(PRK, 0, 1, 0, "", "f0f1f2f3f4f5f6f7f8f9", 42, &o));
	check(&o, OKM);
	OK(hkdf(IKM, 1, 1, CKF_HKDF_SALT_DATA, SALT, "f0f1f2f3f4f5f6f7f8f9", 42, &o));
	check(&o, OKM);
	OK(hkdf(IKM, 1, 1, CKF_HKDF_SALT_KEY, SALT, "f0f1f2f3f4f5f6f7f8f9", 42, &o));
	check(&o, OKM);
	OK(hkdf(IKM, 1, 1, CKF_HKDF_SALT_NULL, "", "", 42, &o));
	check(&o, OKM3);
}

static void
hkdf_gives_no_more_than_it_has(void)
{
	uint8_t salt[1] = { 1 };
	CK_HKDF_PARAMS p = { 1, 0, CKM_SHA256, CKF_HKDF_SALT_KEY, NULL, 0, 7, NULL, 0 };
	struct crypt_key *key, *salt_key;
	struct object o, into;
	struct mech m;

	begin();
	OK(hkdf(IKM, 1, 0, CKF_HKDF_SALT_NULL, "", "", 16, &o));
	CU_ASSERT_EQUAL(hkdf(IKM, 1, 0, CKF_HKDF_SALT_NULL, "", "", 33, &o), CKR_KEY_SIZE_RANGE);
	OK(hkdf(IKM, 1, 1, CKF_HKDF_SALT_NULL, "", "", 512, &o));
	CU_ASSERT_EQUAL(hkdf(IKM, 1, 1, CKF_HKDF_SALT_NULL, "", "", 513, &o), CKR_KEY_SIZE_RANGE);
	/* A salt that is a key, and no key; a key where none is wanted. */
	object_secret(&o, CKK_GENERIC_SECRET, IKM);
	key = object_key(crypt, &o);
	mech_of(&m, CKM_HKDF_DERIVE, &p, sizeof(p));
	object_of(&into, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
	CU_ASSERT_EQUAL(crypt_derive(crypt, key, &m, NULL, 0, &into.a),
	    CKR_MECHANISM_PARAM_INVALID);
	salt_key = agreement_key(CKK_EC, P256, "01");
	CU_ASSERT_EQUAL(crypt_derive(crypt, key, &m, salt_key, 0, &into.a),
	    CKR_MECHANISM_PARAM_INVALID);
	crypt_key_free(salt_key);
	p.ulSaltType = CKF_HKDF_SALT_DATA;
	p.pSalt = salt;
	p.ulSaltLen = 1;
	mech_of(&m, CKM_HKDF_DERIVE, &p, sizeof(p));
	CU_ASSERT_EQUAL(crypt_derive(crypt, key, &m, key, 0, &into.a),
	    CKR_MECHANISM_PARAM_INVALID);
	mech_of(&m, CKM_SHA256_HMAC, NULL, 0);
	CU_ASSERT_EQUAL(crypt_derive(crypt, key, &m, NULL, 0, &into.a), CKR_MECHANISM_INVALID);
	CU_ASSERT(!attrs_has(&into.a, CKA_VALUE));
	crypt_key_free(key);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(known_secrets_are_agreed),
	SENTENCE(a_kdf_hashes_what_was_agreed),
	SENTENCE(peers_that_are_no_points_are_refused),
	SENTENCE(an_aes_key_is_of_a_length_that_aes_has),
	SENTENCE(hkdf_derives_what_its_rfc_does),
	SENTENCE(hkdf_gives_no_more_than_it_has),
};

SUITE("crypt_derive", sentences)
