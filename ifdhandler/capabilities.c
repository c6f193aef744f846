#include "ifdhandler/capabilities.h"

#include <string.h>

#include <ifdhandler.h>
#include <reader.h>

#include "card-os/iso7816/err.h"

enum { LUN_SHIFT = 16, VERSION_CODE = 0x00010000 };

/* The polling thread. Never an error, or pcscd sleeps 400 ms before it looks. */
static RESPONSECODE
poll_card(DWORD lun, int timeout_ms)
{
	struct slot *slot = slot_find(lun);

	if (slot != NULL)
		slot_wait(slot, timeout_ms);
	return IFD_SUCCESS;
}

static RESPONSECODE
stop_polling(DWORD lun)
{
	struct slot *slot = slot_find(lun);

	if (slot != NULL)
		slot->reader->ops->stop(slot->reader);
	return IFD_SUCCESS;
}

/* Each writes its value to v and returns the length. */

static size_t
put_u32(uint8_t *v, uint32_t n)
{
	memcpy(v, &n, sizeof(n));	/* host order, as winscard hands it on */
	return sizeof(n);
}

static size_t
put_text(uint8_t *v, const char *s)
{
	memcpy(v, s, strlen(s) + 1);
	return strlen(s) + 1;
}

static size_t
get_one(struct slot *slot, uint8_t *v)
{
	(void)slot;
	v[0] = 1;
	return 1;
}

static size_t
get_none(struct slot *slot, uint8_t *v)
{
	(void)slot;
	v[0] = 0;
	return 1;
}

static size_t
get_readers(struct slot *slot, uint8_t *v)
{
	(void)slot;
	v[0] = SLOTS_MAX;
	return 1;
}

static size_t
get_poll(struct slot *slot, uint8_t *v)
{
	RESPONSECODE (*f)(DWORD, int) = poll_card;

	(void)slot;
	memcpy(v, &f, sizeof(f));
	return sizeof(f);
}

static size_t
get_stop(struct slot *slot, uint8_t *v)
{
	RESPONSECODE (*f)(DWORD) = stop_polling;

	(void)slot;
	memcpy(v, &f, sizeof(f));
	return sizeof(f);
}

static size_t
get_atr(struct slot *slot, uint8_t *v)
{
	memcpy(v, slot->atr, slot->atr_n);
	return slot->atr_n;
}

static struct reader_properties
properties(struct slot *slot)
{
	struct reader_properties p;

	slot->reader->ops->properties(slot->reader, &p);
	return p;
}

static size_t
get_vendor(struct slot *slot, uint8_t *v)
{
	return put_text(v, properties(slot).usb_vendor != 0 ? "REINER SCT" : "Cardinal");
}

static size_t
get_type(struct slot *slot, uint8_t *v)
{
	return put_text(v, properties(slot).usb_vendor != 0 ? "cyberJack pinpad/e-com USB" :
	    "Cardinal PIN pad");
}

/* Of the reader, 0xMMmmbbbb; USB has two digits each, in BCD. */
static size_t
get_version(struct slot *slot, uint8_t *v)
{
	const struct reader_properties p = properties(slot);

	return put_u32(v, p.usb_vendor != 0 ? (uint32_t)p.usb_version << 16 : VERSION_CODE);
}

/* Empty where it has none. */
static size_t
get_serial(struct slot *slot, uint8_t *v)
{
	return put_text(v, properties(slot).usb_serial);
}

/* Whether it is to be told that it was unplugged. */
static size_t
get_removable(struct slot *slot, uint8_t *v)
{
	v[0] = slot->reader->ops->removed != NULL;
	return 1;
}

/* PC/SC Part 3 3.1.2: the high word says how it is attached, 20 is USB, Fx the vendor's own way. */
static size_t
get_channel(struct slot *slot, uint8_t *v)
{
	const struct reader_properties p = properties(slot);

	if (p.usb_vendor != 0)
		return put_u32(v, 0x00200000u | (uint32_t)(p.usb_bus << 8 | p.usb_address));
	return put_u32(v, 0x00f00000u | (uint32_t)(slot->lun >> LUN_SHIFT));
}

static size_t
get_max_input(struct slot *slot, uint8_t *v)
{
	(void)slot;
	return put_u32(v, CAPDU_MAX);
}

static size_t
get_protocol(struct slot *slot, uint8_t *v)
{
	return put_u32(v, slot->protocol);
}

/* 0: no card, 2: a card in the slot (there is no swallowing). */
static size_t
get_presence(struct slot *slot, uint8_t *v)
{
	v[0] = slot_look(slot) ? 2 : 0;
	return 1;
}

static size_t
get_interface(struct slot *slot, uint8_t *v)
{
	v[0] = slot->powered ? 1 : 0;
	return 1;
}

static const struct {
	DWORD tag;
	size_t (*get)(struct slot *, uint8_t *);
} capabilities[] = {
	{ TAG_IFD_ATR, get_atr },
	{ SCARD_ATTR_ATR_STRING, get_atr },
	{ TAG_IFD_SLOTS_NUMBER, get_one },
	{ TAG_IFD_SLOT_THREAD_SAFE, get_none },
	{ TAG_IFD_THREAD_SAFE, get_one },
	{ TAG_IFD_SIMULTANEOUS_ACCESS, get_readers },
	{ TAG_IFD_POLLING_THREAD_WITH_TIMEOUT, get_poll },
	{ TAG_IFD_STOP_POLLING_THREAD, get_stop },
	{ TAG_IFD_POLLING_THREAD_KILLABLE, get_one },	/* in slot_wait */
	{ TAG_IFD_DEVICE_REMOVED, get_removable },
	{ SCARD_ATTR_VENDOR_NAME, get_vendor },
	{ SCARD_ATTR_VENDOR_IFD_TYPE, get_type },
	{ SCARD_ATTR_VENDOR_IFD_VERSION, get_version },
	{ SCARD_ATTR_VENDOR_IFD_SERIAL_NO, get_serial },
	{ SCARD_ATTR_CHANNEL_ID, get_channel },
	{ SCARD_ATTR_MAXINPUT, get_max_input },
	{ SCARD_ATTR_CURRENT_PROTOCOL_TYPE, get_protocol },
	{ SCARD_ATTR_ICC_PRESENCE, get_presence },
	{ SCARD_ATTR_ICC_INTERFACE_STATUS, get_interface },
};

int
capability(struct slot *slot, unsigned long tag, uint8_t v[CAPABILITY_MAX], size_t *n)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (capabilities[i].tag == tag) {
			*n = capabilities[i].get(slot, v);
			return 0;
		}
	return ERR_NOT_FOUND;
}
