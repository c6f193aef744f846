#include "simulator/pinblock.h"

#include "card-os/iso7816/err.h"

enum { LC_AT = 4, DATA_AT = 5, P1_PUK_ALONE = 0x01, OLD_BITS = 16 };

/* Where one PIN goes, in bits from the start of the data: block, length field and PIN in it. */
struct place {
	size_t block, length, pin, end;
};

/* Room for an old PIN of the host's, before a new one that is asked alone. */
static int
leaves_old(const struct padlink_pin *v)
{
	size_t at = v->offset_new * 8U + (v->length_bits == 0 ? v->pin_bits : 0U);

	return v->kind == PADLINK_PIN_VERIFY || (v->confirm & PADLINK_ASK_OLD) != 0 ||
	    v->block == 0 || v->apdu[2] != 0 || at >= OLD_BITS;
}

int
pinblock_allows(const struct padlink_pin *v)
{
	static const struct {
		uint8_t kind, ins;
		int p1;			/* the only one, -1: any */
	} list[] = {
		{ PADLINK_PIN_VERIFY, INS_VERIFY, -1 },
		{ PADLINK_PIN_VERIFY, INS_DISABLE_VERIFICATION, -1 },
		{ PADLINK_PIN_VERIFY, INS_ENABLE_VERIFICATION, -1 },
		{ PADLINK_PIN_VERIFY, INS_RESET_RETRY, P1_PUK_ALONE },
		{ PADLINK_PIN_MODIFY, INS_CHANGE_REFERENCE, -1 },
		{ PADLINK_PIN_MODIFY, INS_RESET_RETRY, -1 },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if ((v->apdu[0] & CLA_CHAIN) == 0 && list[i].kind == v->kind &&
		    list[i].ins == v->apdu[1] && (list[i].p1 < 0 || list[i].p1 == v->apdu[2]))
			return leaves_old(v);
	return 0;
}

static size_t
width(const struct padlink_pin *v)
{
	return v->format == PADLINK_BCD ? 4 : 8;
}

static int
asks_old(const struct padlink_pin *v)
{
	return v->kind == PADLINK_PIN_MODIFY && (v->confirm & PADLINK_ASK_OLD) != 0;
}

static int
find_place(const struct padlink_pin *v, uint8_t offset, struct place *at)
{
	size_t base = (size_t)offset * 8, behind;

	at->length = base + v->length_at;
	at->block = at->pin = base + v->pin_bits;
	at->end = at->pin + (size_t)v->block * 8;
	if (v->length_bits > 0) {
		at->block = base;
		behind = ((size_t)v->length_at + v->length_bits + 7) / 8 * 8;
		if (v->pin_bits < v->length_at + v->length_bits)
			at->pin = base + behind;
		at->end = base + (size_t)v->block * 8;
	}
	if (at->pin >= at->end || at->end > (size_t)v->apdu[LC_AT] * 8)
		return ERR_FORMAT;
	return 0;
}

static int
find_places(const struct padlink_pin *v, struct place *old, struct place *pin)
{
	int r;

	if (v->n <= DATA_AT || v->apdu[LC_AT] != v->n - DATA_AT)
		return ERR_FORMAT;
	if ((r = find_place(v, v->offset_new, pin)) != 0)
		return r;
	if (!asks_old(v))
		return 0;
	if ((r = find_place(v, v->offset_old, old)) != 0)
		return r;
	/* One would write over the other. */
	return old->block < pin->end && pin->block < old->end ? ERR_FORMAT : 0;
}

/*
 * PINs as long as they are: the old one begins the data, the new one follows it. An offset of 0
 * says no more; another one is a promise that only an old PIN of one length keeps.
 */
static int
offsets_are_true(const struct padlink_pin *v)
{
	if (v->offset_old != 0)
		return 0;
	return v->offset_new == 0 || (asks_old(v) && v->min == v->max &&
	    v->offset_new == (v->max * width(v) + 7) / 8);
}

int
pinblock_room(const struct padlink_pin *v)
{
	struct place old, pin;
	size_t room = DIGITS_MAX;
	int r;

	if (v->n < LC_AT)
		return ERR_FORMAT;
	if (v->block == 0) {
		if (v->pin_bits != 0 || v->length_bits != 0 || v->n > DATA_AT ||
		    (v->n == DATA_AT && v->apdu[LC_AT] != 0) || !offsets_are_true(v))
			return ERR_FORMAT;
		return DIGITS_MAX;
	}
	if ((r = find_places(v, &old, &pin)) != 0)
		return r;
	if ((pin.end - pin.pin) / width(v) < room)
		room = (pin.end - pin.pin) / width(v);
	if (v->length_bits > 0 && (1U << v->length_bits) - 1 < room)
		room = (1U << v->length_bits) - 1;
	return room == 0 ? ERR_FORMAT : (int)room;
}

static void
put_bits(uint8_t *p, size_t at, size_t n, unsigned value)
{
	uint8_t bit;

	for (; n > 0; n--, at++) {
		bit = (uint8_t)(0x80 >> at % 8);
		/* The mask is all ones or none: no branch on a digit. */
		p[at / 8] = (uint8_t)((p[at / 8] & ~bit) | (-(value >> (n - 1) & 1) & bit));
	}
}

static unsigned
code(const struct padlink_pin *v, uint8_t digit)
{
	return v->format == PADLINK_ASCII ? '0' + (unsigned)digit : digit;
}

static void
put_block(const struct padlink_pin *v, uint8_t *data, const struct place *at,
    const struct digits *d)
{
	size_t w = width(v), start = v->right ? at->end - d->n * w : at->pin;

	if (v->length_bits > 0)
		put_bits(data, at->length, v->length_bits, d->n);
	for (size_t i = 0; i < d->n; i++)
		put_bits(data, start + i * w, w, code(v, d->v[i]));
}

static size_t
variable_size(const struct padlink_pin *v, const struct digits *d)
{
	return (d->n * width(v) + 7) / 8;
}

static void
put_variable(const struct padlink_pin *v, struct wr *wr, const struct digits *d)
{
	size_t n = variable_size(v, d), at = wr->n;

	wr_zero(wr, n);
	if (wr->err != 0)
		return;
	for (size_t i = 0; i < d->n; i++)
		put_bits(wr->p + at, i * width(v), width(v), code(v, d->v[i]));
	if (v->format == PADLINK_BCD && d->n % 2 != 0)
		put_bits(wr->p + at, d->n * 4U, 4, 0xf);
}

int
pinblock_complete(const struct padlink_pin *v, const struct digits *old, const struct digits *pin,
    struct wr *wr)
{
	struct place old_at, pin_at;
	int r, room = pinblock_room(v);
	size_t n;

	if (room < 0)
		return room;
	if (pin->n > room || (asks_old(v) && old->n > room))
		return ERR_SIZE;
	if (v->block == 0) {
		n = variable_size(v, pin) + (asks_old(v) ? variable_size(v, old) : 0);
		wr_bytes(wr, v->apdu, LC_AT);
		wr_u8(wr, (uint8_t)n);
		if (asks_old(v))
			put_variable(v, wr, old);
		put_variable(v, wr, pin);
		return wr_end(wr);
	}
	if ((r = find_places(v, &old_at, &pin_at)) != 0)
		return r;
	n = wr->n;
	wr_bytes(wr, v->apdu, v->n);
	if ((r = wr_end(wr)) != 0)
		return r;
	if (asks_old(v))
		put_block(v, wr->p + n + DATA_AT, &old_at, old);
	put_block(v, wr->p + n + DATA_AT, &pin_at, pin);
	return 0;
}
