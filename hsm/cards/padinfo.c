#include "hsm/cards/padinfo.h"

#include <string.h>

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"

enum {
	CTBCS = 0x20, CTBCS_STATUS = 0x13,
	NODE_HOST = 0x02, NODE_READER = 0x01,
	ICC_PRESENT = 0x01,	/* bit of the state: 03 and 05 have it, 00 not */
};

static const struct {
	uint8_t tag;
	const char *name;
} features[] = {
	{ 0x01, "VERIFY_PIN_START" }, { 0x02, "VERIFY_PIN_FINISH" },
	{ 0x03, "MODIFY_PIN_START" }, { 0x04, "MODIFY_PIN_FINISH" },
	{ 0x05, "GET_KEY_PRESSED" }, { 0x06, "VERIFY_PIN_DIRECT" },
	{ 0x07, "MODIFY_PIN_DIRECT" }, { 0x08, "MCT_READER_DIRECT" },
	{ 0x09, "MCT_UNIVERSAL" }, { 0x0a, "IFD_PIN_PROPERTIES" }, { 0x0b, "ABORT" },
	{ 0x0c, "SET_SPE_MESSAGE" }, { 0x0d, "VERIFY_PIN_DIRECT_APP_ID" },
	{ 0x0e, "MODIFY_PIN_DIRECT_APP_ID" }, { 0x0f, "WRITE_DISPLAY" }, { 0x10, "GET_KEY" },
	{ 0x11, "IFD_DISPLAY_PROPERTIES" }, { 0x12, "GET_TLV_PROPERTIES" },
	{ 0x13, "CCID_ESC_COMMAND" }, { 0x20, "EXECUTE_PACE" },
};

const char *
padinfo_feature_name(uint8_t tag)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].tag == tag)
			return features[i].name;
	return "?";
}

const char *
padinfo_unit_name(uint8_t unit)
{
	switch (unit) {
	case 0x00: return "reader";
	case 0x40: return "display";
	case 0x50: return "keypad";
	case 0x60: return "printer";
	case 0x70: return "fingerprint sensor";
	default: return unit < 0x0f ? "card slot" : "?";
	}
}

int
padinfo_features(const uint8_t *p, size_t n, struct pad_report *v)
{
	struct rd rd;

	v->features = 0;
	rd_init(&rd, p, n);
	while (rd.err == 0 && rd.n > 0) {
		struct pad_feature f = { .tag = rd_u8(&rd) };

		if (rd_u8(&rd) != sizeof(f.code) || v->features == PADINFO_FEATURES_MAX)
			return ERR_FORMAT;
		f.code = rd_u32(&rd);
		if (rd.err == 0)
			v->feature[v->features++] = f;
	}
	return rd_end(&rd);
}

uint32_t
padinfo_code(const struct pad_report *v, uint8_t tag)
{
	for (size_t i = 0; i < v->features; i++)
		if (v->feature[i].tag == tag)
			return v->feature[i].code;
	return 0;
}

static void
layout(struct pad_properties *v, uint32_t value)
{
	v->columns = (uint8_t)value;
	v->lines = (uint8_t)(value >> 8);
}

int
padinfo_pin_properties(const uint8_t *p, size_t n, struct pad_properties *v)
{
	memset(v, 0, sizeof(*v));
	if (n != 4)
		return ERR_FORMAT;
	/* Part 10 2.5.5: wLcdLayout is little-endian, columns in its low byte. */
	layout(v, (uint32_t)(p[1] << 8 | p[0]));
	v->condition = p[2];
	v->next_timeout = p[3];
	v->said = 1u << PROPERTY_LAYOUT | 1u << PROPERTY_CONDITION | 1u << PROPERTY_TIMEOUT;
	return 0;
}

/* For people: what is not printable ASCII becomes a question mark. */
static void
take_text(char *text, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && i < PADINFO_TEXT_MAX; i++)
		text[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	text[n < PADINFO_TEXT_MAX ? n : PADINFO_TEXT_MAX] = '\0';
}

