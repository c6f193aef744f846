#ifndef CARDINAL_MODULE_SIGN_H
#define CARDINAL_MODULE_SIGN_H

#include "hsm/pkcs11/module.h"

/* C_SignUpdate and C_VerifyUpdate, by the kind. */
CK_RV sign_part(struct module *, struct session *, enum op_kind, const CK_BYTE *, CK_ULONG n);

#endif
