#include "card-os/iso7816/err.h"
#include "card-os/os/access.h"
#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* VERIFY and CHANGE REFERENCE DATA, ISO 7816-4:2005 7.5.6 and 7.5.7. */

enum { P1_OLD_AND_NEW = 0x00, P1_NEW = 0x01 };

/* The PIN that a reference means here, when it can be tried: 9000, 6A88, 6985, 6984, 6983. */
static uint16_t
find(const struct card *c, uint8_t ref, uint16_t *file, struct pin *pin)
{
	*file = pin_meant(&c->data, c->df, ref);
	if (*file == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	return pin_state(c, *file, pin);
}

uint16_t
cmd_verify(struct card *c, const struct apdu *a, struct wr *out)
{
	struct pin pin;
	uint16_t file, sw;

	(void)out;
	if (a->p1 != 0)
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((sw = find(c, a->p2, &file, &pin)) != SW_OK)
		return sw;
	/* 7.5.6: no data asks for the counter. */
	if (a->nc == 0)
		return c->proven[file] || pin.disabled ? SW_OK : (uint16_t)(SW_COUNTER | pin.tries);
	/* What cannot be a PIN says nothing about it, so it costs no try. */
	if (a->nc < pin.min || a->nc > pin.max)
		return SW_LENGTH;
	if (!pin_may_be(&pin, a->data, a->nc))
		return SW_DATA;
	if ((sw = pin_try(c, file, a->data, a->nc)) != SW_OK)
		return sw;
	return pin_accept(c, file, &pin);
}

/* The old PIN was right: its try is given back even when the new one is refused. */
static uint16_t
replace(struct card *c, uint16_t file, struct pin *pin, const uint8_t *p, size_t n)
{
	uint16_t sw;
	int r;

	if ((r = pin_set(pin, p, n)) == 0)
		pin->factory = 0;
	else if (r != ERR_PIN_LENGTH)
		return SW_INTERNAL;
	pin->tries = pin->tries_max;
	card_begin(c);
	pin_put(&c->next, file, pin);
	if ((sw = card_commit_sw(c)) == SW_OK && r != 0)
		sw = SW_DATA;
	return sw;
}

/*
 * Old and new stand together without a mark; the length that the PIN has parts
 * them. What can be seen from outside is checked first, what needs that length
 * after the charge, or it could be learnt for nothing.
 */
static uint16_t
change_old_and_new(struct card *c, uint16_t file, struct pin *pin, const struct apdu *a)
{
	size_t old = pin->digits < a->nc ? pin->digits : a->nc;
	uint16_t sw;

	if (a->nc < 2U * pin->min || a->nc > 2U * pin->max)
		return SW_LENGTH;
	if (!pin_are_digits(a->data, a->nc))
		return SW_DATA;
	if ((sw = pin_try(c, file, a->data, old)) != SW_OK)
		return sw;
	if ((sw = replace(c, file, pin, a->data + old, a->nc - old)) == SW_OK)
		c->proven[file] = 1;
	return sw;
}

/* For who has verified it; and the first value of a PIN that has none, by its rule. */
static uint16_t
change_to_new(struct card *c, uint16_t file, struct pin *pin, const struct apdu *a)
{
	uint16_t sw;

	if (pin->digits == 0 && (sw = access_check(c, file, OP_UPDATE)) != SW_OK)
		return sw;
	if (pin->digits != 0 && !c->proven[file])
		return SW_SECURITY;
	if (a->nc < pin->min || a->nc > pin->max)
		return SW_LENGTH;
	if (!pin_may_be(pin, a->data, a->nc))
		return SW_DATA;
	return replace(c, file, pin, a->data, a->nc);
}

uint16_t
cmd_change_reference(struct card *c, const struct apdu *a, struct wr *out)
{
	struct pin pin;
	uint16_t file, sw;

	(void)out;
	if (a->p1 != P1_OLD_AND_NEW && a->p1 != P1_NEW)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	sw = find(c, a->p2, &file, &pin);
	if (a->p1 == P1_NEW && (sw == SW_OK || sw == SW_NOT_USABLE))
		return change_to_new(c, file, &pin, a);
	return sw == SW_OK ? change_old_and_new(c, file, &pin, a) : sw;
}
