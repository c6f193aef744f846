#include "hsm/pkcs11/module_sign.h"

#include <string.h>

#include <openssl/crypto.h>

#include "hsm/pkcs11/module_out.h"

enum { DIGEST_MAX = 64, MAC_LEN_MAX = 64 };

/* What the key signs, out of a message in one piece or in parts. */
static CK_RV
gather(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG n,
    uint8_t digest[DIGEST_MAX], struct wire_bytes *out)
{
	size_t len = DIGEST_MAX;
	CK_RV rv;

	if (op->style != STYLE_HASH) {
		*out = op->parts ? (struct wire_bytes){ op->data, op->n } :
		    (struct wire_bytes){ data, n };
		return CKR_OK;
	}
	if ((rv = op_hash(m, op, data, n)) != CKR_OK ||
	    (rv = crypt_digest_final(op->digest, digest, &len)) != CKR_OK)
		return rv;
	*out = (struct wire_bytes){ digest, len };
	return CKR_OK;
}

/* Sign. -------------------------------------------------------------------- */

/* A MAC that does not fit into one call; its parts may be on their way already. */
static CK_RV
sign_parts(struct module *m, struct op *op, const struct wire_bytes *data, CK_BYTE *out, size_t n)
{
	CK_RV rv;

	if ((rv = op_send(m, op, data->p, data->n)) != CKR_OK ||
	    (rv = op_finish(m, op, NULL)) != CKR_OK)
		return rv;
	if (n == 0 || op->out_n != n)
		return CKR_DEVICE_ERROR;
	memcpy(out, op->out, n);
	return CKR_OK;
}

/* out has room for n bytes, and a signature has no fewer and no more. */
static CK_RV
produce(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    size_t n)
{
	uint8_t digest[DIGEST_MAX];
	struct wire_bytes what;
	size_t len = n;
	CK_RV rv;

	if ((rv = op_ready(op)) != CKR_OK ||
	    (rv = gather(m, op, data, data_n, digest, &what)) != CKR_OK)
		return rv;
	if (op->remote != 0 || (op->style == STYLE_PARTS && what.n > WIRE_DATA_MAX))
		rv = sign_parts(m, op, &what, out, n);
	else if ((rv = op_whole(m, op, WIRE_SIGN, &what, NULL, out, &len)) ==
	    CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && len != n))
		rv = CKR_DEVICE_ERROR;
	OPENSSL_cleanse(digest, sizeof(digest));
	return rv;
}

/* The last of a signature, whose length is known beforehand. */
static CK_RV
deliver(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    CK_ULONG *n)
{
	const size_t need = crypt_out_max(&op->key.view->attrs, &op->mech, CKF_SIGN,
	    op->parts ? op->n : data_n);
	CK_RV rv;

	if (out == NULL || *n < need)
		return out_length(out, n, need);
	*n = need;
	rv = produce(m, op, data, data_n, out, need);
	op_end(m, op);
	return rv;
}

static CK_RV
sign(struct module *m, struct session *s, const CK_BYTE *data, CK_ULONG data_n, CK_BYTE *out,
    CK_ULONG *n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, OP_SIGN, &op)) != CKR_OK)
		return rv;
	/* PKCS #11 Base 2.40, 5.11, C_Sign: it does not end what is in parts. */
	if (op->parts)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (n == NULL || (data == NULL && data_n != 0))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		return deliver(m, op, data, data_n, out, n);
	op_end(m, op);
	return rv;
}

/* Parts, of signing and verifying alike. ----------------------------------- */

static CK_RV
take_part(struct module *m, struct op *op, const CK_BYTE *part, CK_ULONG n)
{
	CK_RV rv;

	if (part == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	if (op->style == STYLE_WHOLE)
		return CKR_OPERATION_NOT_INITIALIZED;
	if ((rv = op_ready(op)) != CKR_OK)
		return rv;
	op->parts = 1;
	if (op->style == STYLE_HASH)
		return op_hash(m, op, part, n);
	if (n <= WIRE_DATA_MAX - op->n)
		return op_keep(op, part, n);
	if (op->style == STYLE_JOIN)
		return CKR_DATA_LEN_RANGE;
	if ((rv = op_send(m, op, op->data, op->n)) != CKR_OK)
		return rv;
	op->n = 0;
	return op_send(m, op, part, n);
}

CK_RV
sign_part(struct module *m, struct session *s, enum op_kind kind, const CK_BYTE *part, CK_ULONG n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, kind, &op)) == CKR_OK &&
	    (rv = take_part(m, op, part, n)) != CKR_OK)
		op_end(m, op);
	return rv;
}

