#include "hsm/pkcs11/module_request.h"

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
