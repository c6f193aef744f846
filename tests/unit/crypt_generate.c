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

static size_t
length(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n;

	return attrs_get(&o->a, type, &p, &n) ? n : 0;
}

static void
put(struct object *o, CK_ATTRIBUTE_TYPE type, const void *p, size_t n)
{
	attrs_put(&o->a, type, p, n);
	OK(attrs_end(&o->a));
}

static const struct {
	CK_MECHANISM_TYPE type;
	const char *curve;
	size_t size;	/* of a coordinate */
	size_t head;	/* before the point */
} curves[] = {
	{ CKM_EC_KEY_PAIR_GEN, P256, 32, 3 }, { CKM_EC_KEY_PAIR_GEN, P384, 48, 3 },
	{ CKM_EC_KEY_PAIR_GEN, P521, 66, 4 }, { CKM_EC_KEY_PAIR_GEN, SECP256K1, 32, 3 },
	{ CKM_EC_KEY_PAIR_GEN, BRAINPOOL256, 32, 3 }, { CKM_EC_KEY_PAIR_GEN, BRAINPOOL320, 40, 3 },
	{ CKM_EC_KEY_PAIR_GEN, BRAINPOOL384, 48, 3 }, { CKM_EC_KEY_PAIR_GEN, BRAINPOOL512, 64, 4 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, ED25519_OID, 32, 2 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, ED25519_NAME, 32, 2 },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, X25519_OID, 32, 2 },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, X25519_NAME, 32, 2 },
};
enum { CURVES = sizeof(curves) / sizeof(curves[0]), WEIERSTRASS = 8 };

static void
pairs_of_every_curve_are_of_their_lengths_and_belong_together(void)
{
	struct object public_key, private_key, again;
	const uint8_t *p;
	size_t n;

	begin();
	for (size_t i = 0; i < CURVES; i++) {
		object_pair(crypt, curves[i].type, curves[i].curve, &public_key, &private_key);
		CU_ASSERT_EQUAL(length(&private_key, CKA_VALUE), curves[i].size);
		CU_ASSERT_EQUAL(length(&public_key, CKA_EC_POINT), curves[i].head +
		    (i < WEIERSTRASS ? 2 : 1) * curves[i].size);
		/* The curve is named as the application named it. */
		CU_ASSERT_FATAL(attrs_get(&public_key.a, CKA_EC_PARAMS, &p, &n));
		CU_ASSERT(attrs_equal(&private_key.a, CKA_EC_PARAMS, p, n));
		CU_ASSERT_EQUAL(n, strlen(curves[i].curve) / 2);
		object_of(&again, CKO_PUBLIC_KEY, attrs_ulong(&public_key.a, CKA_KEY_TYPE));
		OK(crypt_public_of(crypt, &private_key.a, &again.a));
		CU_ASSERT_FATAL(attrs_get(&public_key.a, CKA_EC_POINT, &p, &n));
		CU_ASSERT(attrs_equal(&again.a, CKA_EC_POINT, p, n));
	}
}

static void
an_rsa_pair_has_all_its_parts(void)
{
	struct object again;
	const uint8_t *p;
	size_t n;

	begin();
	CU_ASSERT_EQUAL(length(&rsa_public, CKA_MODULUS), 256);
	CU_ASSERT(attrs_equal(&rsa_public.a, CKA_PUBLIC_EXPONENT, "\x01\x00\x01", 3));
	CU_ASSERT_EQUAL(length(&rsa_private, CKA_MODULUS), 256);
	CU_ASSERT(length(&rsa_private, CKA_PRIVATE_EXPONENT) > 250);
	CU_ASSERT_EQUAL(length(&rsa_private, CKA_PRIME_1), 128);
	CU_ASSERT_EQUAL(length(&rsa_private, CKA_PRIME_2), 128);
	CU_ASSERT(length(&rsa_private, CKA_EXPONENT_1) > 120);
	CU_ASSERT(length(&rsa_private, CKA_EXPONENT_2) > 120);
	CU_ASSERT(length(&rsa_private, CKA_COEFFICIENT) > 120);
	CU_ASSERT_EQUAL(length(&rsa_public, CKA_PRIVATE_EXPONENT), 0);
	object_of(&again, CKO_PUBLIC_KEY, CKK_RSA);
	OK(crypt_public_of(crypt, &rsa_private.a, &again.a));
	CU_ASSERT_FATAL(attrs_get(&rsa_public.a, CKA_MODULUS, &p, &n));
	CU_ASSERT(attrs_equal(&again.a, CKA_MODULUS, p, n));
}

