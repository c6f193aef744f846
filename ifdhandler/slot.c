#include "ifdhandler/slot.h"

#include <string.h>

#include "card-os/iso7816/err.h"

static struct slot slots[SLOTS_MAX];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

static struct slot *
find(unsigned long lun)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (slots[i].reader != NULL && slots[i].lun == lun)
			return &slots[i];
	return NULL;
}

static struct slot *
find_free(void)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (slots[i].reader == NULL)
			return &slots[i];
	return NULL;
}

int
slot_add(unsigned long lun, struct reader *reader)
{
	struct slot *slot;
	int r = 0;

	pthread_mutex_lock(&slots_lock);
	if (find(lun) != NULL)
		r = ERR_EXISTS;
	else if ((slot = find_free()) == NULL)
		r = ERR_FULL;
	else {
		memset(slot, 0, sizeof(*slot));
		slot->lun = lun;
		slot->reader = reader;
		slot->opener = pthread_self();
	}
	pthread_mutex_unlock(&slots_lock);
	return r;
}

struct slot *
slot_find(unsigned long lun)
{
	struct slot *slot;

	pthread_mutex_lock(&slots_lock);
	slot = find(lun);
	pthread_mutex_unlock(&slots_lock);
	return slot;
}

int
slot_remove(unsigned long lun)
{
	struct reader *reader = NULL;
	struct slot *slot;

	pthread_mutex_lock(&slots_lock);
	if ((slot = find(lun)) != NULL) {
		reader = slot->reader;
		slot->reader = NULL;
	}
	pthread_mutex_unlock(&slots_lock);
	if (reader == NULL)
		return ERR_NOT_FOUND;
	reader->ops->close(reader);
	return 0;
}

int
slot_look(struct slot *slot)
{
	if (slot->reader->ops->present(slot->reader) == 1)
		return 1;
	slot->gone = 1;
	slot->powered = 0;
	slot->atr_n = 0;
	return 0;
}

/*
 * pcscd's order to its polling thread to end can be lost: the thread itself takes it back when it
 * has just found the card absent (hLockId, in RFSetReaderEventState), and pcscd then joins it for
 * ever. To be cancelled cannot be taken back. Yet it writes to clients and to its log with locks
 * held, where the end of a thread would be the end of them all, so that it is cancelled only where
 * it holds none. This is the first that it calls; the opener is pcscd's hot-plug thread, which is
 * cancelled elsewhere.
 */
int
slot_present(struct slot *slot)
{
	int now;

	if (!pthread_equal(slot->opener, pthread_self()))
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	now = slot_look(slot);
	if (!slot->gone)
		return 1;
	if (slot->polled && !pthread_equal(slot->poller, pthread_self()))
		return 0;
	slot->gone = 0;
	if (now)
		slot->look_again = 1;
	return 0;
}

void
slot_wait(struct slot *slot, int timeout_ms)
{
	slot->poller = pthread_self();
	slot->polled = 1;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();	/* where it need not wait, too */
	if (!atomic_exchange(&slot->look_again, 0))
		slot->reader->ops->wait(slot->reader, timeout_ms);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

int
slot_removed(struct slot *slot)
{
	if (slot->reader->ops->removed == NULL)
		return ERR_UNSUPPORTED;
	if (!pthread_equal(slot->opener, pthread_self()))
		return ERR_DENIED;
	slot->reader->ops->removed(slot->reader);
	return 0;
}

int
slot_power(struct slot *slot, enum reader_power action)
{
	uint8_t atr[PADLINK_ATR_MAX];
	size_t n = sizeof(atr);
	int r = slot->reader->ops->power(slot->reader, action, atr, &n);

	slot->powered = 0;
	slot->protocol = 0;
	slot->atr_n = 0;
	if (r != 0 || action == READER_POWER_DOWN)
		return r;
	memcpy(slot->atr, atr, n);
	slot->atr_n = n;
	slot->powered = 1;
	return 0;
}

int
slot_reset(struct slot *slot)
{
	const unsigned protocol = slot->protocol;
	int r;

	if (!slot_look(slot))
		return ERR_NO_CARD;
	if (!slot->powered)
		return ERR_NOT_NOW;
	if ((r = slot_power(slot, READER_RESET)) == 0)
		slot->protocol = protocol;
	return r;
}
