#include "hsm/pkcs11/rules_parts.h"

#include <string.h>

#include "card-os/iso7816/tlv.h"

static size_t
length(const struct attrs *object, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n;

	return attrs_get(object, type, &p, &n) ? n : 0;
}

/* One spelling. ------------------------------------------------------------ */

static void
strip(struct attrs *object, CK_ATTRIBUTE_TYPE type)
{
	const uint8_t *p;
	size_t n, whole;

	if (!attrs_get(object, type, &p, &whole))
		return;
	n = whole;
	rules_strip(&p, &n);
	if (n != whole)
		attrs_put(object, type, p, n);
}

/* The private exponent, and then what is half as long. */
static const CK_ATTRIBUTE_TYPE rsa_secrets[] = { CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
	CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };

/*
 * A raw point of Weierstrass form begins with 04, which is the tag of an OCTET STRING, too: its
 * length tells one from the other. Those of RFC 7748 and RFC 8032 are as long as a coordinate.
 */
static int
is_raw(unsigned where, CK_ULONG bits, size_t n)
{
	const size_t size = (size_t)(bits + 7) / 8;

	if (where == W_EC_PUBLIC)
		return n == 1 + 2 * size || n == 1 + size;
	return n == size;
}

/* A zero in front of an integer that is as long as it can be is its sign. */
static void
unsign(struct attrs *object, CK_ATTRIBUTE_TYPE type, size_t most)
{
	const uint8_t *p;
	size_t n;

	if (attrs_get(object, type, &p, &n) && n == most + 1 && p[0] == 0)
		attrs_put(object, type, p + 1, n - 1);
}

