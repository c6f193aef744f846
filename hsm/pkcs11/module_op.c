#include "hsm/pkcs11/module_op.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_permit.h"

static const CK_FLAGS functions[OP_KINDS] = {
	[OP_SIGN] = CKF_SIGN, [OP_VERIFY] = CKF_VERIFY,
	[OP_ENCRYPT] = CKF_ENCRYPT, [OP_DECRYPT] = CKF_DECRYPT,
};

static enum op_style
style(const struct mech_info *info)
{
	switch (info->family) {
	case MECH_RSA_PKCS:
	case MECH_RSA_PSS:
	case MECH_ECDSA:
		return info->hash != 0 ? STYLE_HASH : STYLE_WHOLE;
	case MECH_EDDSA:
		return STYLE_JOIN;
	case MECH_HMAC:
	case MECH_AES_CMAC:
	case MECH_AES_ECB:
	case MECH_AES_CBC:
	case MECH_AES_CBC_PAD:
	case MECH_AES_CTR:
	case MECH_AES_GCM:
		return STYLE_PARTS;
	default:
		return STYLE_WHOLE;
	}
}

static void
drop(uint8_t **p, size_t *n, size_t *cap)
{
	if (*p != NULL)
		OPENSSL_clear_free(*p, *cap);
	*p = NULL;
	*n = *cap = 0;
}

static void
cancel(struct module *m, struct op *op)
{
	struct link *l = NULL;

	if (link_take(m, &l) != CKR_OK)
		return;
	l->request.id = WIRE_OP_CANCEL;
	l->request.op = op->remote;
	l->only = op->remote_epoch;
	/* One that cannot be told is gone with its daemon. */
	(void)link_call(m, l, AGAIN);
	link_give(m, l);
}

void
op_end(struct module *m, struct op *op)
{
	if (op->remote != 0)
		cancel(m, op);
	held_release(&op->key);
	crypt_digest_free(op->digest);
	drop(&op->data, &op->n, &op->cap);
	drop(&op->out, &op->out_n, &op->out_cap);
	memset(op, 0, offsetof(struct op, mech));
}

void
op_free(struct module *m, struct op *op)
{
	if (op == NULL)
		return;
	op_end(m, op);
	free(op);
}

static CK_RV
fill(struct module *m, struct session *s, struct op *op, CK_FLAGS function,
    const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	const struct attrs *view;
	CK_RV rv;

	if ((rv = mech_from_native(mechanism, function, &op->mech)) != CKR_OK ||
	    (rv = handle_hold_key(m, s->slot, key, &op->key)) != CKR_OK)
		return rv;
	view = &op->key.view->attrs;
	if ((rv = permit(m, view, &op->mech, function)) != CKR_OK ||
	    (rv = crypt_suits(view, &op->mech)) != CKR_OK)
		return rv;
	op->function = function;
	op->style = style(op->mech.info);
	op->needs_ticket = attrs_bool(view, CKA_ALWAYS_AUTHENTICATE) != 0;
	op->active = 1;
	return CKR_OK;
}

CK_RV
op_begin(struct module *m, struct session *s, enum op_kind kind, const CK_MECHANISM *mechanism,
    CK_OBJECT_HANDLE key)
{
	struct op *op = s->op[kind];
	CK_RV rv;

	if (mechanism == NULL && (op == NULL || !op->active))
		return CKR_ARGUMENTS_BAD;
	if (mechanism == NULL) {
		op_end(m, op);
		return CKR_OK;
	}
	if (op == NULL && (op = s->op[kind] = calloc(1, sizeof(*op))) == NULL)
		return CKR_HOST_MEMORY;
	/* One that the logout has ended is in nobody's way. */
	if (op->active && op_active(m, s, kind, &op) == CKR_OK)
		return CKR_OPERATION_ACTIVE;
	if ((rv = fill(m, s, op, functions[kind], mechanism, key)) != CKR_OK)
		op_end(m, op);
	return rv;
}

CK_RV
op_active(struct module *m, struct session *s, enum op_kind kind, struct op **out)
{
	struct op *op = s->op[kind];

	if (op != NULL && op->active && op->key.private &&
	    op->key.logins != atomic_load(&m->slot[s->slot].logins))
		op_end(m, op);
	*out = op;
	return op != NULL && op->active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
}

CK_RV
op_ready(const struct op *op)
{
	return op->needs_ticket && op->ticket == 0 && op->remote == 0 ? CKR_USER_NOT_LOGGED_IN :
	    CKR_OK;
}

CK_RV
op_log_in(struct module *m, struct session *s, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	struct op *op = NULL;
	struct link *l = NULL;
	CK_RV rv;

	/* PKCS #11 Base 2.40, 5.6, C_Login: right after the Init of what wants it. */
	for (int kind = 0; kind < OP_KINDS; kind++)
		if (op_active(m, s, (enum op_kind)kind, &op) == CKR_OK && op->needs_ticket &&
		    op->ticket == 0 && !op->parts)
			break;
		else
			op = NULL;
	if (op == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (n > WIRE_PIN_MAX)
		return CKR_PIN_INCORRECT;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_REAUTH;
	l->request.who.slot = s->slot;
	l->request.uid = op->key.uid;
	l->request.has_pin = pin != NULL;
	l->request.pin = (struct wire_bytes){ pin, n };
	l->only = op->key.epoch;
	if ((rv = link_call(m, l, AGAIN)) == CKR_OK)
		op->ticket = l->answer.ticket;
	/* 2.40, 4.9, CKA_ALWAYS_AUTHENTICATE: vault has logged us out. */
	if (rv == CKR_PIN_LOCKED)
		slot_logged_out(m, s->slot);
	link_give(m, l);
	return rv;
}

int
op_local(const struct op *op)
{
	return view_class(op->key.view) == CKO_PUBLIC_KEY;
}

CK_RV
op_key(struct module *m, const struct op *op, struct crypt_key **key)
{
	return view_key(op->key.view, m->crypt, key);
}

/* Bytes that are kept. ----------------------------------------------------- */

static CK_RV
append(uint8_t **p, size_t *n, size_t *cap, const uint8_t *bytes, size_t more)
{
	enum { FIRST = 1024 };

	if (more > *cap - *n) {
		size_t wider = *cap == 0 ? FIRST : *cap;
		uint8_t *q;

		if (more > SIZE_MAX / 4 - *n)
			return CKR_HOST_MEMORY;
		while (wider < *n + more)
			wider *= 2;
		if ((q = OPENSSL_clear_realloc(*p, *cap, wider)) == NULL)
			return CKR_HOST_MEMORY;
		*p = q;
		*cap = wider;
	}
	if (more != 0)
		memcpy(*p + *n, bytes, more);
	*n += more;
	return CKR_OK;
}

CK_RV
op_keep(struct op *op, const uint8_t *bytes, size_t n)
{
	return append(&op->data, &op->n, &op->cap, bytes, n);
}

CK_RV
op_keep_out(struct op *op, const uint8_t *bytes, size_t n)
{
	return append(&op->out, &op->out_n, &op->out_cap, bytes, n);
}

CK_RV
op_hash(struct module *m, struct op *op, const uint8_t *bytes, size_t n)
{
	CK_RV rv;

	if (op->digest == NULL &&
	    (rv = crypt_digest_new(m->crypt, op->mech.info->hash, &op->digest)) != CKR_OK)
		return rv;
	return crypt_digest_update(op->digest, bytes, n);
}
