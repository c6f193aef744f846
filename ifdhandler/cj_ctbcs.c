#include "ifdhandler/cj_ctbcs.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"

enum {
	CLA_CT = 0x20, INS_INPUT = 0x16, INS_OUTPUT = 0x17, INS_PERFORM = 0x18, INS_MODIFY = 0x19,
	UNIT_ICC1 = 0x01, UNIT_DISPLAY = 0x40, UNIT_KEYPAD = 0x50,
	TAG_TEXT = 0x50, TAG_TO_PERFORM = 0x52, TAG_TIME = 0x80,
	CONTROL_BCD = 0, CONTROL_ASCII = 1, CONTROL_FORMAT_2 = 2,
	CONTROL_LENGTH_MAX = 15,	/* of the high nibble */
	HEAD = 5,			/* CLA to Lc */
	BLOCK_2 = 8,			/* bytes of a format 2 block, ISO 9564-1:2011 9.3.2 */
	ONE_KEY = 0x10,			/* INPUT's P2 */
};

/* 2L and the digits, filled up with F: so the template's block, its L still to come. */
static int
is_block_2(const uint8_t *p)
{
	if ((p[0] & 0xf0) != 0x20)
		return 0;
	for (size_t i = 1; i < BLOCK_2; i++)
		if (p[i] != 0xff)
			return 0;
	return 1;
}

static int
is_format_2(const struct padlink_pin *pin)
{
	const size_t blocks = pin->kind == PADLINK_PIN_MODIFY ? 2 : 1;

	/* The PIN begins at byte 1 of the block; some say so, some say 0. */
	if (pin->format != PADLINK_BCD || pin->length_bits != 4 || pin->length_at != 4 ||
	    (pin->pin_bits != 0 && pin->pin_bits != 8) ||
	    (pin->n != HEAD + BLOCK_2 && pin->n != HEAD + blocks * BLOCK_2))
		return 0;
	for (size_t at = HEAD; at < pin->n; at += BLOCK_2)
		if (!is_block_2(pin->apdu + at))
			return 0;
	return 1;
}

/* Where a PIN begins whose block is inserted there. */
static uint8_t
position(const struct padlink_pin *pin, uint8_t offset, int format_2)
{
	return (uint8_t)(CJ_OFFSET_BASE + offset + (format_2 ? 0 : pin->pin_bits / 8));
}

/* The control byte and where the PINs go. */
static int
put_places(struct wr *wr, const struct padlink_pin *pin)
{
	const int format_2 = is_format_2(pin), asks_old = (pin->confirm & PADLINK_ASK_OLD) != 0;
	uint8_t control = format_2 ? CONTROL_FORMAT_2 :
	    pin->format == PADLINK_ASCII ? CONTROL_ASCII : CONTROL_BCD;

	if (pin->right || pin->format == PADLINK_BINARY ||
	    (!format_2 && (pin->length_bits != 0 || pin->pin_bits % 8 != 0)))
		return ERR_FORMAT;
	/* The only length that the reader can be told is an exact one. */
	if ((pin->end & PADLINK_END_MAX) != 0 && pin->min == pin->max &&
	    pin->max <= CONTROL_LENGTH_MAX)
		control |= (uint8_t)(pin->max << 4);
	wr_u8(wr, control);
	if (pin->kind == PADLINK_PIN_VERIFY) {
		wr_u8(wr, position(pin, 0, format_2));
		return 0;
	}
	wr_u8(wr, position(pin, asks_old ? pin->offset_old : pin->offset_new, format_2));
	/* 0: behind the old PIN, however long that is. */
	if (asks_old && pin->offset_new == 0) {
		if (pin->block != 0)
			return ERR_FORMAT;
		wr_u8(wr, 0);
	} else {
		wr_u8(wr, position(pin, pin->offset_new, format_2));
	}
	return 0;
}

