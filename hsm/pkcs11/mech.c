#include "hsm/pkcs11/mech_parts.h"

#include <stddef.h>
#include <string.h>

#include "card-os/iso7816/err.h"

enum { AES_BLOCK = 16, CMAC_LEN = 16 };

/* The members that a family's parameter has. */
enum member {
	HAS_HASH = 1 << 0, HAS_MGF = 1 << 1, HAS_SALT_LEN = 1 << 2, HAS_BITS = 1 << 3,
	HAS_OUT_LEN = 1 << 4, HAS_KDF = 1 << 5, HAS_SALT_KEY = 1 << 6, HAS_STEPS = 1 << 7,
	HAS_PARAMS = 1 << 8, HAS_IV = 1 << 9, HAS_A = 1 << 10, HAS_B = 1 << 11,
};

static const unsigned members[] = {
	[MECH_RSA_PSS] = HAS_HASH | HAS_MGF | HAS_SALT_LEN,
	[MECH_RSA_OAEP] = HAS_HASH | HAS_MGF | HAS_A,
	[MECH_RSA_AES_WRAP] = HAS_BITS | HAS_HASH | HAS_MGF | HAS_A,
	[MECH_EDDSA] = HAS_PARAMS,
	[MECH_ECDH] = HAS_KDF | HAS_A | HAS_B,
	[MECH_AES_CBC] = HAS_IV,
	[MECH_AES_CBC_PAD] = HAS_IV,
	[MECH_AES_CTR] = HAS_IV | HAS_BITS,
	[MECH_AES_GCM] = HAS_IV | HAS_BITS | HAS_A,
	[MECH_AES_CMAC] = HAS_OUT_LEN,
	[MECH_AES_KW] = HAS_IV,
	[MECH_AES_KWP] = HAS_IV,
	[MECH_HMAC] = HAS_OUT_LEN,
	[MECH_HKDF] = HAS_HASH | HAS_KDF | HAS_SALT_KEY | HAS_STEPS | HAS_A | HAS_B,
	[MECH_DIGEST] = 0,
};

void
mech_clear(struct mech *m)
{
	memset(m, 0, offsetof(struct mech, iv));
}

static unsigned
members_of(const struct mech *m)
{
	return (m->hash != 0 ? HAS_HASH : 0u) | (m->mgf != 0 ? HAS_MGF : 0u) |
	    (m->salt_len != 0 ? HAS_SALT_LEN : 0u) | (m->bits != 0 ? HAS_BITS : 0u) |
	    (m->out_len != 0 ? HAS_OUT_LEN : 0u) | (m->kdf != 0 ? HAS_KDF : 0u) |
	    (m->salt_key != 0 ? HAS_SALT_KEY : 0u) |
	    (m->extract != 0 || m->expand != 0 ? HAS_STEPS : 0u) |
	    (m->has_params != 0 || m->prehash != 0 ? HAS_PARAMS : 0u) |
	    (m->iv_n != 0 ? HAS_IV : 0u) | (m->a_n != 0 ? HAS_A : 0u) |
	    (m->b_n != 0 ? HAS_B : 0u);
}

static int
hash_and_mgf(const struct mech *m)
{
	return mech_hash_length(m->hash) != 0 && mech_mgf_hash(m->mgf) != 0;
}

static int
mac_length(const struct mech *m, size_t whole)
{
	if (!m->info->general)
		return m->out_len == 0;
	return m->out_len >= MECH_MAC_MIN && m->out_len <= whole;
}

static int
hkdf(const struct mech *m)
{
	if (m->extract > 1 || m->expand > 1 || (!m->extract && !m->expand) ||
	    mech_hash_length(m->hash) == 0 || (!m->expand && m->b_n != 0))
		return 0;
	if (!m->extract)
		return m->kdf == 0 && m->a_n == 0 && m->salt_key == 0;
	switch (m->kdf) {
	case CKF_HKDF_SALT_NULL:
		return m->a_n == 0 && m->salt_key == 0;
	case CKF_HKDF_SALT_DATA:
		return m->salt_key == 0;
	case CKF_HKDF_SALT_KEY:
		return m->a_n == 0 && m->salt_key != 0;
	default:
		return 0;
	}
}

