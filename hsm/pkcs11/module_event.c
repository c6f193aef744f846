#include "hsm/pkcs11/module.h"

/* The lowest slot where something has happened that was not told yet: 1, or 0. */
static int
happened(struct module *m, CK_SLOT_ID *out)
{
	const int alive = links_alive(m);
	const struct wire_page *page = links_page(&m->links);
	int found = 0;

	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < WIRE_SLOTS && !found; i++) {
		struct slot *slot = &m->slot[i];
		const uint8_t present = alive && link_load(&page->slot[i].present) == 1;
		/* Without a daemon the page is what the last one has left. */
		const uint64_t event = alive ? link_load(&page->slot[i].event) : slot->event;

		if (slot->event == event && slot->present == present)
			continue;
		slot->event = event;
		slot->present = present;
		*out = (CK_SLOT_ID)i;
		found = 1;
	}
	pthread_mutex_unlock(&m->lock);
	return found;
}

/* Until vault's events are others than these, or a while has passed without a daemon. */
static CK_RV
wait_vault(struct module *m, uint64_t events)
{
	struct link *l = NULL;
	CK_RV rv;

	if ((rv = link_take(m, &l)) != CKR_OK)
		return rv;
	l->request.id = WIRE_WAIT;
	l->request.events = events;
	rv = link_call(m, l, AGAIN);
	link_give(m, l);
	return rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED ? rv : links_pause(&m->links);
}

static CK_RV
wait_event(struct module *m, CK_FLAGS flags, CK_SLOT_ID *out, const void *reserved)
{
	CK_RV rv = CKR_OK;

	if (out == NULL || reserved != NULL)
		return CKR_ARGUMENTS_BAD;
	while (rv == CKR_OK) {
		/* Before the slots: what changes while they are looked at ends the wait at once. */
		const uint64_t events = link_load(&links_page(&m->links)->events);

		if (happened(m, out))
			return CKR_OK;
		rv = flags & CKF_DONT_BLOCK ? CKR_NO_EVENT : wait_vault(m, events);
	}
	return rv;
}

CK_RV
C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR out, CK_VOID_PTR reserved)
{
	CALL(wait_event(m, flags, out, reserved));
}
