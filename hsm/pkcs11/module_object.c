#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_request.h"
#include "hsm/pkcs11/rules.h"

static int
secret_class(CK_OBJECT_CLASS class)
{
	return class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
}

/* What the set has becomes an object of the module's own. */
static CK_RV
keep_own(struct module *m, struct session *s, const struct attrs *object, CK_OBJECT_HANDLE *out)
{
	struct view *view = view_new(object);

	return view == NULL ? CKR_HOST_MEMORY : handle_own(m, s, view, out);
}

/* Create. ------------------------------------------------------------------ */

static CK_RV
create(struct module *m, struct session *s, const CK_ATTRIBUTE *template, CK_ULONG n,
    CK_OBJECT_HANDLE *out)
{
	const struct rules_who who = session_who(m, s);
	struct attrs *set;
	struct link *l = NULL;
	CK_RV rv;

	if (out == NULL || (template == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	set = l->set;
	if ((rv = rules_template(template, n, &set[0])) != CKR_OK)
		goto out;
	if (attrs_bool(&set[0], CKA_TOKEN) || secret_class(attrs_ulong(&set[0], CKA_CLASS))) {
		rv = request_object(m, s, l, WIRE_CREATE, out);
		goto out;
	}
	if ((rv = rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, &who, &set[0], &set[1])) == CKR_OK)
		rv = keep_own(m, s, &set[1], out);
out:
	link_give(m, l);
	return rv;
}

/* Copy. -------------------------------------------------------------------- */

/* The template is in the link's first set. */
static CK_RV
copy_held(struct module *m, struct session *s, struct link *l, const struct held *h,
    CK_OBJECT_HANDLE *out)
{
	const struct rules_who who = session_who(m, s);
	const struct attrs *from = &h->view->attrs;
	const int token = attrs_bool(attrs_has(&l->set[0], CKA_TOKEN) ? &l->set[0] : from,
	    CKA_TOKEN);
	CK_RV rv;

	if (h->uid == 0 && token) {
		l->request.set2 = *from;
		return request_object(m, s, l, WIRE_IMPORT, out);
	}
	if (h->uid != 0 && (token || secret_class(view_class(h->view)))) {
		l->request.uid = h->uid;
		l->only = h->epoch;
		return request_object(m, s, l, WIRE_COPY, out);
	}
	if ((rv = rules_copy(&who, from, &l->set[0], &l->set[1])) != CKR_OK)
		return rv;
	return keep_own(m, s, &l->set[1], out);
}

static CK_RV
copy(struct module *m, struct session *s, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE *template,
    CK_ULONG n, CK_OBJECT_HANDLE *out)
{
	struct link *l = NULL;
	struct held h;
	CK_RV rv;

	if (out == NULL || (template == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold(m, s->slot, handle, &h)) != CKR_OK)
		return rv;
	if ((rv = link_take(m, &l)) == CKR_OK &&
	    (rv = rules_template(template, n, &l->set[0])) == CKR_OK)
		rv = copy_held(m, s, l, &h, out);
	link_give(m, l);
	held_release(&h);
	return rv;
}

/* Destroy, set. ------------------------------------------------------------ */

static CK_RV
destroy(struct module *m, struct session *s, CK_OBJECT_HANDLE handle)
{
	const struct rules_who who = session_who(m, s);
	struct link *l = NULL;
	struct held h;
	CK_RV rv;

	if ((rv = handle_hold(m, s->slot, handle, &h)) != CKR_OK)
		return rv;
	if (h.uid == 0) {
		rv = rules_destroy(&who, &h.view->attrs);
	} else if ((rv = link_take(m, &l)) == CKR_OK) {
		l->request.id = WIRE_DESTROY;
		l->request.who = (struct wire_who){ s->slot, s->rw };
		l->request.uid = h.uid;
		l->only = h.epoch;
		rv = link_call(m, l, ONCE);
		link_give(m, l);
	}
	/* Not before vault has said that it is so. */
	if (rv == CKR_OK)
		handle_drop(m, handle);
	held_release(&h);
	return rv;
}

static CK_RV
set_own(struct module *m, struct session *s, struct link *l, struct held *h)
{
	const struct rules_who who = session_who(m, s);
	struct view *view;
	int stale;
	CK_RV rv;

	/* Another thread's change in between is not undone by this one: it is made upon that. */
	do {
		attrs_copy(&l->set[1], &h->view->attrs);
		if ((rv = rules_set(&who, &l->set[1], &l->set[0])) != CKR_OK)
			return rv;
		if ((view = view_new(&l->set[1])) == NULL)
			return CKR_HOST_MEMORY;
		rv = handle_change(m, h, view, &stale);
	} while (stale);
	return rv;
}

static CK_RV
set(struct module *m, struct session *s, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE *template,
    CK_ULONG n)
{
	struct link *l = NULL;
	struct held h;
	CK_RV rv;

	if (template == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold(m, s->slot, handle, &h)) != CKR_OK)
		return rv;
	if ((rv = link_take(m, &l)) != CKR_OK ||
	    (rv = rules_template(template, n, &l->set[0])) != CKR_OK)
		goto out;
	if (h.uid == 0) {
		rv = set_own(m, s, l, &h);
	} else {
		l->request.uid = h.uid;
		l->only = h.epoch;
		rv = request_object(m, s, l, WIRE_SET, &handle);
	}
out:
	link_give(m, l);
	held_release(&h);
	return rv;
}

