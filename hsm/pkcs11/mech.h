#ifndef CARDINAL_MECH_H
#define CARDINAL_MECH_H

#include "card-os/iso7816/buf.h"
#include "hsm/pkcs11/cryptoki.h"

/*
 * The mechanisms, as a table, and their parameters, without pointers: as the wire has them and as
 * the operations of crypt.h take them. Key sizes in the units of the standard: bits for RSA and EC,
 * bytes for AES and HMAC.
 */
enum mech_family {
	MECH_RSA_GEN, MECH_RSA_PKCS, MECH_RSA_PSS, MECH_RSA_OAEP, MECH_RSA_RAW, MECH_RSA_AES_WRAP,
	MECH_EC_GEN, MECH_ECDSA, MECH_EDDSA, MECH_ECDH,
	MECH_AES_GEN, MECH_AES_ECB, MECH_AES_CBC, MECH_AES_CBC_PAD, MECH_AES_CTR, MECH_AES_GCM,
	MECH_AES_CMAC, MECH_AES_KW, MECH_AES_KWP,
	MECH_SECRET_GEN, MECH_HMAC, MECH_HKDF, MECH_DIGEST,
};

struct mech_info {
	CK_MECHANISM_TYPE type;
	enum mech_family family;
	CK_KEY_TYPE key_type;		/* that it works with or makes; -1: none */
	/* CKM_SHA256 ... of hash-and-sign, HMAC, digests; 0: none */
	CK_MECHANISM_TYPE hash;
	CK_ULONG min, max;		/* ulMinKeySize, ulMaxKeySize */
	CK_FLAGS flags;
	uint8_t general;		/* *_GENERAL: the MAC's length is its parameter */
};

/* The i-th, in the order of C_GetMechanismList; NULL after the last. */
const struct mech_info *mech_at(size_t i);
/* NULL: this token has no such mechanism. */
const struct mech_info *mech_info(CK_MECHANISM_TYPE);
/*
 * Whether a key of this type goes with it: key_type, for ECDH Montgomery keys too, for HMAC and
 * HKDF generic secrets as well as the types that are for them alone.
 */
int mech_takes(const struct mech_info *, CK_KEY_TYPE);

enum {
	MECH_SECRET_MAX = 512,		/* bytes of a generic secret */
	MECH_MAC_MIN = 4,		/* bytes of a MAC that is cut off: SP 800-107, 5.3.3 */
	MECH_IV_MAX = 256,		/* of GCM; CBC and CTR have 16 */
	/* additional data, OAEP label, KDF data, salt, info, context */
	MECH_DATA_MAX = 4096,
	MECH_WIRE_MAX = 8 + 2 * (4 + MECH_DATA_MAX) + 4 + MECH_IV_MAX + 64,
};

/* A mechanism with its parameter; what its family does not use is zero. */
struct mech {
	const struct mech_info *info;
	CK_MECHANISM_TYPE hash;		/* of PSS, OAEP, HKDF */
	CK_ULONG mgf;			/* CKG_MGF1_* of PSS, OAEP */
	CK_ULONG salt_len;		/* of PSS */
	/* GCM: of the tag; CTR: of the counter; RSA-AES: of the AES key */
	CK_ULONG bits;
	CK_ULONG out_len;		/* *_GENERAL MACs: bytes */
	CK_ULONG kdf;			/* ECDH: CKD_*; HKDF: CKF_HKDF_SALT_* */
	/* HKDF with CKF_HKDF_SALT_KEY: a handle here, a uid on the wire */
	CK_OBJECT_HANDLE salt_key;
	uint8_t extract, expand;	/* HKDF */
	uint8_t has_params, prehash;	/* EDDSA: CK_EDDSA_PARAMS were given; phFlag */
	uint16_t iv_n, a_n, b_n;
	uint8_t iv[MECH_IV_MAX];	/* IV; CTR: counter block */
	/* AAD; OAEP label; ECDH public data; HKDF salt; EdDSA context */
	uint8_t a[MECH_DATA_MAX];
	uint8_t b[MECH_DATA_MAX];	/* ECDH shared data; HKDF info */
};

/*
 * From what an application hands over. CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID (NULL,
 * a wrong length, a hash, MGF or size that does not fit, longer than the room above),
 * CKR_ARGUMENTS_BAD for a NULL mechanism. op: CKF_SIGN ... which the mechanism has to have, or
 * CKR_MECHANISM_INVALID.
 */
CK_RV mech_from_native(const CK_MECHANISM *, CK_FLAGS op, struct mech *);

/*
 * Codec: type:8 and all members in their order, length-exact. mech_get checks as from_native
 * does.
 */
void mech_put(struct wr *, const struct mech *);
CK_RV mech_get(struct rd *, CK_FLAGS op, struct mech *);

#endif
