#include "hsm/pkcs11/module_view.h"

#include <stdlib.h>

struct view *
view_new(const struct attrs *attrs)
{
	struct view *v = calloc(1, sizeof(*v) + attrs->n);

	if (v == NULL)
		return NULL;
	v->refs = 1;
	attrs_init(&v->attrs, v->bytes, attrs->n);
	attrs_copy(&v->attrs, attrs);
	return v;
}

struct view *
view_ref(struct view *v)
{
	atomic_fetch_add(&v->refs, 1);
	return v;
}

void
view_free(struct view *v)
{
	if (v == NULL || atomic_fetch_sub(&v->refs, 1) != 1)
		return;
	crypt_key_free(v->key);
	/* Data objects and session keys that may be read can be secrets of the application's. */
	attrs_wipe(&v->attrs);
	free(v);
}

CK_RV
view_key(struct view *v, struct crypt *crypt, struct crypt_key **out)
{
	struct crypt_key *made = NULL;
	CK_RV rv;

	if ((*out = atomic_load(&v->key)) != NULL)
		return CKR_OK;
	if ((rv = crypt_key_new(crypt, &v->attrs, &made)) != CKR_OK)
		return rv;
	if (!atomic_compare_exchange_strong(&v->key, out, made))
		crypt_key_free(made);	/* another thread was faster; *out is its one */
	else
		*out = made;
	return CKR_OK;
}

CK_OBJECT_CLASS
view_class(const struct view *v)
{
	return attrs_ulong(&v->attrs, CKA_CLASS);
}