static CK_RV
point(unsigned where, CK_ULONG bits, struct attrs *object)
{
	uint8_t der[3 + 1 + 2 * RULES_CURVE_MAX];
	const uint8_t *p;
	struct wr wr;
	size_t n;

	if (!attrs_get(object, CKA_EC_POINT, &p, &n) || !is_raw(where, bits, n))
		return CKR_OK;
	wr_init(&wr, der, sizeof(der));
	tlv_put(&wr, 0x04, p, n);
	if (wr_end(&wr) != 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	attrs_put(object, CKA_EC_POINT, der, wr.n);
	return CKR_OK;
}

static CK_RV
curve_normal(unsigned where, struct attrs *object)
{
	const uint8_t *p;
	CK_KEY_TYPE type;
	CK_ULONG bits;
	size_t n;
	CK_RV rv;

	if (!attrs_get(object, CKA_EC_PARAMS, &p, &n))
		return CKR_OK;
	if ((rv = crypt_curve(p, n, &type, &bits)) != CKR_OK)
		return rv;
	if ((where & W_CURVE_PUBLIC) != 0)
		return point(where, bits, object);
	if (where == W_EC_PRIVATE)
		unsign(object, CKA_VALUE, (size_t)(bits + 7) / 8);
	return CKR_OK;
}

CK_RV
rules_normal(unsigned where, struct attrs *object)
{
	strip(object, CKA_MODULUS);
	strip(object, CKA_PUBLIC_EXPONENT);
	if (length(object, CKA_ALLOWED_MECHANISMS) == 0)
		attrs_remove(object, CKA_ALLOWED_MECHANISMS);
	if (where == W_RSA_PRIVATE)
		for (size_t i = 0; i < sizeof(rsa_secrets) / sizeof(rsa_secrets[0]); i++)
			unsign(object, rsa_secrets[i],
			    length(object, CKA_MODULUS) / (i > 0 ? 2 : 1));
	return curve_normal(where, object);
}

/* Certificates. ------------------------------------------------------------ */

/* 4.6.3: the value, or where it is, with the hashes of both keys. */
static CK_RV
certificate(const struct attrs *object)
{
	if (attrs_ulong(object, CKA_CERTIFICATE_TYPE) != CKC_X_509 ||
	    attrs_ulong(object, CKA_CERTIFICATE_CATEGORY) > 3 ||
	    attrs_ulong(object, CKA_JAVA_MIDP_SECURITY_DOMAIN) > 3)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (length(object, CKA_URL) == 0)
		return length(object, CKA_VALUE) > 0 ? CKR_OK : CKR_TEMPLATE_INCOMPLETE;
	return length(object, CKA_HASH_OF_SUBJECT_PUBLIC_KEY) > 0 &&
	    length(object, CKA_HASH_OF_ISSUER_PUBLIC_KEY) > 0 ? CKR_OK : CKR_TEMPLATE_INCOMPLETE;
}

/* RSA. --------------------------------------------------------------------- */

CK_ULONG
rules_bits(const uint8_t *p, size_t n)
{
	CK_ULONG bits = n > 0 ? 8 * (n - 1) : 0;

	for (unsigned top = n > 0 ? p[0] : 0; top != 0; top >>= 1)
		bits++;
	return bits;
}

/* Odd, at least 3; of keys made here at least 65537, FIPS 186-4 B.3.1. */
static int
exponent(const struct attrs *object, int made)
{
	const uint8_t *p;
	uint64_t v = 0;
	size_t n;

	if (!attrs_get(object, CKA_PUBLIC_EXPONENT, &p, &n) || n == 0 || n > RULES_EXPONENT_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (v & 1) != 0 && v >= (made ? 65537 : 3);
}

/* That the parts belong together is found when rules_finish makes the public key of them. */
static CK_RV
rsa(unsigned where, const struct attrs *object)
{
	const uint8_t *p;
	CK_ULONG bits;
	size_t n, have = 0;

	if (!attrs_get(object, CKA_MODULUS, &p, &n) || n == 0 || (p[n - 1] & 1) == 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	bits = rules_bits(p, n);
	if (bits < RULES_RSA_MIN || bits > RULES_RSA_MAX || !exponent(object, 0))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (where != W_RSA_PRIVATE)
		return CKR_OK;
	for (size_t i = 0; i < sizeof(rsa_secrets) / sizeof(rsa_secrets[0]); i++) {
		if (!attrs_has(object, rsa_secrets[i]))
			continue;
		if (length(object, rsa_secrets[i]) == 0)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		have++;
	}
	/* What is left out of a key with primes is not computed: all of them, or none. */
	return have == 1 || have == sizeof(rsa_secrets) / sizeof(rsa_secrets[0]) ? CKR_OK :
	    CKR_TEMPLATE_INCOMPLETE;
}

/* Curves. ------------------------------------------------------------------ */

static CK_RV
curve(struct crypt *crypt, unsigned where, const struct attrs *object)
{
	const uint8_t *params, *p;
	size_t params_n, n, most;
	CK_KEY_TYPE type;
	CK_ULONG bits;
	CK_RV rv;

	if (!attrs_get(object, CKA_EC_PARAMS, &params, &params_n))
		return CKR_OK;
	if ((rv = crypt_curve(params, params_n, &type, &bits)) != CKR_OK)
		return rv;
	if (type != attrs_ulong(object, CKA_KEY_TYPE))
		return CKR_TEMPLATE_INCONSISTENT;
	if (attrs_get(object, CKA_EC_POINT, &p, &n))
		return crypt_point(crypt, params, params_n, p, n);
	if ((where & W_CURVE_PRIVATE) == 0 || !attrs_get(object, CKA_VALUE, &p, &n))
		return CKR_OK;
	most = (size_t)(bits + 7) / 8;
	/* RFC 7748, RFC 8032: strings of one length; others are integers, of up to that one. */
	return n > 0 && n <= most && (where == W_EC_PRIVATE || n == most) ? CKR_OK :
	    CKR_ATTRIBUTE_VALUE_INVALID;
}

/* Secret keys. ------------------------------------------------------------- */

int
rules_secret_length(unsigned where, CK_ULONG n)
{
	if (where == W_AES)
		return n == 16 || n == 24 || n == 32;
	return n >= 1 && n <= MECH_SECRET_MAX;
}

/* What the template says of a key that is still to be made. */
static CK_RV
wanted(unsigned where, enum rules_how how, const struct attrs *object)
{
	CK_ULONG n;

	if (attrs_has(object, CKA_VALUE_LEN) &&
	    !rules_secret_length(where, attrs_ulong(object, CKA_VALUE_LEN)))
		return CKR_KEY_SIZE_RANGE;
	if (where != W_RSA_PUBLIC || how != HOW_GENERATE)
		return CKR_OK;
	n = attrs_ulong(object, CKA_MODULUS_BITS);
	if (n < RULES_RSA_MIN || n > RULES_RSA_MAX)
		return CKR_KEY_SIZE_RANGE;
	return exponent(object, 1) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV
rules_values(struct crypt *crypt, unsigned where, enum rules_how how, const struct attrs *object)
{
	CK_RV rv;

	if ((rv = rules_consistent(object)) != CKR_OK)
		return rv;
	if ((where & (W_CURVE_PUBLIC | W_CURVE_PRIVATE)) != 0)
		return curve(crypt, where, object);
	if (how != HOW_CREATE)
		return wanted(where, how, object);
	if (where == W_CERT)
		return certificate(object);
	if ((where & (W_RSA_PUBLIC | W_RSA_PRIVATE)) != 0)
		return rsa(where, object);
	if ((where & W_SECRET) != 0 && !rules_secret_length(where, length(object, CKA_VALUE)))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

CK_RV
rules_consistent(const struct attrs *object)
{
	const uint8_t *from, *to;
	size_t from_n, to_n;

	/* 4.9: no new login without a login. */
	if (attrs_bool(object, CKA_ALWAYS_AUTHENTICATE) && !attrs_bool(object, CKA_PRIVATE))
		return CKR_TEMPLATE_INCONSISTENT;
	if (attrs_get(object, CKA_START_DATE, &from, &from_n) && from_n > 0 &&
	    attrs_get(object, CKA_END_DATE, &to, &to_n) && to_n == from_n &&
	    memcmp(from, to, to_n) > 0)
		return CKR_TEMPLATE_INCONSISTENT;
	return CKR_OK;
}
