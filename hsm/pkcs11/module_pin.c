#include "hsm/pkcs11/module.h"

static CK_RV
init_token(struct module *m, CK_SLOT_ID id, const CK_UTF8CHAR *pin, CK_ULONG n,
    const CK_UTF8CHAR *label)
{
	struct link *l = NULL;
	CK_RV rv;

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	if (label == NULL || (pin == NULL && n != 0))
		return CKR_ARGUMENTS_BAD;
	if (n > WIRE_PIN_MAX)
		return CKR_PIN_INCORRECT;
	pthread_mutex_lock(&m->lock);
	rv = m->slot[id].open != 0 ? CKR_SESSION_EXISTS : CKR_OK;
	pthread_mutex_unlock(&m->lock);
	if (rv != CKR_OK || (rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_INIT_TOKEN;
	l->request.who.slot = (uint8_t)id;
	l->request.has_pin = pin != NULL;
	l->request.pin = (struct wire_bytes){ pin, n };
	l->request.label = (struct wire_bytes){ label, WIRE_LABEL_LEN };
	rv = link_call(m, l, ONCE);
	link_give(m, l);
	return rv == CKR_DEVICE_REMOVED ? CKR_TOKEN_NOT_PRESENT : rv;
}

static CK_RV
set_pin(struct module *m, struct session *s, uint8_t id, const CK_UTF8CHAR *pin, CK_ULONG n,
    const CK_UTF8CHAR *pin2, CK_ULONG n2)
{
	struct link *l = NULL;
	CK_RV rv;

	if ((pin == NULL && n != 0) || (pin2 == NULL && n2 != 0))
		return CKR_ARGUMENTS_BAD;
	if (n > WIRE_PIN_MAX || n2 > WIRE_PIN_MAX)
		return CKR_PIN_LEN_RANGE;
	if (!s->rw)
		return CKR_SESSION_READ_ONLY;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = id;
	l->request.who.slot = s->slot;
	l->request.has_pin = pin != NULL;
	l->request.pin = (struct wire_bytes){ pin, n };
	l->request.has_pin2 = pin2 != NULL;
	l->request.pin2 = (struct wire_bytes){ pin2, n2 };
	rv = link_call(m, l, ONCE);
	link_give(m, l);
	return rv;
}

/* PKCS #11 Base 2.40, 5.5: the SO's function alone. */
static CK_RV
init_pin(struct module *m, struct session *s, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	if (slot_user(m, s->slot) != CKU_SO)
		return CKR_USER_NOT_LOGGED_IN;
	return set_pin(m, s, WIRE_INIT_PIN, pin, n, NULL, 0);
}

CK_RV
C_InitToken(CK_SLOT_ID id, CK_UTF8CHAR_PTR pin, CK_ULONG n, CK_UTF8CHAR_PTR label)
{
	CALL(init_token(m, id, pin, n, label));
}

CK_RV
C_InitPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR pin, CK_ULONG n)
{
	SESSION_CALL(handle, init_pin(m, s, pin, n));
}

CK_RV
C_SetPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR old, CK_ULONG old_n, CK_UTF8CHAR_PTR pin,
    CK_ULONG n)
{
	SESSION_CALL(handle, set_pin(m, s, WIRE_SET_PIN, old, old_n, pin, n));
}
