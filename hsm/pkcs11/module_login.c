#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_list.h"

/* With the slot's login lock. */
static CK_RV
may_log_in(struct module *m, unsigned slot, CK_USER_TYPE user)
{
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&m->lock);
	if (m->slot[slot].user == user)
		rv = CKR_USER_ALREADY_LOGGED_IN;
	else if (m->slot[slot].user != NOBODY)
		rv = CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	else if (user == CKU_SO && m->slot[slot].read_only != 0)
		rv = CKR_SESSION_READ_ONLY_EXISTS;
	pthread_mutex_unlock(&m->lock);
	return rv;
}

static CK_RV
ask_vault(struct module *m, unsigned slot, CK_USER_TYPE user, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	struct link *l = NULL;
	CK_RV rv;

	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_LOGIN;
	l->request.who.slot = (uint8_t)slot;
	l->request.user = (uint8_t)user;
	l->request.has_pin = pin != NULL;
	l->request.pin = (struct wire_bytes){ pin, n };
	/* Another daemon would ask people another time. */
	if ((rv = link_call(m, l, ONCE)) == CKR_OK) {
		pthread_mutex_lock(&m->lock);
		if (l->epoch == m->links.epoch)
			m->slot[slot].user = user;
		else
			rv = CKR_DEVICE_ERROR;
		pthread_mutex_unlock(&m->lock);
	}
	link_give(m, l);
	return rv;
}

/* With the slot's login lock. Whatever vault says, here it is over. */
static CK_RV
leave(struct module *m, unsigned slot)
{
	struct link *l = NULL;
	CK_RV rv;

	slot_logged_out(m, slot);
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_LOGOUT;
	l->request.who.slot = (uint8_t)slot;
	rv = link_call(m, l, AGAIN);
	link_give(m, l);
	/* A daemon that is gone, or knows of no login, has none of ours. */
	return rv == CKR_DEVICE_REMOVED || rv == CKR_DEVICE_ERROR || rv == CKR_USER_NOT_LOGGED_IN ?
	    CKR_OK : rv;
}

/* A login takes its time, in which other threads open and close sessions. */
static CK_RV
may_stay(struct module *m, unsigned slot)
{
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&m->lock);
	if (m->slot[slot].open == 0)
		rv = CKR_SESSION_CLOSED;
	else if (m->slot[slot].user == CKU_SO && m->slot[slot].read_only != 0)
		rv = CKR_SESSION_READ_ONLY_EXISTS;
	pthread_mutex_unlock(&m->lock);
	if (rv != CKR_OK)
		(void)leave(m, slot);
	return rv;
}

static CK_RV
log_in(struct module *m, struct session *s, CK_USER_TYPE user, const CK_UTF8CHAR *pin, CK_ULONG n)
{
	pthread_mutex_t *lock = &m->slot[s->slot].login;
	CK_RV rv;

	if (user != CKU_USER && user != CKU_SO && user != CKU_CONTEXT_SPECIFIC)
		return CKR_USER_TYPE_INVALID;
	if (pin == NULL && n != 0)
		return CKR_ARGUMENTS_BAD;
	if (user == CKU_CONTEXT_SPECIFIC)
		return op_log_in(m, s, pin, n);
	pthread_mutex_lock(lock);
	/* No code is that long, so this one is wrong. */
	if ((rv = may_log_in(m, s->slot, user)) == CKR_OK)
		rv = n > WIRE_PIN_MAX ? CKR_PIN_INCORRECT : ask_vault(m, s->slot, user, pin, n);
	if (rv == CKR_OK)
		rv = may_stay(m, s->slot);
	pthread_mutex_unlock(lock);
	return rv;
}

static CK_RV
log_out(struct module *m, struct session *s)
{
	pthread_mutex_t *lock = &m->slot[s->slot].login;
	CK_RV rv;

	/* A look first: nobody is, while a login waits for people. */
	if (slot_user(m, s->slot) == NOBODY)
		return CKR_USER_NOT_LOGGED_IN;
	pthread_mutex_lock(lock);
	rv = slot_user(m, s->slot) == NOBODY ? CKR_USER_NOT_LOGGED_IN : leave(m, s->slot);
	pthread_mutex_unlock(lock);
	return rv;
}

static int
left(struct module *m, unsigned slot)
{
	int r;

	pthread_mutex_lock(&m->lock);
	r = m->slot[slot].open == 0 && m->slot[slot].user != NOBODY;
	pthread_mutex_unlock(&m->lock);
	return r;
}

void
slot_left(struct module *m, unsigned slot)
{
	/* A look first: most are not the last one, and should not wait for somebody's login. */
	if (!left(m, slot))
		return;
	pthread_mutex_lock(&m->slot[slot].login);
	if (left(m, slot))
		(void)leave(m, slot);
	pthread_mutex_unlock(&m->slot[slot].login);
}

CK_RV
C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG n)
{
	SESSION_CALL(handle, log_in(m, s, user, pin, n));
}

/* PKCS #11 Base 3.0, 5.6.9; users have no names here. */
CK_RV
C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG n,
    CK_UTF8CHAR *name, CK_ULONG name_n)
{
	(void)name;
	SESSION_CALL(handle, name_n != 0 ? CKR_ARGUMENTS_BAD : log_in(m, s, user, pin, n));
}

CK_RV
C_Logout(CK_SESSION_HANDLE handle)
{
	SESSION_CALL(handle, log_out(m, s));
}
