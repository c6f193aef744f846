#include "ifdhandler/pin.h"

#include "card-os/iso7816/err.h"

enum { LC_AT = 4, DATA_AT = 5, ANY_P1 = -1, P1_PUK_ALONE = 1 };
enum { OLD_BITS = 16 };	/* of the shortest there is: four digits, in BCD */

/*
 * By kind: or a template of CHANGE REFERENCE DATA with a new PIN of the host's in it could be
 * completed by somebody who is asked for his PIN and no more. RESET RETRY COUNTER with a PUK
 * alone, ISO 7816-4:2005 7.5.10, sets none. No command in parts, 5.1.1.1: the host would send the
 * last of them.
 */
static int
takes_pin(const struct padlink_pin *pin)
{
	static const struct {
		uint8_t kind, ins;
		int p1;
	} list[] = {
		{ PADLINK_PIN_VERIFY, INS_VERIFY, ANY_P1 },
		{ PADLINK_PIN_VERIFY, INS_DISABLE_VERIFICATION, ANY_P1 },
		{ PADLINK_PIN_VERIFY, INS_ENABLE_VERIFICATION, ANY_P1 },
		{ PADLINK_PIN_VERIFY, INS_RESET_RETRY, P1_PUK_ALONE },
		{ PADLINK_PIN_MODIFY, INS_CHANGE_REFERENCE, ANY_P1 },
		{ PADLINK_PIN_MODIFY, INS_RESET_RETRY, ANY_P1 },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if ((pin->apdu[0] & CLA_CHAIN) == 0 && list[i].kind == pin->kind &&
		    list[i].ins == pin->apdu[1] &&
		    (list[i].p1 == ANY_P1 || list[i].p1 == pin->apdu[2]))
			return 1;
	return 0;
}

/*
 * ISO 7816-4:2005 7.5.7, 7.5.10, P1 = 00: the old PIN or the PUK comes before the new one. Where no
 * more is asked than the new one, the host has put the other there: or what a person types lands in
 * the old one's place, behind it or in the rest of its block a new one that the host knows.
 */
static int
leaves_old(const struct padlink_pin *pin)
{
	const size_t at = (size_t)pin->offset_new * 8 + (pin->length_bits == 0 ? pin->pin_bits : 0);

	return pin->kind == PADLINK_PIN_VERIFY || (pin->confirm & PADLINK_ASK_OLD) != 0 ||
	    pin->block == 0 || pin->apdu[2] != 0 || at >= OLD_BITS;
}

/* With a length field the block begins with the data, else where the PIN does. */
static int
fits(const struct padlink_pin *pin, uint8_t offset)
{
	const size_t at = (size_t)offset * 8 + (pin->length_bits == 0 ? pin->pin_bits : 0);

	return at + (size_t)pin->block * 8 <= ((size_t)pin->n - DATA_AT) * 8;
}

int
pin_check(const struct padlink_pin *pin)
{
	const size_t n = pin->n;

	if (n < LC_AT)
		return ERR_FORMAT;
	if (!takes_pin(pin))
		return ERR_DENIED;
	if (pin->block == 0)	/* Lc and data are made of the PIN; OpenSC sends a fifth byte 00 */
		return n == LC_AT || (n == DATA_AT && pin->apdu[LC_AT] == 0) ? 0 : ERR_FORMAT;
	if (n < DATA_AT || n != DATA_AT + (size_t)pin->apdu[LC_AT])
		return ERR_FORMAT;
	if (!fits(pin, pin->offset_new))
		return ERR_FORMAT;
	if ((pin->confirm & PADLINK_ASK_OLD) != 0 && !fits(pin, pin->offset_old))
		return ERR_FORMAT;
	return leaves_old(pin) ? 0 : ERR_DENIED;
}

/* What ends a PIN entry other than the card, as the reader's status words. */
static const struct {
	int r;
	uint16_t sw;
} pin_ends[] = {
	{ ERR_DENIED, SW_PAD_REFUSED },
	{ ERR_TIMEOUT, SW_PAD_TIMEOUT },
	{ ERR_CANCELLED, SW_PAD_CANCELLED },
	{ ERR_NO_CARD, SW_PAD_NO_CARD },
	{ ERR_NOT_NOW, SW_PAD_NOT_POWERED },
	{ ERR_BUSY, SW_CONDITIONS },
};

static int
end_of_entry(int r, uint16_t *sw)
{
	for (size_t i = 0; i < sizeof(pin_ends) / sizeof(pin_ends[0]); i++)
		if (pin_ends[i].r == r) {
			*sw = pin_ends[i].sw;
			return 0;
		}
	return r;
}

int
pin_enter(struct slot *slot, const struct padlink_pin *pin, uint16_t *sw)
{
	return end_of_entry(slot->reader->ops->pin(slot->reader, pin, sw), sw);
}

int
pin_start(struct slot *slot, const struct padlink_pin *pin)
{
	const int r = slot->reader->ops->pin_start(slot->reader, pin);

	if (r != 0 && r != ERR_NO_CARD && r != ERR_NOT_NOW)
		return r;
	slot->started = (uint8_t)(pin->kind + 1);
	slot->start_r = r;
	return 0;
}

int
pin_key(struct slot *slot, uint8_t *key)
{
	*key = PADLINK_PRESSED_NONE;
	if (slot->started == 0)
		return 0;
	if (slot->start_r != 0) {
		*key = PADLINK_PRESSED_ABORTED;
		return 0;
	}
	return slot->reader->ops->pin_key(slot->reader, key);
}

int
pin_finish(struct slot *slot, uint8_t kind, uint16_t *sw)
{
	int r;

	*sw = SW_CONDITIONS;
	if (slot->started != kind + 1)
		return 0;
	slot->started = 0;
	if (slot->start_r != 0)
		return end_of_entry(slot->start_r, sw);
	if ((r = slot->reader->ops->pin_finish(slot->reader, sw)) == ERR_NOT_NOW) {
		*sw = SW_CONDITIONS;
		return 0;
	}
	return end_of_entry(r, sw);
}

int
pin_abort(struct slot *slot)
{
	/* An entry that never began has its end already. */
	if (slot->started == 0 || slot->start_r != 0)
		return 0;
	return slot->reader->ops->pin_abort(slot->reader);
}
