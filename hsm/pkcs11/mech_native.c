#include "hsm/pkcs11/mech_parts.h"

#include <string.h>

/*
 * CK_GCM_PARAMS as the text of PKCS #11 Mechanisms 2.40, 2.11.3, has it; its header, and 3.0, have
 * ulIvBits besides. Applications use both, and their lengths tell them apart.
 */
struct gcm_of_text {
	CK_BYTE_PTR iv_ptr;
	CK_ULONG iv_len;
	CK_BYTE_PTR aad_ptr;
	CK_ULONG aad_len;
	CK_ULONG tag_bits;
};

_Static_assert(sizeof(struct gcm_of_text) != sizeof(struct ck_gcm_params), "told by length");

static int
copy(const void *p, CK_ULONG n, uint8_t *out, size_t cap, uint16_t *out_n)
{
	if (n > cap || (p == NULL && n > 0))
		return 0;
	if (n > 0)
		memcpy(out, p, n);
	*out_n = (uint16_t)n;
	return 1;
}

static int
oaep(const struct ck_rsa_pkcs_oaep_params *p, struct mech *m)
{
	/* PKCS #11 Mechanisms 2.40, 2.1.7: without a source there is no label. */
	if (p->source != CKZ_DATA_SPECIFIED && (p->source != 0 || p->source_data_len != 0))
		return 0;
	m->hash = p->hash_alg;
	m->mgf = p->mgf;
	return copy(p->source_data, p->source_data_len, m->a, sizeof(m->a), &m->a_n);
}

static int
from_pss(const void *param, size_t n, struct mech *m)
{
	CK_RSA_PKCS_PSS_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->hash = p.hash_alg;
	m->mgf = p.mgf;
	m->salt_len = p.s_len;
	return 1;
}

static int
from_oaep(const void *param, size_t n, struct mech *m)
{
	CK_RSA_PKCS_OAEP_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	return oaep(&p, m);
}

static int
from_rsa_aes(const void *param, size_t n, struct mech *m)
{
	CK_RSA_AES_KEY_WRAP_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->bits = p.ulAESKeyBits;
	return p.pOAEPParams != NULL && oaep(p.pOAEPParams, m);
}

/*
 * PKCS #11 Mechanisms 3.0, 2.3.14: parameters mean Ed25519ctx or Ed25519ph. A context that is empty
 * is what RFC 8032, 8.6, says not to use with the former; applications mean Ed25519 by it.
 */
static int
from_eddsa(const void *param, size_t n, struct mech *m)
{
	CK_EDDSA_PARAMS p;

	if (n == 0)
		return 1;
	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->has_params = 1;
	return p.phFlag == CK_FALSE && p.ulContextDataLen == 0;
}

static int
from_ecdh(const void *param, size_t n, struct mech *m)
{
	CK_ECDH1_DERIVE_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->kdf = p.kdf;
	return copy(p.public_data, p.public_data_len, m->a, sizeof(m->a), &m->a_n) &&
	    copy(p.shared_data, p.shared_data_len, m->b, sizeof(m->b), &m->b_n);
}

static int
from_ctr(const void *param, size_t n, struct mech *m)
{
	CK_AES_CTR_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->bits = p.counter_bits;
	return copy(p.cb, sizeof(p.cb), m->iv, sizeof(m->iv), &m->iv_n);
}

static int
from_gcm(const void *param, size_t n, struct mech *m)
{
	struct ck_gcm_params p;
	struct gcm_of_text text;

	if (n == sizeof(text)) {
		memcpy(&text, param, n);
		p = (struct ck_gcm_params){ text.iv_ptr, text.iv_len, 0, text.aad_ptr, text.aad_len,
		    text.tag_bits };
	} else if (n == sizeof(p)) {
		memcpy(&p, param, n);
	} else {
		return 0;
	}
	m->bits = p.tag_bits;
	/* ulIvBits says the same again, or nothing. */
	return (p.iv_bits == 0 || p.iv_bits == 8 * p.iv_len) &&
	    copy(p.iv_ptr, p.iv_len, m->iv, sizeof(m->iv), &m->iv_n) &&
	    copy(p.aad_ptr, p.aad_len, m->a, sizeof(m->a), &m->a_n);
}

static int
from_iv(const void *param, size_t n, struct mech *m)
{
	return copy(param, n, m->iv, sizeof(m->iv), &m->iv_n);
}

static int
from_mac(const void *param, size_t n, struct mech *m)
{
	CK_ULONG length;

	if (!m->info->general)
		return n == 0;
	if (n != sizeof(length))
		return 0;
	memcpy(&length, param, n);
	m->out_len = length;
	return 1;
}

/* PKCS #11 Mechanisms 3.0, 2.62: salt belongs to the first step alone, info to the second. */
static int
from_hkdf(const void *param, size_t n, struct mech *m)
{
	CK_HKDF_PARAMS p;

	if (n != sizeof(p))
		return 0;
	memcpy(&p, param, n);
	m->extract = p.bExtract != CK_FALSE;
	m->expand = p.bExpand != CK_FALSE;
	m->hash = p.prfHashMechanism;
	if (m->expand && !copy(p.pInfo, p.ulInfoLen, m->b, sizeof(m->b), &m->b_n))
		return 0;
	if (!m->extract)
		return 1;
	m->kdf = p.ulSaltType;
	if (p.ulSaltType == CKF_HKDF_SALT_KEY)
		m->salt_key = p.hSaltKey;
	return p.ulSaltType != CKF_HKDF_SALT_DATA ||
	    copy(p.pSalt, p.ulSaltLen, m->a, sizeof(m->a), &m->a_n);
}

static int
from_nothing(const void *param, size_t n, struct mech *m)
{
	(void)param;
	(void)m;
	return n == 0;
}

static int (*const from[])(const void *, size_t, struct mech *) = {
	[MECH_RSA_GEN] = from_nothing,
	[MECH_RSA_PKCS] = from_nothing,
	[MECH_RSA_PSS] = from_pss,
	[MECH_RSA_OAEP] = from_oaep,
	[MECH_RSA_RAW] = from_nothing,
	[MECH_RSA_AES_WRAP] = from_rsa_aes,
	[MECH_EC_GEN] = from_nothing,
	[MECH_ECDSA] = from_nothing,
	[MECH_EDDSA] = from_eddsa,
	[MECH_ECDH] = from_ecdh,
	[MECH_AES_GEN] = from_nothing,
	[MECH_AES_ECB] = from_nothing,
	[MECH_AES_CBC] = from_iv,
	[MECH_AES_CBC_PAD] = from_iv,
	[MECH_AES_CTR] = from_ctr,
	[MECH_AES_GCM] = from_gcm,
	[MECH_AES_CMAC] = from_mac,
	[MECH_AES_KW] = from_iv,
	[MECH_AES_KWP] = from_iv,
	[MECH_SECRET_GEN] = from_nothing,
	[MECH_HMAC] = from_mac,
	[MECH_HKDF] = from_hkdf,
	[MECH_DIGEST] = from_nothing,
};

CK_RV
mech_from_native(const CK_MECHANISM *native, CK_FLAGS op, struct mech *m)
{
	if (native == NULL)
		return CKR_ARGUMENTS_BAD;
	mech_clear(m);
	if ((m->info = mech_info(native->mechanism)) == NULL || (m->info->flags & op) != op)
		return CKR_MECHANISM_INVALID;
	if ((native->pParameter == NULL && native->ulParameterLen > 0) ||
	    !from[m->info->family](native->pParameter, native->ulParameterLen, m))
		return CKR_MECHANISM_PARAM_INVALID;
	return mech_check(m, op);
}
