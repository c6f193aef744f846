#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

enum {
	SEQUENCE = 0x30, INTEGER = 0x02,
	INTEGER_MAX = 2 + 1 + CRYPT_EC_MAX,
	DER_MAX = 3 + 2 * INTEGER_MAX,
	ED25519_SIG = 64,
};

/*
 * ECDSA-Sig-Value (RFC 3279, 2.2.3) is what libcrypto speaks, r and s of the order's length what
 * PKCS #11 does (Mechanisms 2.40, 2.3.1).
 */
static size_t
put_integer(uint8_t *der, const uint8_t *p, size_t n)
{
	size_t sign;

	while (n > 1 && *p == 0) {
		p++;
		n--;
	}
	sign = *p >> 7;
	der[0] = INTEGER;
	der[1] = (uint8_t)(sign + n);
	der[2] = 0;
	memcpy(der + 2 + sign, p, n);
	return 2 + sign + n;
}

static size_t
to_der(const uint8_t *sig, size_t size, uint8_t der[DER_MAX])
{
	uint8_t body[2 * INTEGER_MAX];
	size_t n = put_integer(body, sig, size), at = 1;

	n += put_integer(body + n, sig + size, size);
	der[0] = SEQUENCE;
	if (n >= 0x80)
		der[at++] = 0x81;
	der[at++] = (uint8_t)n;
	memcpy(der + at, body, n);
	return at + n;
}

static int
get_integer(struct rd *r, uint8_t *out, size_t size)
{
	size_t n;
	const uint8_t *p;

	if (rd_u8(r) != INTEGER)
		return 0;
	n = rd_u8(r);
	if ((p = rd_view(r, n)) == NULL)
		return 0;
	while (n > size && *p == 0) {
		p++;
		n--;
	}
	if (n > size)
		return 0;
	memset(out, 0, size - n);
	memcpy(out + size - n, p, n);
	return 1;
}

static int
from_der(const uint8_t *der, size_t n, size_t size, uint8_t *sig)
{
	uint8_t first;
	struct rd r;

	rd_init(&r, der, n);
	if (rd_u8(&r) != SEQUENCE)
		return 0;
	if ((first = rd_u8(&r)) == 0x81)
		first = rd_u8(&r);
	return first == r.n && get_integer(&r, sig, size) && get_integer(&r, sig + size, size) &&
	    rd_end(&r) == 0;
}

static CK_RV
length(const struct mech *m, size_t n)
{
	const size_t want = mech_hash_length(m->info->hash);

	/* SEC 1, 4.1.3: what is longer than the order is cut off, which libcrypto does. */
	return (want != 0 ? n == want : n > 0) ? CKR_OK : CKR_DATA_LEN_RANGE;
}

static CK_RV
ecdsa_sign(struct crypt_key *key, const uint8_t *data, size_t data_n, uint8_t *out)
{
	static const struct ready_for what = { .family = MECH_ECDSA };
	uint8_t der[DER_MAX];
	size_t der_n = sizeof(der);
	struct ready *r;
	CK_RV rv;

	if ((rv = ready_take(key, &what, &r)) != CKR_OK)
		return rv;
	if (EVP_PKEY_sign(r->pkey, der, &der_n, data, data_n) != 1 ||
	    !from_der(der, der_n, key->size, out)) {
		ready_drop(r);
		return CKR_FUNCTION_FAILED;
	}
	ready_give(key, r);
	return CKR_OK;
}

static CK_RV
ecdsa_verify(struct crypt_key *key, const uint8_t *data, size_t data_n, const uint8_t *sig)
{
	static const struct ready_for what = { .family = MECH_ECDSA };
	uint8_t der[DER_MAX];
	size_t der_n = to_der(sig, key->size, der);
	struct ready *r;
	CK_RV rv;

	if ((rv = ready_take(key, &what, &r)) != CKR_OK)
		return rv;
	if (EVP_PKEY_verify(r->pkey, der, der_n, data, data_n) != 1)
		rv = CKR_SIGNATURE_INVALID;
	ready_give(key, r);
	return rv;
}

/* sig is made when out, checked otherwise. */
static CK_RV
eddsa(const struct crypt_key *key, const uint8_t *data, size_t data_n, uint8_t *out,
    const uint8_t *sig)
{
	OSSL_LIB_CTX *const lib = crypt_ctx(key->crypt);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = ED25519_SIG;
	CK_RV rv = CKR_HOST_MEMORY;

	if (ctx == NULL)
		return rv;
	if (out != NULL) {
		if (EVP_DigestSignInit_ex(ctx, NULL, NULL, lib, NULL, key->pkey, NULL) == 1)
			rv = EVP_DigestSign(ctx, out, &n, data, data_n) == 1 ? CKR_OK :
			    CKR_FUNCTION_FAILED;
	} else if (EVP_DigestVerifyInit_ex(ctx, NULL, NULL, lib, NULL, key->pkey, NULL) == 1) {
		rv = EVP_DigestVerify(ctx, sig, n, data, data_n) == 1 ? CKR_OK :
		    CKR_SIGNATURE_INVALID;
	}
	EVP_MD_CTX_free(ctx);
	return rv;
}

CK_RV
ec_sign(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t *out, size_t *n)
{
	const int edwards = m->info->family == MECH_EDDSA;
	CK_RV rv;

	if (!edwards && (rv = length(m, data_n)) != CKR_OK)
		return rv;
	if (!crypt_room(out, n, 2 * key->size, &rv))
		return rv;
	rv = edwards ? eddsa(key, data, data_n, out, NULL) : ecdsa_sign(key, data, data_n, out);
	if (rv == CKR_OK)
		*n = 2 * key->size;
	return rv;
}

CK_RV
ec_verify(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    const uint8_t *sig, size_t sig_n)
{
	const int edwards = m->info->family == MECH_EDDSA;
	CK_RV rv;

	if (!edwards && (rv = length(m, data_n)) != CKR_OK)
		return rv;
	if (sig_n != 2 * key->size)
		return CKR_SIGNATURE_LEN_RANGE;
	return edwards ? eddsa(key, data, data_n, NULL, sig) :
	    ecdsa_verify(key, data, data_n, sig);
}
