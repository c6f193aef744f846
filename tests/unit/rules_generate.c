#include "tests/unit/template.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

#define NONE CK_UNAVAILABLE_INFORMATION

struct row {
	const char *why, *template;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	CK_RV want;
	const char *object;
};

static struct sheet object;

static CK_RV
make(enum rules_how how, const struct row *row)
{
	static struct sheet t;

	sheet(&object, "");
	return rules_make(how, how == HOW_GENERATE ? CKM_AES_KEY_GEN : NONE, row->class, row->type,
	    &user, sheet(&t, row->template), &object.set);
}

static void
run(enum rules_how how, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const CK_RV rv = make(how, &rows[i]);

		if (rv != rows[i].want || (rv != CKR_OK && object.set.n != 0) ||
		    (rows[i].object != NULL && !has_words(&object.set, rows[i].object))) {
			fprintf(stderr, "%s: %lx, not %lx\n", rows[i].why, rv, rows[i].want);
			CU_FAIL(rows[i].why);
		}
	}
}

#define RUN(how, rows) run(how, rows, sizeof(rows) / sizeof(rows[0]))

static void
generation_asks_for_what_it_needs_and_refuses_what_it_makes(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnotes 3 and 4 */
	static const struct row rows[] = {
		{ "AES", "VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES, CKR_OK,
		    "CLASS=secret KEY_TYPE=aes LOCAL=1 KEY_GEN_MECHANISM=aes-gen VALUE_LEN=16" },
		{ "AES without a length", "", CKO_SECRET_KEY, CKK_AES, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "RSA without bits", "", CKO_PUBLIC_KEY, CKK_RSA, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "EC without a curve", "", CKO_PUBLIC_KEY, CKK_EC, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "HKDF without a length", "", CKO_SECRET_KEY, CKK_HKDF, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "a value", "VALUE_LEN=16 VALUE=16*41", CKO_SECRET_KEY, CKK_AES,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a modulus", "MODULUS_BITS=2048 MODULUS=256*c3", CKO_PUBLIC_KEY, CKK_RSA,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a private modulus", "MODULUS=256*c3", CKO_PRIVATE_KEY, CKK_RSA,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a prime", "PRIME_1=128*c3", CKO_PRIVATE_KEY, CKK_RSA, CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a point", "EC_PARAMS=$p256 EC_POINT=$point", CKO_PUBLIC_KEY, CKK_EC,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a private curve", "EC_PARAMS=$p256", CKO_PRIVATE_KEY, CKK_EC,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "local", "LOCAL=1", CKO_PRIVATE_KEY, CKK_EC, CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "always sensitive", "ALWAYS_SENSITIVE=1", CKO_PRIVATE_KEY, CKK_EC,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "never extractable", "NEVER_EXTRACTABLE=1", CKO_PRIVATE_KEY, CKK_EC,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "unique id", "UNIQUE_ID='x", CKO_PRIVATE_KEY, CKK_EC, CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a public key's attribute", "MODULUS_BITS=2048", CKO_PRIVATE_KEY, CKK_RSA,
		    CKR_ATTRIBUTE_TYPE_INVALID, NULL },
	};

	RUN(HOW_GENERATE, rows);
}

