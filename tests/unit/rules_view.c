#include "tests/unit/template.h"

#include <string.h>

#include "tests/unit/suite.h"

static struct sheet object, view;

static struct attrs *
viewed(const char *template)
{
	static struct sheet t;

	sheet(&object, "");
	sheet(&view, "");
	OK(rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, &user, sheet(&t, template), &object.set));
	rules_public(&object.set, &view.set);
	CU_ASSERT_EQUAL_FATAL(attrs_end(&view.set), CKR_OK);
	return &view.set;
}

static void
secrets_of_sensitive_or_unextractable_keys_are_not_told(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnote 7 */
	static const struct {
		const char *why, *template;
		CK_RV want;
	} rows[] = {
		{ "neither", AES_KEY "SENSITIVE=0 EXTRACTABLE=1", CKR_OK },
		{ "sensitive", AES_KEY "SENSITIVE=1 EXTRACTABLE=1", CKR_ATTRIBUTE_SENSITIVE },
		{ "not extractable", AES_KEY "SENSITIVE=0 EXTRACTABLE=0", CKR_ATTRIBUTE_SENSITIVE },
		{ "both", AES_KEY "SENSITIVE=1 EXTRACTABLE=0", CKR_ATTRIBUTE_SENSITIVE },
		{ "private EC, neither", EC_PRIV "SENSITIVE=0 EXTRACTABLE=1", CKR_OK },
		{ "private EC, by default", EC_PRIV, CKR_ATTRIBUTE_SENSITIVE },
		{ "private EC, not extractable", EC_PRIV "SENSITIVE=0", CKR_ATTRIBUTE_SENSITIVE },
		{ "data", "CLASS=data VALUE=616263", CKR_OK },
		{ "a certificate", CERT, CKR_OK },
	};
	const uint8_t *p, *own;
	size_t n, own_n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rules_get(viewed(rows[i].template), CKA_VALUE, &p, &n) != rows[i].want ||
		    (p != NULL) != (rows[i].want == CKR_OK))
			CU_FAIL(rows[i].why);
		CU_ASSERT_EQUAL_FATAL(attrs_get(&object.set, CKA_VALUE, &own, &own_n), 1);
		if (rows[i].want != CKR_OK &&
		    memmem(view.p, sizeof(view.p), own, own_n) != NULL)
			CU_FAIL(rows[i].why);
		/* Nor is it told of an object that nobody has made a view of. */
		CU_ASSERT_EQUAL(rules_get(&object.set, CKA_VALUE, &p, &n), rows[i].want);
	}
}

static void
each_secret_part_of_an_rsa_key_is_hidden_and_the_public_ones_are_not(void)
{
	static const CK_ATTRIBUTE_TYPE hidden[] = { CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
		CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	const uint8_t *p;
	size_t n;

	viewed(RSA_PRIV);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		CU_ASSERT_EQUAL(rules_get(&view.set, hidden[i], &p, &n), CKR_ATTRIBUTE_SENSITIVE);
		CU_ASSERT_EQUAL(attrs_has(&view.set, hidden[i]), 0);
	}
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_MODULUS, &p, &n), CKR_OK);
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_PUBLIC_EXPONENT, &p, &n), CKR_OK);
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_ID, &p, &n), CKR_OK);
	CU_ASSERT_EQUAL(n, 0);
	viewed(RSA_PRIV "SENSITIVE=0 EXTRACTABLE=1");
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		CU_ASSERT_EQUAL(rules_get(&view.set, hidden[i], &p, &n), CKR_OK);
}

static void
what_an_object_does_not_have_is_a_type_that_is_invalid(void)
{
	const uint8_t *p;
	size_t n;

	viewed(AES_KEY);
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_MODULUS, &p, &n), CKR_ATTRIBUTE_TYPE_INVALID);
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_ALLOWED_MECHANISMS, &p, &n),
	    CKR_ATTRIBUTE_TYPE_INVALID);
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_WRAP_TEMPLATE, &p, &n), CKR_ATTRIBUTE_TYPE_INVALID);
	/* An RSA key that came without primes. */
	viewed("CLASS=private KEY_TYPE=rsa MODULUS=$n PUBLIC_EXPONENT=010001 PRIVATE_EXPONENT=$d "
	    "SENSITIVE=0 EXTRACTABLE=1");
	CU_ASSERT_EQUAL(rules_get(&view.set, CKA_PRIME_1, &p, &n), CKR_ATTRIBUTE_TYPE_INVALID);
}

static void
a_key_of_which_nothing_is_said_is_hidden(void)
{
	static const char *const rows[] = {
		"CLASS=secret KEY_TYPE=aes VALUE=16*41",
		"CLASS=secret KEY_TYPE=aes VALUE=16*41 SENSITIVE=0",
		"CLASS=secret KEY_TYPE=aes VALUE=16*41 EXTRACTABLE=1",
		"CLASS=secret KEY_TYPE=des3 VALUE=16*41",
		"KEY_TYPE=aes VALUE=16*41",
		"VALUE=16*41",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sheet(&view, "");
		rules_public(sheet(&object, rows[i]), &view.set);
		if (attrs_has(&view.set, CKA_VALUE))
			CU_FAIL(rows[i]);
	}
}

static void
a_search_has_to_match_in_every_value(void)
{
	static const struct {
		const char *why, *object, *search;
		int want;
	} rows[] = {
		{ "no condition", AES_KEY, "", 1 },
		{ "one of its own", AES_KEY "LABEL='k1", "LABEL='k1", 1 },
		{ "two of its own", AES_KEY "LABEL='k1", "LABEL='k1 CLASS=secret", 1 },
		{ "one wrong", AES_KEY "LABEL='k1", "LABEL='k1 CLASS=private", 0 },
		{ "shorter", AES_KEY "LABEL='k1", "LABEL='k", 0 },
		{ "an empty one", AES_KEY "LABEL='k1", "LABEL=", 0 },
		{ "an empty one that is empty", AES_KEY, "LABEL=", 1 },
		{ "by default", AES_KEY, "TOKEN=0 ENCRYPT=1", 1 },
		{ "one that it has not", AES_KEY, "MODULUS=c3", 0 },
		{ "its own secret", AES_KEY "SENSITIVE=1", "VALUE=16*41", 0 },
		{ "its own value, which may be read", AES_KEY "SENSITIVE=0", "VALUE=16*41", 1 },
	};
	static struct sheet search;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		viewed(rows[i].object);
		sheet(&search, rows[i].search);
		if (rules_match(&view.set, &search.set) != rows[i].want ||
		    rules_match(&object.set, &search.set) != rows[i].want)
			CU_FAIL(rows[i].why);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(secrets_of_sensitive_or_unextractable_keys_are_not_told),
	SENTENCE(each_secret_part_of_an_rsa_key_is_hidden_and_the_public_ones_are_not),
	SENTENCE(what_an_object_does_not_have_is_a_type_that_is_invalid),
	SENTENCE(a_key_of_which_nothing_is_said_is_hidden),
	SENTENCE(a_search_has_to_match_in_every_value),
};

SUITE("rules_view", sentences)
