#include "hsm/pkcs11/crypt_parts.h"

#include <string.h>

#include <openssl/rsa.h>

enum { DIGEST_INFO_HEAD_MAX = 19, PKCS1_OVERHEAD = 11 };

/* RFC 8017, 9.2, note 1: what stands before the digest. */
static const struct {
	CK_MECHANISM_TYPE hash;
	uint8_t n;
	uint8_t head[DIGEST_INFO_HEAD_MAX];
} infos[] = {
	{ CKM_SHA_1, 15, { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05,
	    0x00, 0x04, 0x14 } },
	{ CKM_SHA224, 19, { 0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	    0x04, 0x02, 0x04, 0x05, 0x00, 0x04, 0x1c } },
	{ CKM_SHA256, 19, { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	    0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 } },
	{ CKM_SHA384, 19, { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	    0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30 } },
	{ CKM_SHA512, 19, { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	    0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40 } },
};

static int
paddings(const struct crypt_key *key, const struct ready_for *what, EVP_PKEY_CTX *ctx)
{
	switch (what->family) {
	case MECH_RSA_PKCS:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	case MECH_RSA_RAW:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
	case MECH_RSA_PSS:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, crypt_md(key->crypt, what->hash)) == 1 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, crypt_md(key->crypt,
		    mech_mgf_hash(what->mgf))) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)what->salt_len) == 1;
	default:
		return 1;
	}
}

CK_RV
pkey_ready(struct crypt_key *key, const struct ready_for *what, struct ready *r)
{
	if ((r->pkey = EVP_PKEY_CTX_new_from_pkey(crypt_ctx(key->crypt), key->pkey, NULL)) == NULL)
		return CKR_HOST_MEMORY;
	if ((key->class == CKO_PRIVATE_KEY ? EVP_PKEY_sign_init(r->pkey) :
	    EVP_PKEY_verify_init(r->pkey)) != 1 || !paddings(key, what, r->pkey))
		return CKR_FUNCTION_FAILED;
	return CKR_OK;
}

/* PSS has its own hash; whatever else has one says so in its name. */
static struct ready_for
setting(const struct mech *m)
{
	struct ready_for what = { m->info->family, m->hash, m->mgf, m->salt_len };

	return what;
}

/* What the padding is put around, into room of CRYPT_RSA_MAX bytes when it has to be made. */
static CK_RV
to_be_signed(const struct crypt_key *key, const struct mech *m, const uint8_t **data, size_t *n,
    uint8_t *room)
{
	const CK_MECHANISM_TYPE hash = m->info->family == MECH_RSA_PSS ? m->hash : m->info->hash;
	size_t i;

	if (hash != 0 && *n != mech_hash_length(hash))
		return CKR_DATA_LEN_RANGE;
	if (m->info->family == MECH_RSA_PSS)
		return crypt_salt_fits(m, (size_t)EVP_PKEY_get_bits(key->pkey)) ? CKR_OK :
		    CKR_MECHANISM_PARAM_INVALID;
	if (m->info->family == MECH_RSA_RAW) {
		/* PKCS #11 Mechanisms 2.40, 2.1.9: zeros are put in front. */
		if (*n == 0 || *n > key->size)
			return CKR_DATA_LEN_RANGE;
		memset(room, 0, key->size - *n);
		memcpy(room + key->size - *n, *data, *n);
		*data = room;
		*n = key->size;
		return CKR_OK;
	}
	if (hash == 0)
		return *n <= key->size - PKCS1_OVERHEAD ? CKR_OK : CKR_DATA_LEN_RANGE;
	for (i = 0; infos[i].hash != hash; i++)
		;
	memcpy(room, infos[i].head, infos[i].n);
	memcpy(room + infos[i].n, *data, *n);
	*data = room;
	*n += infos[i].n;
	return CKR_OK;
}

CK_RV
rsa_sign(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    uint8_t *out, size_t *n)
{
	const struct ready_for what = setting(m);
	uint8_t room[CRYPT_RSA_MAX];
	struct ready *r;
	CK_RV rv;

	if ((rv = to_be_signed(key, m, &data, &data_n, room)) != CKR_OK ||
	    !crypt_room(out, n, key->size, &rv) || (rv = ready_take(key, &what, &r)) != CKR_OK)
		return rv;
	if (EVP_PKEY_sign(r->pkey, out, n, data, data_n) != 1) {
		ready_drop(r);
		/* Of a number not below the modulus there is no signature. */
		return m->info->family == MECH_RSA_RAW ? CKR_DATA_INVALID : CKR_FUNCTION_FAILED;
	}
	ready_give(key, r);
	return CKR_OK;
}

CK_RV
rsa_verify(struct crypt_key *key, const struct mech *m, const uint8_t *data, size_t data_n,
    const uint8_t *sig, size_t sig_n)
{
	const struct ready_for what = setting(m);
	uint8_t room[CRYPT_RSA_MAX];
	struct ready *r;
	CK_RV rv;

	if ((rv = to_be_signed(key, m, &data, &data_n, room)) != CKR_OK)
		return rv;
	if (sig_n != key->size)
		return CKR_SIGNATURE_LEN_RANGE;
	if ((rv = ready_take(key, &what, &r)) != CKR_OK)
		return rv;
	if (EVP_PKEY_verify(r->pkey, sig, sig_n, data, data_n) != 1)
		rv = CKR_SIGNATURE_INVALID;
	ready_give(key, r);
	return rv;
}
