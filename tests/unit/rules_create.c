#include "tests/unit/template.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

struct row {
	const char *why, *template;
	const struct rules_who *who;
	CK_RV want;
};

static CK_RV
create(const struct rules_who *who, const char *template, struct sheet *object)
{
	static struct sheet t;

	sheet(object, "");
	return rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, who, sheet(&t, template), &object->set);
}

/* Each row answers as it says; of what is refused nothing stays. */
static void
run(const struct row *rows, size_t n)
{
	static struct sheet object;
	CK_RV rv;

	for (size_t i = 0; i < n; i++) {
		rv = create(rows[i].who, rows[i].template, &object);
		if (rv != rows[i].want || (rv != CKR_OK && object.set.n != 0)) {
			fprintf(stderr, "%s: %lx, not %lx\n", rows[i].why, rv, rows[i].want);
			CU_FAIL(rows[i].why);
		}
	}
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof(rows[0]))

static void
everything_that_has_to_be_there_is_asked_for(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnote 1 */
	static const struct row rows[] = {
		{ "no class", "KEY_TYPE=aes VALUE=16*41", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "no key type", "CLASS=secret VALUE=16*41", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "no value of a secret", "CLASS=secret KEY_TYPE=aes", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "no certificate type", "CLASS=cert SUBJECT=3000 VALUE=3000", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no subject", "CLASS=cert CERTIFICATE_TYPE=x509 VALUE=3000", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no certificate", "CLASS=cert CERTIFICATE_TYPE=x509 SUBJECT=3000", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no modulus", "CLASS=public KEY_TYPE=rsa PUBLIC_EXPONENT=010001", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no exponent", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no private exponent", "CLASS=private KEY_TYPE=rsa MODULUS=256*c3 "
		    "PUBLIC_EXPONENT=010001", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "no public exponent", "CLASS=private KEY_TYPE=rsa MODULUS=256*c3 "
		    "PRIVATE_EXPONENT=256*11", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "no curve", "CLASS=public KEY_TYPE=ec EC_POINT=$point", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no point", "CLASS=public KEY_TYPE=ec EC_PARAMS=$p256", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no curve of a private key", "CLASS=private KEY_TYPE=ec VALUE=32*11", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "no value of a private key", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "some primes", "CLASS=private KEY_TYPE=rsa MODULUS=$n PUBLIC_EXPONENT=010001 "
		    "PRIVATE_EXPONENT=$d " RSA_CRT, &user, CKR_TEMPLATE_INCOMPLETE },
	};

	RUN(rows);
}

static void
what_the_token_makes_itself_is_not_taken_from_a_template(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnote 2 */
	static const struct row rows[] = {
		{ "local", AES_KEY "LOCAL=0", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "always sensitive", AES_KEY "ALWAYS_SENSITIVE=0", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "never extractable", EC_PRIV "NEVER_EXTRACTABLE=0", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "mechanism", RSA_PUB "KEY_GEN_MECHANISM=none", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "length of a value", AES_KEY "VALUE_LEN=16", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "bits of a modulus", RSA_PUB "MODULUS_BITS=2048", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "unique id", "CLASS=data UNIQUE_ID='mine", &user, CKR_ATTRIBUTE_READ_ONLY },
	};

	RUN(rows);
}

static void
attributes_of_other_objects_and_of_nobody_are_refused(void)
{
	/* 4.1.1, 1 */
	static const struct row rows[] = {
		{ "a use of private keys", RSA_PUB "SIGN=1", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "a use of public keys", RSA_PRIV "VERIFY=1", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "a part of RSA keys", EC_PUB "MODULUS=256*c3", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "a key type of data", "CLASS=data KEY_TYPE=aes", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "sensitive certificate", CERT "SENSITIVE=1", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "trusted private key", EC_PRIV "TRUSTED=0", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "secret that asks again", AES_KEY "ALWAYS_AUTHENTICATE=0", &user,
		    CKR_ATTRIBUTE_TYPE_INVALID },
		{ "wrap template", AES_KEY "WRAP_TEMPLATE=#", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "unwrap template", AES_KEY "UNWRAP_TEMPLATE=#", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "DH prime", EC_PUB "PRIME=#01", &user, CKR_ATTRIBUTE_TYPE_INVALID },
		{ "vendor's", AES_KEY "VENDOR_DEFINED=#01", &user, CKR_ATTRIBUTE_TYPE_INVALID },
	};

	RUN(rows);
}

