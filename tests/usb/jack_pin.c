#include "tests/usb/jack_pin.h"

#include <string.h>

enum {
	MODIFY = 0x19,
	BCD = 0, ASCII = 1, FORMAT_2 = 2,
	BEHIND_LC = 6, LC = 4,
	FORMAT_2_BLOCK = 8, FORMAT_2_MAX = 12, FORMAT_2_MIN = 4,
	DIGITS_MOST = 16,
};

static uint8_t
least(size_t a, size_t b)
{
	return (uint8_t)(a < b ? a : b);
}

/* Where the digits go in a template that has all its data. */
static int
place(struct padlink_pin *pin, uint8_t old, uint8_t new)
{
	const size_t first = old < new ? old : new, last = old < new ? new : old;
	size_t block;

	if (5u + pin->apdu[LC] != pin->n || first < BEHIND_LC || last > pin->n)
		return -1;
	/* Up to the other one, and up to the end. */
	block = pin->n + 1 - last;
	if (first != last)
		block = least(block, last - first);
	pin->block = least(block, PADLINK_BLOCK_MAX);
	if (pin->kind == PADLINK_PIN_VERIFY)
		pin->pin_bits = (uint16_t)(8 * (old - BEHIND_LC));
	else {
		pin->offset_old = (uint8_t)(old - BEHIND_LC);
		pin->offset_new = (uint8_t)(new - BEHIND_LC);
	}
	return 0;
}

static int
set_format(struct padlink_pin *pin, uint8_t format)
{
	const size_t room = pin->block == 0 ? DIGITS_MOST : pin->block;

	pin->min = 1;
	switch (format) {
	case BCD:
		pin->format = PADLINK_BCD;
		pin->max = least(2 * room, DIGITS_MOST);
		return 0;
	case ASCII:
		pin->format = PADLINK_ASCII;
		pin->max = least(room, DIGITS_MOST);
		return 0;
	case FORMAT_2:
		if (pin->block < FORMAT_2_BLOCK)
			return -1;
		pin->format = PADLINK_BCD;
		pin->block = FORMAT_2_BLOCK;
		pin->length_bits = 4;
		pin->length_at = 4;
		pin->pin_bits = 8;
		pin->min = FORMAT_2_MIN;
		pin->max = FORMAT_2_MAX;
		return 0;
	default:
		return -1;
	}
}

int
jack_pin(uint8_t ins, const uint8_t *p, size_t n, struct padlink_pin *pin)
{
	const size_t head = ins == MODIFY ? 3 : 2;
	const uint8_t old = n > head ? p[1] : 0, new = ins == MODIFY && n > head ? p[2] : old;

	memset(pin, 0, sizeof(*pin));
	if (n < head + 4 || n - head > sizeof(pin->apdu))
		return -1;
	pin->kind = ins == MODIFY ? PADLINK_PIN_MODIFY : PADLINK_PIN_VERIFY;
	pin->n = (uint16_t)(n - head);
	memcpy(pin->apdu, p + head, pin->n);
	pin->end = PADLINK_END_OK;
	if (ins == MODIFY)
		pin->confirm = old == new ? PADLINK_CONFIRM_NEW :
		    PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD;
	if (pin->n > 5 ? place(pin, old, new) != 0 :
	    (old != BEHIND_LC && old != 0) || (pin->n == 5 && pin->apdu[LC] != 0))
		return -1;
	if (set_format(pin, p[0] & 0x0f) != 0)
		return -1;
	if (p[0] >> 4 != 0) {
		if (p[0] >> 4 > pin->max)
			return -1;
		pin->min = pin->max = p[0] >> 4;
		pin->end |= PADLINK_END_MAX;
	}
	return 0;
}