static void
what_cannot_be_generated_is_refused(void)
{
	static const struct {
		const char *why;
		CK_ULONG bits;
		const char *e;
		CK_RV want;
	} rows[] = {
		{ "no bits", CK_UNAVAILABLE_INFORMATION, "010001", CKR_TEMPLATE_INCOMPLETE },
		{ "too few bits", 2047, "010001", CKR_KEY_SIZE_RANGE },
		{ "too many", 4097, "010001", CKR_KEY_SIZE_RANGE },
		{ "an even exponent", 2048, "010002", CKR_ATTRIBUTE_VALUE_INVALID },
		{ "one below 2^16", 2048, "ffff", CKR_ATTRIBUTE_VALUE_INVALID },
		{ "one of 65 bits", 2048, "010000000000000001", CKR_ATTRIBUTE_VALUE_INVALID },
		{ "one of zeros", 2048, "000000", CKR_ATTRIBUTE_VALUE_INVALID },
	};
	struct object public_key, private_key;
	struct mech m;

	begin();
	mech_of(&m, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		object_of(&public_key, CKO_PUBLIC_KEY, CKK_RSA);
		object_of(&private_key, CKO_PRIVATE_KEY, CKK_RSA);
		if (rows[i].bits != CK_UNAVAILABLE_INFORMATION)
			attrs_put_ulong(&public_key.a, CKA_MODULUS_BITS, rows[i].bits);
		object_hex(&public_key, CKA_PUBLIC_EXPONENT, rows[i].e);
		if (crypt_generate_pair(crypt, &m, &public_key.a, &private_key.a) != rows[i].want)
			CU_FAIL(rows[i].why);
	}
	mech_of(&m, CKM_EC_KEY_PAIR_GEN, NULL, 0);
	object_of(&public_key, CKO_PUBLIC_KEY, CKK_EC);
	CU_ASSERT_EQUAL(crypt_generate_pair(crypt, &m, &public_key.a, &private_key.a),
	    CKR_TEMPLATE_INCOMPLETE);
	object_hex(&public_key, CKA_EC_PARAMS, ED25519_OID);
	CU_ASSERT_EQUAL(crypt_generate_pair(crypt, &m, &public_key.a, &private_key.a),
	    CKR_CURVE_NOT_SUPPORTED);
	mech_of(&m, CKM_AES_KEY_GEN, NULL, 0);
	CU_ASSERT_EQUAL(crypt_generate_pair(crypt, &m, &public_key.a, &private_key.a),
	    CKR_MECHANISM_INVALID);
}

static void
secret_keys_are_of_the_length_that_is_said(void)
{
	static const struct {
		CK_MECHANISM_TYPE type;
		CK_ULONG n;
		CK_RV want;
	} rows[] = {
		{ CKM_AES_KEY_GEN, 16, CKR_OK }, { CKM_AES_KEY_GEN, 24, CKR_OK },
		{ CKM_AES_KEY_GEN, 32, CKR_OK }, { CKM_AES_KEY_GEN, 17, CKR_KEY_SIZE_RANGE },
		{ CKM_AES_KEY_GEN, 0, CKR_KEY_SIZE_RANGE },
		{ CKM_GENERIC_SECRET_KEY_GEN, 1, CKR_OK },
		{ CKM_GENERIC_SECRET_KEY_GEN, 512, CKR_OK },
		{ CKM_GENERIC_SECRET_KEY_GEN, 513, CKR_KEY_SIZE_RANGE },
		{ CKM_GENERIC_SECRET_KEY_GEN, 0, CKR_KEY_SIZE_RANGE },
		{ CKM_HKDF_KEY_GEN, 32, CKR_OK },
		{ CKM_EC_KEY_PAIR_GEN, 32, CKR_MECHANISM_INVALID },
	};
	struct object o, second;
	const uint8_t *p;
	struct mech m;
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mech_of(&m, rows[i].type, NULL, 0);
		object_of(&o, CKO_SECRET_KEY, m.info->key_type);
		attrs_put_ulong(&o.a, CKA_VALUE_LEN, rows[i].n);
		CU_ASSERT_EQUAL(crypt_generate(crypt, &m, &o.a), rows[i].want);
		if (rows[i].want != CKR_OK)
			continue;
		CU_ASSERT_EQUAL(length(&o, CKA_VALUE), rows[i].n);
		if (rows[i].n < 16)
			continue;
		object_of(&second, CKO_SECRET_KEY, m.info->key_type);
		attrs_put_ulong(&second.a, CKA_VALUE_LEN, rows[i].n);
		OK(crypt_generate(NULL, &m, &second.a));
		CU_ASSERT_FATAL(attrs_get(&o.a, CKA_VALUE, &p, &n));
		CU_ASSERT(!attrs_equal(&second.a, CKA_VALUE, p, n));
	}
	object_of(&o, CKO_SECRET_KEY, CKK_AES);
	mech_of(&m, CKM_AES_KEY_GEN, NULL, 0);
	CU_ASSERT_EQUAL(crypt_generate(crypt, &m, &o.a), CKR_TEMPLATE_INCOMPLETE);
}