static void
values_of_a_wrong_form_are_refused_whoever_encoded_them(void)
{
	/* 4.1.1, 2 */
	static const struct row rows[] = {
		{ "bool 2", AES_KEY "TOKEN=#02", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "bool of no bytes", AES_KEY "TOKEN=#", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "bool of two bytes", AES_KEY "TOKEN=#0001", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "class of four bytes", "CLASS=#00000000", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "key type of nine bytes", "CLASS=secret KEY_TYPE=#00000000000000001f VALUE=16*41", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "category of no bytes", CERT "CERTIFICATE_CATEGORY=#", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "date of seven", AES_KEY "START_DATE='2024010", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "month 13", AES_KEY "START_DATE='20241301", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "month 0", AES_KEY "START_DATE='20240001", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "day 32", AES_KEY "END_DATE='20241232", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "day 0", AES_KEY "END_DATE='20241200", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "a letter", AES_KEY "END_DATE='2024120O", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "half a mechanism", AES_KEY "ALLOWED_MECHANISMS=#00000000", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "class that is not here", "CLASS=domain KEY_TYPE=ec", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "key type that is not here", "CLASS=secret KEY_TYPE=des3 VALUE=24*41", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "key type of another class", "CLASS=secret KEY_TYPE=rsa VALUE=24*41", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "certificate type that is not here", "CLASS=cert CERTIFICATE_TYPE=x509attr "
		    "SUBJECT=3000 VALUE=3000", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "category 4", CERT "CERTIFICATE_CATEGORY=4", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "category 3", CERT "CERTIFICATE_CATEGORY=3", &user, CKR_OK },
	};

	RUN(rows);
}

static void
keys_of_a_wrong_size_or_value_are_refused(void)
{
	static const struct row rows[] = {
		{ "AES 16", "CLASS=secret KEY_TYPE=aes VALUE=16*41", &user, CKR_OK },
		{ "AES 24", "CLASS=secret KEY_TYPE=aes VALUE=24*41", &user, CKR_OK },
		{ "AES 32", "CLASS=secret KEY_TYPE=aes VALUE=32*41", &user, CKR_OK },
		{ "AES 15", "CLASS=secret KEY_TYPE=aes VALUE=15*41", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "AES 33", "CLASS=secret KEY_TYPE=aes VALUE=33*41", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "secret 0", "CLASS=secret KEY_TYPE=generic VALUE=#", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "secret 1", "CLASS=secret KEY_TYPE=generic VALUE=41", &user, CKR_OK },
		{ "secret 512", "CLASS=secret KEY_TYPE=sha256hmac VALUE=512*41", &user, CKR_OK },
		{ "secret 513", "CLASS=secret KEY_TYPE=hkdf VALUE=513*41", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "RSA 2047", "CLASS=public KEY_TYPE=rsa MODULUS=256*43 PUBLIC_EXPONENT=010001", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "RSA 2040", "CLASS=public KEY_TYPE=rsa MODULUS=255*c3 PUBLIC_EXPONENT=010001", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "RSA 4096", "CLASS=public KEY_TYPE=rsa MODULUS=512*c3 PUBLIC_EXPONENT=010001", &user,
		    CKR_OK },
		{ "RSA 4097", "CLASS=public KEY_TYPE=rsa MODULUS=513*01 PUBLIC_EXPONENT=010001", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "even modulus", "CLASS=public KEY_TYPE=rsa MODULUS=256*c2 PUBLIC_EXPONENT=010001",
		    &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "exponent 1", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=01", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "exponent 3", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=03", &user,
		    CKR_OK },
		{ "exponent 4", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=04", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "exponent of 9 bytes", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=9*01",
		    &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "no exponent in it", "CLASS=public KEY_TYPE=rsa MODULUS=256*c3 PUBLIC_EXPONENT=#",
		    &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "private exponent too long", "CLASS=private KEY_TYPE=rsa MODULUS=$n "
		    "PUBLIC_EXPONENT=010001 PRIVATE_EXPONENT=257*11", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "empty private exponent", "CLASS=private KEY_TYPE=rsa MODULUS=$n "
		    "PUBLIC_EXPONENT=010001 PRIVATE_EXPONENT=#", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "empty coefficient", "CLASS=private KEY_TYPE=rsa MODULUS=$n PUBLIC_EXPONENT=010001 "
		    "PRIVATE_EXPONENT=$d " RSA_CRT "COEFFICIENT=#", &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "primes of another key", "CLASS=private KEY_TYPE=rsa MODULUS=256*c3 "
		    "PUBLIC_EXPONENT=010001 PRIVATE_EXPONENT=$d " RSA_CRT "COEFFICIENT=$qinv", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "unknown curve", "CLASS=public KEY_TYPE=ec EC_PARAMS=06012a EC_POINT=$point", &user,
		    CKR_CURVE_NOT_SUPPORTED },
		{ "no curve at all", "CLASS=public KEY_TYPE=ec EC_PARAMS=00 EC_POINT=$point", &user,
		    CKR_DOMAIN_PARAMS_INVALID },
		{ "curve of another key type", "CLASS=public KEY_TYPE=ec EC_PARAMS=$ed25519 "
		    "EC_POINT=$ed", &user, CKR_TEMPLATE_INCONSISTENT },
		{ "point off the curve", "CLASS=public KEY_TYPE=ec EC_PARAMS=$p256 EC_POINT=$off", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "EC value 33", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=33*11", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "EC value 0", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=32*00", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "EC value that is the order", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=$order",
		    &user, CKR_ATTRIBUTE_VALUE_INVALID },
		{ "Edwards value 31", "CLASS=private KEY_TYPE=ed EC_PARAMS=$ed25519 VALUE=31*11", &user,
		    CKR_ATTRIBUTE_VALUE_INVALID },
		{ "Edwards value 32", "CLASS=private KEY_TYPE=ed EC_PARAMS=$ed25519 VALUE=32*11", &user,
		    CKR_OK },
		{ "Montgomery value 32", "CLASS=private KEY_TYPE=x EC_PARAMS=$x25519 VALUE=32*11", &user,
		    CKR_OK },
	};

	RUN(rows);
}

