#include "tests/unit/client.h"

#include <string.h>

#include "tests/unit/suite.h"

static const uint8_t params[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };

/* A private key of P-256 on the token. */
static uint64_t
goes(struct client *c, int extractable, int trusted_only)
{
	client_ask(c, WIRE_GENERATE_PAIR, 1);
	client_mech(c, CKM_EC_KEY_PAIR_GEN);
	attrs_put(client_set(c), CKA_EC_PARAMS, params, sizeof(params));
	attrs_put_bool(client_set2(c), CKA_TOKEN, 1);
	attrs_put_bool(client_set2(c), CKA_EXTRACTABLE, extractable);
	attrs_put_bool(client_set2(c), CKA_WRAP_WITH_TRUSTED, trusted_only);
	OK(client_call(c));
	return c->answer.object2.uid;
}

static CK_RV
wrap(struct client *c, uint64_t under, uint64_t key, CK_MECHANISM_TYPE type)
{
	struct wire_request *const r = client_ask(c, WIRE_WRAP, 1);

	client_mech(c, type);
	r->uid = under;
	r->uid2 = key;
	return client_call(c);
}

static CK_RV
unwrap(struct client *c, uint64_t under, CK_MECHANISM_TYPE type, struct wire_bytes bytes,
    int token)
{
	struct wire_request *const r = client_ask(c, WIRE_UNWRAP, 1);
	struct attrs *const a = client_set(c);

	client_mech(c, type);
	r->uid = under;
	r->data = bytes;
	attrs_put_ulong(a, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_put_ulong(a, CKA_KEY_TYPE, CKK_EC);
	attrs_put_bool(a, CKA_TOKEN, token);
	return client_call(c);
}

static uint64_t
trusted(struct client *c)
{
	const uint64_t uid = client_aes(c, 1, 1);

	/* PKCS #11 Base 2.40, table 10, footnote 10. */
	client_ask(c, WIRE_SET, 1)->uid = uid;
	attrs_put_bool(client_set(c), CKA_TRUSTED, 1);
	CU_ASSERT_NOT_EQUAL(client_call(c), CKR_OK);
	return uid;
}

static void
a_key_leaves_wrapped_and_comes_back(void)
{
	struct solo w;
	uint8_t wrapped[1024];
	uint64_t under, key;
	size_t n;

	solo_enter(&w);
	under = client_aes(w.c, 1, 1);
	key = goes(w.c, 1, 0);
	OK(wrap(w.c, under, key, CKM_AES_KEY_WRAP_PAD));
	n = w.c->answer.data.n;
	memcpy(wrapped, w.c->answer.data.p, n);
	OK(unwrap(w.c, under, CKM_AES_KEY_WRAP_PAD, (struct wire_bytes){ wrapped, n }, 1));
	CU_ASSERT_FALSE(attrs_bool(&w.c->answer.object.view, CKA_LOCAL));
	CU_ASSERT_FALSE(attrs_bool(&w.c->answer.object.view, CKA_ALWAYS_SENSITIVE));
	CU_ASSERT_FALSE(attrs_bool(&w.c->answer.object.view, CKA_NEVER_EXTRACTABLE));
	OK(client_sign(w.c, 1, w.c->answer.object.uid, 0));
	wrapped[0] ^= 1;
	CU_ASSERT_EQUAL(unwrap(w.c, under, CKM_AES_KEY_WRAP_PAD,
	    (struct wire_bytes){ wrapped, n }, 1), CKR_WRAPPED_KEY_INVALID);
	wrapped[0] ^= 1;
	CU_ASSERT_EQUAL(unwrap(w.c, 4711, CKM_AES_KEY_WRAP_PAD,
	    (struct wire_bytes){ wrapped, n }, 1), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(unwrap(w.c, key, CKM_AES_KEY_WRAP_PAD,
	    (struct wire_bytes){ wrapped, n }, 1), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
	/* The policy on keys that were made elsewhere. */
	client_free(w.c);
	w.h.policy.import_private = 0;
	hsm_again(&w.h);
	w.c = client_new(&w.h, NULL);
	OK(client_login(w.c, 1, CKU_USER, USER_PIN));
	CU_ASSERT_EQUAL(unwrap(w.c, under, CKM_AES_KEY_WRAP_PAD,
	    (struct wire_bytes){ wrapped, n }, 1), CKR_TEMPLATE_INCONSISTENT);
	OK(unwrap(w.c, under, CKM_AES_KEY_WRAP_PAD, (struct wire_bytes){ wrapped, n }, 0));
	solo_leave(&w);
}

static void
keys_that_may_not_leave_stay(void)
{
	struct solo w;
	uint64_t under, key;

	solo_enter(&w);
	under = trusted(w.c);
	CU_ASSERT_EQUAL(wrap(w.c, under, goes(w.c, 0, 0), CKM_AES_KEY_WRAP_PAD),
	    CKR_KEY_UNEXTRACTABLE);
	CU_ASSERT_EQUAL(wrap(w.c, under, goes(w.c, 1, 1), CKM_AES_KEY_WRAP_PAD),
	    CKR_KEY_NOT_WRAPPABLE);
	key = goes(w.c, 1, 0);
	CU_ASSERT_EQUAL(wrap(w.c, key, under, CKM_AES_KEY_WRAP_PAD),
	    CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(wrap(w.c, 4711, key, CKM_AES_KEY_WRAP_PAD),
	    CKR_WRAPPING_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(wrap(w.c, under, 4711, CKM_AES_KEY_WRAP_PAD), CKR_KEY_HANDLE_INVALID);
	client_ask(w.c, WIRE_CREATE, 1);
	attrs_put_ulong(client_set(w.c), CKA_CLASS, CKO_DATA);
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(wrap(w.c, under, w.c->answer.object.uid, CKM_AES_KEY_WRAP_PAD),
	    CKR_KEY_NOT_WRAPPABLE);
	client_ask(w.c, WIRE_SET, 1)->uid = under;
	attrs_put_bool(client_set(w.c), CKA_WRAP, 0);
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(wrap(w.c, under, key, CKM_AES_KEY_WRAP_PAD),
	    CKR_KEY_FUNCTION_NOT_PERMITTED);
	solo_leave(&w);
}

/* Under a public key of the module's, about which it says what it likes. */
static void
a_public_key_of_the_modules_wraps_but_is_trusted_by_nobody(void)
{
	struct solo w;
	struct attrs kept;
	uint8_t bytes[2048];
	uint64_t secret[2];
	static const CK_RV want[] = { CKR_OK, CKR_KEY_NOT_WRAPPABLE };

	solo_enter(&w);
	client_ask(w.c, WIRE_GENERATE_PAIR, 1);
	client_mech(w.c, CKM_RSA_PKCS_KEY_PAIR_GEN);
	attrs_put_ulong(client_set(w.c), CKA_MODULUS_BITS, 2048);
	OK(client_call(w.c));
	attrs_init(&kept, bytes, sizeof(bytes));
	attrs_copy(&kept, &w.c->answer.object.view);
	attrs_put_bool(&kept, CKA_TRUSTED, 1);
	attrs_put_bool(&kept, CKA_WRAP, 1);
	OK(attrs_end(&kept));
	for (int i = 0; i < 2; i++) {
		client_ask(w.c, WIRE_GENERATE, 1);
		client_mech(w.c, CKM_AES_KEY_GEN);
		attrs_put_ulong(client_set(w.c), CKA_VALUE_LEN, 16);
		attrs_put_bool(client_set(w.c), CKA_EXTRACTABLE, 1);
		attrs_put_bool(client_set(w.c), CKA_WRAP_WITH_TRUSTED, i);
		OK(client_call(w.c));
		secret[i] = w.c->answer.object.uid;
	}
	for (int i = 0; i < 2; i++) {
		client_ask(w.c, WIRE_WRAP, 1)->uid2 = secret[i];
		client_mech(w.c, CKM_RSA_PKCS);
		attrs_copy(client_set2(w.c), &kept);
		CU_ASSERT_EQUAL(client_call(w.c), want[i]);
	}
	client_ask(w.c, WIRE_WRAP, 1)->uid2 = secret[0];
	client_mech(w.c, CKM_RSA_PKCS);
	attrs_put_bool(&kept, CKA_WRAP, 0);
	attrs_copy(client_set2(w.c), &kept);
	CU_ASSERT_EQUAL(client_call(w.c), CKR_KEY_FUNCTION_NOT_PERMITTED);
	/* A secret key that it gives away as such is none of vault's to use. */
	client_ask(w.c, WIRE_WRAP, 1)->uid2 = secret[0];
	client_mech(w.c, CKM_AES_KEY_WRAP);
	attrs_put_ulong(client_set2(w.c), CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_ulong(client_set2(w.c), CKA_KEY_TYPE, CKK_AES);
	attrs_put(client_set2(w.c), CKA_VALUE, "0123456789abcdef", 16);
	attrs_put_bool(client_set2(w.c), CKA_WRAP, 1);
	CU_ASSERT_EQUAL(client_call(w.c), CKR_WRAPPING_KEY_HANDLE_INVALID);
	solo_leave(&w);
}

static uint64_t
secret(struct client *c, int derive, int sensitive)
{
	client_ask(c, WIRE_GENERATE, 1);
	client_mech(c, CKM_GENERIC_SECRET_KEY_GEN);
	attrs_put_ulong(client_set(c), CKA_VALUE_LEN, 32);
	attrs_put_bool(client_set(c), CKA_DERIVE, derive);
	attrs_put_bool(client_set(c), CKA_SIGN, 1);
	attrs_put_bool(client_set(c), CKA_SENSITIVE, sensitive);
	OK(client_call(c));
	return c->answer.object.uid;
}

static CK_RV
derive(struct client *c, uint64_t base, CK_ULONG kdf, uint64_t salt)
{
	client_ask(c, WIRE_DERIVE, 1)->uid = base;
	client_mech(c, CKM_HKDF_DERIVE);
	c->mech.hash = CKM_SHA256;
	c->mech.extract = c->mech.expand = 1;
	c->mech.kdf = kdf;
	c->mech.salt_key = salt;
	attrs_put_ulong(client_set(c), CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_ulong(client_set(c), CKA_KEY_TYPE, CKK_AES);
	attrs_put_ulong(client_set(c), CKA_VALUE_LEN, 16);
	attrs_put_bool(client_set(c), CKA_SENSITIVE, 1);
	attrs_put_bool(client_set(c), CKA_EXTRACTABLE, 0);
	return client_call(c);
}

static void
keys_are_derived_from_keys_that_may(void)
{
	struct solo w;
	uint64_t base, salt, not;

	solo_enter(&w);
	base = secret(w.c, 1, 1);
	salt = secret(w.c, 1, 0);
	not = secret(w.c, 0, 0);
	OK(derive(w.c, base, CKF_HKDF_SALT_NULL, 0));
	CU_ASSERT_EQUAL(attrs_ulong(&w.c->answer.object.view, CKA_VALUE_LEN), 16);
	OK(derive(w.c, base, CKF_HKDF_SALT_KEY, salt));
	/* By way of the salt no key is used that may not be, nor one of another kind. */
	CU_ASSERT_EQUAL(derive(w.c, base, CKF_HKDF_SALT_KEY, not),
	    CKR_KEY_FUNCTION_NOT_PERMITTED);
	CU_ASSERT_EQUAL(derive(w.c, base, CKF_HKDF_SALT_KEY, client_aes(w.c, 1, 1)),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(derive(w.c, base, CKF_HKDF_SALT_KEY, 4711), CKR_KEY_HANDLE_INVALID);
	CU_ASSERT_EQUAL(derive(w.c, base, CKF_HKDF_SALT_KEY, goes(w.c, 1, 0)),
	    CKR_KEY_TYPE_INCONSISTENT);
	CU_ASSERT_EQUAL(derive(w.c, not, CKF_HKDF_SALT_NULL, 0), CKR_KEY_FUNCTION_NOT_PERMITTED);
	solo_leave(&w);
}

/* PKCS #11 Mechanisms 2.40, 2.3.13 and the like: what the base key was, the derived one has been. */
static void
what_could_be_read_once_has_not_always_been_sensitive(void)
{
	struct solo w;

	solo_enter(&w);
	for (int sensitive = 0; sensitive < 2; sensitive++) {
		OK(derive(w.c, secret(w.c, 1, sensitive), CKF_HKDF_SALT_NULL, 0));
		CU_ASSERT_TRUE(attrs_bool(&w.c->answer.object.view, CKA_SENSITIVE));
		CU_ASSERT_EQUAL(attrs_bool(&w.c->answer.object.view, CKA_ALWAYS_SENSITIVE),
		    sensitive);
		/* A session key may be extracted unless it says otherwise. */
		CU_ASSERT_FALSE(attrs_bool(&w.c->answer.object.view, CKA_NEVER_EXTRACTABLE));
	}
	solo_leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_leaves_wrapped_and_comes_back),
	SENTENCE(keys_that_may_not_leave_stay),
	SENTENCE(a_public_key_of_the_modules_wraps_but_is_trusted_by_nobody),
	SENTENCE(keys_are_derived_from_keys_that_may),
	SENTENCE(what_could_be_read_once_has_not_always_been_sensitive),
};

SUITE("server_wrap", sentences)
