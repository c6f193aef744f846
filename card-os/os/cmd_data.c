#include "card-os/os/commands.h"
#include "card-os/os/files.h"
#include "card-os/os/pins.h"

/* GET DATA, ISO 7816-4:2005 7.4.2. */

/* What is told about the PIN of an application. */
static uint16_t
put_pin_state(const struct card *c, struct wr *out)
{
	uint16_t file = pin_meant(&c->data, c->df, PIN_REF);
	struct pin pin;

	if (file == CARD_NO_FILE)
		return SW_NO_REFERENCE;
	pin_get(&c->data, file, &pin);
	wr_u8(out, PIN_REF);
	wr_u8(out, pin.tries);
	wr_u8(out, pin.tries_max);
	wr_u8(out, pin.factory);
	return SW_OK;
}

uint16_t
cmd_get_data(struct card *c, const struct apdu *a, struct wr *out)
{
	uint16_t sw;

	if (a->nc != 0 || a->ne == 0)
		return SW_LENGTH;
	if ((a->p1 << 8 | a->p2) != DO_PIN_STATE)
		return SW_NO_REFERENCE;
	if ((sw = put_pin_state(c, out)) != SW_OK)
		return sw;
	return a->ne < out->n ? (uint16_t)(SW_LE | out->n) : SW_OK;
}