/* A byte of one part is changed, or the part is missing. */
static void
an_rsa_key_whose_parts_do_not_belong_together_is_refused(void)
{
	static const CK_ATTRIBUTE_TYPE parts[] = { CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT,
	    CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	struct crypt_key *key;
	uint8_t bytes[256];
	struct object o;
	const uint8_t *p;
	size_t n;

	begin();
	for (size_t i = 0; i < count; i++) {
		attrs_init(&o.a, o.mem, sizeof(o.mem));
		attrs_copy(&o.a, &rsa_private.a);
		CU_ASSERT_FATAL(attrs_get(&o.a, parts[i], &p, &n));
		memcpy(bytes, p, n);
		bytes[n / 2] ^= 2;
		put(&o, parts[i], bytes, n);
		CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
		CU_ASSERT_PTR_NULL(key);
		attrs_remove(&o.a, parts[i]);
		CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_TEMPLATE_INCOMPLETE);
	}
	/* Primes that are given the other way about, with all else in its place. */
	attrs_copy(&o.a, &rsa_private.a);
	CU_ASSERT_FATAL(attrs_get(&rsa_private.a, CKA_PRIME_1, &p, &n));
	put(&o, CKA_PRIME_2, p, n);
	CU_ASSERT_FATAL(attrs_get(&rsa_private.a, CKA_PRIME_2, &p, &n));
	put(&o, CKA_PRIME_1, p, n);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	/* One that is 1, whose product with the other is right. */
	object_hex(&o, CKA_PRIME_1, "01");
	CU_ASSERT_FATAL(attrs_get(&rsa_private.a, CKA_MODULUS, &p, &n));
	put(&o, CKA_PRIME_2, p, n);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void
an_rsa_key_without_its_primes_signs_too(void)
{
	struct crypt_key *signer, *verifier;
	uint8_t sum[32] = { 7 }, sig[256];
	const uint8_t *p;
	struct object o;
	struct mech m;
	size_t n = sizeof(sig);

	begin();
	attrs_init(&o.a, o.mem, sizeof(o.mem));
	attrs_copy(&o.a, &rsa_private.a);
	attrs_remove(&o.a, CKA_PRIME_1);
	attrs_remove(&o.a, CKA_PRIME_2);
	attrs_remove(&o.a, CKA_EXPONENT_1);
	attrs_remove(&o.a, CKA_EXPONENT_2);
	attrs_remove(&o.a, CKA_COEFFICIENT);
	signer = object_key(crypt, &o);
	verifier = object_key(crypt, &rsa_public);
	mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
	OK(crypt_sign(crypt, signer, &m, sum, 32, sig, &n));
	OK(crypt_verify(crypt, verifier, &m, sum, 32, sig, n));
	crypt_key_free(signer);
	crypt_key_free(verifier);
	/* An exponent that is none, or is not below the modulus. */
	object_hex(&o, CKA_PRIVATE_EXPONENT, "00");
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &signer), CKR_ATTRIBUTE_VALUE_INVALID);
	CU_ASSERT_FATAL(attrs_get(&rsa_private.a, CKA_MODULUS, &p, &n));
	put(&o, CKA_PRIVATE_EXPONENT, p, n);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &signer), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* The order of P-256 (FIPS 186-4, D.1.2.3), and what is about it. */
