#include "hsm/pkcs11/module_slot.h"

#include <stdio.h>
#include <string.h>

#include "hsm/pkcs11/module.h"

void
slots_begin(struct module *m)
{
	const struct wire_page *page;

	for (size_t i = 0; i < WIRE_SLOTS; i++) {
		LIST_INIT(&m->slot[i].sessions);
		m->slot[i].user = NOBODY;
	}
	links_alive(m);
	page = links_page(&m->links);
	for (size_t i = 0; i < WIRE_SLOTS; i++) {
		m->slot[i].event = link_load(&page->slot[i].event);
		m->slot[i].present = link_load(&page->slot[i].present) == 1;
	}
}

unsigned
slots_adopt(struct module *m, const struct wire_page *page, struct wire_own *own)
{
	unsigned users = 0;

	pthread_mutex_lock(&m->lock);
	m->links.page = page;
	m->links.own = own;
	m->links.epoch++;
	handles_epoch(m);
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		m->slot[i].closings = link_load(&page->slot[i].closings);
		if (m->slot[i].user == CKU_USER)
			users |= 1u << i;
		else if (m->slot[i].user == CKU_SO)
			slot_nobody(m, i);
		slots_count(m, i);
	}
	pthread_mutex_unlock(&m->lock);
	return users;
}

int
slot_present(struct module *m, unsigned slot)
{
	/* Without a daemon the page is what the last one has left. */
	if ((links_page(&m->links)->boot == 0 || m->links.down) && !links_alive(m))
		return 0;
	return link_load(&links_page(&m->links)->slot[slot].present) == 1;
}

CK_USER_TYPE
slot_user(struct module *m, unsigned slot)
{
	CK_USER_TYPE user;

	pthread_mutex_lock(&m->lock);
	user = m->slot[slot].user;
	pthread_mutex_unlock(&m->lock);
	return user;
}

void
slots_count(struct module *m, unsigned slot)
{
	struct wire_own *own = m->links.own;

	if (own != NULL)
		__atomic_store_n(&own->sessions[slot], m->slot[slot].open, __ATOMIC_RELEASE);
}

void
slot_nobody(struct module *m, unsigned slot)
{
	m->slot[slot].user = NOBODY;
	m->slot[slot].logins++;
	handles_log_out(m, slot);
}

void
slot_logged_out(struct module *m, unsigned slot)
{
	pthread_mutex_lock(&m->lock);
	slot_nobody(m, slot);
	pthread_mutex_unlock(&m->lock);
}

/* Lists and descriptions. -------------------------------------------------- */

static CK_RV
list(struct module *m, int present, CK_SLOT_ID *out, CK_ULONG *n)
{
	const CK_ULONG room = n != NULL ? *n : 0;
	int there = 0;

	if (n == NULL)
		return CKR_ARGUMENTS_BAD;
	if (present)
		there = links_alive(m);
	*n = 0;
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		if (present && !(there && slot_present(m, i)))
			continue;
		if (out != NULL && *n < room)
			out[*n] = i;
		(*n)++;
	}
	return out != NULL && *n > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_RV
slot_info(struct module *m, CK_SLOT_ID id, CK_SLOT_INFO *out)
{
	char text[sizeof(out->slotDescription)];

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	memset(out, 0, sizeof(*out));
	snprintf(text, sizeof(text), "Cardinal slot %u", (unsigned)id);
	module_text(out->slotDescription, sizeof(out->slotDescription), text);
	module_text(out->manufacturerID, sizeof(out->manufacturerID), "Cardinal");
	/* PKCS #11 Base 2.40, 3.2: without it a token would always have to be there. */
	out->flags = CKF_REMOVABLE_DEVICE;
	if (links_alive(m) && slot_present(m, (unsigned)id))
		out->flags |= CKF_TOKEN_PRESENT;
	out->firmwareVersion = module_version();
	return CKR_OK;
}

static CK_RV
token_info(struct module *m, CK_SLOT_ID id, CK_TOKEN_INFO *out)
{
	const struct wire_token *t;
	struct link *l = NULL;
	CK_RV rv;

	if (id >= WIRE_SLOTS)
		return CKR_SLOT_ID_INVALID;
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_TOKEN;
	l->request.who.slot = (uint8_t)id;
	if ((rv = link_call(m, l, AGAIN)) != CKR_OK)
		goto out;
	t = &l->answer.token;
	memset(out, 0, sizeof(*out));
	memcpy(out->label, t->label, sizeof(out->label));
	memcpy(out->serialNumber, t->serial, sizeof(out->serialNumber));
	module_text(out->manufacturerID, sizeof(out->manufacturerID), "Cardinal");
	module_text(out->model, sizeof(out->model), "Cardinal");
	module_text(out->utcTime, sizeof(out->utcTime), "");
	/* What the token itself knows nothing of: it is done here. */
	out->flags = (CK_FLAGS)t->flags | CKF_DUAL_CRYPTO_OPERATIONS;
	out->ulMinPinLen = t->min_pin;
	out->ulMaxPinLen = t->max_pin;
	out->ulMaxSessionCount = out->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
	out->ulTotalPublicMemory = out->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	out->ulTotalPrivateMemory = out->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
	pthread_mutex_lock(&m->lock);
	out->ulSessionCount = m->slot[id].open;
	out->ulRwSessionCount = m->slot[id].open - m->slot[id].read_only;
	pthread_mutex_unlock(&m->lock);
	out->firmwareVersion = module_version();
out:
	link_give(m, l);
	return rv == CKR_DEVICE_REMOVED ? CKR_TOKEN_NOT_PRESENT : rv;
}

CK_RV
C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR out, CK_ULONG_PTR n)
{
	CALL(list(m, present != CK_FALSE, out, n));
}

CK_RV
C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO_PTR out)
{
	CALL(slot_info(m, id, out));
}

CK_RV
C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO_PTR out)
{
	CALL(token_info(m, id, out));
}
