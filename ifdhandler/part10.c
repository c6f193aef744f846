#include "ifdhandler/part10.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/ctbcs.h"

/* PC/SC Part 10 2.2: codes of the request itself, in pcsc-lite's form and in that of Windows. */
enum { GET_FEATURES = 0x42000d48, GET_FEATURES_WINDOWS = 0x313520, FEATURE_BASE = 0x42330000 };

static uint32_t
get_le(struct rd *rd, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint32_t)rd_u8(rd) << 8 * i;
	return v;
}

static void
put_le(struct wr *wr, uint32_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		wr_u8(wr, (uint8_t)v);
}

/* bmFormatString, bmPINBlockString, bmPINLengthFormat. */
static void
get_format(struct rd *rd, struct padlink_pin *pin)
{
	const uint8_t format = rd_u8(rd), block = rd_u8(rd), length = rd_u8(rd);
	const uint8_t unit = (format & 0x80) != 0 ? 8 : 1;
	const uint8_t length_unit = (length & 0x10) != 0 ? 8 : 1;

	pin->pin_bits = (uint16_t)((format >> 3 & 0x0f) * unit);
	pin->right = format >> 2 & 1;
	pin->format = format & 3;
	pin->length_bits = block >> 4;
	pin->block = block & 0x0f;
	pin->length_at = (uint16_t)((length & 0x0f) * length_unit);
	if (pin->format > PADLINK_ASCII)
		rd->err = ERR_FORMAT;
}

/* wPINMaxExtraDigit: the maximum is its low byte, so it comes first. */
static void
get_digits(struct rd *rd, const struct reader_properties *reader, struct padlink_pin *pin)
{
	pin->max = rd_u8(rd);
	pin->min = rd_u8(rd);
	/* Swapped, they mean one exact length to readers in the field. */
	if (pin->min > pin->max)
		pin->max = pin->min;
	if (pin->max > reader->pin_max)
		pin->max = reader->pin_max;
	if (pin->max == 0 || pin->min > pin->max)
		rd->err = ERR_FORMAT;
}

static void
get_end(struct rd *rd, struct padlink_pin *pin)
{
	const uint8_t end = rd_u8(rd);

	if (end > (PADLINK_END_MAX | PADLINK_END_OK | PADLINK_END_TIMEOUT))
		rd->err = ERR_FORMAT;
	/* None, or the timeout alone, would leave a person no way to say that the PIN is whole. */
	pin->end = (end & (PADLINK_END_MAX | PADLINK_END_OK)) != 0 ? end : end | PADLINK_END_OK;
}

/* wLangId, bMsgIndex..., bTeoPrologue: the pad has its own texts, and T=1 is not ours to frame. */
static void
skip(struct rd *rd, size_t n)
{
	(void)rd_view(rd, n);
}

/* ulDataLength and abData. */
static int
get_template(struct rd *rd, struct padlink_pin *pin)
{
	static const uint8_t takes_pin[] = {
		INS_VERIFY, INS_CHANGE_REFERENCE, INS_DISABLE_VERIFICATION, INS_ENABLE_VERIFICATION,
		INS_RESET_RETRY,
	};
	const uint32_t n = get_le(rd, 4);

	if (rd->err != 0 || n != rd->n || n < 4 || n > PADLINK_TEMPLATE_MAX)
		return ERR_FORMAT;
	pin->n = (uint16_t)n;
	rd_bytes(rd, pin->apdu, n);
	if (memchr(takes_pin, pin->apdu[1], sizeof(takes_pin)) == NULL)
		return ERR_DENIED;
	if (pin->block == 0)	/* the pad makes Lc and data; OpenSC sends a fifth byte 00 */
		return n == 4 || (n == 5 && pin->apdu[4] == 0) ? 0 : ERR_FORMAT;
	if (n < 5 || n != 5u + pin->apdu[4])
		return ERR_FORMAT;
	if ((size_t)pin->offset_new + pin->block > n - 5 ||
	    ((pin->confirm & PADLINK_ASK_OLD) != 0 && (size_t)pin->offset_old + pin->block > n - 5))
		return ERR_FORMAT;
	return 0;
}

static void
get_seconds(struct rd *rd, struct padlink_pin *pin)
{
	const uint8_t first = rd_u8(rd), next = rd_u8(rd);

	pin->first_s = first != 0 ? first : PART10_FIRST_S;
	pin->next_s = next != 0 ? next : PART10_NEXT_S;
}

int
part10_verify(const uint8_t *p, size_t n, const struct reader_properties *reader,
    struct padlink_pin *pin)
{
	struct rd rd;

	memset(pin, 0, sizeof(*pin));
	pin->kind = PADLINK_PIN_VERIFY;
	rd_init(&rd, p, n);
	get_seconds(&rd, pin);
	get_format(&rd, pin);
	get_digits(&rd, reader, pin);
	get_end(&rd, pin);
	skip(&rd, 1 + 2 + 1 + 3);
	return get_template(&rd, pin);
}

int
part10_modify(const uint8_t *p, size_t n, const struct reader_properties *reader,
    struct padlink_pin *pin)
{
	struct rd rd;
	uint8_t messages;

	memset(pin, 0, sizeof(*pin));
	pin->kind = PADLINK_PIN_MODIFY;
	rd_init(&rd, p, n);
	get_seconds(&rd, pin);
	get_format(&rd, pin);
	pin->offset_old = rd_u8(&rd);
	pin->offset_new = rd_u8(&rd);
	get_digits(&rd, reader, pin);
	pin->confirm = rd_u8(&rd);
	get_end(&rd, pin);
	messages = rd_u8(&rd);
	if (pin->confirm > (PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD) ||
	    (messages > 3 && messages != 0xff))
		rd.err = ERR_FORMAT;
	skip(&rd, 2 + 3 + 3);
	return get_template(&rd, pin);
}

