#include "hsm/pkcs11/mech_parts.h"

/* What the rows have in common. */
enum {
	CIPHER = CKF_ENCRYPT | CKF_DECRYPT,
	SIGNS = CKF_SIGN | CKF_VERIFY,
	WRAPS = CKF_WRAP | CKF_UNWRAP,
	CURVES = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS,
	NAMED = CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_CURVENAME,
};
#define NO_KEY ((CK_KEY_TYPE)-1)

#define RSA(type, family, hash, flags) \
	{ type, family, CKK_RSA, hash, 2048, 4096, flags, 0 }
#define EC(type, family, hash, flags) \
	{ type, family, CKK_EC, hash, 256, 521, (flags) | CURVES, 0 }
#define AES(type, family, flags) \
	{ type, family, CKK_AES, 0, 16, 32, flags, 0 }
/* A MAC whole, and one of the length that its parameter says. */
#define HMAC(type, hash) \
	{ type, MECH_HMAC, CKK_GENERIC_SECRET, hash, 1, MECH_SECRET_MAX, SIGNS, 0 }, \
	{ type ## _GENERAL, MECH_HMAC, CKK_GENERIC_SECRET, hash, 1, MECH_SECRET_MAX, SIGNS, 1 }
#define DIGEST(type) \
	{ type, MECH_DIGEST, NO_KEY, type, 0, 0, CKF_DIGEST, 0 }

static const struct mech_info table[] = {
	RSA(CKM_RSA_PKCS_KEY_PAIR_GEN, MECH_RSA_GEN, 0, CKF_GENERATE_KEY_PAIR),
	RSA(CKM_RSA_PKCS, MECH_RSA_PKCS, 0, CIPHER | SIGNS | WRAPS),
	RSA(CKM_SHA1_RSA_PKCS, MECH_RSA_PKCS, CKM_SHA_1, SIGNS),
	RSA(CKM_SHA224_RSA_PKCS, MECH_RSA_PKCS, CKM_SHA224, SIGNS),
	RSA(CKM_SHA256_RSA_PKCS, MECH_RSA_PKCS, CKM_SHA256, SIGNS),
	RSA(CKM_SHA384_RSA_PKCS, MECH_RSA_PKCS, CKM_SHA384, SIGNS),
	RSA(CKM_SHA512_RSA_PKCS, MECH_RSA_PKCS, CKM_SHA512, SIGNS),
	RSA(CKM_RSA_PKCS_PSS, MECH_RSA_PSS, 0, SIGNS),
	RSA(CKM_SHA1_RSA_PKCS_PSS, MECH_RSA_PSS, CKM_SHA_1, SIGNS),
	RSA(CKM_SHA224_RSA_PKCS_PSS, MECH_RSA_PSS, CKM_SHA224, SIGNS),
	RSA(CKM_SHA256_RSA_PKCS_PSS, MECH_RSA_PSS, CKM_SHA256, SIGNS),
	RSA(CKM_SHA384_RSA_PKCS_PSS, MECH_RSA_PSS, CKM_SHA384, SIGNS),
	RSA(CKM_SHA512_RSA_PKCS_PSS, MECH_RSA_PSS, CKM_SHA512, SIGNS),
	RSA(CKM_RSA_PKCS_OAEP, MECH_RSA_OAEP, 0, CIPHER | WRAPS),
	RSA(CKM_RSA_X_509, MECH_RSA_RAW, 0, CIPHER | SIGNS),
	RSA(CKM_RSA_AES_KEY_WRAP, MECH_RSA_AES_WRAP, 0, WRAPS),

	EC(CKM_EC_KEY_PAIR_GEN, MECH_EC_GEN, 0, CKF_GENERATE_KEY_PAIR),
	EC(CKM_ECDSA, MECH_ECDSA, 0, SIGNS),
	EC(CKM_ECDSA_SHA1, MECH_ECDSA, CKM_SHA_1, SIGNS),
	EC(CKM_ECDSA_SHA224, MECH_ECDSA, CKM_SHA224, SIGNS),
	EC(CKM_ECDSA_SHA256, MECH_ECDSA, CKM_SHA256, SIGNS),
	EC(CKM_ECDSA_SHA384, MECH_ECDSA, CKM_SHA384, SIGNS),
	EC(CKM_ECDSA_SHA512, MECH_ECDSA, CKM_SHA512, SIGNS),
	{ CKM_ECDH1_DERIVE, MECH_ECDH, CKK_EC, 0, 255, 521, CKF_DERIVE | CURVES, 0 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, MECH_EC_GEN, CKK_EC_EDWARDS, 0, 255, 255,
	    CKF_GENERATE_KEY_PAIR | NAMED, 0 },
	{ CKM_EDDSA, MECH_EDDSA, CKK_EC_EDWARDS, 0, 255, 255, SIGNS | NAMED, 0 },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, MECH_EC_GEN, CKK_EC_MONTGOMERY, 0, 255, 255,
	    CKF_GENERATE_KEY_PAIR | NAMED, 0 },

	AES(CKM_AES_KEY_GEN, MECH_AES_GEN, CKF_GENERATE),
	AES(CKM_AES_ECB, MECH_AES_ECB, CIPHER | WRAPS),
	AES(CKM_AES_CBC, MECH_AES_CBC, CIPHER | WRAPS),
	AES(CKM_AES_CBC_PAD, MECH_AES_CBC_PAD, CIPHER | WRAPS),
	AES(CKM_AES_CTR, MECH_AES_CTR, CIPHER),
	AES(CKM_AES_GCM, MECH_AES_GCM, CIPHER | WRAPS),
	AES(CKM_AES_CMAC, MECH_AES_CMAC, SIGNS),
	{ CKM_AES_CMAC_GENERAL, MECH_AES_CMAC, CKK_AES, 0, 16, 32, SIGNS, 1 },
	AES(CKM_AES_KEY_WRAP, MECH_AES_KW, CIPHER | WRAPS),
	AES(CKM_AES_KEY_WRAP_PAD, MECH_AES_KWP, CIPHER | WRAPS),
	AES(CKM_AES_KEY_WRAP_KWP, MECH_AES_KWP, CIPHER | WRAPS),

	/* PKCS #11 Mechanisms 2.40, 2.8.2: this one's sizes are in bits. */
	{ CKM_GENERIC_SECRET_KEY_GEN, MECH_SECRET_GEN, CKK_GENERIC_SECRET, 0, 8,
	    8 * MECH_SECRET_MAX, CKF_GENERATE, 0 },
	HMAC(CKM_SHA_1_HMAC, CKM_SHA_1),
	HMAC(CKM_SHA224_HMAC, CKM_SHA224),
	HMAC(CKM_SHA256_HMAC, CKM_SHA256),
	HMAC(CKM_SHA384_HMAC, CKM_SHA384),
	HMAC(CKM_SHA512_HMAC, CKM_SHA512),
	{ CKM_HKDF_DERIVE, MECH_HKDF, CKK_GENERIC_SECRET, 0, 1, MECH_SECRET_MAX, CKF_DERIVE, 0 },
	{ CKM_HKDF_KEY_GEN, MECH_SECRET_GEN, CKK_HKDF, 0, 1, MECH_SECRET_MAX, CKF_GENERATE, 0 },

	DIGEST(CKM_SHA_1),
	DIGEST(CKM_SHA224),
	DIGEST(CKM_SHA256),
	DIGEST(CKM_SHA384),
	DIGEST(CKM_SHA512),
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

const struct mech_info *
mech_at(size_t i)
{
	return i < ROWS ? &table[i] : NULL;
}

const struct mech_info *
mech_info(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (table[i].type == type)
			return &table[i];
	return NULL;
}

int
mech_takes(const struct mech_info *info, CK_KEY_TYPE type)
{
	switch (info->family) {
	case MECH_ECDH:
		return type == CKK_EC || type == CKK_EC_MONTGOMERY;
	case MECH_HKDF:
		return type == CKK_GENERIC_SECRET || type == CKK_HKDF;
	case MECH_HMAC:
		return type == CKK_GENERIC_SECRET || type == mech_hmac_type(info->hash);
	case MECH_DIGEST:
		return 0;
	default:
		return type == info->key_type;
	}
}

/* PKCS #11 Mechanisms 2.40, 2.20 and on: a key type for the HMAC of each hash. */
CK_KEY_TYPE
mech_hmac_type(CK_MECHANISM_TYPE hash)
{
	switch (hash) {
	case CKM_SHA_1:
		return CKK_SHA_1_HMAC;
	case CKM_SHA224:
		return CKK_SHA224_HMAC;
	case CKM_SHA256:
		return CKK_SHA256_HMAC;
	case CKM_SHA384:
		return CKK_SHA384_HMAC;
	case CKM_SHA512:
		return CKK_SHA512_HMAC;
	default:
		return NO_KEY;
	}
}

size_t
mech_hash_length(CK_MECHANISM_TYPE hash)
{
	switch (hash) {
	case CKM_SHA_1:
		return 20;
	case CKM_SHA224:
		return 28;
	case CKM_SHA256:
		return 32;
	case CKM_SHA384:
		return 48;
	case CKM_SHA512:
		return 64;
	default:
		return 0;
	}
}

CK_MECHANISM_TYPE
mech_mgf_hash(CK_ULONG mgf)
{
	switch (mgf) {
	case CKG_MGF1_SHA1:
		return CKM_SHA_1;
	case CKG_MGF1_SHA224:
		return CKM_SHA224;
	case CKG_MGF1_SHA256:
		return CKM_SHA256;
	case CKG_MGF1_SHA384:
		return CKM_SHA384;
	case CKG_MGF1_SHA512:
		return CKM_SHA512;
	default:
		return 0;
	}
}

CK_MECHANISM_TYPE
mech_kdf_hash(CK_ULONG kdf)
{
	switch (kdf) {
	case CKD_SHA1_KDF:
		return CKM_SHA_1;
	case CKD_SHA224_KDF:
		return CKM_SHA224;
	case CKD_SHA256_KDF:
		return CKM_SHA256;
	case CKD_SHA384_KDF:
		return CKM_SHA384;
	case CKD_SHA512_KDF:
		return CKM_SHA512;
	default:
		return 0;
	}
}