#define ORDER_LESS_ONE "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
/* The base point of P-256, its x alone, and with another y. */
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define NOT_GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6"

static void
keys_from_outside_are_checked(void)
{
	static const struct {
		const char *why;
		CK_OBJECT_CLASS class;
		CK_KEY_TYPE type;
		CK_ATTRIBUTE_TYPE of;
		const char *params, *value;
		CK_RV want;
	} rows[] = {
		{ "the least", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, "01", CKR_OK },
		{ "the greatest", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, ORDER_LESS_ONE, CKR_OK },
		{ "the order", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, ORDER,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "zero", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, "0000",
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "nothing", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, "",
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "too long", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, P256, "00" ORDER_LESS_ONE,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "another type's curve", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, ED25519_OID, GX,
		    CKR_CURVE_NOT_SUPPORTED },
		{ "a curve that there is not", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, "06052b81040021",
		    GX, CKR_CURVE_NOT_SUPPORTED },
		{ "explicit parameters", CKO_PRIVATE_KEY, CKK_EC, CKA_VALUE, "3003020101", GX,
		    CKR_DOMAIN_PARAMS_INVALID },
		{ "a point in DER", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "044104" GX GY,
		    CKR_OK },
		{ "a raw point", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "04" GX GY, CKR_OK },
		{ "one off the curve", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "04" GX NOT_GY,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "one of another curve", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, SECP256K1,
		    "04" GX GY, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "one at infinity", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "00",
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "a compressed one", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "03" GX,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "a hybrid one", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "07" GX GY,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "a byte short", CKO_PUBLIC_KEY, CKK_EC, CKA_EC_POINT, P256, "044004" GX GY,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "Ed25519", CKO_PRIVATE_KEY, CKK_EC_EDWARDS, CKA_VALUE, ED25519_OID, GX, CKR_OK },
		{ "Ed25519, short", CKO_PRIVATE_KEY, CKK_EC_EDWARDS, CKA_VALUE, ED25519_OID, "01",
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "X25519, raw", CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, CKA_EC_POINT, X25519_OID, GX,
		    CKR_OK },
		{ "X25519, DER", CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, CKA_EC_POINT, X25519_OID,
		    "0420" GX, CKR_OK },
		{ "X25519, long", CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, CKA_EC_POINT, X25519_OID,
		    GX "00", CKR_ATTRIBUTE_VALUE_INVALID },
		{ "a secret of that type", CKO_SECRET_KEY, CKK_EC, CKA_VALUE, P256, "01",
		    CKR_KEY_TYPE_INCONSISTENT },
		{ "AES", CKO_SECRET_KEY, CKK_AES, CKA_VALUE, P256, GX, CKR_OK },
		{ "AES of no length of its", CKO_SECRET_KEY, CKK_AES, CKA_VALUE, P256, "0102",
		    CKR_KEY_SIZE_RANGE },
		{ "a private key of AES", CKO_PRIVATE_KEY, CKK_AES, CKA_VALUE, P256, GX,
		    CKR_KEY_TYPE_INCONSISTENT },
		{ "an empty secret", CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKA_VALUE, P256, "",
		    CKR_TEMPLATE_INCOMPLETE },
		{ "a type that there is not", CKO_SECRET_KEY, CKK_DES3, CKA_VALUE, P256, "01",
		    CKR_KEY_TYPE_INCONSISTENT },
	};
	struct crypt_key *key;
	struct object o;

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		object_of(&o, rows[i].class, rows[i].type);
		object_hex(&o, CKA_EC_PARAMS, rows[i].params);
		object_hex(&o, rows[i].of, rows[i].value);
		if (crypt_key_new(crypt, &o.a, &key) != rows[i].want)
			CU_FAIL(rows[i].why);
		CU_ASSERT_EQUAL(key != NULL, rows[i].want == CKR_OK);
		crypt_key_free(key);
	}
}

