#ifndef CARDINAL_MECH_PARTS_H
#define CARDINAL_MECH_PARTS_H

#include "hsm/pkcs11/mech.h"

/* What the files of mech and of crypt share about mechanisms. */

/* Bytes of a hash's digest, 0: no hash of this token. */
size_t mech_hash_length(CK_MECHANISM_TYPE hash);
/* The hash of CKG_MGF1_*, and of ECDH's CKD_*_KDF; 0: there is none. */
CK_MECHANISM_TYPE mech_mgf_hash(CK_ULONG mgf);
CK_MECHANISM_TYPE mech_kdf_hash(CK_ULONG kdf);
/* The CKK_*_HMAC of a hash. */
CK_KEY_TYPE mech_hmac_type(CK_MECHANISM_TYPE hash);

/* Sets all but the bytes themselves to zero. */
void mech_clear(struct mech *);
/*
 * Whether the parameter is one of this mechanism: what its family has, in its bounds, and nothing
 * else. CKR_OK, CKR_MECHANISM_PARAM_INVALID, or CKR_MECHANISM_INVALID for a missing op.
 */
CK_RV mech_check(const struct mech *, CK_FLAGS op);

#endif
