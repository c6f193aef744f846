#ifndef CARDINAL_MODULE_DIGEST_H
#define CARDINAL_MODULE_DIGEST_H

#include "hsm/pkcs11/module.h"

/* Whatever there is of one. */
void digest_end(struct session *);
/* C_DigestUpdate. */
CK_RV digest_part(struct session *, const CK_BYTE *, CK_ULONG n);

#endif
