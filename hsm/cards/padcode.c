#include "hsm/cards/padcode.h"

#include <string.h>

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/profile/profile.h"

/* PC/SC Part 10 2.2: feature tags. */
enum { FEATURE_VERIFY = 0x06, FEATURE_MODIFY = 0x07, FEATURE_MCT = 0x08 };

enum {
	FORMAT_ASCII_BYTES = 0x82,	/* left-justified, position 0 in bytes */
	END_AT_OK = 0x02,
	CONFIRM_AND_ASK_OLD = 0x03,
	ENGLISH_US = 0x0409,
	CTBCS = 0x20,
	CTBCS_RESET = 0x11,
	CTBCS_STATUS = 0x13,
	CTBCS_INPUT = 0x16,
	CTBCS_OUTPUT = 0x17,
	UNIT_DISPLAY = 0x40,
	UNIT_KEYPAD = 0x50,
	KEY_PLAIN = 0x10,		/* P2 of INPUT: one key, given back as it is */
	TAG_TEXT = 0x50,
	TAG_SECONDS = 0x80,
	TAG_UNITS = 0x81,
	TAG_KEYS = 0xc1,		/* ours: which keys count */
	KEYS_OK_CANCEL = 0x06,
	KEY_OK = 0x0d,
};

enum { SW_NO_KEY = 0x6400, SW_CANCEL = 0x6401 };

int
padcode_features(const uint8_t *p, size_t n, struct pad_features *f)
{
	struct rd rd;
	uint32_t code;
	uint8_t tag;

	memset(f, 0, sizeof(*f));
	rd_init(&rd, p, n);
	while (rd.err == 0 && rd.n > 0) {
		tag = rd_u8(&rd);
		if (rd_u8(&rd) != sizeof(code))
			return ERR_FORMAT;
		code = rd_u32(&rd);
		if (tag == FEATURE_VERIFY)
			f->verify = code;
		else if (tag == FEATURE_MODIFY)
			f->modify = code;
		else if (tag == FEATURE_MCT)
			f->mct = code;
	}
	return rd_end(&rd);
}

static uint8_t
seconds(unsigned s)
{
	return s > 255 ? 255 : (uint8_t)s;
}

/* Part 10 2.5.2 and 2.5.3: integers are little-endian here. */
static void
put_u16le(struct wr *wr, unsigned v)
{
	wr_u8(wr, (uint8_t)v);
	wr_u8(wr, (uint8_t)(v >> 8));
}

void
padcode_pin(struct wr *wr, uint8_t ref, int modify, unsigned first_s, unsigned next_s)
{
	const uint8_t header[] = { 0, modify ? INS_CHANGE_REFERENCE : INS_VERIFY, 0, ref };

	wr_u8(wr, seconds(first_s));
	wr_u8(wr, seconds(next_s));
	wr_u8(wr, FORMAT_ASCII_BYTES);
	/* No block size: the PIN is as long as it is; no length field. */
	wr_zero(wr, modify ? 4 : 2);
	put_u16le(wr, PIN_MIN << 8 | PIN_MAX);
	if (modify)
		wr_u8(wr, CONFIRM_AND_ASK_OLD);
	wr_u8(wr, END_AT_OK);
	wr_u8(wr, modify ? 3 : 1);
	put_u16le(wr, ENGLISH_US);
	wr_u8(wr, 0);
	if (modify) {
		wr_u8(wr, 1);
		wr_u8(wr, 2);
	}
	wr_zero(wr, 3);
	put_u16le(wr, sizeof(header));
	put_u16le(wr, 0);
	wr_bytes(wr, header, sizeof(header));
}

/* Lines end as CT-BCS terminals have it. */
static void
put_text(struct wr *wr, const char *text, int beep)
{
	uint8_t mem[PADCODE_TEXT_MAX];
	struct wr line;

	wr_init(&line, mem, sizeof(mem));
	for (; *text != '\0'; text++) {
		if (*text == '\a' && !beep)
			continue;
		if (*text == '\n')
			wr_u8(&line, '\r');
		wr_u8(&line, (uint8_t)*text);
	}
	if (wr_end(&line) != 0)
		wr->err = ERR_SIZE;
	tlv_put(wr, TAG_TEXT, mem, line.n);
}

void
padcode_output(struct wr *wr, const char *text)
{
	uint8_t body[PADCODE_TEXT_MAX + 8];
	struct apdu a = { .cla = CTBCS, .ins = CTBCS_OUTPUT, .p1 = UNIT_DISPLAY, .data = body };
	struct wr b;

	wr_init(&b, body, sizeof(body));
	put_text(&b, text, 1);
	a.nc = b.n;
	apdu_encode(wr, &a);
	if (b.err != 0)
		wr->err = b.err;
}

void
padcode_input(struct wr *wr, const char *text, int beep)
{
	uint8_t body[PADCODE_TEXT_MAX + 16];
	struct apdu a = { .cla = CTBCS, .ins = CTBCS_INPUT, .p1 = UNIT_KEYPAD, .p2 = KEY_PLAIN,
	    .data = body, .ne = 1 };
	struct wr b;

	wr_init(&b, body, sizeof(body));
	put_text(&b, text, beep);
	tlv_put_u8(&b, TAG_SECONDS, 1);
	tlv_put_u8(&b, TAG_KEYS, KEYS_OK_CANCEL);
	a.nc = b.n;
	apdu_encode(wr, &a);
	if (b.err != 0)
		wr->err = b.err;
}

int
padcode_key(const uint8_t *p, size_t n, enum cards_key *key)
{
	uint16_t sw;

	*key = CARDS_NO_KEY;
	if (rapdu_decode(p, &n, &sw) != 0)
		return ERR_IO;
	if (sw == SW_OK && n == 1) {
		/* A reader that does not know our object may give other keys: they say nothing. */
		if (p[0] == KEY_OK)
			*key = CARDS_OK;
		return 0;
	}
	if (n != 0)
		return ERR_IO;
	if (sw == SW_CANCEL)
		*key = CARDS_CANCEL;
	return sw == SW_CANCEL || sw == SW_NO_KEY ? 0 : ERR_UNSUPPORTED;
}

void
padcode_reset(struct wr *wr)
{
	const struct apdu a = { .cla = CTBCS, .ins = CTBCS_RESET };

	apdu_encode(wr, &a);
}

void
padcode_units(struct wr *wr)
{
	const struct apdu a = { .cla = CTBCS, .ins = CTBCS_STATUS, .p2 = TAG_UNITS, .ne = 256 };

	apdu_encode(wr, &a);
}

int
padcode_has_display(const uint8_t *p, size_t n)
{
	struct tlv units;
	uint16_t sw;

	return rapdu_decode(p, &n, &sw) == 0 && sw == SW_OK &&
	    tlv_find(p, n, TAG_UNITS, &units) == 0 &&
	    memchr(units.p, UNIT_DISPLAY, units.n) != NULL &&
	    memchr(units.p, UNIT_KEYPAD, units.n) != NULL;
}
