#ifndef CARDINAL_MODULE_OUT_H
#define CARDINAL_MODULE_OUT_H

#include <stddef.h>

#include "hsm/pkcs11/cryptoki.h"

/*
 * What a function gives into the caller's buffer, which has room for *n: PKCS #11 Base 2.40, 5.2.
 */

/* Nothing yet, but how much there is: CKR_OK when out is NULL, or CKR_BUFFER_TOO_SMALL. */
CK_RV out_length(const void *out, CK_ULONG *n, CK_ULONG need);
/* The bytes, or their length as above. */
CK_RV out_bytes(const void *, size_t len, CK_BYTE *out, CK_ULONG *n);

#endif
