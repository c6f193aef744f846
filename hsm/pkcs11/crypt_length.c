#include "hsm/pkcs11/crypt_parts.h"

enum { PKCS1_OVERHEAD = 11 };

static size_t
modulus(const struct attrs *view)
{
	const uint8_t *p;
	size_t n;

	/* The rules keep it without leading zeros. */
	return attrs_get(view, CKA_MODULUS, &p, &n) ? n : 0;
}

static size_t
coordinate(const struct attrs *view)
{
	const struct curve *curve;
	const uint8_t *p;
	size_t n;

	return attrs_get(view, CKA_EC_PARAMS, &p, &n) && curve_find(p, n, &curve) == CKR_OK ?
	    curve->size : 0;
}

static size_t
less(size_t n, size_t by)
{
	return n > by ? n - by : 0;
}

static size_t
signature(const struct attrs *view, const struct mech *m)
{
	switch (m->info->family) {
	case MECH_RSA_PKCS:
	case MECH_RSA_PSS:
	case MECH_RSA_RAW:
		return modulus(view);
	case MECH_ECDSA:
	case MECH_EDDSA:
		return 2 * coordinate(view);
	case MECH_HMAC:
	case MECH_AES_CMAC:
		return mac_length(m);
	default:
		return 0;
	}
}

static size_t
encrypted(const struct attrs *view, const struct mech *m, size_t n)
{
	switch (m->info->family) {
	case MECH_RSA_PKCS:
	case MECH_RSA_OAEP:
	case MECH_RSA_RAW:
		return modulus(view);
	default:
		return m->info->key_type == CKK_AES ? aes_out_max(m, 1, n) : 0;
	}
}

static size_t
decrypted(const struct attrs *view, const struct mech *m, size_t n)
{
	switch (m->info->family) {
	case MECH_RSA_PKCS:
		return less(modulus(view), PKCS1_OVERHEAD);
	case MECH_RSA_OAEP:
		return less(modulus(view), 2 * mech_hash_length(m->hash) + 2);
	case MECH_RSA_RAW:
		return modulus(view);
	default:
		return m->info->key_type == CKK_AES ? aes_out_max(m, 0, n) : 0;
	}
}

size_t
crypt_out_max(const struct attrs *view, const struct mech *m, CK_FLAGS op, size_t data_n)
{
	if ((m->info->flags & op) != op || !mech_takes(m->info, attrs_ulong(view, CKA_KEY_TYPE)))
		return 0;
	switch (op) {
	case CKF_SIGN:
		return signature(view, m);
	case CKF_ENCRYPT:
		return encrypted(view, m, data_n);
	case CKF_DECRYPT:
		return decrypted(view, m, data_n);
	default:
		return 0;
	}
}

int
crypt_salt_fits(const struct mech *m, size_t modulus_bits)
{
	const size_t em = (modulus_bits - 1 + 7) / 8;

	return m->salt_len + mech_hash_length(m->hash) + 2 <= em;
}

CK_RV
crypt_suits(const struct attrs *view, const struct mech *m)
{
	const uint8_t *p;
	size_t n, bits;

	if (m->info->family != MECH_RSA_PSS || !attrs_get(view, CKA_MODULUS, &p, &n) || n == 0)
		return CKR_OK;
	bits = 8 * n;
	for (uint8_t top = 0x80; top != 0 && (p[0] & top) == 0; top >>= 1)
		bits--;
	return crypt_salt_fits(m, bits) ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
