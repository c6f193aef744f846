#include "hsm/pkcs11/module_request.h"

#include <stdio.h>

CK_RV
request_object(struct module *m, struct session *s, struct link *l, uint8_t id,
    CK_OBJECT_HANDLE *out)
{
	CK_RV rv;

	l->request.id = id;
	l->request.who = (struct wire_who){ s->slot, s->rw };
	l->request.set = l->set[0];
	if ((rv = link_call(m, l, ONCE)) != CKR_OK)
		return rv;
	return handle_of(m, l, s, &l->answer.object, out);
}

CK_RV
request_unique_id(struct module *m, struct attrs *object)
{
	uint8_t id[16];
	char text[2 * sizeof(id) + 1];
	CK_RV rv;

	if ((rv = crypt_random(m->crypt, id, sizeof(id))) != CKR_OK)
		return rv;
	for (size_t i = 0; i < sizeof(id); i++)
		snprintf(text + 2 * i, 3, "%02x", id[i]);
	attrs_put(object, CKA_UNIQUE_ID, text, 2 * sizeof(id));
	return attrs_end(object);
}