static void
the_mechanism_says_what_it_makes_and_the_template_may_agree(void)
{
	static const struct row rows[] = {
		{ "it agrees", "CLASS=secret KEY_TYPE=aes VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES, CKR_OK,
		    NULL },
		{ "another class", "CLASS=public VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "another type", "KEY_TYPE=generic VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "a secret for HMAC", "KEY_TYPE=sha256hmac VALUE_LEN=16", CKO_SECRET_KEY,
		    CKK_GENERIC_SECRET, CKR_OK, "KEY_TYPE=sha256hmac SIGN=1 DERIVE=0" },
		{ "HMAC for AES", "KEY_TYPE=sha256hmac VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "a secret for AES", "KEY_TYPE=aes VALUE_LEN=16", CKO_SECRET_KEY, CKK_GENERIC_SECRET,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "a class of two bytes", "CLASS=#0004 VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "no key", "", CKO_CERTIFICATE, NONE, CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "data", "", CKO_DATA, NONE, CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(HOW_GENERATE, rows);
}

static void
sizes_and_curves_that_are_not_made_are_refused(void)
{
	static const struct row rows[] = {
		{ "AES 15", "VALUE_LEN=15", CKO_SECRET_KEY, CKK_AES, CKR_KEY_SIZE_RANGE, NULL },
		{ "AES 24", "VALUE_LEN=24", CKO_SECRET_KEY, CKK_AES, CKR_OK, NULL },
		{ "AES 33", "VALUE_LEN=33", CKO_SECRET_KEY, CKK_AES, CKR_KEY_SIZE_RANGE, NULL },
		{ "AES without end", "VALUE_LEN=none", CKO_SECRET_KEY, CKK_AES, CKR_KEY_SIZE_RANGE, NULL },
		{ "secret 0", "VALUE_LEN=0", CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKR_KEY_SIZE_RANGE, NULL },
		{ "secret 1", "VALUE_LEN=1", CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKR_OK, NULL },
		{ "secret 512", "VALUE_LEN=512", CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKR_OK, NULL },
		{ "secret 513", "VALUE_LEN=513", CKO_SECRET_KEY, CKK_GENERIC_SECRET, CKR_KEY_SIZE_RANGE,
		    NULL },
		{ "RSA 2047", "MODULUS_BITS=2047", CKO_PUBLIC_KEY, CKK_RSA, CKR_KEY_SIZE_RANGE, NULL },
		{ "RSA 2048", "MODULUS_BITS=2048", CKO_PUBLIC_KEY, CKK_RSA, CKR_OK,
		    "PUBLIC_EXPONENT=010001" },
		{ "RSA 4096", "MODULUS_BITS=4096", CKO_PUBLIC_KEY, CKK_RSA, CKR_OK, NULL },
		{ "RSA 4097", "MODULUS_BITS=4097", CKO_PUBLIC_KEY, CKK_RSA, CKR_KEY_SIZE_RANGE, NULL },
		{ "exponent 65537", "MODULUS_BITS=2048 PUBLIC_EXPONENT=00010001", CKO_PUBLIC_KEY, CKK_RSA,
		    CKR_OK, "PUBLIC_EXPONENT=010001" },
		/* FIPS 186-4, B.3.1 */
		{ "exponent 65535", "MODULUS_BITS=2048 PUBLIC_EXPONENT=ffff", CKO_PUBLIC_KEY, CKK_RSA,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "exponent 65538", "MODULUS_BITS=2048 PUBLIC_EXPONENT=010002", CKO_PUBLIC_KEY, CKK_RSA,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "unknown curve", "EC_PARAMS=06012a", CKO_PUBLIC_KEY, CKK_EC, CKR_CURVE_NOT_SUPPORTED,
		    NULL },
		{ "Edwards by name", "EC_PARAMS=$ed25519name", CKO_PUBLIC_KEY, CKK_EC_EDWARDS, CKR_OK,
		    "EC_PARAMS=$ed25519name VERIFY=1" },
		{ "Edwards by OID", "EC_PARAMS=$ed25519", CKO_PUBLIC_KEY, CKK_EC_EDWARDS, CKR_OK, NULL },
		{ "Edwards, but Montgomery", "EC_PARAMS=$x25519", CKO_PUBLIC_KEY, CKK_EC_EDWARDS,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(HOW_GENERATE, rows);
}

static void
an_empty_template_gives_a_session_key_that_can_be_used(void)
{
	/* As SunPKCS11 sends it, PKCS #11 Base 2.40, 4.2, footnote 9. */
	static const struct row rows[] = {
		{ "private RSA", "", CKO_PRIVATE_KEY, CKK_RSA, CKR_OK, "TOKEN=0 PRIVATE=1 SENSITIVE=1 "
		    "EXTRACTABLE=0 SIGN=1 DECRYPT=1 UNWRAP=1 ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=1" },
		{ "private EC", "", CKO_PRIVATE_KEY, CKK_EC, CKR_OK, "TOKEN=0 PRIVATE=1 SENSITIVE=1 "
		    "EXTRACTABLE=0 SIGN=1 DERIVE=1 ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=1" },
		{ "EJBCA's EC", "DERIVE=1 DECRYPT=0 SIGN=1 UNWRAP=0 SENSITIVE=1 EXTRACTABLE=0 TOKEN=1 "
		    "PRIVATE=1 LABEL='priv-a ID='a", CKO_PRIVATE_KEY, CKK_EC, CKR_OK,
		    "DERIVE=1 SIGN=1 DECRYPT=0 TOKEN=1" },
		{ "EJBCA's AES", "TOKEN=1 ID='a WRAP=1 UNWRAP=1 SENSITIVE=1 EXTRACTABLE=0 VALUE_LEN=32 "
		    "LABEL='a", CKO_SECRET_KEY, CKK_AES, CKR_OK,
		    "WRAP=1 UNWRAP=1 DECRYPT=0 ENCRYPT=0 ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=1" },
		{ "session AES", "VALUE_LEN=16", CKO_SECRET_KEY, CKK_AES, CKR_OK, "SENSITIVE=0 "
		    "EXTRACTABLE=1 PRIVATE=1 ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0" },
		{ "token AES", "VALUE_LEN=16 TOKEN=1", CKO_SECRET_KEY, CKK_AES, CKR_OK, "SENSITIVE=1 "
		    "EXTRACTABLE=0 PRIVATE=1 ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=1" },
		{ "token AES that may be wrapped", "VALUE_LEN=16 TOKEN=1 EXTRACTABLE=1", CKO_SECRET_KEY,
		    CKK_AES, CKR_OK, "SENSITIVE=1 EXTRACTABLE=1 NEVER_EXTRACTABLE=0" },
		{ "token AES in the clear", "VALUE_LEN=16 TOKEN=1 SENSITIVE=0", CKO_SECRET_KEY,
		    CKK_AES, CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(HOW_GENERATE, rows);
}

static void
unwrapping_asks_for_class_and_type_and_refuses_parts(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnotes 5 and 6 */
	static const struct row rows[] = {
		{ "AES", "CLASS=secret KEY_TYPE=aes", NONE, NONE, CKR_OK,
		    "LOCAL=0 KEY_GEN_MECHANISM=none ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0" },
		{ "no class", "KEY_TYPE=aes", NONE, NONE, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "no type", "CLASS=private", NONE, NONE, CKR_TEMPLATE_INCOMPLETE, NULL },
		{ "a value", "CLASS=secret KEY_TYPE=aes VALUE=16*41", NONE, NONE,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a length of AES", "CLASS=secret KEY_TYPE=aes VALUE_LEN=16", NONE, NONE,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a length of a secret", "CLASS=secret KEY_TYPE=generic VALUE_LEN=16", NONE, NONE,
		    CKR_OK, "VALUE_LEN=16" },
		{ "a modulus", "CLASS=private KEY_TYPE=rsa MODULUS=256*c3", NONE, NONE,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a curve", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256", NONE, NONE,
		    CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "local", "CLASS=private KEY_TYPE=ec LOCAL=0", NONE, NONE, CKR_ATTRIBUTE_READ_ONLY,
		    NULL },
		{ "a certificate", "CLASS=cert CERTIFICATE_TYPE=x509 SUBJECT=3000", NONE, NONE,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(HOW_UNWRAP, rows);
}

static void
derivation_makes_generic_secrets_unless_it_is_told(void)
{
	static const struct row rows[] = {
		{ "nothing said", "", NONE, NONE, CKR_OK,
		    "CLASS=secret KEY_TYPE=generic LOCAL=0 KEY_GEN_MECHANISM=none SENSITIVE=0 "
		    "EXTRACTABLE=1" },
		{ "AES of a length", "CLASS=secret KEY_TYPE=aes VALUE_LEN=32", NONE, NONE, CKR_OK,
		    "VALUE_LEN=32" },
		{ "AES of no length", "KEY_TYPE=aes VALUE_LEN=20", NONE, NONE, CKR_KEY_SIZE_RANGE, NULL },
		{ "data", "CLASS=data", CKO_DATA, NONE, CKR_OK, NULL },
		{ "data with a value", "CLASS=data VALUE=41", CKO_DATA, NONE, CKR_ATTRIBUTE_READ_ONLY,
		    NULL },
		{ "a value", "KEY_TYPE=aes VALUE=16*41", NONE, NONE, CKR_ATTRIBUTE_READ_ONLY, NULL },
		{ "a certificate", "CLASS=cert", NONE, NONE, CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(HOW_DERIVE, rows);
}

static void
a_derived_key_is_no_better_than_what_it_comes_from(void)
{
	/* PKCS #11 Mechanisms 2.40, 2.3.12 and its like, of both attributes */
	static const struct {
		const char *template;
		int base_sensitive, base_never;
		const char *want;
	} rows[] = {
		{ "SENSITIVE=1 EXTRACTABLE=0", 1, 1, "ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=1" },
		{ "SENSITIVE=1 EXTRACTABLE=0", 0, 1, "ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=1" },
		{ "SENSITIVE=1 EXTRACTABLE=0", 1, 0, "ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=0" },
		{ "SENSITIVE=0 EXTRACTABLE=0", 1, 1, "ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=1" },
		{ "SENSITIVE=1 EXTRACTABLE=1", 1, 1, "ALWAYS_SENSITIVE=1 NEVER_EXTRACTABLE=0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row row = { "", rows[i].template, NONE, NONE, CKR_OK, NULL };

		OK(make(HOW_DERIVE, &row));
		words("VALUE=20*41", &object.set);
		OK(rules_finish(NULL, &object.set, HOW_DERIVE, rows[i].base_sensitive,
		    rows[i].base_never));
		CU_ASSERT(has_words(&object.set, rows[i].want));
	}
}

static void
what_follows_from_the_values_is_put_when_they_are_there(void)
{
	static const struct {
		const char *why, *template, *want;
	} rows[] = {
		/* FIPS 197: of an AES-128 key of zeros the block of zeros is 66e94bd4... */
		{ "AES", "CLASS=secret KEY_TYPE=aes VALUE=16*00", "CHECK_VALUE=66e94b VALUE_LEN=16" },
		/* FIPS 180-4: SHA-1 of abc is a9993e36... */
		{ "secret", "CLASS=secret KEY_TYPE=generic VALUE=616263", "CHECK_VALUE=a9993e" },
		{ "HMAC", "CLASS=secret KEY_TYPE=sha256hmac VALUE=616263", "CHECK_VALUE=a9993e" },
		{ "certificate", "CLASS=cert CERTIFICATE_TYPE=x509 SUBJECT=3000 VALUE=616263",
		    "CHECK_VALUE=a9993e PUBLIC_KEY_INFO=" },
		{ "the right one given", "CLASS=secret KEY_TYPE=generic VALUE=616263 CHECK_VALUE=a9993e",
		    "CHECK_VALUE=a9993e" },
		{ "none wanted", "CLASS=secret KEY_TYPE=generic VALUE=616263 CHECK_VALUE=",
		    "CHECK_VALUE=" },
		{ "RSA", RSA_PUB, "MODULUS_BITS=2048" },
		/* RFC 8410, 10.1 has the same form. */
		{ "Edwards", "CLASS=public KEY_TYPE=ed EC_PARAMS=$ed25519name EC_POINT=$ed",
		    "PUBLIC_KEY_INFO=302a300506032b6570032100"
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
		/* RFC 8032, 7.1, test 1: the private key of the above */
		{ "private Edwards", "CLASS=private KEY_TYPE=ed EC_PARAMS=$ed25519 VALUE="
		    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		    "PUBLIC_KEY_INFO=302a300506032b6570032100"
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
		{ "Montgomery", "CLASS=public KEY_TYPE=x EC_PARAMS=$x25519 EC_POINT=$x",
		    "PUBLIC_KEY_INFO=302a300506032b656e032100"
		    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
		{ "P-256", EC_PUB, "PUBLIC_KEY_INFO=3059301306072a8648ce3d020106082a8648ce3d030107034200"
		    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
		{ "private P-256, 1", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=01",
		    "PUBLIC_KEY_INFO=3059301306072a8648ce3d020106082a8648ce3d030107034200"
		    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row row = { "", rows[i].template, NONE, NONE, CKR_OK, NULL };

		if (make(HOW_CREATE, &row) != CKR_OK || !has_words(&object.set, rows[i].want))
			CU_FAIL(rows[i].why);
		/* A second time changes nothing. */
		OK(rules_finish(NULL, &object.set, HOW_CREATE, 0, 0));
		CU_ASSERT(has_words(&object.set, rows[i].want));
	}
}

static void
both_halves_of_an_rsa_key_have_the_same_public_key_info(void)
{
	static const struct row private = { "", RSA_PRIV, NONE, NONE, CKR_OK, NULL };
	static const struct row public = { "", "CLASS=public KEY_TYPE=rsa MODULUS=$n "
		"PUBLIC_EXPONENT=010001", NONE, NONE, CKR_OK, NULL };
	uint8_t info[400];
	const uint8_t *p;
	size_t n;

	OK(make(HOW_CREATE, &private));
	CU_ASSERT_EQUAL_FATAL(attrs_get(&object.set, CKA_PUBLIC_KEY_INFO, &p, &n), 1);
	/* RFC 8017, A.1.1: 2048 bits and 65537 in 294 bytes */
	CU_ASSERT_EQUAL_FATAL(n, 294);
	memcpy(info, p, n);
	OK(make(HOW_CREATE, &public));
	CU_ASSERT(attrs_equal(&object.set, CKA_PUBLIC_KEY_INFO, info, n));
	SAME(info, "\x30\x82\x01\x22\x30\x0d\x06\x09", 8);
}

static void
a_generated_pair_has_one_public_key_info(void)
{
	static const struct {
		const char *private;
		CK_RV want;
	} rows[] = {
		{ "", CKR_OK },
		{ "PUBLIC_KEY_INFO=", CKR_OK },
		{ "PUBLIC_KEY_INFO=3000", CKR_ATTRIBUTE_VALUE_INVALID },
	};
	static const struct row public = { "", "EC_PARAMS=$p256", CKO_PUBLIC_KEY, CKK_EC, CKR_OK,
		NULL };
	static struct sheet other;
	const uint8_t *p;
	size_t n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row private = { "", rows[i].private, CKO_PRIVATE_KEY, CKK_EC, CKR_OK, NULL };

		OK(make(HOW_GENERATE, &public));
		words("EC_POINT=$point", &object.set);
		sheet(&other, "");
		attrs_copy(&other.set, &object.set);
		OK(make(HOW_GENERATE, &private));
		words("EC_PARAMS=$p256 VALUE=01", &object.set);
		CU_ASSERT_EQUAL(rules_finish_pair(NULL, &other.set, &object.set), rows[i].want);
		CU_ASSERT_EQUAL_FATAL(attrs_get(&other.set, CKA_PUBLIC_KEY_INFO, &p, &n), 1);
		CU_ASSERT_EQUAL(n, 91);
		CU_ASSERT_EQUAL(attrs_equal(&object.set, CKA_PUBLIC_KEY_INFO, p, n),
		    rows[i].want == CKR_OK);
	}
}

static void
values_that_are_not_the_keys_own_are_refused(void)
{
	static const struct row rows[] = {
		{ "a check value of another key", "CLASS=secret KEY_TYPE=generic VALUE=616263 "
		    "CHECK_VALUE=a9993f", NONE, NONE, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "half a check value", AES_KEY "CHECK_VALUE=66", NONE, NONE,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "of a certificate", CERT "CHECK_VALUE=000000", NONE, NONE, CKR_ATTRIBUTE_VALUE_INVALID,
		    NULL },
		{ "public key info of another key", RSA_PUB "PUBLIC_KEY_INFO=3000", NONE, NONE,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "and of a private one", EC_PRIV "PUBLIC_KEY_INFO=3000", NONE, NONE,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	};

	RUN(HOW_CREATE, rows);
}

static void
a_value_of_another_length_than_was_asked_for_ends_it(void)
{
	static const struct {
		const char *why;
		enum rules_how how;
		const char *template, *value;
		CK_RV want;
	} rows[] = {
		{ "as asked", HOW_DERIVE, "KEY_TYPE=aes VALUE_LEN=16", "VALUE=16*41", CKR_OK },
		{ "longer", HOW_DERIVE, "KEY_TYPE=aes VALUE_LEN=16", "VALUE=32*41",
		    CKR_TEMPLATE_INCONSISTENT },
		{ "no AES", HOW_DERIVE, "KEY_TYPE=aes", "VALUE=20*41", CKR_KEY_SIZE_RANGE },
		{ "no AES in it", HOW_UNWRAP, "CLASS=secret KEY_TYPE=aes", "VALUE=20*41",
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "nothing in it", HOW_UNWRAP, "CLASS=secret KEY_TYPE=generic", "VALUE=",
		    CKR_WRAPPED_KEY_LEN_RANGE },
		{ "nothing put", HOW_UNWRAP, "CLASS=secret KEY_TYPE=aes", "", CKR_TEMPLATE_INCOMPLETE },
		{ "a private value that is none", HOW_UNWRAP, "CLASS=private KEY_TYPE=ec",
		    "EC_PARAMS=$p256 VALUE=32*ff", CKR_ATTRIBUTE_VALUE_INVALID },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row row = { "", rows[i].template, NONE, NONE, CKR_OK, NULL };

		OK(make(rows[i].how, &row));
		words(rows[i].value, &object.set);
		if (rules_finish(NULL, &object.set, rows[i].how, 1, 1) != rows[i].want)
			CU_FAIL(rows[i].why);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(generation_asks_for_what_it_needs_and_refuses_what_it_makes),
	SENTENCE(the_mechanism_says_what_it_makes_and_the_template_may_agree),
	SENTENCE(sizes_and_curves_that_are_not_made_are_refused),
	SENTENCE(an_empty_template_gives_a_session_key_that_can_be_used),
	SENTENCE(unwrapping_asks_for_class_and_type_and_refuses_parts),
	SENTENCE(derivation_makes_generic_secrets_unless_it_is_told),
	SENTENCE(a_derived_key_is_no_better_than_what_it_comes_from),
	SENTENCE(what_follows_from_the_values_is_put_when_they_are_there),
	SENTENCE(both_halves_of_an_rsa_key_have_the_same_public_key_info),
	SENTENCE(a_generated_pair_has_one_public_key_info),
	SENTENCE(values_that_are_not_the_keys_own_are_refused),
	SENTENCE(a_value_of_another_length_than_was_asked_for_ends_it),
};

SUITE("rules_generate", sentences)
