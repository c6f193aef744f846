#include "card-os/iso7816/err.h"
#include "card-os/os/commands.h"
#include "card-os/os/pins.h"

/* VERIFY and CHANGE REFERENCE DATA, ISO 7816-4:2005 7.5.6 and 7.5.7; what is told about a PIN. */

enum { P1_OLD_AND_NEW = 0x00, P1_NEW = 0x01 };

static uint16_t
tries_left(const struct card_pin *pin)
{
	return (uint16_t)(SW_COUNTER | pin->tries);
}

/* The PIN that a reference means here: its index, or PIN_NONE. */
static int
pin_meant(const struct card *c, uint8_t ref)
{
	int i = pins_of(&c->data, c->df);

	return i != PIN_NONE && c->data.pin[i].ref == ref ? i : PIN_NONE;
}

/*
 * Charges a try, on disk, before anything is compared: pulling the plug, or a disk
 * that does not take it, is never a free try. 9000 when it is the PIN, which is
 * then still charged.
 */
static uint16_t
try_pin(struct card *c, int i, const uint8_t *p, size_t n)
{
	int r;

	c->verified[i] = 0;
	card_begin(c);
	c->next.pin[i].tries--;
	if (card_commit(c) != 0)
		return SW_MEMORY;
	r = pin_compare(&c->data.pin[i], p, n);
	if (r == ERR_PIN_WRONG)
		return tries_left(&c->data.pin[i]);
	return r == 0 ? SW_OK : SW_INTERNAL;
}

uint16_t
cmd_verify(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct card_pin *pin;
	uint16_t sw;
	int i;

	(void)out;
	if (a->p1 != 0)
		return SW_P1P2;
	if (a->ne != 0)
		return SW_LENGTH;
	if ((i = pin_meant(c, a->p2)) == PIN_NONE)
		return SW_NO_REFERENCE;
	pin = &c->data.pin[i];
	if (pin->tries == 0)
		return SW_BLOCKED;
	/* 7.5.6: no data asks for the counter. */
	if (a->nc == 0)
		return c->verified[i] ? SW_OK : tries_left(pin);
	/* What cannot be a PIN says nothing about it, so it costs no try. */
	if (a->nc < pin->min || a->nc > pin->max)
		return SW_LENGTH;
	if (!pin_may_be(pin, a->data, a->nc))
		return SW_DATA;
	if ((sw = try_pin(c, i, a->data, a->nc)) != SW_OK)
		return sw;
	card_begin(c);
	c->next.pin[i].tries = pin->tries_max;
	if (card_commit(c) != 0)
		return SW_MEMORY;
	c->verified[i] = 1;
	return SW_OK;
}

static uint16_t
replace(struct card *c, int i, const uint8_t *p, size_t n)
{
	struct card_pin *pin = &c->next.pin[i];
	int r;

	card_begin(c);
	pin->tries = pin->tries_max;
	if ((r = pin_set(pin, p, n)) == 0)
		pin->factory = 0;
	else if (r != ERR_PIN_LENGTH)
		return SW_INTERNAL;
	/* The old PIN was right: its try is given back even when the new one is refused. */
	if (card_commit(c) != 0)
		return SW_MEMORY;
	return r == 0 ? SW_OK : SW_DATA;
}

/*
 * Old and new stand together without a mark; the length that the PIN has parts
 * them. What can be seen from outside is checked first, what needs that length
 * after the charge, or it could be learnt for nothing.
 */
static uint16_t
change_old_and_new(struct card *c, int i, const struct apdu *a)
{
	const struct card_pin *pin = &c->data.pin[i];
	size_t old = pin->digits < a->nc ? pin->digits : a->nc;
	uint16_t sw;

	if (a->nc < 2 * pin->min || a->nc > 2 * pin->max)
		return SW_LENGTH;
	for (size_t at = 0; at < a->nc; at++)
		if (a->data[at] < '0' || a->data[at] > '9')
			return SW_DATA;
	if ((sw = try_pin(c, i, a->data, old)) != SW_OK)
		return sw;
	if ((sw = replace(c, i, a->data + old, a->nc - old)) == SW_OK)
		c->verified[i] = 1;
	return sw;
}

static uint16_t
change_to_new(struct card *c, int i, const struct apdu *a)
{
	const struct card_pin *pin = &c->data.pin[i];

	if (!c->verified[i])
		return SW_SECURITY;
	if (a->nc < pin->min || a->nc > pin->max)
		return SW_LENGTH;
	return replace(c, i, a->data, a->nc);
}

uint16_t
cmd_change_reference(struct card *c, const struct apdu *a, struct wr *out)
{
	int i;

	(void)out;
	if (a->p1 != P1_OLD_AND_NEW && a->p1 != P1_NEW)
		return SW_P1P2;
	if (a->nc == 0 || a->ne != 0)
		return SW_LENGTH;
	if ((i = pin_meant(c, a->p2)) == PIN_NONE)
		return SW_NO_REFERENCE;
	if (c->data.pin[i].tries == 0)
		return SW_BLOCKED;
	return a->p1 == P1_NEW ? change_to_new(c, i, a) : change_old_and_new(c, i, a);
}

uint16_t
cmd_get_data(struct card *c, const struct apdu *a, struct wr *out)
{
	const struct card_pin *pin;
	int i;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((a->p1 << 8 | a->p2) != DO_PIN_STATE || (i = pins_of(&c->data, c->df)) == PIN_NONE)
		return SW_NO_REFERENCE;
	if (a->ne < DO_PIN_STATE_LEN)
		return SW_LE | DO_PIN_STATE_LEN;
	pin = &c->data.pin[i];
	wr_u8(out, pin->ref);
	wr_u8(out, pin->tries);
	wr_u8(out, pin->tries_max);
	wr_u8(out, pin->factory);
	return SW_OK;
}
