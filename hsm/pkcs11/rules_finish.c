#include "hsm/pkcs11/rules_parts.h"

enum { UNIQUE_LEN = 16 };

CK_RV
rules_unique(struct crypt *crypt, struct attrs *object)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t random[UNIQUE_LEN];
	char text[2 * UNIQUE_LEN];
	CK_RV rv;

	if ((rv = crypt_random(crypt, random, sizeof(random))) != CKR_OK)
		return rv;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = digits[random[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
	attrs_put(object, CKA_UNIQUE_ID, text, sizeof(text));
	return attrs_end(object);
}

static CK_RV
secret(unsigned where, enum rules_how how, struct attrs *object)
{
	const CK_ULONG said = attrs_ulong(object, CKA_VALUE_LEN);
	const uint8_t *p;
	size_t n;

	if (!attrs_get(object, CKA_VALUE, &p, &n))
		return CKR_TEMPLATE_INCOMPLETE;
	if (!rules_secret_length(where, n))
		return how == HOW_UNWRAP ? CKR_WRAPPED_KEY_LEN_RANGE : CKR_KEY_SIZE_RANGE;
	if (attrs_has(object, CKA_VALUE_LEN) && said != n)
		return CKR_TEMPLATE_INCONSISTENT;
	attrs_put_ulong(object, CKA_VALUE_LEN, n);
	return CKR_OK;
}

/* 4.10: one that the application gives has to be right, an empty one means none. */
static CK_RV
check(struct crypt *crypt, struct attrs *object)
{
	uint8_t value[CRYPT_CHECK_LEN];
	const uint8_t *p;
	size_t n;
	CK_RV rv;

	if (attrs_get(object, CKA_CHECK_VALUE, &p, &n) && n == 0)
		return CKR_OK;
	if ((rv = crypt_check_value(crypt, object, value)) != CKR_OK)
		return rv;
	if (!attrs_has(object, CKA_CHECK_VALUE))
		attrs_put(object, CKA_CHECK_VALUE, value, sizeof(value));
	return attrs_equal(object, CKA_CHECK_VALUE, value, sizeof(value)) ? CKR_OK :
	    CKR_ATTRIBUTE_VALUE_INVALID;
}

/*
 * The public key of one that comes from outside is made of it, so that a private key whose parts do
 * not belong together is refused; made here, it is known to whoever made it.
 */
static CK_RV
public_of(struct crypt *crypt, enum rules_how how, unsigned where, const struct attrs *object,
    struct attrs *made)
{
	uint8_t bytes[RULES_PUBLIC_MAX];
	struct attrs public;
	CK_RV rv;

	if ((where & W_PRIVATE) == 0 || how == HOW_GENERATE) {
		rules_put_info(where, object, made);
		return attrs_end(made);
	}
	attrs_init(&public, bytes, sizeof(bytes));
	if ((rv = crypt_public_of(crypt, object, &public)) != CKR_OK)
		return rv;
	where = rules_where(CKO_PUBLIC_KEY, attrs_ulong(object, CKA_KEY_TYPE));
	rules_put_info(where, &public, made);
	return attrs_end(made);
}

/* 4.8, 4.9: derived where nothing is said, and else it has to be the key's. */
static CK_RV
info(struct crypt *crypt, enum rules_how how, unsigned where, struct attrs *object)
{
	uint8_t bytes[RULES_INFO_MAX + ATTRS_HEAD];
	const uint8_t *p, *said;
	size_t n, said_n;
	struct attrs made;
	CK_RV rv;

	attrs_init(&made, bytes, sizeof(bytes));
	if ((rv = public_of(crypt, how, where, object, &made)) != CKR_OK)
		return rv;
	attrs_get(&made, CKA_PUBLIC_KEY_INFO, &p, &n);
	if (!attrs_get(object, CKA_PUBLIC_KEY_INFO, &said, &said_n) || said_n == 0)
		attrs_put(object, CKA_PUBLIC_KEY_INFO, p, n);
	/* n is 0 for a private key made here, which the public one tells. */
	else if (n > 0 && !attrs_equal(object, CKA_PUBLIC_KEY_INFO, p, n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

CK_RV
rules_finish(struct crypt *crypt, struct attrs *object, enum rules_how how, int base_sensitive,
    int base_never_extractable)
{
	const unsigned where = rules_where_of(object);
	const uint8_t *p;
	CK_RV rv;
	size_t n;

	if (where == W_RSA_PUBLIC && attrs_get(object, CKA_MODULUS, &p, &n))
		attrs_put_ulong(object, CKA_MODULUS_BITS, rules_bits(p, n));
	if (((where & W_SECRET) != 0 && (rv = secret(where, how, object)) != CKR_OK) ||
	    ((where & (W_SECRET | W_CERT)) != 0 && (rv = check(crypt, object)) != CKR_OK) ||
	    ((where & (W_PUBLIC | W_PRIVATE)) != 0 &&
	    (rv = info(crypt, how, where, object)) != CKR_OK))
		return rv;
	if ((where & W_HIDDEN) != 0 && (how == HOW_DERIVE || how == HOW_UNWRAP)) {
		attrs_put_bool(object, CKA_ALWAYS_SENSITIVE,
		    base_sensitive && attrs_bool(object, CKA_SENSITIVE));
		attrs_put_bool(object, CKA_NEVER_EXTRACTABLE,
		    base_never_extractable && !attrs_bool(object, CKA_EXTRACTABLE));
	}
	return attrs_end(object);
}

CK_RV
rules_finish_pair(struct crypt *crypt, struct attrs *public_key, struct attrs *private_key)
{
	const uint8_t *p, *said;
	size_t n, said_n;
	CK_RV rv;

	if ((rv = rules_finish(crypt, public_key, HOW_GENERATE, 0, 0)) != CKR_OK)
		return rv;
	attrs_get(public_key, CKA_PUBLIC_KEY_INFO, &p, &n);
	if (attrs_get(private_key, CKA_PUBLIC_KEY_INFO, &said, &said_n) && said_n > 0 &&
	    !attrs_equal(private_key, CKA_PUBLIC_KEY_INFO, p, n))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	attrs_put(private_key, CKA_PUBLIC_KEY_INFO, p, n);
	return rules_finish(crypt, private_key, HOW_GENERATE, 0, 0);
}
