#include "tests/unit/crypt_keys.h"

#include <string.h>

#include "tests/unit/suite.h"

enum { WRAPPED = 4096 };
static struct crypt *crypt;
static struct object rsa_public, rsa_private, aes, targets[5];
static uint8_t iv[16] = { 1 };
static const struct ck_gcm_params gcm = { iv, 12, 96, NULL, 0, 128 };
static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, iv, 2 };
static const CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes = { 256, &oaep };

#define ANY CKR_VENDOR_DEFINED	/* as long as it happens to be */
enum { T_AES, T_SECRET, T_RSA, T_EC, T_ED, TARGETS };

static void
begin(void)
{
	struct object public_key;

	if (crypt != NULL)
		return;
	OK(crypt_new(&crypt));
	object_pair(crypt, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, &rsa_public, &rsa_private);
	object_secret(&aes, CKK_AES, "000102030405060708090a0b0c0d0e0f1011121314151617");
	object_secret(&targets[T_AES], CKK_AES, "00112233445566778899aabbccddeeff0001020304050607");
	object_secret(&targets[T_SECRET], CKK_GENERIC_SECRET, "0102030405");
	object_pair(crypt, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, &public_key, &targets[T_RSA]);
	object_pair(crypt, CKM_EC_KEY_PAIR_GEN, P521, &public_key, &targets[T_EC]);
	object_pair(crypt, CKM_EC_EDWARDS_KEY_PAIR_GEN, ED25519_OID, &public_key, &targets[T_ED]);
}

/* Which targets a mechanism takes, and what it says to the others. */
static const struct {
	CK_MECHANISM_TYPE type;
	const void *param;
	size_t param_n;
	CK_RV want[TARGETS];
} rows[] = {
	{ CKM_AES_ECB, NULL, 0, { CKR_KEY_SIZE_RANGE, CKR_OK, CKR_KEY_NOT_WRAPPABLE,
	    CKR_KEY_NOT_WRAPPABLE, CKR_KEY_NOT_WRAPPABLE } },
	{ CKM_AES_CBC, iv, 16, { CKR_KEY_SIZE_RANGE, CKR_OK, CKR_KEY_NOT_WRAPPABLE,
	    CKR_KEY_NOT_WRAPPABLE, CKR_KEY_NOT_WRAPPABLE } },
	{ CKM_AES_CBC_PAD, iv, 16, { CKR_OK, CKR_OK, CKR_OK, CKR_OK, CKR_OK } },
	{ CKM_AES_GCM, &gcm, sizeof(gcm), { CKR_OK, CKR_OK, CKR_OK, CKR_OK, CKR_OK } },
	/* PKCS #8 of Ed25519 has 48 bytes, of P-521 241. */
	{ CKM_AES_KEY_WRAP, NULL, 0, { CKR_OK, CKR_KEY_SIZE_RANGE, ANY, CKR_KEY_SIZE_RANGE,
	    CKR_OK } },
	{ CKM_AES_KEY_WRAP_PAD, NULL, 0, { CKR_OK, CKR_OK, CKR_OK, CKR_OK, CKR_OK } },
	{ CKM_AES_KEY_WRAP_KWP, NULL, 0, { CKR_OK, CKR_OK, CKR_OK, CKR_OK, CKR_OK } },
	{ CKM_RSA_PKCS, NULL, 0, { CKR_OK, CKR_OK, CKR_KEY_NOT_WRAPPABLE, CKR_KEY_NOT_WRAPPABLE,
	    CKR_KEY_NOT_WRAPPABLE } },
	{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), { CKR_OK, CKR_OK, CKR_KEY_NOT_WRAPPABLE,
	    CKR_KEY_NOT_WRAPPABLE, CKR_KEY_NOT_WRAPPABLE } },
	{ CKM_RSA_AES_KEY_WRAP, &rsa_aes, sizeof(rsa_aes), { CKR_OK, CKR_OK, CKR_OK, CKR_OK,
	    CKR_OK } },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), FIRST_RSA = 7, RSA_AES = 9 };

static struct crypt_key *
wrapper(size_t row, int unwraps)
{
	return object_key(crypt, row < FIRST_RSA ? &aes : unwraps ? &rsa_private : &rsa_public);
}