static void
what_contradicts_itself_is_refused(void)
{
	/* 4.1.1, 5; and the rules of the header that are ours */
	static const struct row rows[] = {
		{ "ends before it starts", AES_KEY "START_DATE='20240102 END_DATE='20240101", &user,
		    CKR_TEMPLATE_INCONSISTENT },
		{ "ends as it starts", AES_KEY "START_DATE='20240102 END_DATE='20240102", &user, CKR_OK },
		{ "asks again, for nothing", EC_PRIV "ALWAYS_AUTHENTICATE=1 PRIVATE=0", &user,
		    CKR_TEMPLATE_INCONSISTENT },
		{ "asks again", EC_PRIV "ALWAYS_AUTHENTICATE=1", &user, CKR_OK },
		{ "a token key in the clear", AES_KEY "TOKEN=1 SENSITIVE=0", &user,
		    CKR_TEMPLATE_INCONSISTENT },
		{ "a token key for all", AES_KEY "TOKEN=1 PRIVATE=0", &user, CKR_TEMPLATE_INCONSISTENT },
		{ "a private one", RSA_PRIV "TOKEN=1 SENSITIVE=0", &user, CKR_TEMPLATE_INCONSISTENT },
		{ "a session key in the clear", AES_KEY "SENSITIVE=0 PRIVATE=0", &nobody, CKR_OK },
		{ "a URL without hashes", CERT "URL='x", &user, CKR_TEMPLATE_INCOMPLETE },
		{ "a URL with one hash", CERT "URL='x HASH_OF_SUBJECT_PUBLIC_KEY=20*01", &user,
		    CKR_TEMPLATE_INCOMPLETE },
		{ "a URL with both", "CLASS=cert CERTIFICATE_TYPE=x509 SUBJECT=3000 URL='x "
		    "HASH_OF_SUBJECT_PUBLIC_KEY=20*01 HASH_OF_ISSUER_PUBLIC_KEY=20*02", &user, CKR_OK },
	};

	RUN(rows);
}

static void
who_may_not_have_it_is_told_why(void)
{
	static const struct row rows[] = {
		{ "a token object in a R/O session", "CLASS=data PRIVATE=0 TOKEN=1", &user_ro,
		    CKR_SESSION_READ_ONLY },
		{ "a session object in a R/O session", "CLASS=data PRIVATE=0", &user_ro, CKR_OK },
		{ "a private one of nobody's", "CLASS=data PRIVATE=1", &nobody, CKR_USER_NOT_LOGGED_IN },
		{ "a private one by default", AES_KEY, &nobody, CKR_USER_NOT_LOGGED_IN },
		{ "the SO's private one", AES_KEY, &so, CKR_USER_NOT_LOGGED_IN },
		{ "the SO's public one", CERT "TOKEN=1", &so, CKR_OK },
		{ "a public one of nobody's", RSA_PUB, &nobody, CKR_OK },
		/* footnote 10 */
		{ "trust by the user", CERT "TRUSTED=1", &user, CKR_ATTRIBUTE_READ_ONLY },
		{ "trust by nobody", RSA_PUB "TRUSTED=1", &nobody, CKR_ATTRIBUTE_READ_ONLY },
		{ "no trust by the user", CERT "TRUSTED=0", &user, CKR_OK },
		{ "trust by the SO", CERT "TRUSTED=1", &so, CKR_OK },
	};

	RUN(rows);
}

