#include "hsm/pkcs11/module_cipher.h"

#include "hsm/pkcs11/module_out.h"

enum { BLOCK = 16 };

/* In one piece. ------------------------------------------------------------ */

static CK_RV
whole_local(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    CK_ULONG *n)
{
	struct crypt_key *key;
	size_t len = *n;
	CK_RV rv;

	if ((rv = op_key(m, op, &key)) != CKR_OK)
		return rv;
	rv = crypt_encrypt(m->crypt, key, &op->mech, data, data_n, out, &len);
	*n = len;
	return rv;
}

/* After the last of it: neither a question for the length nor too little room ends it. */
static CK_RV
settle(struct module *m, struct op *op, const CK_BYTE *out, CK_RV rv)
{
	if (rv != CKR_BUFFER_TOO_SMALL && !(rv == CKR_OK && out == NULL))
		op_end(m, op);
	return rv;
}

/* Too long for one call: all parts of an operation of vault's, which is gone after it. */
static CK_RV
whole_long(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    CK_ULONG *n)
{
	CK_RV rv;

	op->fed = data_n;
	op->out_n = 0;
	if ((rv = op_send(m, op, data, data_n)) != CKR_OK ||
	    (rv = op_finish(m, op, NULL)) != CKR_OK)
		return rv;
	return out_bytes(op->out, op->out_n, out, n);
}

static CK_RV
whole_remote(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    CK_ULONG *n)
{
	const struct wire_bytes what = { data, data_n };
	const int encrypt = op->function == CKF_ENCRYPT;
	const size_t most = crypt_out_max(&op->key.view->attrs, &op->mech, op->function, data_n);
	size_t len = *n;
	CK_RV rv;

	/*
	 * What a decryption gives may be shorter than `most`, and fit; without a ticket, which is
	 * for one try, it can be tried.
	 */
	if (out == NULL || (*n < most && (encrypt || op->needs_ticket)))
		return out_length(out, n, most);
	if ((rv = op_ready(op)) != CKR_OK)
		return rv;
	if (op->style == STYLE_PARTS && data_n > WIRE_DATA_MAX)
		return whole_long(m, op, data, data_n, out, n);
	rv = op_whole(m, op, encrypt ? WIRE_ENCRYPT : WIRE_DECRYPT, &what, NULL, out, &len);
	*n = len;
	return rv;
}

static CK_RV
whole(struct module *m, struct session *s, enum op_kind kind, const CK_BYTE *data, CK_ULONG data_n,
    CK_BYTE *out, CK_ULONG *n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, kind, &op)) != CKR_OK)
		return rv;
	/* PKCS #11 Base 2.40, 5.8, C_Encrypt: it does not end what is in parts. */
	if (op->parts)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (n == NULL || (data == NULL && data_n != 0))
		rv = CKR_ARGUMENTS_BAD;
	else
		rv = op_local(op) ? whole_local(m, op, data, data_n, out, n) :
		    whole_remote(m, op, data, data_n, out, n);
	return settle(m, op, out, rv);
}

/* In parts. ---------------------------------------------------------------- */

/* How many bytes come out when n more go in. */
static uint64_t
part_out(const struct op *op, uint64_t n)
{
	const uint64_t in = op->fed + n;

	switch (op->mech.info->family) {
	case MECH_AES_CTR:
		return in - op->given;
	case MECH_AES_GCM:
		/* Nothing before the tag has been seen. */
		return op->function == CKF_ENCRYPT ? in - op->given : 0;
	case MECH_AES_CBC_PAD:
		/* The last block waits, as its padding may end the message. */
		if (op->function == CKF_DECRYPT)
			return in == 0 ? 0 : (in - 1) / BLOCK * BLOCK - op->given;
		/* fall through */
	default:
		return in / BLOCK * BLOCK - op->given;
	}
}

