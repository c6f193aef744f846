#include "ifdhandler/part10_structure.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/pin.h"

enum {
	LENGTH_BYTES = 4,	/* ulDataLength, the last of the head */
	MESSAGES_MAX = 3, MESSAGES_READERS = 0xff,	/* bNumberMessage; FF: the reader decides */
};

struct structure {
	struct rd rd;
	int big_endian;
};

/*
 * ulDataLength says how much is behind it, in one of two byte orders: hosts write their own, and
 * the other fields of two bytes are in the same.
 */
static void
begin(struct structure *s, const uint8_t *p, size_t n, size_t head)
{
	uint32_t little = 0, big = 0;

	rd_init(&s->rd, p, n);
	s->big_endian = 0;
	if (n < head)	/* what is missing is missed by who reads it */
		return;
	for (size_t i = 0; i < LENGTH_BYTES; i++) {
		big = big << 8 | p[head - LENGTH_BYTES + i];
		little |= (uint32_t)p[head - LENGTH_BYTES + i] << 8 * i;
	}
	if (little != n - head && big != n - head)
		s->rd.err = ERR_FORMAT;
	s->big_endian = little != n - head;
}

/* 0 is the reader's own. */
static void
get_seconds(struct rd *rd, struct padlink_pin *pin)
{
	const uint8_t first = rd_u8(rd), next = rd_u8(rd);

	pin->first_s = first != 0 ? first : PART10_FIRST_S;
	pin->next_s = next != 0 ? next : PART10_NEXT_S;
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

/* wPINMaxExtraDigit, 0xMMmm: the minimum is its high byte. */
static void
get_digits(struct structure *s, const struct reader_properties *reader, struct padlink_pin *pin)
{
	const uint8_t first = rd_u8(&s->rd), second = rd_u8(&s->rd);

	pin->max = s->big_endian ? second : first;
	pin->min = s->big_endian ? first : second;
	/* Swapped, they mean one exact length to readers in the field. */
	if (pin->min > pin->max)
		pin->max = pin->min;
	if (pin->max > reader->pin_max)
		pin->max = reader->pin_max;
	if (pin->max == 0 || pin->min > pin->max)
		s->rd.err = ERR_FORMAT;
}

/*
 * bEntryValidationCondition. None at all and bits that have no meaning become the OK key, as
 * libccid has it, which clients are tried with.
 */
static void
get_end(struct rd *rd, struct padlink_pin *pin)
{
	const uint8_t end = rd_u8(rd);

	if (end > (PADLINK_END_MAX | PADLINK_END_OK | PADLINK_END_TIMEOUT))
		pin->end = PADLINK_END_OK;
	else if ((end & (PADLINK_END_MAX | PADLINK_END_OK)) != 0)
		pin->end = end;
	else	/* the time alone would leave a person no way to say that the PIN is whole */
		pin->end = end | PADLINK_END_OK;
}

/* bNumberMessage: the pad has its own texts and shows one for each entry, whatever is asked. */
static void
get_messages(struct rd *rd, uint8_t max)
{
	const uint8_t messages = rd_u8(rd);

	if (messages > max && messages != MESSAGES_READERS)
		rd->err = ERR_FORMAT;
}

/* wLangId, bMsgIndex..., bTeoPrologue: the pad has its own texts, and T=1 is not ours to frame. */
static void
skip(struct rd *rd, size_t n)
{
	(void)rd_view(rd, n);
}

static int
get_template(struct structure *s, struct padlink_pin *pin)
{
	skip(&s->rd, LENGTH_BYTES);
	if (s->rd.err != 0 || s->rd.n > PADLINK_TEMPLATE_MAX)
		return ERR_FORMAT;
	pin->n = (uint16_t)s->rd.n;
	rd_bytes(&s->rd, pin->apdu, s->rd.n);
	return pin_check(pin);
}

int
part10_verify(const uint8_t *p, size_t n, const struct reader_properties *reader,
    struct padlink_pin *pin)
{
	struct structure s;

	memset(pin, 0, sizeof(*pin));
	pin->kind = PADLINK_PIN_VERIFY;
	begin(&s, p, n, PART10_VERIFY_HEAD);
	get_seconds(&s.rd, pin);
	get_format(&s.rd, pin);
	get_digits(&s, reader, pin);
	get_end(&s.rd, pin);
	get_messages(&s.rd, 1);
	skip(&s.rd, 2 + 1 + 3);
	return get_template(&s, pin);
}

int
part10_modify(const uint8_t *p, size_t n, const struct reader_properties *reader,
    struct padlink_pin *pin)
{
	struct structure s;

	memset(pin, 0, sizeof(*pin));
	pin->kind = PADLINK_PIN_MODIFY;
	begin(&s, p, n, PART10_MODIFY_HEAD);
	get_seconds(&s.rd, pin);
	get_format(&s.rd, pin);
	pin->offset_old = rd_u8(&s.rd);
	pin->offset_new = rd_u8(&s.rd);
	get_digits(&s, reader, pin);
	pin->confirm = rd_u8(&s.rd);
	if (pin->confirm > (PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD))
		s.rd.err = ERR_FORMAT;
	get_end(&s.rd, pin);
	get_messages(&s.rd, MESSAGES_MAX);
	skip(&s.rd, 2 + 3 + 3);
	return get_template(&s, pin);
}