static const struct {
	const char *why, *template, *object;
} defaults[] = {
	{ "data", "CLASS=data", "TOKEN=0 PRIVATE=1 MODIFIABLE=1 COPYABLE=1 DESTROYABLE=1 LABEL= "
	    "APPLICATION= OBJECT_ID= VALUE=" },
	{ "a certificate as EJBCA sends it",
	    "CLASS=cert CERTIFICATE_TYPE=x509 TOKEN=1 LABEL='a SUBJECT=3000 ID='a VALUE=3000",
	    "TOKEN=1 PRIVATE=0 TRUSTED=0 ISSUER= SERIAL_NUMBER= CERTIFICATE_CATEGORY=0 URL= "
	    "START_DATE= END_DATE= PUBLIC_KEY_INFO= NAME_HASH_ALGORITHM=sha1 "
	    "HASH_OF_SUBJECT_PUBLIC_KEY= HASH_OF_ISSUER_PUBLIC_KEY= JAVA_MIDP_SECURITY_DOMAIN=0" },
	{ "RSA, public", RSA_PUB, "TOKEN=0 PRIVATE=0 ENCRYPT=1 VERIFY=1 WRAP=1 VERIFY_RECOVER=0 "
	    "DERIVE=0 TRUSTED=0 SUBJECT= ID= LOCAL=0 KEY_GEN_MECHANISM=none MODULUS_BITS=2048" },
	{ "RSA, private", RSA_PRIV, "TOKEN=0 PRIVATE=1 SENSITIVE=1 EXTRACTABLE=0 DECRYPT=1 SIGN=1 "
	    "UNWRAP=1 SIGN_RECOVER=0 DERIVE=0 ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0 LOCAL=0 "
	    "WRAP_WITH_TRUSTED=0 ALWAYS_AUTHENTICATE=0 KEY_GEN_MECHANISM=none" },
	{ "EC, public", EC_PUB, "ENCRYPT=0 VERIFY=1 WRAP=0 DERIVE=0 PRIVATE=0" },
	{ "EC, private", EC_PRIV, "SIGN=1 DERIVE=1 DECRYPT=0 UNWRAP=0 PRIVATE=1 SENSITIVE=1" },
	{ "Edwards", "CLASS=private KEY_TYPE=ed EC_PARAMS=$ed25519name VALUE=32*11",
	    "SIGN=1 DERIVE=0 DECRYPT=0 UNWRAP=0" },
	{ "Montgomery", "CLASS=private KEY_TYPE=x EC_PARAMS=$x25519 VALUE=32*11",
	    "SIGN=0 DERIVE=1 DECRYPT=0 UNWRAP=0" },
	{ "AES", AES_KEY, "PRIVATE=1 SENSITIVE=0 EXTRACTABLE=1 ENCRYPT=1 DECRYPT=1 WRAP=1 UNWRAP=1 "
	    "SIGN=1 VERIFY=1 DERIVE=0 VALUE_LEN=16 ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0" },
	{ "AES on the token", AES_KEY "TOKEN=1", "PRIVATE=1 SENSITIVE=1 EXTRACTABLE=0 "
	    "ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0" },
	{ "generic", "CLASS=secret KEY_TYPE=generic VALUE=20*41",
	    "SIGN=1 VERIFY=1 DERIVE=1 ENCRYPT=0 DECRYPT=0 WRAP=0 UNWRAP=0 VALUE_LEN=20" },
	{ "HMAC", "CLASS=secret KEY_TYPE=sha256hmac VALUE=20*41", "SIGN=1 VERIFY=1 DERIVE=0" },
	{ "HKDF", "CLASS=secret KEY_TYPE=hkdf VALUE=20*41", "SIGN=0 VERIFY=0 DERIVE=1" },
	{ "one use named: no others", AES_KEY "WRAP=1 UNWRAP=1",
	    "WRAP=1 UNWRAP=1 ENCRYPT=0 DECRYPT=0 SIGN=0 VERIFY=0" },
	{ "one use denied: the others", EC_PRIV "DERIVE=0", "DERIVE=0 SIGN=1" },
	{ "a use that no such key has", EC_PRIV "DECRYPT=1 SIGN_RECOVER=1",
	    "DECRYPT=1 SIGN_RECOVER=1 SIGN=1 DERIVE=1" },
	{ "an empty list of mechanisms", AES_KEY "ALLOWED_MECHANISMS=", "VALUE_LEN=16" },
	{ "a raw point", "CLASS=public KEY_TYPE=ec EC_PARAMS=$p256 EC_POINT=$rawpoint",
	    "EC_POINT=$point" },
	{ "a raw Edwards point", "CLASS=public KEY_TYPE=ed EC_PARAMS=$ed25519name EC_POINT=$rawed",
	    "EC_POINT=$ed EC_PARAMS=$ed25519name" },
	{ "a raw Montgomery point", "CLASS=public KEY_TYPE=x EC_PARAMS=$x25519 EC_POINT=$rawx",
	    "EC_POINT=$x" },
	{ "a modulus with zeros in front", "CLASS=public KEY_TYPE=rsa MODULUS=0000+256*c3 "
	    "PUBLIC_EXPONENT=00010001", "MODULUS=256*c3 PUBLIC_EXPONENT=010001" },
	{ "signs in front", "CLASS=private KEY_TYPE=rsa MODULUS=00+$n PUBLIC_EXPONENT=010001 "
	    "PRIVATE_EXPONENT=00+$d PRIME_1=00+$p PRIME_2=00+$q EXPONENT_1=00+$dp EXPONENT_2=00+$dq "
	    "COEFFICIENT=00+$qinv", "MODULUS=$n PRIVATE_EXPONENT=$d PRIME_1=$p PRIME_2=$q "
	    "EXPONENT_1=$dp EXPONENT_2=$dq COEFFICIENT=$qinv" },
	{ "a sign in front of an EC value", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 VALUE=00+32*11",
	    "VALUE=32*11" },
	{ "a zero that is part of an EC value", "CLASS=private KEY_TYPE=ec EC_PARAMS=$p256 "
	    "VALUE=00+31*11", "VALUE=00+31*11" },
};

