#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_list.h"

/*
 * What the standard has and this token has not: each says so, in a session that is one. No
 * mechanism here recovers data from signatures, nor has parameters for each message.
 */

/* PKCS #11 Base 2.40, 5.15: they are there for what came before. */
CK_RV
C_GetFunctionStatus(CK_SESSION_HANDLE handle)
{
	SESSION_CALL(handle, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV
C_CancelFunction(CK_SESSION_HANDLE handle)
{
	SESSION_CALL(handle, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV
absent_session(CK_SESSION_HANDLE handle)
{
	SESSION_CALL(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* Whatever their arguments are. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define ABSENT(name, ...) \
	CK_RV \
	name(CK_SESSION_HANDLE handle, __VA_ARGS__) \
	{ \
		return absent_session(handle); \
	}

ABSENT(C_SignRecoverInit, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
ABSENT(C_SignRecover, CK_BYTE *data, CK_ULONG data_n, CK_BYTE *sig, CK_ULONG *n)
ABSENT(C_VerifyRecoverInit, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
ABSENT(C_VerifyRecover, CK_BYTE *sig, CK_ULONG sig_n, CK_BYTE *data, CK_ULONG *n)

ABSENT(absent_init, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
ABSENT(absent_cipher, void *p, CK_ULONG p_n, CK_BYTE *aad, CK_ULONG aad_n, CK_BYTE *in,
    CK_ULONG in_n, CK_BYTE *out, CK_ULONG *n)
ABSENT(absent_cipher_begin, void *p, CK_ULONG p_n, CK_BYTE *aad, CK_ULONG aad_n)
ABSENT(absent_cipher_next, void *p, CK_ULONG p_n, CK_BYTE *in, CK_ULONG in_n, CK_BYTE *out,
    CK_ULONG *n, CK_FLAGS flags)
ABSENT(absent_begin, void *p, CK_ULONG p_n)
ABSENT(absent_sign, void *p, CK_ULONG p_n, CK_BYTE *data, CK_ULONG data_n, CK_BYTE *sig,
    CK_ULONG *n)
ABSENT(absent_verify, void *p, CK_ULONG p_n, CK_BYTE *data, CK_ULONG data_n, CK_BYTE *sig,
    CK_ULONG n)
