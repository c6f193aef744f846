#include "ifdhandler/ctbcs_pin.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/ctbcs_call.h"
#include "ifdhandler/pin.h"

enum {
	DATA_AT = 5,
	POSITION_DATA = 6,	/* positions count from CLA, which is 1 */
	POSITION_NONE = 0,	/* of a new PIN: right behind the old one */
	FORMAT2_BYTES = 8, FORMAT2_DIGITS = 12,
};

/* The low half of the control byte; its high half is the length of a PIN that has just one. */
enum { CONTROL_BCD = 0, CONTROL_ASCII = 1, CONTROL_FORMAT2 = 2 };

struct perform {
	uint8_t control, old, pin;	/* positions */
};

static int
get_coding(const struct perform *v, struct padlink_pin *pin)
{
	switch (v->control & 0x0f) {
	case CONTROL_BCD:
		pin->format = PADLINK_BCD;
		return 0;
	case CONTROL_ASCII:
		pin->format = PADLINK_ASCII;
		return 0;
	case CONTROL_FORMAT2:	/* ISO 9564-1: 2, length, digits, padded with F to 8 bytes */
		pin->format = PADLINK_BCD;
		pin->pin_bits = 8;
		pin->block = FORMAT2_BYTES;
		pin->length_bits = 4;
		pin->length_at = 4;
		return 0;
	default:
		return ERR_FORMAT;
	}
}

static int
get_digits(const struct perform *v, const struct ctbcs_objects *o,
    const struct reader_properties *reader, struct padlink_pin *pin)
{
	const uint8_t exact = v->control >> 4;

	pin->end = PADLINK_END_OK;
	pin->min = reader->pin_min;
	pin->max = reader->pin_max;
	if (exact != 0) {
		if ((o->has & CTBCS_HAS_DIGITS) != 0 && (o->min != exact || o->max != exact))
			return ERR_FORMAT;
		pin->min = exact;
		pin->end |= PADLINK_END_MAX;
		if (pin->max > exact)
			pin->max = exact;
	} else if ((o->has & CTBCS_HAS_DIGITS) != 0) {
		pin->min = o->min;
		if (pin->max > o->max)
			pin->max = o->max;
	}
	if (pin->length_bits != 0 && pin->max > FORMAT2_DIGITS)
		pin->max = FORMAT2_DIGITS;
	return pin->max == 0 || pin->min > pin->max ? ERR_FORMAT : 0;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In the data; SIZE_MAX when it is before them. */
static size_t
offset(uint8_t position)
{
	return position < POSITION_DATA ? SIZE_MAX : (size_t)position - POSITION_DATA;
}

/*
 * Blocks of a template that is whole: from a PIN's place to the other's, or to the end. A PIN
 * that is shorter leaves the rest of the template as it came, so one size does for both. No room
 * makes a block of 0, which pin_check refuses here.
 */
static int
place(const struct perform *v, struct padlink_pin *pin)
{
	const size_t n = (size_t)pin->n - DATA_AT;
	const int modify = pin->kind == PADLINK_PIN_MODIFY;
	const size_t at = offset(v->pin), old = modify ? offset(v->old) : at;
	const size_t last = at > old ? at : old;
	size_t room = last < n ? n - last : 0;

	if (modify)
		room = smaller(room, last - smaller(at, old));
	if (pin->length_bits != 0) {
		if (room < FORMAT2_BYTES || (!modify && at != 0))
			return ERR_FORMAT;
	} else
		pin->block = (uint8_t)smaller(room, PADLINK_BLOCK_MAX);
	if (modify) {
		pin->offset_old = (uint8_t)old;
		pin->offset_new = (uint8_t)at;
	} else if (pin->length_bits == 0) {
		if (at > PADLINK_BLOCK_MAX)
			return ERR_FORMAT;
		pin->pin_bits = (uint16_t)(at * 8);
	}
	return 0;
}

/* A header alone: Lc and data are made of the digits, the new ones behind the old. */
static int
append(const struct perform *v, const struct padlink_pin *pin)
{
	if (pin->kind == PADLINK_PIN_VERIFY)
		return v->pin == POSITION_DATA ? 0 : ERR_FORMAT;
	return v->old == POSITION_DATA && v->pin == POSITION_NONE ? 0 : ERR_FORMAT;
}

int
ctbcs_pin(const struct ctbcs_objects *o, uint8_t kind, const struct reader_properties *reader,
    struct padlink_pin *pin)
{
	const int modify = kind == PADLINK_PIN_MODIFY;
	struct perform v = { 0 };
	struct rd rd;
	int r;

	memset(pin, 0, sizeof(*pin));
	pin->kind = kind;
	pin->confirm = modify ? PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD : 0;
	pin->first_s = o->seconds != 0 ? o->seconds : CTBCS_SECONDS;
	pin->next_s = CTBCS_NEXT_S;
	rd_init(&rd, o->perform, o->perform_n);
	v.control = rd_u8(&rd);
	v.old = modify ? rd_u8(&rd) : 0;
	v.pin = rd_u8(&rd);
	if (rd.n > PADLINK_TEMPLATE_MAX)
		return ERR_FORMAT;
	pin->n = (uint16_t)rd.n;
	rd_bytes(&rd, pin->apdu, rd.n);
	if ((r = get_coding(&v, pin)) != 0 || (r = get_digits(&v, o, reader, pin)) != 0)
		return r;
	r = pin->n <= DATA_AT ? append(&v, pin) : place(&v, pin);
	return r != 0 ? r : pin_check(pin);
}

static int
enter(struct ctbcs_call *c, uint8_t kind, uint16_t *sw)
{
	struct padlink_pin pin;
	int r;

	if ((r = ctbcs_pin(&c->o, kind, c->properties, &pin)) == ERR_DENIED) {
		*sw = SW_PAD_REFUSED;
		return 0;
	}
	return r != 0 ? r : pin_enter(c->slot, &pin, sw);
}

int
ctbcs_perform(struct ctbcs_call *c, uint16_t *sw)
{
	return enter(c, PADLINK_PIN_VERIFY, sw);
}

int
ctbcs_modify(struct ctbcs_call *c, uint16_t *sw)
{
	return enter(c, PADLINK_PIN_MODIFY, sw);
}
