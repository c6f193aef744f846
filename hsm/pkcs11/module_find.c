#include "hsm/pkcs11/module_find.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/rules.h"

void
find_end(struct find *f)
{
	free(f->found);
	if (f->search != NULL)
		OPENSSL_clear_free(f->search, f->search_n);
	memset(f, 0, sizeof(*f));
}

/* The search in the link's first set, from vault; found are behind those that are there. */
static CK_RV
ask(struct module *m, struct session *s, struct link *l)
{
	struct find *f = &s->find;
	CK_OBJECT_HANDLE *wider;
	CK_RV rv;

	l->request.id = WIRE_FIND;
	l->request.who.slot = s->slot;
	l->request.set = l->set[0];
	l->request.uid = f->after;
	l->request.most = WIRE_FOUND_MAX;
	if ((rv = link_call(m, l, AGAIN)) != CKR_OK)
		return rv;
	wider = reallocarray(f->found, f->n + l->answer.found_n + 1, sizeof(*wider));
	if (wider == NULL)
		return CKR_HOST_MEMORY;
	f->found = wider;
	f->more = l->answer.more && l->answer.found_n > 0;
	f->epoch = l->epoch;
	for (size_t i = 0; i < l->answer.found_n; i++) {
		f->after = l->answer.found[i].uid;
		rv = handle_of(m, l, NULL, &l->answer.found[i], &f->found[f->n]);
		if (rv == CKR_HOST_MEMORY)
			return rv;
		/* What else it may say: meanwhile the object is gone for this application. */
		f->n += rv == CKR_OK;
	}
	return CKR_OK;
}

static CK_RV
keep(struct find *f, const struct attrs *search)
{
	/* An empty search is a search, too. */
	if (!f->more || f->search != NULL)
		return CKR_OK;
	if ((f->search = OPENSSL_malloc(search->n + 1)) == NULL)
		return CKR_HOST_MEMORY;
	f->search_n = search->n;
	if (search->n != 0)
		memcpy(f->search, search->p, search->n);
	return CKR_OK;
}

static CK_RV
begin(struct module *m, struct session *s, const CK_ATTRIBUTE *template, CK_ULONG n)
{
	struct find *f = &s->find;
	struct link *l = NULL;
	int nothing = 0;
	CK_RV rv;

	if (f->active)
		return CKR_OPERATION_ACTIVE;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	if ((rv = rules_search(template, n, &l->set[0], &nothing)) != CKR_OK)
		goto out;
	if (!nothing && ((rv = handle_match(m, s->slot, &l->set[0], &f->found, &f->n)) != CKR_OK ||
	    (rv = ask(m, s, l)) != CKR_OK || (rv = keep(f, &l->set[0])) != CKR_OK))
		goto out;
	f->active = 1;
out:
	if (rv != CKR_OK)
		find_end(f);
	link_give(m, l);
	return rv;
}

static CK_RV
go_on(struct module *m, struct session *s)
{
	struct find *f = &s->find;
	struct attrs search;
	struct link *l = NULL;
	CK_RV rv;

	if ((rv = attrs_read(&search, f->search, f->search_n)) != CKR_OK ||
	    (rv = link_take(m, &l)) != CKR_OK)
		return rv;
	attrs_copy(&l->set[0], &search);
	f->at = f->n = 0;
	/* Numbers of session objects mean something else in another daemon. */
	l->only = f->after >= WIRE_SESSION ? f->epoch : 0;
	rv = ask(m, s, l);
	link_give(m, l);
	return rv;
}

static CK_RV
next(struct module *m, struct session *s, CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *n)
{
	struct find *f = &s->find;
	CK_ULONG given = 0;
	CK_RV rv = CKR_OK;

	if (!f->active)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (n == NULL || (out == NULL && max != 0))
		return CKR_ARGUMENTS_BAD;
	while (given < max && rv == CKR_OK) {
		if (f->at < f->n)
			out[given++] = f->found[f->at++];
		else if (f->more)
			rv = go_on(m, s);
		else
			break;
	}
	/* What was found so far is not lost by what came then. */
	*n = given;
	return given > 0 ? CKR_OK : rv;
}

static CK_RV
end(struct session *s)
{
	if (!s->find.active)
		return CKR_OPERATION_NOT_INITIALIZED;
	find_end(&s->find);
	return CKR_OK;
}

CK_RV
C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR template, CK_ULONG n)
{
	SESSION_CALL(handle, begin(m, s, template, n));
}

CK_RV
C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR out, CK_ULONG max, CK_ULONG_PTR n)
{
	SESSION_CALL(handle, next(m, s, out, max, n));
}

CK_RV
C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
	SESSION_CALL(handle, end(s));
}
