#include "hsm/pkcs11/module.h"

static CK_RV
generate(struct module *m, CK_BYTE *out, CK_ULONG n)
{
	if (out == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	return n == 0 ? CKR_OK : crypt_random(m->crypt, out, n);
}

static CK_RV
stir(struct module *m, const CK_BYTE *seed, CK_ULONG n)
{
	if (seed == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	return n == 0 ? CKR_OK : crypt_seed(m->crypt, seed, n);
}

CK_RV
C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR seed, CK_ULONG n)
{
	SESSION_CALL(handle, stir(m, seed, n));
}

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG n)
{
	SESSION_CALL(handle, generate(m, out, n));
}
