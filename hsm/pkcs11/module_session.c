#include "hsm/pkcs11/module_session.h"

#include <stdlib.h>

#include "hsm/pkcs11/module.h"
#include "hsm/pkcs11/module_digest.h"
#include "hsm/pkcs11/module_list.h"
#include "hsm/pkcs11/rules.h"

/* Out of sight, with the lock; the table's reference is the caller's then. */
static void
hide(struct module *m, struct session *s)
{
	struct slot *slot = &m->slot[s->slot];

	table_remove(&m->sessions.by_handle, s->handle);
	LIST_REMOVE(s, in_slot);
	slot->open--;
	slot->read_only -= !s->rw;
	slots_count(m, s->slot);
}

static void
let_go(struct module *m, struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	handles_end(m, s);
	for (size_t i = 0; i < OP_KINDS; i++)
		op_free(m, s->op[i]);
	find_end(&s->find);
	digest_end(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* All of a slot, with the lock; to be let go without. */
static void
hide_all(struct module *m, unsigned slot, struct session_list *hidden)
{
	struct session *s;

	LIST_INIT(hidden);
	while ((s = LIST_FIRST(&m->slot[slot].sessions)) != NULL) {
		hide(m, s);
		LIST_INSERT_HEAD(hidden, s, in_slot);
	}
}

static void
let_all_go(struct module *m, struct session_list *hidden)
{
	struct session *s;

	while ((s = LIST_FIRST(hidden)) != NULL) {
		LIST_REMOVE(s, in_slot);
		let_go(m, s);
	}
}

void
sessions_free(struct module *m)
{
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		struct session_list hidden;

		pthread_mutex_lock(&m->lock);
		hide_all(m, i, &hidden);
		pthread_mutex_unlock(&m->lock);
		let_all_go(m, &hidden);
	}
	table_free(&m->sessions.by_handle);
}

/* Whether vault has ended the slot's sessions; they are hidden then. With the lock. */
static int
ended(struct module *m, unsigned slot, struct session_list *hidden)
{
	const uint64_t closings = link_load(&links_page(&m->links)->slot[slot].closings);

	if (m->slot[slot].closings == closings)
		return 0;
	m->slot[slot].closings = closings;
	hide_all(m, slot, hidden);
	slot_nobody(m, slot);
	return 1;
}

CK_RV
session_take(struct module *m, CK_SESSION_HANDLE handle, struct session **out)
{
	struct session_list hidden = LIST_HEAD_INITIALIZER(hidden);
	struct session *s;

	pthread_mutex_lock(&m->lock);
	s = table_get(&m->sessions.by_handle, handle);
	if (s != NULL && ended(m, s->slot, &hidden))
		s = NULL;
	if (s != NULL)
		atomic_fetch_add(&s->refs, 1);
	pthread_mutex_unlock(&m->lock);
	let_all_go(m, &hidden);
	*out = s;
	if (s == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	pthread_mutex_lock(&s->lock);
	return CKR_OK;
}

void
session_give(struct module *m, struct session *s)
{
	pthread_mutex_unlock(&s->lock);
	let_go(m, s);
}

struct rules_who
session_who(struct module *m, const struct session *s)
{
	const CK_USER_TYPE user = slot_user(m, s->slot);

	return (struct rules_who){ .rw = s->rw, .user = user == CKU_USER, .so = user == CKU_SO,
		.crypt = m->crypt };
}

/* Open, close. ------------------------------------------------------------- */

static CK_RV
open_session(struct module *m, CK_SLOT_ID id, CK_FLAGS flags, CK_SESSION_HANDLE *out)
{
	struct session_list hidden = LIST_HEAD_INITIALIZER(hidden);
	struct session *s = NULL;
	struct slot *slot;
	CK_RV rv;

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	/* PKCS #11 Base 2.40, 5.6, C_OpenSession: the flag is there for what came before. */
	if (!(flags & CKF_SERIAL_SESSION))
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	if (!slot_present(m, (unsigned)id))
		return CKR_TOKEN_NOT_PRESENT;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return CKR_HOST_MEMORY;
	s->refs = 1;
	s->slot = (uint8_t)id;
	s->rw = (flags & CKF_RW_SESSION) != 0;
	LIST_INIT(&s->objects);
	pthread_mutex_init(&s->lock, NULL);
	slot = &m->slot[id];
	pthread_mutex_lock(&m->lock);
	ended(m, s->slot, &hidden);
	s->handle = m->sessions.last + 1;
	if (!s->rw && slot->user == CKU_SO)
		rv = CKR_SESSION_READ_WRITE_SO_EXISTS;
	else
		rv = table_put(&m->sessions.by_handle, s->handle, s) == 0 ? CKR_OK :
		    CKR_HOST_MEMORY;
	if (rv == CKR_OK) {
		*out = m->sessions.last = s->handle;
		LIST_INSERT_HEAD(&slot->sessions, s, in_slot);
		slot->open++;
		slot->read_only += !s->rw;
		slots_count(m, s->slot);
	}
	pthread_mutex_unlock(&m->lock);
	let_all_go(m, &hidden);
	if (rv != CKR_OK)
		let_go(m, s);
	return rv;
}

static CK_RV
close_session(struct module *m, CK_SESSION_HANDLE handle)
{
	struct session *s;
	unsigned slot = 0;

	pthread_mutex_lock(&m->lock);
	if ((s = table_get(&m->sessions.by_handle, handle)) != NULL) {
		slot = s->slot;
		hide(m, s);
	}
	pthread_mutex_unlock(&m->lock);
	if (s == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	let_go(m, s);
	slot_left(m, slot);
	return CKR_OK;
}

static CK_RV
close_all(struct module *m, CK_SLOT_ID id)
{
	struct session_list hidden;

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	pthread_mutex_lock(&m->lock);
	hide_all(m, (unsigned)id, &hidden);
	pthread_mutex_unlock(&m->lock);
	let_all_go(m, &hidden);
	slot_left(m, (unsigned)id);
	return CKR_OK;
}

static CK_RV
info(struct module *m, const struct session *s, CK_SESSION_INFO *out)
{
	CK_USER_TYPE user;

	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	user = slot_user(m, s->slot);
	*out = (CK_SESSION_INFO){ .slotID = s->slot,
		.flags = CKF_SERIAL_SESSION | (s->rw ? CKF_RW_SESSION : 0) };
	if (user == CKU_SO)
		out->state = CKS_RW_SO_FUNCTIONS;
	else if (user == CKU_USER)
		out->state = s->rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	else
		out->state = s->rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
	return CKR_OK;
}

/* Operations as a whole. --------------------------------------------------- */

static CK_RV
save(const struct session *s, const CK_ULONG *n)
{
	int active = s->digest != NULL;

	if (n == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < OP_KINDS; i++)
		active |= s->op[i] != NULL && s->op[i]->active;
	return active ? CKR_STATE_UNSAVEABLE : CKR_OPERATION_NOT_INITIALIZED;
}

/* PKCS #11 Base 3.0, 5.6.8: what is not there is cancelled already. */
static CK_RV
cancel_all(struct module *m, struct session *s, CK_FLAGS flags)
{
	if (flags & CKF_FIND_OBJECTS)
		find_end(&s->find);
	if (flags & CKF_DIGEST)
		digest_end(s);
	for (size_t i = 0; i < OP_KINDS; i++)
		if (s->op[i] != NULL && s->op[i]->active && (flags & s->op[i]->function))
			op_end(m, s->op[i]);
	return CKR_OK;
}

CK_RV
C_OpenSession(CK_SLOT_ID id, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
    CK_SESSION_HANDLE_PTR out)
{
	/* Nothing is told by callbacks: the module has no thread that could. */
	(void)application;
	(void)notify;
	CALL(open_session(m, id, flags, out));
}

CK_RV
C_CloseSession(CK_SESSION_HANDLE handle)
{
	CALL(close_session(m, handle));
}

CK_RV
C_CloseAllSessions(CK_SLOT_ID id)
{
	CALL(close_all(m, id));
}

CK_RV
C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR out)
{
	SESSION_CALL(handle, info(m, s, out));
}

CK_RV
C_GetOperationState(CK_SESSION_HANDLE handle, CK_BYTE_PTR state, CK_ULONG_PTR n)
{
	(void)state;
	SESSION_CALL(handle, save(s, n));
}

CK_RV
C_SetOperationState(CK_SESSION_HANDLE handle, CK_BYTE_PTR state, CK_ULONG n,
    CK_OBJECT_HANDLE encryption, CK_OBJECT_HANDLE authentication)
{
	(void)n;
	(void)encryption;
	(void)authentication;
	SESSION_CALL(handle, state == NULL ? CKR_ARGUMENTS_BAD : CKR_SAVED_STATE_INVALID);
}

CK_RV
C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
	SESSION_CALL(handle, cancel_all(m, s, flags));
}