static CK_RV
wrap(size_t row, const struct object *target, uint8_t out[WRAPPED], size_t *n)
{
	struct crypt_key *key = wrapper(row, 0);
	struct mech m;
	size_t need;
	CK_RV rv;

	mech_of(&m, rows[row].type, rows[row].param, rows[row].param_n);
	if ((rv = crypt_wrap(crypt, key, &m, &target->a, NULL, &need)) == CKR_OK) {
		*n = need - 1;
		CU_ASSERT_EQUAL(crypt_wrap(crypt, key, &m, &target->a, out, n),
		    CKR_BUFFER_TOO_SMALL);
		CU_ASSERT_EQUAL(*n, need);
		OK(crypt_wrap(crypt, key, &m, &target->a, out, n));
		CU_ASSERT_EQUAL(*n, need);
	}
	crypt_key_free(key);
	return rv;
}

static CK_RV
unwrap(size_t row, const uint8_t *p, size_t n, struct object *into)
{
	struct crypt_key *key = wrapper(row, 1);
	struct mech m;
	CK_RV rv;

	mech_of(&m, rows[row].type, rows[row].param, rows[row].param_n);
	rv = crypt_unwrap(crypt, key, &m, p, n, &into->a);
	crypt_key_free(key);
	return rv;
}

static void
same(const struct object *a, const struct object *b)
{
	struct attr it;

	for (size_t at = 0; attrs_next(&a->a, &at, &it); )
		CU_ASSERT(attrs_equal(&b->a, it.type, it.p, it.n));
}

static void
keys_that_were_wrapped_come_back(void)
{
	uint8_t out[WRAPPED];
	struct object back;
	const uint8_t *p;
	size_t n, length;

	begin();
	for (size_t row = 0; row < ROWS; row++)
		for (size_t t = 0; t < TARGETS; t++) {
			if (rows[row].want[t] == ANY)
				continue;
			CU_ASSERT_EQUAL(wrap(row, &targets[t], out, &n), rows[row].want[t]);
			if (rows[row].want[t] != CKR_OK)
				continue;
			object_of(&back, attrs_ulong(&targets[t].a, CKA_CLASS),
			    attrs_ulong(&targets[t].a, CKA_KEY_TYPE));
			/* Where zeros were put behind it, the template says how long it is. */
			if (row < 2) {
				CU_ASSERT_FATAL(attrs_get(&targets[t].a, CKA_VALUE, &p, &length));
				attrs_put_ulong(&back.a, CKA_VALUE_LEN, length);
			}
			OK(unwrap(row, out, n, &back));
			same(&targets[t], &back);
		}
}