/* Get. --------------------------------------------------------------------- */

/* PKCS #11 Base 2.40, 5.7, C_GetAttributeValue: its five cases. */
static CK_RV
get_one(const struct attrs *view, CK_ATTRIBUTE *a)
{
	const uint8_t *value = NULL;
	size_t n = 0;
	CK_RV rv = rules_get(view, a->type, &value, &n);

	if (rv == CKR_OK) {
		const CK_ULONG need = rules_native_length(a->type, n);

		if (a->pValue == NULL || a->ulValueLen >= need) {
			if (a->pValue != NULL)
				rules_native(a->type, value, n, a->pValue);
			a->ulValueLen = need;
			return CKR_OK;
		}
		rv = CKR_BUFFER_TOO_SMALL;
	}
	a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rv;
}

static CK_RV
get(struct module *m, struct session *s, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *template,
    CK_ULONG n)
{
	struct held h;
	CK_RV rv;

	if (template == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold(m, s->slot, handle, &h)) != CKR_OK)
		return rv;
	/* All are looked at, whatever one of them says. */
	for (CK_ULONG i = 0; i < n; i++) {
		const CK_RV one = get_one(&h.view->attrs, &template[i]);

		if (one != CKR_OK)
			rv = one;
	}
	held_release(&h);
	return rv;
}

static CK_RV
size(struct module *m, struct session *s, CK_OBJECT_HANDLE handle, CK_ULONG *out)
{
	struct held h;
	CK_RV rv;

	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((rv = handle_hold(m, s->slot, handle, &h)) != CKR_OK)
		return rv;
	/* Of what may be read; how much room the rest takes is vault's business. */
	*out = h.view->attrs.n;
	held_release(&h);
	return CKR_OK;
}

CK_RV
C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template, CK_ULONG n,
    CK_OBJECT_HANDLE_PTR out)
{
	SESSION_CALL(handle, create(m, s, template, n, out));
}

CK_RV
C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
    CK_ULONG n, CK_OBJECT_HANDLE_PTR out)
{
	SESSION_CALL(handle, copy(m, s, object, template, n, out));
}

CK_RV
C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
	SESSION_CALL(handle, destroy(m, s, object));
}

CK_RV
C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ULONG_PTR out)
{
	SESSION_CALL(handle, size(m, s, object, out));
}

CK_RV
C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
    CK_ULONG n)
{
	SESSION_CALL(handle, get(m, s, object, template, n));
}

CK_RV
C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
    CK_ULONG n)
{
	SESSION_CALL(handle, set(m, s, object, template, n));
}
