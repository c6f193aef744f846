#include "hsm/pkcs11/module.h"

static CK_RV
generate(struct module *m, CK_BYTE *out, CK_ULONG n)
{
	if (out == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	return n == 0 ? CKR_OK : crypt_random(m->crypt, out, n);
}

CK_RV
C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR seed, CK_ULONG n)
{
	/*
	 * The generator needs nothing: libcrypto seeds it from the system. Clients take a refusal
	 * for a broken token, so it is thanked for.
	 */
	SESSION_CALL(handle, seed == NULL && n != 0 ? CKR_ARGUMENTS_BAD : CKR_OK);
}

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG n)
{
	SESSION_CALL(handle, generate(m, out, n));
}