static CK_RV
sign_final(struct module *m, struct session *s, CK_BYTE *out, CK_ULONG *n)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, OP_SIGN, &op)) != CKR_OK)
		return rv;
	if (op->style == STYLE_WHOLE)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (n == NULL)
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		/* Without a part it is an empty message's. */
		op->parts = 1;
		return deliver(m, op, NULL, 0, out, n);
	}
	op_end(m, op);
	return rv;
}

/* Verify. ------------------------------------------------------------------ */

static CK_RV
check(struct module *m, struct op *op, const CK_BYTE *data, CK_ULONG data_n, const CK_BYTE *sig,
    CK_ULONG sig_n)
{
	const struct wire_bytes mac = { sig, sig_n };
	uint8_t digest[DIGEST_MAX];
	struct crypt_key *key;
	struct wire_bytes what;
	CK_RV rv;

	if ((rv = op_ready(op)) != CKR_OK ||
	    (rv = gather(m, op, data, data_n, digest, &what)) != CKR_OK)
		return rv;
	if (op_local(op))
		return (rv = op_key(m, op, &key)) != CKR_OK ? rv :
		    crypt_verify(m->crypt, key, &op->mech, what.p, what.n, sig, sig_n);
	if (sig_n == 0 || sig_n > MAC_LEN_MAX)
		return CKR_SIGNATURE_LEN_RANGE;
	if (op->remote == 0 && what.n <= WIRE_DATA_MAX)
		return op_whole(m, op, WIRE_VERIFY, &what, &mac, NULL, NULL);
	if ((rv = op_send(m, op, what.p, what.n)) != CKR_OK)
		return rv;
	return op_finish(m, op, &mac);
}

static CK_RV
verify(struct module *m, struct session *s, const CK_BYTE *data, CK_ULONG data_n,
    const CK_BYTE *sig, CK_ULONG sig_n, int final)
{
	struct op *op;
	CK_RV rv;

	if ((rv = op_active(m, s, OP_VERIFY, &op)) != CKR_OK)
		return rv;
	if (final ? op->style == STYLE_WHOLE : op->parts)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if (sig == NULL || (data == NULL && data_n != 0))
		rv = CKR_ARGUMENTS_BAD;
	op->parts |= final != 0;
	if (rv == CKR_OK)
		rv = check(m, op, data, data_n, sig, sig_n);
	op_end(m, op);
	return rv;
}

CK_RV
C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	SESSION_CALL(handle, op_begin(m, s, OP_SIGN, mechanism, key));
}

CK_RV
C_Sign(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_n, CK_BYTE_PTR out,
    CK_ULONG_PTR n)
{
	SESSION_CALL(handle, sign(m, s, data, data_n, out, n));
}

CK_RV
C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG n)
{
	SESSION_CALL(handle, sign_part(m, s, OP_SIGN, part, n));
}

CK_RV
C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, sign_final(m, s, out, n));
}

CK_RV
C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	SESSION_CALL(handle, op_begin(m, s, OP_VERIFY, mechanism, key));
}

CK_RV
C_Verify(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_n, CK_BYTE_PTR sig,
    CK_ULONG sig_n)
{
	SESSION_CALL(handle, verify(m, s, data, data_n, sig, sig_n, 0));
}

CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG n)
{
	SESSION_CALL(handle, sign_part(m, s, OP_VERIFY, part, n));
}

CK_RV
C_VerifyFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR sig, CK_ULONG sig_n)
{
	SESSION_CALL(handle, verify(m, s, NULL, 0, sig, sig_n, 1));
}
