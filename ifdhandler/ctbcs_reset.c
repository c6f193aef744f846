#include "ifdhandler/ctbcs_call.h"

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "ifdhandler/pin.h"

/* RESET and GET STATUS. */

enum { ICC_NONE = 0x00, ICC_IN = 0x03, ICC_POWERED = 0x05 };

int
ctbcs_reset(struct ctbcs_call *c, uint16_t *sw)
{
	static const struct padlink_output blank;
	const int r = c->reader->ops->output(c->reader, &blank);

	*sw = SW_OK;
	return r == ERR_UNSUPPORTED ? 0 : r;	/* no display, nothing to clear */
}

/* ISO 7816-3:2006 8.2: T0 says which of TA, TB, TC, TD and how many historical bytes follow. */
static void
put_historical(const uint8_t *atr, size_t n, struct wr *data)
{
	uint8_t y, count;
	struct rd rd;

	rd_init(&rd, atr, n);
	(void)rd_u8(&rd);
	y = rd_u8(&rd);
	count = y & 0x0f;
	while (rd.err == 0 && (y & 0xf0) != 0) {
		(void)rd_view(&rd, (size_t)(y >> 4 & 1) + (y >> 5 & 1) + (y >> 6 & 1));
		y = (y & 0x80) != 0 ? rd_u8(&rd) : 0;
	}
	if (rd.err == 0 && count <= rd.n)
		wr_bytes(data, rd.p, count);
}

/* The reset is real, or PINs would stay verified for somebody who believes they do not. */
int
ctbcs_reset_icc(struct ctbcs_call *c, uint16_t *sw)
{
	const int r = slot_reset(c->slot);

	*sw = SW_CT_ASYNC;
	if (r == ERR_NO_CARD || r == ERR_NOT_NOW || r == ERR_CARD_ANSWER) {
		*sw = r == ERR_NO_CARD ? SW_PAD_NO_CARD : SW_PAD_NOT_POWERED;
		return 0;
	}
	if (r == 0 && c->a.p2 == ATR_WHOLE)
		wr_bytes(c->data, c->slot->atr, c->slot->atr_n);
	else if (r == 0 && c->a.p2 == ATR_HISTORICAL)
		put_historical(c->slot->atr, c->slot->atr_n, c->data);
	return r;
}

/* Maker (a country and three letters), type, version: five letters each. */
int
ctbcs_manufacturer(struct ctbcs_call *c, uint16_t *sw)
{
	tlv_put(c->data, STATUS_MANUFACTURER, "DECDLEPAD 00100", CTBCS_MANUFACTURER);
	*sw = SW_OK;
	return 0;
}

int
ctbcs_icc(struct ctbcs_call *c, uint16_t *sw)
{
	const int present = slot_look(c->slot);

	tlv_put_u8(c->data, STATUS_ICC,
	    !present ? ICC_NONE : c->slot->powered ? ICC_POWERED : ICC_IN);
	*sw = SW_OK;
	return 0;
}

int
ctbcs_units(struct ctbcs_call *c, uint16_t *sw)
{
	static const uint8_t units[] = { UNIT_ICC1, UNIT_DISPLAY, UNIT_KEYPAD };
	const int shows = (c->properties->features & PADLINK_HAS_TEXT) != 0;

	tlv_put(c->data, STATUS_UNITS, units, shows ? sizeof(units) : 1);
	*sw = SW_OK;
	return 0;
}
