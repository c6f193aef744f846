#ifndef CARDINAL_MODULE_PERMIT_H
#define CARDINAL_MODULE_PERMIT_H

#include "hsm/pkcs11/mech.h"
#include "hsm/pkcs11/module.h"

/*
 * Whether a key does op (CKF_SIGN, ...) with a mechanism, as far as its attributes and vault's
 * policy tell; vault looks again at what it does itself. CKR_KEY_HANDLE_INVALID (no key),
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_INVALID.
 */
CK_RV permit(const struct module *, const struct attrs *view, const struct mech *, CK_FLAGS op);
/* The same in the words of C_WrapKey and C_UnwrapKey. */
CK_RV permit_wrapping(CK_RV);
CK_RV permit_unwrapping(CK_RV);

/* What vault's policy leaves of a mechanism; 0: nothing. */
CK_FLAGS permit_flags(const struct module *, const struct mech_info *);

#endif