int
cj_put_pin(struct wr *wr, const struct padlink_pin *pin)
{
	uint8_t mem[3 + PADLINK_TEMPLATE_MAX];
	struct wr value;
	size_t opened;
	int r;

	wr_init(&value, mem, sizeof(mem));
	if ((r = put_places(&value, pin)) != 0)
		return r;
	/* A PIN of any length: the reader makes Lc itself. */
	wr_bytes(&value, pin->apdu, pin->block == 0 ? 4 : pin->n);
	wr_u8(wr, CLA_CT);
	wr_u8(wr, pin->kind == PADLINK_PIN_VERIFY ? INS_PERFORM : INS_MODIFY);
	wr_u8(wr, UNIT_ICC1);
	wr_u8(wr, 0);
	opened = wr->n;
	wr_u8(wr, 0);
	tlv_put_u8(wr, TAG_TIME, pin->first_s);
	tlv_put(wr, TAG_TO_PERFORM, value.p, value.n);
	if (wr_end(&value) != 0 || wr_end(wr) != 0 || wr->n - opened - 1 > 255)
		return ERR_FORMAT;
	wr->p[opened] = (uint8_t)(wr->n - opened - 1);
	return 0;
}

/* A display has no bell; and an empty text is none to it, so a blank one clears it. */
static uint8_t
showable(char *to, const char *text, uint8_t n)
{
	uint8_t kept = 0;

	for (uint8_t i = 0; i < n; i++)
		if (text[i] != '\a')
			to[kept++] = text[i];
	if (kept == 0)
		to[kept++] = ' ';
	return kept;
}

static void
put_text(struct wr *wr, uint8_t ins, uint8_t unit, uint8_t p2, const char *text, uint8_t n,
    uint8_t seconds)
{
	char shown[PADLINK_TEXT_MAX];
	const uint8_t kept = showable(shown, text, n);

	wr_u8(wr, CLA_CT);
	wr_u8(wr, ins);
	wr_u8(wr, unit);
	wr_u8(wr, p2);
	wr_u8(wr, (uint8_t)(2 + kept + (seconds != 0 ? 3 : 0)));
	tlv_put(wr, TAG_TEXT, shown, kept);
	if (seconds != 0)
		tlv_put_u8(wr, TAG_TIME, seconds);
}

void
cj_put_output(struct wr *wr, const struct padlink_output *o)
{
	put_text(wr, INS_OUTPUT, UNIT_DISPLAY, 0, o->text, o->n, o->seconds);
}

void
cj_put_input(struct wr *wr, const struct padlink_input *i, uint8_t seconds)
{
	static const uint8_t shown[] = {
		[PADLINK_ONE_KEY] = ONE_KEY, [PADLINK_LINE_BLANK] = 0, [PADLINK_LINE_CLEAR] = 1,
		[PADLINK_LINE_STARS] = 2,
	};

	put_text(wr, INS_INPUT, UNIT_KEYPAD, shown[i->mode], i->text, i->n, seconds);
	wr_u8(wr, i->mode == PADLINK_ONE_KEY ? 1 : i->max);
}

uint8_t
cj_key(uint8_t code)
{
	enum { CODE_CANCEL = 0x0a, CODE_OK = 0x0b, CODE_CLEAR = 0x0c };

	if (code <= 9)
		return (uint8_t)('0' + code);
	if (code >= '0' && code <= '9')
		return code;
	switch (code) {
	case CODE_OK:
	case PADLINK_KEY_OK:
		return PADLINK_KEY_OK;
	case CODE_CANCEL:
	case PADLINK_KEY_CANCEL:
		return PADLINK_KEY_CANCEL;
	case CODE_CLEAR:
		return PADLINK_KEY_CLEAR;
	default:
		return 0;
	}
}

uint8_t
cj_takes(uint8_t key)
{
	switch (key) {
	case 0:
		return 0;
	case PADLINK_KEY_OK:
		return PADLINK_TAKE_OK;
	case PADLINK_KEY_CANCEL:
		return PADLINK_TAKE_CANCEL;
	case PADLINK_KEY_CLEAR:
		return PADLINK_TAKE_CLEAR;
	default:
		return PADLINK_TAKE_DIGITS;
	}
}

const uint8_t *
cj_status(const uint8_t *p, size_t n, uint8_t tag, size_t *value_n)
{
	if (n < 2 || p[0] != tag || p[1] > 127 || n != 2u + p[1])
		return NULL;
	*value_n = p[1];
	return p + 2;
}
