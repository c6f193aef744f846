#include "ifdhandler/part10_properties.h"

#include <string.h>

static void
put_le(struct wr *wr, uint32_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		wr_u8(wr, (uint8_t)v);
}

/* wLcdLayout: lines in its high byte, columns in the low one. */
static uint16_t
layout(const struct reader_properties *reader)
{
	return (uint16_t)(reader->lines << 8 | reader->columns);
}

void
part10_pin_properties(const struct reader_properties *reader, struct wr *wr)
{
	put_le(wr, layout(reader), 2);
	wr_u8(wr, PADLINK_END_OK);
	wr_u8(wr, 1);	/* bTimeOut2 is heeded */
}

static void
put_property(struct wr *wr, uint8_t tag, uint32_t v, uint8_t n)
{
	wr_u8(wr, tag);
	wr_u8(wr, n);
	put_le(wr, v, n);
}

void
part10_tlv_properties(const struct reader_properties *reader, struct wr *wr)
{
	const size_t firmware = strlen(reader->firmware);

	put_property(wr, 0x01, layout(reader), 2);
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
}