/* What ends a PIN entry other than the card: one table to the reader's status words. */
static const struct {
	int r;
	uint16_t sw;
} pin_ends[] = {
	{ ERR_FORMAT, SW_PAD_STRUCTURE },
	{ ERR_DENIED, SW_PAD_REFUSED },
	{ ERR_TIMEOUT, SW_PAD_TIMEOUT },
	{ ERR_CANCELLED, SW_PAD_CANCELLED },
	{ ERR_NO_CARD, SW_PAD_NO_CARD },
	{ ERR_NOT_NOW, SW_PAD_NOT_POWERED },
};

static int
enter_pin(struct slot *slot, int r, const struct padlink_pin *pin, struct wr *wr)
{
	uint16_t sw = 0;

	if (r == 0)
		r = slot->reader->ops->pin(slot->reader, pin, &sw);
	for (size_t i = 0; i < sizeof(pin_ends) / sizeof(pin_ends[0]); i++)
		if (pin_ends[i].r == r) {
			sw = pin_ends[i].sw;
			r = 0;
		}
	if (r == 0)
		wr_u16(wr, sw);
	return r;
}

static int
verify(struct slot *slot, const struct reader_properties *reader, const uint8_t *p, size_t n,
    struct wr *wr)
{
	struct padlink_pin pin;
	const int r = part10_verify(p, n, reader, &pin);

	return enter_pin(slot, r, &pin, wr);
}

static int
modify(struct slot *slot, const struct reader_properties *reader, const uint8_t *p, size_t n,
    struct wr *wr)
{
	struct padlink_pin pin;
	const int r = part10_modify(p, n, reader, &pin);

	return enter_pin(slot, r, &pin, wr);
}

/* wLcdLayout: lines in its high byte, columns in the low one. */
static void
put_layout(const struct reader_properties *reader, struct wr *wr)
{
	put_le(wr, (uint32_t)(reader->lines << 8 | reader->columns), 2);
}

static int
pin_properties(struct slot *slot, const struct reader_properties *reader, const uint8_t *p,
    size_t n, struct wr *wr)
{
	(void)slot;
	(void)p;
	(void)n;
	put_layout(reader, wr);
	wr_u8(wr, PADLINK_END_OK);
	wr_u8(wr, 1);	/* bTimeOut2 is heeded */
	return 0;
}

static void
put_property(struct wr *wr, uint8_t tag, uint32_t v, uint8_t n)
{
	wr_u8(wr, tag);
	wr_u8(wr, n);
	put_le(wr, v, n);
}

/* 2.6.14, values little-endian. */
static int
tlv_properties(struct slot *slot, const struct reader_properties *reader, const uint8_t *p,
    size_t n, struct wr *wr)
{
	const size_t firmware = strlen(reader->firmware);

	(void)slot;
	(void)p;
	(void)n;
	put_property(wr, 0x01, (uint32_t)(reader->lines << 8 | reader->columns), 2);
	put_property(wr, 0x02, PADLINK_END_OK, 1);
	put_property(wr, 0x03, 1, 1);
	put_property(wr, 0x04, reader->columns, 2);
	put_property(wr, 0x05, reader->lines, 2);
	put_property(wr, 0x06, reader->pin_min, 1);
	put_property(wr, 0x07, reader->pin_max, 1);
	wr_u8(wr, 0x08);
	wr_u8(wr, (uint8_t)firmware);
	wr_bytes(wr, reader->firmware, firmware);
	put_property(wr, 0x09, 0, 1);		/* no PPDU */
	put_property(wr, 0x0a, APDU_NE_MAX, 4);
	put_property(wr, 0x0b, reader->usb_vendor, 2);
	put_property(wr, 0x0c, reader->usb_product, 2);
	return 0;
}

static const struct feature {
	uint8_t tag;
	uint8_t needs_pin_pad;
	int (*run)(struct slot *, const struct reader_properties *, const uint8_t *, size_t,
	    struct wr *);
} features[] = {
	{ 0x06, 1, verify },		/* VERIFY_PIN_DIRECT */
	{ 0x07, 1, modify },		/* MODIFY_PIN_DIRECT */
	{ 0x08, 0, ctbcs_run },	/* MCT_READER_DIRECT */
	{ 0x0a, 1, pin_properties },	/* IFD_PIN_PROPERTIES */
	{ 0x12, 0, tlv_properties },	/* GET_TLV_PROPERTIES */
};

static int
offered(const struct feature *f, const struct reader_properties *reader)
{
	return !f->needs_pin_pad || reader->pin_max > 0;
}

int
part10_control(struct slot *slot, unsigned long code, const uint8_t *p, size_t n, struct wr *wr)
{
	const int list = code == GET_FEATURES || code == GET_FEATURES_WINDOWS;
	struct reader_properties reader;
	int r = list ? 0 : ERR_UNSUPPORTED;

	slot->reader->ops->properties(slot->reader, &reader);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];

		if (!offered(f, &reader))
			continue;
		if (list) {
			wr_u8(wr, f->tag);
			wr_u8(wr, 4);
			wr_u32(wr, FEATURE_BASE + (uint32_t)f->tag);
		} else if (code == FEATURE_BASE + (unsigned long)f->tag) {
			r = f->run(slot, &reader, p, n, wr);
			break;
		}
	}
	return r != 0 ? r : wr_end(wr);
}