static void
what_nobody_says_has_the_default_of_the_table(void)
{
	static struct sheet object;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (create(&user, defaults[i].template, &object) != CKR_OK ||
		    !has_words(&object.set, defaults[i].object))
			CU_FAIL(defaults[i].why);
}

static void
mechanisms_are_restricted_only_when_some_are_named(void)
{
	static struct sheet object;

	OK(create(&user, AES_KEY, &object));
	CU_ASSERT_EQUAL(attrs_has(&object.set, CKA_ALLOWED_MECHANISMS), 0);
	OK(create(&user, AES_KEY "ALLOWED_MECHANISMS=", &object));
	CU_ASSERT_EQUAL(attrs_has(&object.set, CKA_ALLOWED_MECHANISMS), 0);
	OK(create(&user, AES_KEY "ALLOWED_MECHANISMS=aes-ecb,aes-gcm", &object));
	CU_ASSERT_EQUAL(has_words(&object.set, "ALLOWED_MECHANISMS=aes-ecb,aes-gcm"), 1);
}

static void
every_object_has_a_unique_id_of_its_own(void)
{
	static struct sheet one, other;
	const uint8_t *p;
	size_t n;

	OK(create(&user, "CLASS=data", &one));
	OK(create(&user, "CLASS=data", &other));
	CU_ASSERT_EQUAL_FATAL(attrs_get(&one.set, CKA_UNIQUE_ID, &p, &n), 1);
	CU_ASSERT_EQUAL(n, 32);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_PTR_NOT_NULL(strchr("0123456789abcdef", p[i]));
	CU_ASSERT_EQUAL(attrs_equal(&other.set, CKA_UNIQUE_ID, p, n), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(everything_that_has_to_be_there_is_asked_for),
	SENTENCE(what_the_token_makes_itself_is_not_taken_from_a_template),
	SENTENCE(attributes_of_other_objects_and_of_nobody_are_refused),
	SENTENCE(values_of_a_wrong_form_are_refused_whoever_encoded_them),
	SENTENCE(keys_of_a_wrong_size_or_value_are_refused),
	SENTENCE(what_contradicts_itself_is_refused),
	SENTENCE(who_may_not_have_it_is_told_why),
	SENTENCE(what_nobody_says_has_the_default_of_the_table),
	SENTENCE(mechanisms_are_restricted_only_when_some_are_named),
	SENTENCE(every_object_has_a_unique_id_of_its_own),
};

SUITE("rules_create", sentences)