static int
fits(const struct mech *m)
{
	if ((members_of(m) & ~members[m->info->family]) != 0)
		return 0;
	switch (m->info->family) {
	case MECH_RSA_PSS:
		return hash_and_mgf(m) && (m->info->hash == 0 || m->info->hash == m->hash) &&
		    m->salt_len <= MECH_SECRET_MAX;
	case MECH_RSA_OAEP:
		return hash_and_mgf(m);
	case MECH_RSA_AES_WRAP:
		return hash_and_mgf(m) && (m->bits == 128 || m->bits == 192 || m->bits == 256);
	case MECH_EDDSA:
		return m->has_params <= 1 && m->prehash == 0;
	case MECH_ECDH:
		return m->a_n > 0 &&
		    (m->kdf == CKD_NULL ? m->b_n == 0 : mech_kdf_hash(m->kdf) != 0);
	case MECH_AES_CBC:
	case MECH_AES_CBC_PAD:
		return m->iv_n == AES_BLOCK;
	case MECH_AES_CTR:
		return m->iv_n == AES_BLOCK && m->bits >= 1 && m->bits <= 8 * AES_BLOCK;
	case MECH_AES_GCM:
		/* SP 800-38D, 5.2.1.2; its short tags, of 32 and 64 bits, are not offered. */
		return m->iv_n >= 1 && m->bits >= 96 && m->bits <= 128 && m->bits % 8 == 0;
	case MECH_AES_KW:
		return m->iv_n == 0 || m->iv_n == 8;
	case MECH_AES_KWP:
		return m->iv_n == 0 || m->iv_n == 4;
	case MECH_AES_CMAC:
		return mac_length(m, CMAC_LEN);
	case MECH_HMAC:
		return mac_length(m, mech_hash_length(m->info->hash));
	case MECH_HKDF:
		return hkdf(m);
	default:
		return 1;
	}
}

CK_RV
mech_check(const struct mech *m, CK_FLAGS op)
{
	if ((m->info->flags & op) != op)
		return CKR_MECHANISM_INVALID;
	return fits(m) ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static void
put_bytes(struct wr *w, const uint8_t *p, size_t n)
{
	wr_u32(w, (uint32_t)n);
	wr_bytes(w, p, n);
}

static uint16_t
get_bytes(struct rd *r, uint8_t *p, size_t cap)
{
	uint32_t n = rd_u32(r);

	if (n > cap) {
		r->err = ERR_FORMAT;
		return 0;
	}
	rd_bytes(r, p, n);
	return r->err == 0 ? (uint16_t)n : 0;
}

void
mech_put(struct wr *w, const struct mech *m)
{
	wr_u64(w, m->info->type);
	wr_u64(w, m->hash);
	wr_u64(w, m->mgf);
	wr_u64(w, m->salt_len);
	wr_u64(w, m->bits);
	wr_u64(w, m->out_len);
	wr_u64(w, m->kdf);
	wr_u64(w, m->salt_key);
	wr_u8(w, m->extract);
	wr_u8(w, m->expand);
	wr_u8(w, m->has_params);
	wr_u8(w, m->prehash);
	put_bytes(w, m->iv, m->iv_n);
	put_bytes(w, m->a, m->a_n);
	put_bytes(w, m->b, m->b_n);
}

CK_RV
mech_get(struct rd *r, CK_FLAGS op, struct mech *m)
{
	CK_MECHANISM_TYPE type;

	mech_clear(m);
	type = rd_u64(r);
	m->hash = rd_u64(r);
	m->mgf = rd_u64(r);
	m->salt_len = rd_u64(r);
	m->bits = rd_u64(r);
	m->out_len = rd_u64(r);
	m->kdf = rd_u64(r);
	m->salt_key = rd_u64(r);
	m->extract = rd_u8(r);
	m->expand = rd_u8(r);
	m->has_params = rd_u8(r);
	m->prehash = rd_u8(r);
	m->iv_n = get_bytes(r, m->iv, sizeof(m->iv));
	m->a_n = get_bytes(r, m->a, sizeof(m->a));
	m->b_n = get_bytes(r, m->b, sizeof(m->b));
	if (r->err != 0)
		return CKR_ARGUMENTS_BAD;
	if ((m->info = mech_info(type)) == NULL)
		return CKR_MECHANISM_INVALID;
	return mech_check(m, op);
}
