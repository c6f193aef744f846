#ifndef CARDINAL_RULES_PARTS_H
#define CARDINAL_RULES_PARTS_H

#include "hsm/pkcs11/crypt.h"
#include "hsm/pkcs11/rules.h"

/* What the files of the rules know of each other. */

/* Kinds of objects: a class, and for keys what the key type makes of it. */
enum {
	W_DATA = 1 << 0,
	W_CERT = 1 << 1,
	W_RSA_PUBLIC = 1 << 2,
	W_EC_PUBLIC = 1 << 3,
	W_ED_PUBLIC = 1 << 4,
	W_X_PUBLIC = 1 << 5,
	W_RSA_PRIVATE = 1 << 6,
	W_EC_PRIVATE = 1 << 7,
	W_ED_PRIVATE = 1 << 8,
	W_X_PRIVATE = 1 << 9,
	W_AES = 1 << 10,
	W_GENERIC = 1 << 11,
	W_HMAC = 1 << 12,	/* CKK_SHA*_HMAC */
	W_HKDF = 1 << 13,

	W_CURVE_PUBLIC = W_EC_PUBLIC | W_ED_PUBLIC | W_X_PUBLIC,
	W_CURVE_PRIVATE = W_EC_PRIVATE | W_ED_PRIVATE | W_X_PRIVATE,
	W_PUBLIC = W_RSA_PUBLIC | W_CURVE_PUBLIC,
	W_PRIVATE = W_RSA_PRIVATE | W_CURVE_PRIVATE,
	W_SECRET = W_AES | W_GENERIC | W_HMAC | W_HKDF,
	W_HIDDEN = W_PRIVATE | W_SECRET,	/* what CKA_SENSITIVE is about */
	W_KEY = W_PUBLIC | W_HIDDEN,
	W_ALL = W_DATA | W_CERT | W_KEY,
};

/* PKCS #11 Base 2.40, 4.2: the common footnotes by their numbers. */
enum {
	F1 = 1 << 1,	/* has to be there: C_CreateObject */
	F2 = 1 << 2,	/* must not be there: C_CreateObject */
	F3 = 1 << 3,	/* has to be there: C_GenerateKey, C_GenerateKeyPair */
	F4 = 1 << 4,	/* must not be there: those */
	F5 = 1 << 5,	/* has to be there: C_UnwrapKey */
	F6 = 1 << 6,	/* must not be there: C_UnwrapKey */
	F7 = 1 << 7,	/* not told of a key that is sensitive or not extractable */
	F8 = 1 << 8,	/* may be changed */
	F9 = 1 << 9,	/* the token's own default */
	F10 = 1 << 10,	/* only the SO can make it true */
	F11 = 1 << 11,	/* stays once it is true */
	F12 = 1 << 12,	/* stays once it is false */
	/* 4.4 says in words: may be changed while copying */
	F_COPY = 1 << 13,

	F_SET = F8 | F10 | F11 | F12,
};

/* What an attribute is that a template does not name. */
enum rules_default {
	D_NONE,		/* not there, or put by what makes the object */
	D_FALSE, D_TRUE, D_EMPTY, D_ZERO,
	D_SHA1,		/* CKM_SHA_1 */
	D_F4,		/* 65537 */
	D_USE,		/* true, unless the template says what the key is for */
	D_PRIVATE, D_SENSITIVE, D_EXTRACTABLE,
};

struct rule {
	CK_ATTRIBUTE_TYPE type;
	uint8_t kind;		/* enum rules_kind */
	uint8_t missing;	/* enum rules_default */
	uint16_t where, foot;
};

enum {
	RULES_RSA_MIN = 2048, RULES_RSA_MAX = 4096,	/* bits */
	RULES_EXPONENT_MAX = 8,		/* bytes of a public exponent: what libcrypto works with */
	RULES_CURVE_MAX = 66,		/* bytes of a coordinate, of P-521 */
	RULES_MECHANISMS_MAX = 128,	/* in CKA_ALLOWED_MECHANISMS */
	/* bytes of CKA_PUBLIC_KEY_INFO, of RSA */
	RULES_INFO_MAX = RULES_RSA_MAX / 8 + RULES_EXPONENT_MAX + 64,
	/* of the public values of a key, as a set */
	RULES_PUBLIC_MAX = RULES_INFO_MAX + 2 * ATTRS_HEAD,
};

/* The i-th row; NULL after the last. */
const struct rule *rule_at(size_t i);
/* The row of an attribute in objects of this kind; NULL: they do not have it. */
const struct rule *rule_find(CK_ATTRIBUTE_TYPE, unsigned where);
/* One of W_*; 0 for classes and key types that this token does not have. */
unsigned rules_where(CK_OBJECT_CLASS, CK_KEY_TYPE);
unsigned rules_where_of(const struct attrs *object);
/* Whether a value has the form of its kind, as a set has it. */
int rule_form(const struct rule *, const uint8_t *, size_t n);

/* Completes object, which has what the template says: what nobody said. */
void rules_complete(unsigned where, struct attrs *object);

/*
 * One spelling inside: public integers without leading zeros, CKA_EC_POINT as DER, an empty
 * CKA_ALLOWED_MECHANISMS gone. CKR_ATTRIBUTE_VALUE_INVALID, and what crypt_curve says.
 */
CK_RV rules_normal(unsigned where, struct attrs *object);
/* Values against each other and against what this token can do. */
CK_RV rules_values(struct crypt *, unsigned where, enum rules_how, const struct attrs *object);
/* That part of it which C_SetAttributeValue and C_CopyObject can break, too. */
CK_RV rules_consistent(const struct attrs *object);

/*
 * Token keys are private and sensitive: CKR_TEMPLATE_INCONSISTENT when the template says
 * otherwise, else object becomes so.
 */
CK_RV rules_token_key(unsigned where, const struct attrs *template, struct attrs *object);
/* Whether who may have such an object made: CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN. */
CK_RV rules_access(const struct rules_who *, const struct attrs *object);

/* Another CKA_UNIQUE_ID, by chance. */
CK_RV rules_unique(struct crypt *, struct attrs *object);
/* CKA_PUBLIC_KEY_INFO of a public key, or of a private RSA key, into set; nothing for others. */
void rules_put_info(unsigned where, const struct attrs *key, struct attrs *set);
/* Bits of an integer without leading zeros. */
CK_ULONG rules_bits(const uint8_t *, size_t n);
/* Whether a secret key of this kind has so many bytes. */
int rules_secret_length(unsigned where, CK_ULONG n);
/* An integer without its leading zeros; one byte stays. */
void rules_strip(const uint8_t **, size_t *n);

#endif
