#include "hsm/pkcs11/module_out.h"

#include <string.h>

CK_RV
out_length(const void *out, CK_ULONG *n, CK_ULONG need)
{
	*n = need;
	return out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

CK_RV
out_bytes(const void *bytes, size_t len, CK_BYTE *out, CK_ULONG *n)
{
	if (out == NULL || *n < len)
		return out_length(out, n, len);
	*n = len;
	if (len != 0)
		memcpy(out, bytes, len);
	return CKR_OK;
}