/* And how many at the end, at the most. */
static uint64_t
final_out(const struct op *op)
{
	const uint64_t tag = op->mech.bits / 8;

	switch (op->mech.info->family) {
	case MECH_AES_CBC_PAD:
		return BLOCK;
	case MECH_AES_GCM:
		if (op->function == CKF_ENCRYPT)
			return tag;
		return op->fed > tag ? op->fed - tag : 0;
	default:
		return 0;
	}
}

static CK_RV
feed(struct module *m, struct op *op, const CK_BYTE *part, CK_ULONG part_n, CK_BYTE *out,
    CK_ULONG *n)
{
	uint64_t most;
	CK_RV rv;

	if (n == NULL || (part == NULL && part_n != 0))
		return CKR_ARGUMENTS_BAD;
	if (op->style != STYLE_PARTS || op->finished || op_local(op))
		return CKR_OPERATION_NOT_INITIALIZED;
	most = part_out(op, part_n);
	if (out == NULL || *n < most)
		return out_length(out, n, most);
	if ((rv = op_ready(op)) != CKR_OK)
		return rv;
	op->parts = 1;
	op->out_n = 0;
	if ((rv = op_send(m, op, part, part_n)) != CKR_OK)
		return rv;
	op->fed += part_n;
	op->given += op->out_n;
	return op->out_n > most ? CKR_DEVICE_ERROR : out_bytes(op->out, op->out_n, out, n);
}

CK_RV
cipher_part(struct module *m, struct session *s, enum op_kind kind, const CK_BYTE *part,
    CK_ULONG part_n, CK_BYTE *out, CK_ULONG *n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, kind, &op)) != CKR_OK)
		return rv;
	rv = feed(m, op, part, part_n, out, n);
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
		op_end(m, op);
	return rv;
}

static CK_RV
finish(struct module *m, struct op *op, CK_BYTE *out, CK_ULONG *n)
{
	uint64_t most;
	CK_RV rv;

	if (n == NULL)
		return CKR_ARGUMENTS_BAD;
	if (op->style != STYLE_PARTS || op_local(op))
		return CKR_OPERATION_NOT_INITIALIZED;
	if (op->finished)
		return out_bytes(op->out, op->out_n, out, n);
	most = final_out(op);
	/* How much of the last block is padding, vault alone can tell: it is computed and held. */
	if (out == NULL || (*n < most && !(op->mech.info->family == MECH_AES_CBC_PAD &&
	    op->function == CKF_DECRYPT)))
		return out_length(out, n, most);
	if ((rv = op_ready(op)) != CKR_OK)
		return rv;
	op->out_n = 0;
	if ((rv = op_finish(m, op, NULL)) != CKR_OK)
		return rv;
	op->finished = 1;
	return op->out_n > most ? CKR_DEVICE_ERROR : out_bytes(op->out, op->out_n, out, n);
}

static CK_RV
final(struct module *m, struct session *s, enum op_kind kind, CK_BYTE *out, CK_ULONG *n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, kind, &op)) != CKR_OK)
		return rv;
	return settle(m, op, out, finish(m, op, out, n));
}

CK_RV
C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	SESSION_CALL(handle, op_begin(m, s, OP_ENCRYPT, mechanism, key));
}

CK_RV
C_Encrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, whole(m, s, OP_ENCRYPT, data, data_n, out, n));
}

CK_RV
C_EncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, cipher_part(m, s, OP_ENCRYPT, part, part_n, out, n));
}

CK_RV
C_EncryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, final(m, s, OP_ENCRYPT, out, n));
}

CK_RV
C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	SESSION_CALL(handle, op_begin(m, s, OP_DECRYPT, mechanism, key));
}

CK_RV
C_Decrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, whole(m, s, OP_DECRYPT, data, data_n, out, n));
}

CK_RV
C_DecryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, cipher_part(m, s, OP_DECRYPT, part, part_n, out, n));
}

CK_RV
C_DecryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, final(m, s, OP_DECRYPT, out, n));
}
