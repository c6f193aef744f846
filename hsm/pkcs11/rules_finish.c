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

/* 4.8, 4.9: derived where nothing is said, and else it has to be the key's. */
static CK_RV
info(unsigned where, struct attrs *object)
{
	uint8_t bytes[RULES_INFO_MAX + ATTRS_HEAD];
	const uint8_t *p, *said;
	size_t n, said_n;
	struct attrs made;

	attrs_init(&made, bytes, sizeof(bytes));
	rules_put_info(where, object, &made);
	attrs_get(&made, CKA_PUBLIC_KEY_INFO, &p, &n);
	if (!attrs_get(object, CKA_PUBLIC_KEY_INFO, &said, &said_n) || said_n == 0)
		attrs_put(object, CKA_PUBLIC_KEY_INFO, p, n);
	else if (!attrs_equal(object, CKA_PUBLIC_KEY_INFO, p, n))
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

	(void)crypt;
	if (where == W_RSA_PUBLIC && attrs_get(object, CKA_MODULUS, &p, &n))
		attrs_put_ulong(object, CKA_MODULUS_BITS, rules_bits(p, n));
	if ((where & W_SECRET) != 0 && (rv = secret(where, how, object)) != CKR_OK)
		return rv;
	if ((where & (W_PUBLIC | W_PRIVATE)) != 0 && (rv = info(where, object)) != CKR_OK)
		return rv;
	if ((where & W_HIDDEN) != 0 && (how == HOW_DERIVE || how == HOW_UNWRAP)) {
		attrs_put_bool(object, CKA_ALWAYS_SENSITIVE,
		    base_sensitive && attrs_bool(object, CKA_SENSITIVE));
		attrs_put_bool(object, CKA_NEVER_EXTRACTABLE,
		    base_never_extractable && !attrs_bool(object, CKA_EXTRACTABLE));
	}
	return attrs_end(object);
}
