#include "hsm/pkcs11/rules_parts.h"

#include <string.h>

/* Objects made by the token, not by the application: read-only from the first. */
#define MADE (F2 | F4 | F6)
/* Parts of a key: given when it is created, made or unwrapped otherwise. */
#define PART (F4 | F6)

#define BOOL(type, where, foot, missing) { type, KIND_BOOL, missing, where, foot }
#define ULONG(type, where, foot, missing) { type, KIND_ULONG, missing, where, foot }
#define BYTES(type, where, foot, missing) { type, KIND_BYTES, missing, where, foot }
#define DATE(type, where, foot) { type, KIND_DATE, D_EMPTY, where, foot }
/* A use of keys: by default of those that a mechanism here can use so, of no others. */
#define USE(type, of, can) \
	BOOL(type, can, F8 | F9, D_USE), \
	BOOL(type, (of) & ~(can), F8 | F9, D_FALSE)

/* PKCS #11 Base 2.40, 4.2 to 4.10, and Mechanisms 2.40, 2.1, 2.3, 2.7 and 2.8. */
static const struct rule table[] = {
	ULONG(CKA_CLASS, W_ALL, F1, D_NONE),
	BOOL(CKA_TOKEN, W_ALL, F_COPY, D_FALSE),
	BOOL(CKA_PRIVATE, W_ALL, F9 | F_COPY, D_PRIVATE),
	BOOL(CKA_MODIFIABLE, W_ALL, F_COPY, D_TRUE),
	BOOL(CKA_COPYABLE, W_ALL, F12, D_TRUE),
	BOOL(CKA_DESTROYABLE, W_ALL, F_COPY, D_TRUE),
	BYTES(CKA_LABEL, W_ALL, F8, D_EMPTY),
	BYTES(CKA_UNIQUE_ID, W_ALL, MADE, D_NONE),	/* 3.0, 4.4 */

	BYTES(CKA_APPLICATION, W_DATA, 0, D_EMPTY),
	BYTES(CKA_OBJECT_ID, W_DATA, 0, D_EMPTY),
	BYTES(CKA_VALUE, W_DATA, PART, D_EMPTY),

	ULONG(CKA_CERTIFICATE_TYPE, W_CERT, F1, D_NONE),
	ULONG(CKA_CERTIFICATE_CATEGORY, W_CERT, 0, D_ZERO),
	BYTES(CKA_CHECK_VALUE, W_CERT, 0, D_NONE),
	DATE(CKA_START_DATE, W_CERT, 0),
	DATE(CKA_END_DATE, W_CERT, 0),
	BYTES(CKA_PUBLIC_KEY_INFO, W_CERT, 0, D_EMPTY),
	BYTES(CKA_SUBJECT, W_CERT, F1, D_NONE),
	BYTES(CKA_ISSUER, W_CERT, F8, D_EMPTY),
	BYTES(CKA_SERIAL_NUMBER, W_CERT, F8, D_EMPTY),
	BYTES(CKA_VALUE, W_CERT, 0, D_EMPTY),
	BYTES(CKA_URL, W_CERT, 0, D_EMPTY),
	BYTES(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, W_CERT, 0, D_EMPTY),
	BYTES(CKA_HASH_OF_ISSUER_PUBLIC_KEY, W_CERT, 0, D_EMPTY),
	ULONG(CKA_NAME_HASH_ALGORITHM, W_CERT, 0, D_SHA1),
	ULONG(CKA_JAVA_MIDP_SECURITY_DOMAIN, W_CERT, 0, D_ZERO),
	BYTES(CKA_CHECK_VALUE, W_SECRET, F8, D_NONE),
	BOOL(CKA_TRUSTED, W_CERT | W_PUBLIC | W_SECRET, F10, D_FALSE),

	ULONG(CKA_KEY_TYPE, W_KEY, F1 | F5, D_NONE),
	BYTES(CKA_ID, W_CERT | W_KEY, F8, D_EMPTY),
	DATE(CKA_START_DATE, W_KEY, F8),
	DATE(CKA_END_DATE, W_KEY, F8),
	BOOL(CKA_LOCAL, W_KEY, MADE, D_NONE),
	ULONG(CKA_KEY_GEN_MECHANISM, W_KEY, MADE, D_NONE),
	{ CKA_ALLOWED_MECHANISMS, KIND_MECHANISMS, D_NONE, W_KEY, 0 },
	BYTES(CKA_SUBJECT, W_PUBLIC | W_PRIVATE, F8, D_EMPTY),
	BYTES(CKA_PUBLIC_KEY_INFO, W_PUBLIC | W_PRIVATE, 0, D_NONE),

	USE(CKA_ENCRYPT, W_PUBLIC | W_SECRET, W_RSA_PUBLIC | W_AES),
	USE(CKA_DECRYPT, W_HIDDEN, W_RSA_PRIVATE | W_AES),
	USE(CKA_WRAP, W_PUBLIC | W_SECRET, W_RSA_PUBLIC | W_AES),
	USE(CKA_UNWRAP, W_HIDDEN, W_RSA_PRIVATE | W_AES),
	USE(CKA_SIGN, W_HIDDEN,
	    W_RSA_PRIVATE | W_EC_PRIVATE | W_ED_PRIVATE | W_AES | W_GENERIC | W_HMAC),
	USE(CKA_VERIFY, W_PUBLIC | W_SECRET,
	    W_RSA_PUBLIC | W_EC_PUBLIC | W_ED_PUBLIC | W_AES | W_GENERIC | W_HMAC),
	USE(CKA_DERIVE, W_KEY, W_EC_PRIVATE | W_X_PRIVATE | W_GENERIC | W_HKDF),
	BOOL(CKA_SIGN_RECOVER, W_PRIVATE, F8 | F9, D_FALSE),
	BOOL(CKA_VERIFY_RECOVER, W_PUBLIC, F8 | F9, D_FALSE),

	BOOL(CKA_SENSITIVE, W_HIDDEN, F8 | F9 | F11, D_SENSITIVE),
	BOOL(CKA_EXTRACTABLE, W_HIDDEN, F8 | F9 | F12, D_EXTRACTABLE),
	BOOL(CKA_ALWAYS_SENSITIVE, W_HIDDEN, MADE, D_NONE),
	BOOL(CKA_NEVER_EXTRACTABLE, W_HIDDEN, MADE, D_NONE),
	BOOL(CKA_WRAP_WITH_TRUSTED, W_HIDDEN, F11, D_FALSE),
	BOOL(CKA_ALWAYS_AUTHENTICATE, W_PRIVATE, 0, D_FALSE),

	BYTES(CKA_MODULUS, W_RSA_PUBLIC, F1 | F4, D_NONE),
	BYTES(CKA_MODULUS, W_RSA_PRIVATE, F1 | PART, D_NONE),
	ULONG(CKA_MODULUS_BITS, W_RSA_PUBLIC, F2 | F3, D_NONE),
	BYTES(CKA_PUBLIC_EXPONENT, W_RSA_PUBLIC, F1, D_F4),
	/* F1 is ours: without it nothing can be blinded (2.1.3 lets a token ask for more). */
	BYTES(CKA_PUBLIC_EXPONENT, W_RSA_PRIVATE, F1 | PART, D_NONE),
	BYTES(CKA_PRIVATE_EXPONENT, W_RSA_PRIVATE, F1 | PART | F7, D_NONE),
	BYTES(CKA_PRIME_1, W_RSA_PRIVATE, PART | F7, D_NONE),
	BYTES(CKA_PRIME_2, W_RSA_PRIVATE, PART | F7, D_NONE),
	BYTES(CKA_EXPONENT_1, W_RSA_PRIVATE, PART | F7, D_NONE),
	BYTES(CKA_EXPONENT_2, W_RSA_PRIVATE, PART | F7, D_NONE),
	BYTES(CKA_COEFFICIENT, W_RSA_PRIVATE, PART | F7, D_NONE),

	BYTES(CKA_EC_PARAMS, W_CURVE_PUBLIC, F1 | F3, D_NONE),
	BYTES(CKA_EC_PARAMS, W_CURVE_PRIVATE, F1 | PART, D_NONE),
	BYTES(CKA_EC_POINT, W_CURVE_PUBLIC, F1 | F4, D_NONE),
	BYTES(CKA_VALUE, W_CURVE_PRIVATE, F1 | PART | F7, D_NONE),

	BYTES(CKA_VALUE, W_SECRET, F1 | PART | F7, D_NONE),
	ULONG(CKA_VALUE_LEN, W_AES, F2 | F3 | F6, D_NONE),
	ULONG(CKA_VALUE_LEN, W_GENERIC | W_HMAC | W_HKDF, F2 | F3, D_NONE),
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

/* Key types of each class; HMAC keys are generic secrets (Mechanisms 2.40, 2.20). */
static const struct {
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	uint16_t where;
} keys[] = {
	{ CKO_PUBLIC_KEY, CKK_RSA, W_RSA_PUBLIC },
	{ CKO_PUBLIC_KEY, CKK_EC, W_EC_PUBLIC },
	{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, W_ED_PUBLIC },
	{ CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, W_X_PUBLIC },
	{ CKO_PRIVATE_KEY, CKK_RSA, W_RSA_PRIVATE },
	{ CKO_PRIVATE_KEY, CKK_EC, W_EC_PRIVATE },
	{ CKO_PRIVATE_KEY, CKK_EC_EDWARDS, W_ED_PRIVATE },
	{ CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, W_X_PRIVATE },
	{ CKO_SECRET_KEY, CKK_AES, W_AES },
	{ CKO_SECRET_KEY, CKK_GENERIC_SECRET, W_GENERIC },
	{ CKO_SECRET_KEY, CKK_HKDF, W_HKDF },
	{ CKO_SECRET_KEY, CKK_SHA_1_HMAC, W_HMAC },
	{ CKO_SECRET_KEY, CKK_SHA224_HMAC, W_HMAC },
	{ CKO_SECRET_KEY, CKK_SHA256_HMAC, W_HMAC },
	{ CKO_SECRET_KEY, CKK_SHA384_HMAC, W_HMAC },
	{ CKO_SECRET_KEY, CKK_SHA512_HMAC, W_HMAC },
};

const struct rule *
rule_at(size_t i)
{
	return i < ROWS ? &table[i] : NULL;
}

const struct rule *
rule_find(CK_ATTRIBUTE_TYPE type, unsigned where)
{
	for (size_t i = 0; i < ROWS; i++)
		if (table[i].type == type && (table[i].where & where) != 0)
			return &table[i];
	return NULL;
}

int
rules_kind(CK_ATTRIBUTE_TYPE type)
{
	const struct rule *const r = rule_find(type, W_ALL);

	return r != NULL ? r->kind : -1;
}

unsigned
rules_where(CK_OBJECT_CLASS class, CK_KEY_TYPE type)
{
	if (class == CKO_DATA)
		return W_DATA;
	if (class == CKO_CERTIFICATE)
		return W_CERT;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].class == class && keys[i].type == type)
			return keys[i].where;
	return 0;
}

unsigned
rules_where_of(const struct attrs *object)
{
	return rules_where(attrs_ulong(object, CKA_CLASS), attrs_ulong(object, CKA_KEY_TYPE));
}

/* 4.7: CK_DATE is characters, YYYYMMDD; an empty one is none. */
static int
date(const uint8_t *p, size_t n)
{
	unsigned month, day;

	if (n == 0)
		return 1;
	if (n != sizeof(CK_DATE))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	month = (p[4] - '0') * 10u + (p[5] - '0');
	day = (p[6] - '0') * 10u + (p[7] - '0');
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

int
rule_form(const struct rule *r, const uint8_t *p, size_t n)
{
	switch (r->kind) {
	case KIND_BOOL:
		return n == 1 && (p[0] == CK_TRUE || p[0] == CK_FALSE);
	case KIND_ULONG:
		return n == 8;
	case KIND_DATE:
		return date(p, n);
	case KIND_MECHANISMS:
		return n % 8 == 0 && n / 8 <= RULES_MECHANISMS_MAX;
	default:
		return 1;
	}
}