/* RFC 3394, 4.1: what others have wrapped. */
static void
a_known_key_is_unwrapped(void)
{
	uint8_t wrapped[24];
	struct crypt_key *key;
	struct object o;
	struct mech m;

	begin();
	object_secret(&o, CKK_AES, "000102030405060708090a0b0c0d0e0f");
	key = object_key(crypt, &o);
	mech_of(&m, CKM_AES_KEY_WRAP, NULL, 0);
	hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", wrapped, sizeof(wrapped));
	object_of(&o, CKO_SECRET_KEY, CKK_AES);
	OK(crypt_unwrap(crypt, key, &m, wrapped, sizeof(wrapped), &o.a));
	CU_ASSERT(attrs_equal(&o.a, CKA_VALUE,
	    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
	crypt_key_free(key);
}

/* Each byte in turn, in steps; whatever is wrong, the answer is the same. */
static void
what_was_changed_on_the_way_is_refused(void)
{
	static const size_t checked[] = { 3, 5, 6, RSA_AES };
	uint8_t out[WRAPPED];
	struct object back;
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(checked) / sizeof(checked[0]); i++) {
		OK(wrap(checked[i], &targets[T_EC], out, &n));
		for (size_t at = 1; at < n; at += 13) {
			out[at] ^= 0x40;
			object_of(&back, CKO_PRIVATE_KEY, CKK_EC);
			CU_ASSERT_EQUAL(unwrap(checked[i], out, n, &back), CKR_WRAPPED_KEY_INVALID);
			CU_ASSERT(!attrs_has(&back.a, CKA_VALUE));
			out[at] ^= 0x40;
		}
	}
}

static void
what_is_no_key_of_that_type_is_refused(void)
{
	static const struct {
		const char *why;
		size_t row, target;
		CK_OBJECT_CLASS class;
		CK_KEY_TYPE type;
		CK_ULONG value_len;	/* 0: not said */
		CK_RV want;
	} refused[] = {
		{ "RSA as EC", 6, T_RSA, CKO_PRIVATE_KEY, CKK_EC, 0, CKR_WRAPPED_KEY_INVALID },
		{ "EC as RSA", 6, T_EC, CKO_PRIVATE_KEY, CKK_RSA, 0, CKR_WRAPPED_KEY_INVALID },
		{ "EC as Edwards", 6, T_EC, CKO_PRIVATE_KEY, CKK_EC_EDWARDS, 0,
		    CKR_WRAPPED_KEY_INVALID },
		{ "Edwards as Montgomery", 6, T_ED, CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, 0,
		    CKR_WRAPPED_KEY_INVALID },
		{ "a secret as a private key", 6, T_AES, CKO_PRIVATE_KEY, CKK_RSA, 0,
		    CKR_WRAPPED_KEY_INVALID },
		{ "five bytes as AES", 6, T_SECRET, CKO_SECRET_KEY, CKK_AES, 0,
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "a private key as a secret", 6, T_RSA, CKO_SECRET_KEY, CKK_GENERIC_SECRET, 0,
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "a part of it", 6, T_AES, CKO_SECRET_KEY, CKK_GENERIC_SECRET, 16,
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "more than there is", 1, T_SECRET, CKO_SECRET_KEY, CKK_GENERIC_SECRET, 17,
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "a private key through RSA", 7, T_AES, CKO_PRIVATE_KEY, CKK_RSA, 0,
		    CKR_WRAPPED_KEY_INVALID },
		{ "a public key", 6, T_RSA, CKO_PUBLIC_KEY, CKK_RSA, 0,
		    CKR_TEMPLATE_INCONSISTENT },
	};
	uint8_t out[WRAPPED];
	struct object back;
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		OK(wrap(refused[i].row, &targets[refused[i].target], out, &n));
		object_of(&back, refused[i].class, refused[i].type);
		if (refused[i].value_len != 0)
			attrs_put_ulong(&back.a, CKA_VALUE_LEN, refused[i].value_len);
		if (unwrap(refused[i].row, out, n, &back) != refused[i].want)
			CU_FAIL(refused[i].why);
	}
	for (size_t row = 0; row < ROWS; row++) {
		object_of(&back, CKO_SECRET_KEY, CKK_AES);
		CU_ASSERT_EQUAL(unwrap(row, out, 7, &back), CKR_WRAPPED_KEY_LEN_RANGE);
		CU_ASSERT_EQUAL(unwrap(row, out, 0, &back), CKR_WRAPPED_KEY_LEN_RANGE);
		CU_ASSERT_EQUAL(unwrap(row, out, WRAPPED, &back), CKR_WRAPPED_KEY_LEN_RANGE);
	}
}

static void
what_cannot_be_wrapped_is_refused(void)
{
	uint8_t out[WRAPPED], long_secret[300] = { 1 };
	struct object o;
	size_t n = sizeof(out);

	begin();
	CU_ASSERT_EQUAL(wrap(6, &rsa_public, out, &n), CKR_KEY_NOT_WRAPPABLE);
	object_of(&o, CKO_SECRET_KEY, CKK_GENERIC_SECRET);
	CU_ASSERT_EQUAL(wrap(6, &o, out, &n), CKR_KEY_NOT_WRAPPABLE);
	attrs_put(&o.a, CKA_VALUE, long_secret, 300);
	CU_ASSERT_EQUAL(wrap(7, &o, out, &n), CKR_KEY_SIZE_RANGE);
	CU_ASSERT_EQUAL(wrap(8, &o, out, &n), CKR_KEY_SIZE_RANGE);
	OK(wrap(9, &o, out, &n));
	/* AES that is whole blocks goes through the modes that are no more than that. */
	object_secret(&o, CKK_AES, "00112233445566778899aabbccddeeff");
	OK(wrap(0, &o, out, &n));
	CU_ASSERT_EQUAL(n, 16);
}

/* As wrapped by somebody else: PKCS #8 of an Ed25519 key, RFC 8410, 10.3. */
static const char pkcs8[] = "302e020100300506032b657004220420"
    "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";

