#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/obj_mac.h>

#define EC(name, nid, bits, ...) \
	{ name, CKK_EC, nid, bits, ((bits) + 7) / 8, sizeof((uint8_t[]){ __VA_ARGS__ }), \
	    { __VA_ARGS__ } }
#define OTHER(name, type, nid, ...) \
	{ name, type, nid, 255, 32, sizeof((uint8_t[]){ __VA_ARGS__ }), { __VA_ARGS__ } }

/*
 * SEC 2, RFC 5639 and RFC 8410; the last two by their names in a PrintableString as well (PKCS #11
 * Mechanisms 3.0, 2.3.7) and by the OIDs that tools used before RFC 8410.
 */
static const struct curve curves[] = {
	EC("prime256v1", NID_X9_62_prime256v1, 256, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
	EC("secp384r1", NID_secp384r1, 384, 0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x22),
	EC("secp521r1", NID_secp521r1, 521, 0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x23),
	EC("secp256k1", NID_secp256k1, 256, 0x06, 5, 0x2b, 0x81, 0x04, 0x00, 0x0a),
	EC("brainpoolP256r1", NID_brainpoolP256r1, 256, 0x06, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7),
	EC("brainpoolP320r1", NID_brainpoolP320r1, 320, 0x06, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 9),
	EC("brainpoolP384r1", NID_brainpoolP384r1, 384, 0x06, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11),
	EC("brainpoolP512r1", NID_brainpoolP512r1, 512, 0x06, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13),
	OTHER("ED25519", CKK_EC_EDWARDS, NID_ED25519, 0x06, 3, 0x2b, 0x65, 0x70),
	OTHER("ED25519", CKK_EC_EDWARDS, NID_ED25519, 0x13, 12, 'e', 'd', 'w', 'a', 'r', 'd', 's',
	    '2', '5', '5', '1', '9'),
	OTHER("ED25519", CKK_EC_EDWARDS, NID_ED25519, 0x06, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f,
	    1),
	OTHER("X25519", CKK_EC_MONTGOMERY, NID_X25519, 0x06, 3, 0x2b, 0x65, 0x6e),
	OTHER("X25519", CKK_EC_MONTGOMERY, NID_X25519, 0x13, 10, 'c', 'u', 'r', 'v', 'e', '2', '5',
	    '5', '1', '9'),
	OTHER("X25519", CKK_EC_MONTGOMERY, NID_X25519, 0x06, 10, 0x2b, 6, 1, 4, 1, 0x97, 0x55, 1, 5,
	    1),
};

enum { OID = 0x06, PRINTABLE = 0x13, OCTETS = 0x04, UNCOMPRESSED = 0x04 };

CK_RV
curve_find(const uint8_t *params, size_t n, const struct curve **out)
{
	*out = NULL;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (n == curves[i].params_n && memcmp(params, curves[i].params, n) == 0) {
			*out = &curves[i];
			return CKR_OK;
		}
	/* DER of either, in the short form, that no curve here has. */
	return n > 2 && n < 0x80 && (params[0] == OID || params[0] == PRINTABLE) &&
	    params[1] == n - 2 ? CKR_CURVE_NOT_SUPPORTED : CKR_DOMAIN_PARAMS_INVALID;
}

const struct curve *
curve_named(const char *name)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

CK_RV
crypt_curve(const uint8_t *params, size_t n, CK_KEY_TYPE *type, CK_ULONG *bits)
{
	const struct curve *curve;
	CK_RV rv;

	if ((rv = curve_find(params, n, &curve)) != CKR_OK)
		return rv;
	*type = curve->type;
	*bits = curve->bits;
	return CKR_OK;
}

int
curve_raw_point(const struct curve *curve, const uint8_t *p, size_t n, const uint8_t **raw,
    size_t *raw_n)
{
	const size_t want = curve->type == CKK_EC ? 1 + 2 * (size_t)curve->size : curve->size;
	const size_t head = want < 0x80 ? 2 : 3;

	*raw = p;
	*raw_n = want;
	if (n == want + head && p[0] == OCTETS && p[head - 1] == want &&
	    (head == 2 || p[1] == 0x81))
		*raw = p + head;
	else if (n != want)
		return 0;
	return curve->type != CKK_EC || (*raw)[0] == UNCOMPRESSED;
}

void
curve_put_point(struct attrs *a, const uint8_t *raw, size_t n)
{
	uint8_t der[3 + CRYPT_POINT_MAX] = { OCTETS };
	size_t at = 1;

	if (n >= 0x80)
		der[at++] = 0x81;
	der[at++] = (uint8_t)n;
	memcpy(der + at, raw, n);
	attrs_put(a, CKA_EC_POINT, der, at + n);
}

CK_RV
crypt_point(struct crypt *c, const uint8_t *params, size_t params_n, const uint8_t *point,
    size_t n)
{
	const struct curve *curve;
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	if ((rv = curve_find(params, params_n, &curve)) == CKR_OK)
		rv = curve_public(c, curve, point, n, &pkey);
	EVP_PKEY_free(pkey);
	return rv;
}
