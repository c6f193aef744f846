#include "hsm/pkcs11/module_cipher.h"
#include "hsm/pkcs11/module_digest.h"
#include "hsm/pkcs11/module_sign.h"

/*
 * PKCS #11 Base 2.40, 5.12: two operations with one part. Each does what its own Update does;
 * asking for a length, or with too little room, nothing is done by the other one either.
 */

enum other { HASH, SIGN, VERIFY };

static CK_RV
other_part(struct module *m, struct session *s, enum other other, const CK_BYTE *part, CK_ULONG n)
{
	return other == HASH ? digest_part(s, part, n) :
	    sign_part(m, s, other == SIGN ? OP_SIGN : OP_VERIFY, part, n);
}

static CK_RV
other_active(struct module *m, struct session *s, enum other other)
{
	struct op *op;

	if (other == HASH)
		return s->digest != NULL ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	return op_active(m, s, other == SIGN ? OP_SIGN : OP_VERIFY, &op);
}

static CK_RV
encrypt(struct module *m, struct session *s, enum other other, const CK_BYTE *part,
    CK_ULONG part_n, CK_BYTE *out, CK_ULONG *n)
{
	CK_ULONG need = 0;
	CK_RV rv;

	if ((rv = other_active(m, s, other)) != CKR_OK)
		return rv;
	/* The other one first, since out may be where part is; nothing stops this one then. */
	if (n != NULL && out != NULL) {
		if ((rv = cipher_part(m, s, OP_ENCRYPT, part, part_n, NULL, &need)) != CKR_OK)
			return rv;
		if (*n >= need && (rv = other_part(m, s, other, part, part_n)) != CKR_OK)
			return rv;
	}
	return cipher_part(m, s, OP_ENCRYPT, part, part_n, out, n);
}

static CK_RV
decrypt(struct module *m, struct session *s, enum other other, const CK_BYTE *part,
    CK_ULONG part_n, CK_BYTE *out, CK_ULONG *n)
{
	CK_RV rv;

	if ((rv = other_active(m, s, other)) != CKR_OK ||
	    (rv = cipher_part(m, s, OP_DECRYPT, part, part_n, out, n)) != CKR_OK)
		return rv;
	return out != NULL ? other_part(m, s, other, out, *n) : CKR_OK;
}

CK_RV
C_DigestEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, encrypt(m, s, HASH, part, part_n, out, n));
}

CK_RV
C_DecryptDigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, decrypt(m, s, HASH, part, part_n, out, n));
}

CK_RV
C_SignEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, encrypt(m, s, SIGN, part, part_n, out, n));
}

CK_RV
C_DecryptVerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, decrypt(m, s, VERIFY, part, part_n, out, n));
}
