#include "hsm/pkcs11/crypt_parts.h"

#include <openssl/err.h>

static int
is_private_op(CK_FLAGS op)
{
	return op == CKF_SIGN || op == CKF_DECRYPT || op == CKF_UNWRAP || op == CKF_DERIVE;
}

CK_RV
crypt_fits(const struct crypt_key *key, const struct mech *m, CK_FLAGS op)
{
	const CK_OBJECT_CLASS half = is_private_op(op) ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY;

	if ((m->info->flags & op) != op)
		return CKR_MECHANISM_INVALID;
	if (!mech_takes(m->info, key->type) ||
	    (key->class != CKO_SECRET_KEY && key->class != half))
		return CKR_KEY_TYPE_INCONSISTENT;
	return CKR_OK;
}

/* Both sides of one family's signatures. */
struct scheme {
	CK_RV (*sign)(struct crypt_key *, const struct mech *, const uint8_t *, size_t,
	    uint8_t *out, size_t *n);
	CK_RV (*verify)(struct crypt_key *, const struct mech *, const uint8_t *, size_t,
	    const uint8_t *sig, size_t sig_n);
};

/* NULL: it signs nothing. */
static const struct scheme *
scheme_of(enum mech_family family)
{
	static const struct scheme rsa = { rsa_sign, rsa_verify }, ec = { ec_sign, ec_verify },
	    mac = { mac_sign, mac_verify };

	switch (family) {
	case MECH_RSA_PKCS:
	case MECH_RSA_PSS:
	case MECH_RSA_RAW:
		return &rsa;
	case MECH_ECDSA:
	case MECH_EDDSA:
		return &ec;
	case MECH_HMAC:
	case MECH_AES_CMAC:
		return &mac;
	default:
		return NULL;
	}
}

CK_RV
crypt_sign(struct crypt *c, struct crypt_key *key, const struct mech *m, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n)
{
	const struct scheme *const scheme = scheme_of(m->info->family);
	CK_RV rv;

	(void)c;
	if ((rv = crypt_fits(key, m, CKF_SIGN)) != CKR_OK)
		return rv;
	if (scheme == NULL)
		return CKR_MECHANISM_INVALID;
	ERR_set_mark();
	rv = scheme->sign(key, m, data, data_n, out, n);
	ERR_pop_to_mark();
	return rv;
}

CK_RV
crypt_verify(struct crypt *c, struct crypt_key *key, const struct mech *m, const uint8_t *data,
    size_t data_n, const uint8_t *sig, size_t sig_n)
{
	const struct scheme *const scheme = scheme_of(m->info->family);
	CK_RV rv;

	(void)c;
	if ((rv = crypt_fits(key, m, CKF_VERIFY)) != CKR_OK)
		return rv;
	if (scheme == NULL)
		return CKR_MECHANISM_INVALID;
	ERR_set_mark();
	rv = scheme->verify(key, m, data, data_n, sig, sig_n);
	ERR_pop_to_mark();
	return rv;
}
