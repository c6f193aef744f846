#include <string.h>

#include <openssl/crypto.h>

#include "hsm/pkcs11/module.h"

/* What operations ask of vault. */

static CK_RV
take(struct module *m, struct op *op, uint8_t id, struct link **out)
{
	struct link *l = NULL;
	CK_RV rv;

	if ((rv = link_take(m, out)) != CKR_OK)
		return rv;
	l = *out;
	l->request.id = id;
	l->request.who.slot = op->key.slot;
	l->request.uid = op->key.uid;
	l->request.ticket = op->ticket;
	l->request.flags = op->function;
	l->request.mech = &op->mech;
	l->only = op->key.epoch;
	/* It is used up by the first call that carries it. */
	op->ticket = 0;
	return CKR_OK;
}

CK_RV
op_whole(struct module *m, struct op *op, uint8_t id, const struct wire_bytes *data,
    const struct wire_bytes *sig, uint8_t *out, size_t *n)
{
	const enum link_again again = op->ticket == 0 ? AGAIN : ONCE;
	struct link *l = NULL;
	CK_RV rv;

	if (data->n > WIRE_DATA_MAX)
		return CKR_DATA_LEN_RANGE;
	if ((rv = take(m, op, id, &l)) != CKR_OK)
		return rv;
	l->request.data = *data;
	if (sig != NULL)
		l->request.data2 = *sig;
	if ((rv = link_call(m, l, again)) != CKR_OK || out == NULL)
		goto out;
	if (l->answer.data.n > *n)
		rv = CKR_BUFFER_TOO_SMALL;
	else if (l->answer.data.n != 0)
		memcpy(out, l->answer.data.p, l->answer.data.n);
	*n = l->answer.data.n;
out:
	link_give(m, l);
	return rv;
}

static CK_RV
begin(struct module *m, struct op *op)
{
	struct link *l = NULL;
	CK_RV rv;

	if (op->remote != 0)
		return CKR_OK;
	if ((rv = take(m, op, WIRE_OP_BEGIN, &l)) != CKR_OK)
		return rv;
	/* One that got lost on the way would stay in vault until the application ends. */
	if ((rv = link_call(m, l, ONCE)) == CKR_OK) {
		op->remote = l->answer.op;
		op->remote_epoch = l->epoch;
		rv = op->remote != 0 ? CKR_OK : CKR_DEVICE_ERROR;
	}
	link_give(m, l);
	return rv;
}

/* One call to vault's operation; what comes out is kept. */
static CK_RV
step(struct module *m, struct op *op, uint8_t id, const uint8_t *bytes, size_t n, int *more)
{
	struct link *l = NULL;
	CK_RV rv;

	if ((rv = take(m, op, id, &l)) != CKR_OK)
		return rv;
	l->request.op = op->remote;
	l->request.data = (struct wire_bytes){ bytes, n };
	l->only = op->remote_epoch;
	if ((rv = link_call(m, l, ONCE)) == CKR_OK) {
		rv = op_keep_out(op, l->answer.data.p, l->answer.data.n);
		*more = l->answer.more;
	}
	link_give(m, l);
	return rv;
}

CK_RV
op_send(struct module *m, struct op *op, const uint8_t *bytes, size_t n)
{
	int more;
	CK_RV rv;

	if ((rv = begin(m, op)) != CKR_OK)
		return rv;
	while (n != 0 && rv == CKR_OK) {
		const size_t part = n < WIRE_DATA_MAX ? n : WIRE_DATA_MAX;

		rv = step(m, op, WIRE_OP_UPDATE, bytes, part, &more);
		bytes += part;
		n -= part;
	}
	return rv;
}

CK_RV
op_finish(struct module *m, struct op *op, const struct wire_bytes *sig)
{
	const struct wire_bytes none = { NULL, 0 };
	int more = 1;
	CK_RV rv;

	if (sig == NULL)
		sig = &none;
	if ((rv = begin(m, op)) != CKR_OK)
		return rv;
	for (; more && rv == CKR_OK; sig = &none) {
		more = 0;
		rv = step(m, op, WIRE_OP_FINAL, sig->p, sig->n, &more);
		/* A hostile daemon's plaintext is never longer than what it was given. */
		if (op->out_n > op->fed + CRYPT_HELD_MAX)
			rv = CKR_DEVICE_ERROR;
	}
	/* It is gone from vault, by an error too. */
	op->remote = 0;
	return rv;
}
