#include "hsm/pkcs11/rules_parts.h"

#include "card-os/iso7816/tlv.h"

enum {
	DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04, DER_SEQUENCE = 0x30,
};

/* AlgorithmIdentifiers, whole: RFC 8017 A.1, RFC 8410 3. That of EC has its curve inside. */
static const uint8_t alg_rsa[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x01, 0x01, 0x05, 0x00 };
static const uint8_t alg_ed25519[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const uint8_t alg_x25519[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e };
/* RFC 5480, 2.1.1 */
static const uint8_t oid_ec[] = { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };

static void
integer(struct wr *wr, const uint8_t *p, size_t n)
{
	const size_t opened = tlv_open(wr, DER_INTEGER);

	if (n > 0 && (p[0] & 0x80) != 0)
		wr_u8(wr, 0);
	wr_bytes(wr, p, n);
	tlv_close(wr, opened);
}

static int
rsa(struct wr *wr, const struct attrs *key)
{
	const uint8_t *n, *e;
	size_t n_n, e_n, bits, both;

	if (!attrs_get(key, CKA_MODULUS, &n, &n_n) ||
	    !attrs_get(key, CKA_PUBLIC_EXPONENT, &e, &e_n))
		return 0;
	wr_bytes(wr, alg_rsa, sizeof(alg_rsa));
	bits = tlv_open(wr, DER_BIT_STRING);
	wr_u8(wr, 0);
	both = tlv_open(wr, DER_SEQUENCE);
	integer(wr, n, n_n);
	integer(wr, e, e_n);
	tlv_close(wr, both);
	tlv_close(wr, bits);
	return 1;
}

static int
curve(struct wr *wr, unsigned where, const struct attrs *key)
{
	const uint8_t *params, *point;
	size_t params_n, point_n, opened;
	struct tlv raw;
	struct rd rd;

	if (!attrs_get(key, CKA_EC_PARAMS, &params, &params_n) ||
	    !attrs_get(key, CKA_EC_POINT, &point, &point_n))
		return 0;
	rd_init(&rd, point, point_n);
	if (tlv_next(&rd, &raw) != 1 || raw.tag != DER_OCTET_STRING || rd_end(&rd) != 0)
		return 0;
	if (where == W_EC_PUBLIC) {
		opened = tlv_open(wr, DER_SEQUENCE);
		wr_bytes(wr, oid_ec, sizeof(oid_ec));
		wr_bytes(wr, params, params_n);
		tlv_close(wr, opened);
	} else if (where == W_ED_PUBLIC) {
		wr_bytes(wr, alg_ed25519, sizeof(alg_ed25519));
	} else {
		wr_bytes(wr, alg_x25519, sizeof(alg_x25519));
	}
	opened = tlv_open(wr, DER_BIT_STRING);
	wr_u8(wr, 0);
	wr_bytes(wr, raw.p, raw.n);
	tlv_close(wr, opened);
	return 1;
}

void
rules_put_info(unsigned where, const struct attrs *key, struct attrs *set)
{
	uint8_t der[RULES_INFO_MAX];
	struct wr wr;
	size_t opened;
	int known = 0;

	wr_init(&wr, der, sizeof(der));
	opened = tlv_open(&wr, DER_SEQUENCE);
	if ((where & (W_RSA_PUBLIC | W_RSA_PRIVATE)) != 0)
		known = rsa(&wr, key);
	else if ((where & W_CURVE_PUBLIC) != 0)
		known = curve(&wr, where, key);
	tlv_close(&wr, opened);
	if (known && wr_end(&wr) == 0)
		attrs_put(set, CKA_PUBLIC_KEY_INFO, der, wr.n);
}
