#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_out.h"
#include "hsm/pkcs11/module_permit.h"
#include "hsm/pkcs11/module_request.h"
#include "hsm/pkcs11/rules.h"

static CK_RV
generate(struct module *m, struct session *s, const CK_MECHANISM *mechanism,
    const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *out)
{
	struct link *l = NULL;
	CK_RV rv;

	if (out == NULL || (template == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.mech = &l->mech;
	if ((rv = mech_from_native(mechanism, CKF_GENERATE, &l->mech)) == CKR_OK &&
	    (rv = rules_template(template, n, &l->set[0])) == CKR_OK)
		rv = request_object(m, s, l, WIRE_GENERATE, out);
	link_give(m, l);
	return rv;
}

/* Pairs. ------------------------------------------------------------------- */

/* The public half, which is the module's own unless it is on the token. */
static CK_RV
public_half(struct module *m, struct session *s, struct link *l, CK_OBJECT_HANDLE *out)
{
	struct view *view;

	if (l->answer.object.uid != 0)
		return handle_of(m, l, s, &l->answer.object, out);
	if ((view = view_new(&l->answer.object.view)) == NULL)
		return CKR_HOST_MEMORY;
	return handle_own(m, s, view, out);
}

static CK_RV
both_halves(struct module *m, struct session *s, struct link *l, CK_OBJECT_HANDLE *public_key,
    CK_OBJECT_HANDLE *private_key)
{
	CK_RV rv;

	if ((rv = handle_of(m, l, s, &l->answer.object2, private_key)) != CKR_OK)
		return rv;
	if ((rv = public_half(m, s, l, public_key)) != CKR_OK)
		handle_drop(m, *private_key);
	return rv;
}

static CK_RV
generate_pair(struct module *m, struct session *s, const CK_MECHANISM *mechanism,
    const CK_ATTRIBUTE *public_template, CK_ULONG public_n, const CK_ATTRIBUTE *private_template,
    CK_ULONG private_n, CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	struct link *l = NULL;
	CK_RV rv;

	if (public_key == NULL || private_key == NULL ||
	    (public_template == NULL && public_n != 0) ||
	    (private_template == NULL && private_n != 0))
		return CKR_ARGUMENTS_BAD;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	if ((rv = mech_from_native(mechanism, CKF_GENERATE_KEY_PAIR, &l->mech)) != CKR_OK ||
	    (rv = rules_template(public_template, public_n, &l->set[0])) != CKR_OK ||
	    (rv = rules_template(private_template, private_n, &l->set[1])) != CKR_OK)
		goto out;
	l->request.id = WIRE_GENERATE_PAIR;
	l->request.who = (struct wire_who){ s->slot, s->rw };
	l->request.mech = &l->mech;
	l->request.set = l->set[0];
	l->request.set2 = l->set[1];
	if ((rv = link_call(m, l, ONCE)) == CKR_OK)
		rv = both_halves(m, s, l, public_key, private_key);
out:
	link_give(m, l);
	return rv;
}

/* Wrap, unwrap, derive. ---------------------------------------------------- */

static CK_RV
wrap_held(struct module *m, struct link *l, const struct held *wrapping, const struct held *key,
    CK_BYTE *out, CK_ULONG *n)
{
	CK_RV rv;

	if ((rv = permit(m, &wrapping->view->attrs, &l->mech, CKF_WRAP)) != CKR_OK)
		return permit_wrapping(rv);
	/* The module's own are no private or secret keys, so there is nothing to wrap. */
	if (key->uid == 0 || !attrs_has(&key->view->attrs, CKA_EXTRACTABLE))
		return CKR_KEY_NOT_WRAPPABLE;
	l->request.id = WIRE_WRAP;
	l->request.who.slot = wrapping->slot;
	l->request.uid = wrapping->uid;
	if (wrapping->uid == 0)
		l->request.set2 = wrapping->view->attrs;
	l->request.uid2 = key->uid;
	l->request.mech = &l->mech;
	l->only = wrapping->epoch != 0 ? wrapping->epoch : key->epoch;
	/* For its length, too: what it is, the caller gets to know by the wrapped key alone. */
	if ((rv = link_call(m, l, AGAIN)) == CKR_OK)
		rv = out_bytes(l->answer.data.p, l->answer.data.n, out, n);
	return rv;
}

static CK_RV
wrap(struct module *m, struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
    CK_OBJECT_HANDLE key, CK_BYTE *out, CK_ULONG *n)
{
	struct held with = { 0 }, what = { 0 };
	struct link *l = NULL;
	CK_RV rv;

	if (n == NULL || mechanism == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold(m, s->slot, wrapping, &with)) != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_WRAPPING_KEY_HANDLE_INVALID : rv;
	if ((rv = handle_hold_key(m, s->slot, key, &what)) == CKR_OK &&
	    (rv = link_take(m, &l)) == CKR_OK &&
	    (rv = mech_from_native(mechanism, CKF_WRAP, &l->mech)) == CKR_OK)
		rv = wrap_held(m, l, &with, &what, out, n);
	held_release(&with);
	held_release(&what);
	link_give(m, l);
	return rv;
}

static CK_RV
unwrap(struct module *m, struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE with,
    const CK_BYTE *wrapped, CK_ULONG wrapped_n, const CK_ATTRIBUTE *template, CK_ULONG n,
    CK_OBJECT_HANDLE *out)
{
	struct held h = { 0 };
	struct link *l = NULL;
	CK_RV rv;

	if (out == NULL || mechanism == NULL || wrapped == NULL || (template == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if (wrapped_n > WIRE_DATA_MAX)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if ((rv = handle_hold(m, s->slot, with, &h)) != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_UNWRAPPING_KEY_HANDLE_INVALID : rv;
	if ((rv = link_take(m, &l)) != CKR_OK ||
	    (rv = mech_from_native(mechanism, CKF_UNWRAP, &l->mech)) != CKR_OK)
		goto out;
	if ((rv = permit(m, &h.view->attrs, &l->mech, CKF_UNWRAP)) != CKR_OK) {
		rv = permit_unwrapping(rv);
		goto out;
	}
	if ((rv = rules_template(template, n, &l->set[0])) != CKR_OK)
		goto out;
	l->request.uid = h.uid;
	l->request.mech = &l->mech;
	l->request.data = (struct wire_bytes){ wrapped, wrapped_n };
	l->only = h.epoch;
	rv = request_object(m, s, l, WIRE_UNWRAP, out);
out:
	held_release(&h);
	link_give(m, l);
	return rv;
}

/* HKDF's salt may be a key: its number in vault takes its handle's place. */
static CK_RV
salt(struct module *m, struct session *s, struct mech *mech)
{
	uint64_t uid;

	if (mech->info->family != MECH_HKDF || mech->kdf != CKF_HKDF_SALT_KEY)
		return CKR_OK;
	uid = handle_uid(m, s->slot, mech->salt_key);
	mech->salt_key = uid;
	return uid == 0 ? CKR_KEY_HANDLE_INVALID : CKR_OK;
}

static CK_RV
derive(struct module *m, struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base,
    const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *out)
{
	struct held h = { 0 };
	struct link *l = NULL;
	CK_RV rv;

	if (out == NULL || mechanism == NULL || (template == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold_key(m, s->slot, base, &h)) != CKR_OK ||
	    (rv = link_take(m, &l)) != CKR_OK ||
	    (rv = mech_from_native(mechanism, CKF_DERIVE, &l->mech)) != CKR_OK ||
	    (rv = permit(m, &h.view->attrs, &l->mech, CKF_DERIVE)) != CKR_OK ||
	    (rv = salt(m, s, &l->mech)) != CKR_OK ||
	    (rv = rules_template(template, n, &l->set[0])) != CKR_OK)
		goto out;
	l->request.uid = h.uid;
	l->request.mech = &l->mech;
	l->only = h.epoch;
	rv = request_object(m, s, l, WIRE_DERIVE, out);
out:
	held_release(&h);
	link_give(m, l);
	return rv;
}

CK_RV
C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR template,
    CK_ULONG n, CK_OBJECT_HANDLE_PTR out)
{
	SESSION_CALL(handle, generate(m, s, mechanism, template, n, out));
}

CK_RV
C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism,
    CK_ATTRIBUTE_PTR public_template, CK_ULONG public_n, CK_ATTRIBUTE_PTR private_template,
    CK_ULONG private_n, CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key)
{
	SESSION_CALL(handle, generate_pair(m, s, mechanism, public_template, public_n,
	    private_template, private_n, public_key, private_key));
}

CK_RV
C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping,
    CK_OBJECT_HANDLE key, CK_BYTE_PTR out, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, wrap(m, s, mechanism, wrapping, key, out, n));
}

CK_RV
C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE with,
    CK_BYTE_PTR wrapped, CK_ULONG wrapped_n, CK_ATTRIBUTE_PTR template, CK_ULONG n,
    CK_OBJECT_HANDLE_PTR out)
{
	SESSION_CALL(handle, unwrap(m, s, mechanism, with, wrapped, wrapped_n, template, n, out));
}

CK_RV
C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base,
    CK_ATTRIBUTE_PTR template, CK_ULONG n, CK_OBJECT_HANDLE_PTR out)
{
	SESSION_CALL(handle, derive(m, s, mechanism, base, template, n, out));
}