static void
pkcs8_is_taken_whole_or_not_at_all(void)
{
	uint8_t der[64], out[WRAPPED];
	struct crypt_key *key;
	struct object back;
	size_t der_n, n;
	struct mech m;

	begin();
	key = object_key(crypt, &aes);
	mech_of(&m, CKM_AES_KEY_WRAP_KWP, NULL, 0);
	der_n = hex(pkcs8, der, sizeof(der));
	for (size_t length = 1; length <= der_n + 1; length++) {
		der[der_n] = 0;
		n = sizeof(out);
		OK(crypt_encrypt(crypt, key, &m, der, length, out, &n));
		object_of(&back, CKO_PRIVATE_KEY, CKK_EC_EDWARDS);
		CU_ASSERT_EQUAL(crypt_unwrap(crypt, key, &m, out, n, &back.a),
		    length == der_n ? CKR_OK : CKR_WRAPPED_KEY_INVALID);
		if (length == der_n)
			CU_ASSERT(attrs_equal(&back.a, CKA_VALUE, der + 16, 32));
	}
	/* Nor through a mode that does not say where it ends. */
	mech_of(&m, CKM_AES_ECB, NULL, 0);
	n = sizeof(out);
	OK(crypt_encrypt(crypt, key, &m, der, der_n, out, &n));
	object_of(&back, CKO_PRIVATE_KEY, CKK_EC_EDWARDS);
	CU_ASSERT_EQUAL(crypt_unwrap(crypt, key, &m, out, n, &back.a), CKR_WRAPPED_KEY_INVALID);
	crypt_key_free(key);
}

/* PKCS #11 Mechanisms 2.40, 2.1.20: the AES key of the moment is as long as the parameter says. */
static void
the_inner_key_of_rsa_aes_is_of_its_length(void)
{
	static const CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes128 = { 128, &oaep };
	struct crypt_key *key;
	uint8_t out[WRAPPED];
	struct object back;
	struct mech m;
	size_t n;

	begin();
	OK(wrap(RSA_AES, &targets[T_AES], out, &n));
	key = wrapper(RSA_AES, 1);
	mech_of(&m, CKM_RSA_AES_KEY_WRAP, &rsa_aes128, sizeof(rsa_aes128));
	object_of(&back, CKO_SECRET_KEY, CKK_AES);
	CU_ASSERT_EQUAL(crypt_unwrap(crypt, key, &m, out, n, &back.a), CKR_WRAPPED_KEY_INVALID);
	crypt_key_free(key);
}

static void
a_key_that_does_not_wrap_is_refused(void)
{
	uint8_t out[WRAPPED];
	struct crypt_key *public_key, *private_key;
	struct object back;
	struct mech m;
	size_t n = sizeof(out);

	begin();
	public_key = object_key(crypt, &rsa_public);
	private_key = object_key(crypt, &rsa_private);
	mech_of(&m, CKM_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_wrap(crypt, private_key, &m, &aes.a, out, &n),
	    CKR_KEY_TYPE_INCONSISTENT);
	object_of(&back, CKO_SECRET_KEY, CKK_AES);
	CU_ASSERT_EQUAL(crypt_unwrap(crypt, public_key, &m, out, 256, &back.a),
	    CKR_KEY_TYPE_INCONSISTENT);
	mech_of(&m, CKM_SHA256_RSA_PKCS, NULL, 0);
	CU_ASSERT_EQUAL(crypt_wrap(crypt, public_key, &m, &aes.a, out, &n), CKR_MECHANISM_INVALID);
	crypt_key_free(public_key);
	crypt_key_free(private_key);
	crypt_free(crypt);
	crypt = NULL;
}

static const struct sentence sentences[] = {
	SENTENCE(keys_that_were_wrapped_come_back),
	SENTENCE(a_known_key_is_unwrapped),
	SENTENCE(what_was_changed_on_the_way_is_refused),
	SENTENCE(what_is_no_key_of_that_type_is_refused),
	SENTENCE(what_cannot_be_wrapped_is_refused),
	SENTENCE(pkcs8_is_taken_whole_or_not_at_all),
	SENTENCE(the_inner_key_of_rsa_aes_is_of_its_length),
	SENTENCE(a_key_that_does_not_wrap_is_refused),
};

SUITE("crypt_wrap", sentences)
