#include "hsm/pkcs11/server_parts.h"

/* Operations in one piece: one call each. */

typedef CK_RV work(struct crypt *, struct crypt_key *, const struct mech *, const uint8_t *data,
    size_t data_n, uint8_t *out, size_t *n);

static CK_RV
do_work(struct p11_conn *c, CK_FLAGS op, work *run)
{
	const struct wire_request *const r = &c->request;
	struct cached *k;
	size_t n = sizeof(c->out);
	CK_RV rv;

	if ((rv = key_use(c, r->uid, &c->mech, op, r->ticket, &k)) != CKR_OK)
		return rv;
	rv = run(c->server->crypt, k->key, &c->mech, r->data.p, r->data.n, c->out, &n);
	if (rv == CKR_OK) {
		c->out_n = n;
		c->answer.data = (struct wire_bytes){ c->out, n };
	}
	cached_free(k);
	return rv;
}

CK_RV
call_sign(struct p11_conn *c)
{
	return do_work(c, CKF_SIGN, crypt_sign);
}

CK_RV
call_encrypt(struct p11_conn *c)
{
	return do_work(c, CKF_ENCRYPT, crypt_encrypt);
}

CK_RV
call_decrypt(struct p11_conn *c)
{
	return do_work(c, CKF_DECRYPT, crypt_decrypt);
}

CK_RV
call_verify(struct p11_conn *c)
{
	const struct wire_request *const r = &c->request;
	struct cached *k;
	CK_RV rv;

	if ((rv = key_use(c, r->uid, &c->mech, CKF_VERIFY, 0, &k)) != CKR_OK)
		return rv;
	rv = crypt_verify(c->server->crypt, k->key, &c->mech, r->data.p, r->data.n, r->data2.p,
	    r->data2.n);
	cached_free(k);
	return rv;
}
