#ifndef CARDINAL_MODULE_CIPHER_H
#define CARDINAL_MODULE_CIPHER_H

#include "hsm/pkcs11/module.h"

/* C_EncryptUpdate and C_DecryptUpdate, by the kind. */
CK_RV cipher_part(struct module *, struct session *, enum op_kind, const CK_BYTE *part,
    CK_ULONG part_n, CK_BYTE *out, CK_ULONG *n);

#endif
