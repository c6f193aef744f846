#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/pinblock.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { BITS_MAX = 8 * PADLINK_TEMPLATE_MAX };

/* A command as bits, of which each PIN may write its own alone. */
struct bits {
	uint8_t v[BITS_MAX];	/* 0 or 1; 2: may be anything, a PIN or its length stands there */
	size_t n;
};

static void
check(int good)
{
	if (!good)
		abort();
}

static void
spread(struct bits *b, const uint8_t *p, size_t n)
{
	b->n = 8 * n;
	for (size_t i = 0; i < b->n; i++)
		b->v[i] = p[i / 8] >> (7 - i % 8) & 1;
}

static unsigned
value(const struct bits *b, size_t at, size_t n)
{
	unsigned v = 0;

	check(at + n <= b->n);
	for (; n > 0; n--, at++)
		v = v << 1 | b->v[at];
	return v;
}

/* A PIN is found again where the request says, and what it wrote is no template any more. */
static void
find(const struct padlink_pin *v, struct bits *was, const struct bits *is, uint8_t offset,
    const struct digits *d)
{
	const size_t width = v->format == PADLINK_BCD ? 4 : 8, base = 8 * (5 + (size_t)offset),
	    behind = v->length_at + (size_t)v->length_bits;
	size_t from = base + v->pin_bits, to = from + 8 * (size_t)v->block;

	if (v->length_bits > 0) {
		to = base + 8 * (size_t)v->block;
		if (v->pin_bits < behind)
			from = base + (behind + 7) / 8 * 8;
		check(value(is, base + v->length_at, v->length_bits) == d->n);
		memset(was->v + base + v->length_at, 2, v->length_bits);
	}
	if (v->right)
		from = to - d->n * width;
	check(from + d->n * width <= to);
	for (size_t i = 0; i < d->n; i++)
		check(value(is, from + i * width, width) ==
		    d->v[i] + (v->format == PADLINK_ASCII ? 0x30U : 0U));
	memset(was->v + from, 2, d->n * width);
}

static void
compare(const struct padlink_pin *v, const struct digits *old, const struct digits *pin,
    const uint8_t *p, size_t n)
{
	static struct bits was, is;

	check(n == v->n);
	spread(&was, v->apdu, v->n);
	spread(&is, p, n);
	if (old != NULL)
		find(v, &was, &is, v->offset_old, old);
	find(v, &was, &is, v->offset_new, pin);
	for (size_t i = 0; i < is.n; i++)
		check(was.v[i] == 2 || was.v[i] == is.v[i]);
}

static void
some_digits(struct rd *rd, struct digits *d)
{
	memset(d, 0, sizeof(*d));
	d->n = rd_u8(rd) % (DIGITS_MAX + 1);
	for (size_t i = 0; i < d->n; i++)
		d->v[i] = rd_u8(rd) % 10;
}

/* Digits, and a request to put them into: there and nowhere else, or refused without a byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t out[PADLINK_TEMPLATE_MAX];
	struct digits old, pin;
	struct padlink_pin v;
	struct rd rd;
	struct wr wr;
	int r, room, asks_old;

	rd_init(&rd, p, n);
	some_digits(&rd, &old);
	some_digits(&rd, &pin);
	if (rd.err != 0 || padlink_get_pin(p + n - rd.n, rd.n, &v) != 0)
		return 0;
	asks_old = v.kind == PADLINK_PIN_MODIFY && (v.confirm & PADLINK_ASK_OLD) != 0;
	room = pinblock_room(&v);
	wr_init(&wr, out, sizeof(out));
	r = pinblock_complete(&v, &old, &pin, &wr);
	if (room < 0) {
		check(room == ERR_FORMAT && r == room && wr.n == 0);
		return 0;
	}
	check(room > 0 && room <= DIGITS_MAX);
	if (pin.n > room || (asks_old && old.n > room)) {
		check(r == ERR_SIZE && wr.n == 0);
		return 0;
	}
	check(r == 0);
	if (v.block > 0)
		compare(&v, asks_old ? &old : NULL, &pin, out, wr.n);
	else
		check(wr.n >= 5 && out[4] == wr.n - 5 && memcmp(out, v.apdu, 4) == 0);
	return 0;
}
