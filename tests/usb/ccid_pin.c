#include "tests/usb/ccid_pin.h"

#include <string.h>

#include "card-os/iso7816/err.h"

enum { MESSAGE_HEAD = 10, PIN_MAX = 16, FIRST_S = 30, NEXT_S = 10 };

/* Remembers where the first field stands that is wrong. */
struct fields {
	struct rd rd;
	size_t n;
	uint8_t bad;
};

static void
need(struct fields *f, int right)
{
	if (!right && f->bad == 0)
		f->bad = (uint8_t)(MESSAGE_HEAD + f->n - f->rd.n - 1);
}

/* bmFormatString, bmPINBlockString, bmPINLengthFormat. */
static void
get_block(struct fields *f, struct padlink_pin *pin)
{
	uint8_t b = rd_u8(&f->rd);

	pin->format = b & 3;
	need(f, pin->format <= PADLINK_ASCII);
	pin->right = (b & 4) != 0;
	pin->pin_bits = b >> 3 & 15;
	if ((b & 0x80) != 0)
		pin->pin_bits = (uint16_t)(pin->pin_bits * 8);
	b = rd_u8(&f->rd);
	pin->block = b & 15;
	pin->length_bits = b >> 4;
	b = rd_u8(&f->rd);
	need(f, (b & 0xe0) == 0);
	pin->length_at = b & 15;
	if ((b & 0x10) != 0)
		pin->length_at = (uint16_t)(pin->length_at * 8);
}

/* wPINMaxExtraDigit, XXYY: XX digits at least, YY at most; YY is the first byte on the wire. */
static void
get_digits(struct fields *f, struct padlink_pin *pin)
{
	pin->max = rd_u8(&f->rd);
	need(f, pin->max > 0);
	pin->min = rd_u8(&f->rd);
	need(f, pin->min <= pin->max && pin->min <= PIN_MAX);
	if (pin->max > PIN_MAX)
		pin->max = PIN_MAX;
}

static void
get_end(struct fields *f, struct padlink_pin *pin)
{
	pin->end = rd_u8(&f->rd);
	need(f, (pin->end & (PADLINK_END_MAX | PADLINK_END_OK)) != 0 && pin->end <= 7);
}

/* bNumberMessage, wLangId, bMsgIndex...: the pad has texts of its own. */
static void
get_messages(struct fields *f, uint8_t kind)
{
	const uint8_t n = rd_u8(&f->rd);

	need(f, n == 0xff || n <= (kind == PADLINK_PIN_MODIFY ? 3 : 1));
	(void)rd_u16(&f->rd);
	(void)rd_u8(&f->rd);
	/* bMsgIndex2 and 3 of a modification are there as bNumberMessage tells. */
	if (kind == PADLINK_PIN_MODIFY && n != 0)
		(void)rd_u8(&f->rd);
	if (kind == PADLINK_PIN_MODIFY && n == 3)
		(void)rd_u8(&f->rd);
}

static int
get_apdu(struct fields *f, struct padlink_pin *pin)
{
	const size_t n = f->rd.n;

	if (f->rd.err != 0 || n < 4 || n > PADLINK_TEMPLATE_MAX)
		return 0;
	pin->n = (uint16_t)n;
	rd_bytes(&f->rd, pin->apdu, n);
	/* Without a block the pad makes Lc and data: the header, and perhaps an Lc of 0. */
	if (pin->block == 0)
		return n == 4 || (n == 5 && pin->apdu[4] == 0);
	return n > 5 && n == 5u + pin->apdu[4] &&
	    (size_t)pin->offset_new + pin->block <= n - 5 &&
	    (size_t)pin->offset_old + pin->block <= n - 5;
}

int
ccid_pin_get(const uint8_t *p, size_t n, struct padlink_pin *pin, uint8_t *bad)
{
	struct fields f = { .n = n };
	int fits;

	memset(pin, 0, sizeof(*pin));
	rd_init(&f.rd, p, n);
	pin->kind = rd_u8(&f.rd);
	need(&f, pin->kind <= PADLINK_PIN_MODIFY);
	pin->first_s = rd_u8(&f.rd);
	if (pin->first_s == 0)
		pin->first_s = FIRST_S;
	pin->next_s = NEXT_S;
	get_block(&f, pin);
	if (pin->kind == PADLINK_PIN_MODIFY) {
		pin->offset_old = rd_u8(&f.rd);
		need(&f, pin->offset_old <= PADLINK_BLOCK_MAX);
		pin->offset_new = rd_u8(&f.rd);
		need(&f, pin->offset_new <= PADLINK_BLOCK_MAX);
	}
	get_digits(&f, pin);
	if (pin->kind == PADLINK_PIN_MODIFY) {
		pin->confirm = rd_u8(&f.rd);
		need(&f, pin->confirm <= (PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD));
	}
	get_end(&f, pin);
	get_messages(&f, pin->kind);
	(void)rd_view(&f.rd, 3);	/* bTeoPrologue: of readers that exchange TPDUs */
	fits = get_apdu(&f, pin);
	if (f.bad == 0 && !fits)
		f.bad = MESSAGE_HEAD;
	*bad = f.bad;
	return f.bad != 0 ? ERR_FORMAT : 0;
}