static void
public_rsa_keys_are_checked(void)
{
	struct crypt_key *key;
	uint8_t n[513];
	struct object o;

	begin();
	memset(n, 0xff, sizeof(n));
	object_of(&o, CKO_PUBLIC_KEY, CKK_RSA);
	object_hex(&o, CKA_PUBLIC_EXPONENT, "03");
	put(&o, CKA_MODULUS, n, 255);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_KEY_SIZE_RANGE);
	put(&o, CKA_MODULUS, n, 513);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_KEY_SIZE_RANGE);
	put(&o, CKA_MODULUS, n, 512);
	OK(crypt_key_new(crypt, &o.a, &key));
	crypt_key_free(key);
	n[511] = 0xfe;
	put(&o, CKA_MODULUS, n, 512);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	n[511] = 0xff;
	put(&o, CKA_MODULUS, n, 512);
	object_hex(&o, CKA_PUBLIC_EXPONENT, "01");
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	object_hex(&o, CKA_PUBLIC_EXPONENT, "04");
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_remove(&o.a, CKA_PUBLIC_EXPONENT);
	CU_ASSERT_EQUAL(crypt_key_new(crypt, &o.a, &key), CKR_TEMPLATE_INCOMPLETE);
}

static void
curves_are_known_by_all_their_names(void)
{
	static const struct {
		const char *params;
		CK_RV want;
		CK_KEY_TYPE type;
		CK_ULONG bits;
	} rows[] = {
		{ P256, CKR_OK, CKK_EC, 256 }, { P521, CKR_OK, CKK_EC, 521 },
		{ BRAINPOOL320, CKR_OK, CKK_EC, 320 },
		{ ED25519_NAME, CKR_OK, CKK_EC_EDWARDS, 255 },
		{ "06092b06010401da470f01", CKR_OK, CKK_EC_EDWARDS, 255 },
		{ X25519_NAME, CKR_OK, CKK_EC_MONTGOMERY, 255 },
		{ "060a2b060104019755010501", CKR_OK, CKK_EC_MONTGOMERY, 255 },
		{ "06032b6571", CKR_CURVE_NOT_SUPPORTED, 0, 0 },
		{ "13086564776172647338", CKR_CURVE_NOT_SUPPORTED, 0, 0 },
		{ P256 "00", CKR_DOMAIN_PARAMS_INVALID, 0, 0 },
		{ "06082a8648ce3d0301", CKR_DOMAIN_PARAMS_INVALID, 0, 0 },
		{ "0500", CKR_DOMAIN_PARAMS_INVALID, 0, 0 },
		{ "06", CKR_DOMAIN_PARAMS_INVALID, 0, 0 }, { "", CKR_DOMAIN_PARAMS_INVALID, 0, 0 },
	};
	uint8_t params[32];
	CK_KEY_TYPE type;
	CK_ULONG bits;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		type = 0;
		bits = 0;
		CU_ASSERT_EQUAL(crypt_curve(params, hex(rows[i].params, params, sizeof(params)), &type,
		    &bits), rows[i].want);
		CU_ASSERT_EQUAL(type, rows[i].type);
		CU_ASSERT_EQUAL(bits, rows[i].bits);
	}
}

static void
what_is_random_differs(void)
{
	uint8_t one[32] = { 0 }, two[32] = { 0 };

	begin();
	OK(crypt_random(crypt, one, sizeof(one)));
	OK(crypt_random(crypt, two, sizeof(two)));
	CU_ASSERT_NOT_EQUAL(memcmp(one, two, sizeof(one)), 0);
	OK(crypt_seed(crypt, one, sizeof(one)));
	OK(crypt_random(crypt, one, sizeof(one)));
	CU_ASSERT_NOT_EQUAL(memcmp(one, two, sizeof(one)), 0);
	OK(crypt_seed(NULL, two, sizeof(two)));
	OK(crypt_random(NULL, two, 0));
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(pairs_of_every_curve_are_of_their_lengths_and_belong_together),
	SENTENCE(an_rsa_pair_has_all_its_parts),
	SENTENCE(what_cannot_be_generated_is_refused),
	SENTENCE(secret_keys_are_of_the_length_that_is_said),
	SENTENCE(an_rsa_key_whose_parts_do_not_belong_together_is_refused),
	SENTENCE(an_rsa_key_without_its_primes_signs_too),
	SENTENCE(keys_from_outside_are_checked),
	SENTENCE(public_rsa_keys_are_checked),
	SENTENCE(curves_are_known_by_all_their_names),
	SENTENCE(what_is_random_differs),
};

SUITE("crypt_generate", sentences)