static void
take_number(struct pad_properties *v, uint8_t tag, uint32_t value)
{
	switch (tag) {
	case PROPERTY_LAYOUT: layout(v, value); break;
	case PROPERTY_CONDITION: v->condition = (uint8_t)value; break;
	case PROPERTY_TIMEOUT: v->next_timeout = (uint8_t)value; break;
	case PROPERTY_CHARACTERS: v->characters = (uint16_t)value; break;
	case PROPERTY_LINES: v->text_lines = (uint16_t)value; break;
	case PROPERTY_PIN_MIN: v->pin_min = (uint8_t)value; break;
	case PROPERTY_PIN_MAX: v->pin_max = (uint8_t)value; break;
	case PROPERTY_PPDU: v->ppdu = (uint8_t)value; break;
	case PROPERTY_APDU_MAX: v->apdu_max = value; break;
	case PROPERTY_VENDOR: v->vendor = (uint16_t)value; break;
	default: v->product = (uint16_t)value; break;
	}
}

int
padinfo_tlv_properties(const uint8_t *p, size_t n, struct pad_properties *v)
{
	/* Bytes of each value, little-endian, by tag; the firmware's is a text of any length. */
	static const uint8_t sizes[] = { 0, 2, 1, 1, 2, 2, 1, 1, 0, 1, 4, 2, 2 };
	const uint8_t *value;
	struct rd rd;
	uint8_t tag, size;
	uint32_t number;

	memset(v, 0, sizeof(*v));
	rd_init(&rd, p, n);
	while (rd.err == 0 && rd.n > 0) {
		tag = rd_u8(&rd);
		size = rd_u8(&rd);
		if ((value = rd_view(&rd, size)) == NULL)
			break;
		if (tag == 0 || tag >= sizeof(sizes))
			continue;
		if ((v->said & 1u << tag) != 0 ||
		    (tag != PROPERTY_FIRMWARE && size != sizes[tag]))
			return ERR_FORMAT;
		v->said |= 1u << tag;
		if (tag == PROPERTY_FIRMWARE) {
			take_text(v->firmware, value, size);
			continue;
		}
		for (number = 0; size > 0; size--)
			number = number << 8 | value[size - 1];
		take_number(v, tag, number);
	}
	return rd_end(&rd);
}

void
padinfo_status(struct wr *wr, uint8_t what)
{
	const struct apdu a = { .cla = CTBCS, .ins = CTBCS_STATUS,
	    .p1 = what == STATUS_ICC ? 1 : 0, .p2 = what, .ne = 256 };

	apdu_encode(wr, &a);
}

/* The object of that tag in a good answer. */
static int
object(const uint8_t *p, size_t n, uint8_t tag, struct tlv *t)
{
	uint16_t sw;

	if (rapdu_decode(p, &n, &sw) != 0 || sw != SW_OK || tlv_find(p, n, tag, t) != 0)
		return ERR_FORMAT;
	return 0;
}

int
padinfo_units(const uint8_t *p, size_t n, struct pad_units *v)
{
	struct tlv t;

	v->n = 0;
	if (object(p, n, STATUS_UNITS, &t) != 0 || t.n > sizeof(v->unit))
		return ERR_FORMAT;
	memcpy(v->unit, t.p, t.n);
	v->n = t.n;
	return 0;
}

int
padinfo_has_unit(const struct pad_units *v, uint8_t unit)
{
	return memchr(v->unit, unit, v->n) != NULL;
}

int
padinfo_maker(const uint8_t *p, size_t n, char text[PADINFO_TEXT_MAX + 1])
{
	struct tlv t;

	text[0] = '\0';
	if (object(p, n, STATUS_MAKER, &t) != 0)
		return ERR_FORMAT;
	take_text(text, t.p, t.n);
	return 0;
}

int
padinfo_icc(const uint8_t *p, size_t n, int *present)
{
	struct tlv t;

	*present = 0;
	if (object(p, n, STATUS_ICC, &t) != 0 || t.n == 0)
		return ERR_FORMAT;
	*present = (t.p[0] & ICC_PRESENT) != 0;
	return 0;
}

void
padinfo_universal(struct wr *wr, uint8_t what)
{
	uint8_t mem[8];
	struct wr apdu;

	wr_init(&apdu, mem, sizeof(mem));
	padinfo_status(&apdu, what);
	wr_u8(wr, NODE_HOST);
	wr_u8(wr, NODE_READER);
	wr_u8(wr, (uint8_t)apdu.n);
	wr_u8(wr, 0);
	wr_bytes(wr, mem, apdu.n);
}

int
padinfo_universal_answer(const uint8_t **p, size_t *n)
{
	const uint8_t *head = *p;

	if (*n < 4 || (size_t)(head[3] << 8 | head[2]) != *n - 4)
		return ERR_FORMAT;
	*p += 4;
	*n -= 4;
	return 0;
}
