#ifndef CARDINAL_RULES_H
#define CARDINAL_RULES_H

#include "hsm/pkcs11/attrs.h"

struct crypt;

/*
 * Which attributes an object has, who may say them when, and what they are when nobody says:
 * PKCS #11 Base 2.40, 4.1.1 and the tables 10 to 38 with their footnotes, as one table here. The
 * daemon applies it to what it keeps, the module to what it keeps itself (session objects that are
 * no private or secret keys).
 *
 * Beyond the standard: private and secret keys that are token objects are always CKA_PRIVATE and
 * CKA_SENSITIVE; a template that says otherwise is CKR_TEMPLATE_INCONSISTENT. A session key that is
 * copied onto the token becomes sensitive where nothing is said.
 */
enum rules_kind { KIND_BOOL, KIND_ULONG, KIND_BYTES, KIND_DATE, KIND_MECHANISMS };

/* The kind of a type's value; -1 for a type that this token does not have. */
int rules_kind(CK_ATTRIBUTE_TYPE);

/*
 * A template as an application hands it over, into set, which is empty before: checks pointers,
 * lengths and kinds. CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_TEMPLATE_INCONSISTENT (a type twice, with different values), CKR_HOST_MEMORY: the set is
 * empty again. Integers of public keys lose leading zeros.
 */
CK_RV rules_template(const CK_ATTRIBUTE *, CK_ULONG n, struct attrs *set);
/*
 * The same for a search, where what this token cannot have matches nothing: *nothing is 1 then.
 */
CK_RV rules_search(const CK_ATTRIBUTE *, CK_ULONG n, struct attrs *set, int *nothing);

/* How an object comes to be: the columns of the footnotes. */
enum rules_how {
	HOW_CREATE,	/* C_CreateObject */
	HOW_GENERATE,	/* C_GenerateKey, C_GenerateKeyPair */
	HOW_UNWRAP,	/* C_UnwrapKey */
	HOW_DERIVE,	/* C_DeriveKey */
};

/* Who asks. */
struct rules_who {
	int rw;		/* the session is R/W */
	int user;	/* the user is logged in */
	int so;		/* the SO is */
	/* whose libcrypto looks at curves, points and check values; NULL: the process's own */
	struct crypt *crypt;
};

/*
 * The object that a template asks for, into object: the template, completed by defaults, with
 * CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM as `how` and
 * mechanism (CK_UNAVAILABLE_INFORMATION for none) have it. class and type are what the mechanism
 * makes, or CK_UNAVAILABLE_INFORMATION: then the template has to say. For HOW_CREATE all values are
 * there and are checked against each other (lengths, curve, point); for the others the key's own
 * values (CKA_VALUE, CKA_MODULUS, ...) are put by the caller afterwards, with rules_finish. On an
 * error object is empty. CKA_UNIQUE_ID is made here.
 * CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_READ_ONLY,
 * CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID, CKR_SESSION_READ_ONLY (a token object),
 * CKR_USER_NOT_LOGGED_IN (a private one), CKR_CURVE_NOT_SUPPORTED, CKR_KEY_SIZE_RANGE.
 */
CK_RV rules_make(enum rules_how, CK_MECHANISM_TYPE mechanism, CK_OBJECT_CLASS class,
    CK_KEY_TYPE type, const struct rules_who *, const struct attrs *template,
    struct attrs *object);
/*
 * After the caller has put the key's own values: what follows from them (CKA_VALUE_LEN,
 * CKA_MODULUS_BITS, CKA_CHECK_VALUE, CKA_PUBLIC_KEY_INFO where known). For HOW_CREATE rules_make
 * has done it. For a derived or unwrapped key, base_sensitive and base_never_extractable are the
 * base key's CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE (0 for unwrapping): the new key's
 * follow. CKR_ATTRIBUTE_VALUE_INVALID for a check value or public key info that is not the key's,
 * CKR_TEMPLATE_INCONSISTENT for a CKA_VALUE_LEN that is not.
 */
CK_RV rules_finish(struct crypt *, struct attrs *object, enum rules_how, int base_sensitive,
    int base_never_extractable);
/* For both halves of a generated pair: the private one has the public one's info. */
CK_RV rules_finish_pair(struct crypt *, struct attrs *public_key, struct attrs *private_key);

/*
 * C_CopyObject: object becomes source, changed as the template says. CKR_ACTION_PROHIBITED when
 * source has CKA_COPYABLE false, and those of rules_make.
 */
CK_RV rules_copy(const struct rules_who *, const struct attrs *source,
    const struct attrs *template, struct attrs *object);
/* C_SetAttributeValue, in place; on an error nothing has changed. CKR_ACTION_PROHIBITED. */
CK_RV rules_set(const struct rules_who *, struct attrs *object, const struct attrs *template);
/* C_DestroyObject: CKR_OK, CKR_ACTION_PROHIBITED, CKR_SESSION_READ_ONLY. */
CK_RV rules_destroy(const struct rules_who *, const struct attrs *object);

/* What an application may read: object without what is secret and sensitive or unextractable. */
void rules_public(const struct attrs *object, struct attrs *view);
/*
 * What C_GetAttributeValue says of one attribute of such a view: CKR_OK, CKR_ATTRIBUTE_SENSITIVE,
 * CKR_ATTRIBUTE_TYPE_INVALID.
 */
CK_RV rules_get(const struct attrs *view, CK_ATTRIBUTE_TYPE, const uint8_t **, size_t *n);
/* A value in the application's form (native CK_ULONG): its length, or the bytes into p of cap. */
size_t rules_native_length(CK_ATTRIBUTE_TYPE, size_t n);
void rules_native(CK_ATTRIBUTE_TYPE, const uint8_t *value, size_t n, void *p);

/* Whether object has all of a search's values; what may not be read matches nothing. */
int rules_match(const struct attrs *view, const struct attrs *search);

#endif
