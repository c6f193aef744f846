#include "card-os/iso7816/tlv.h"

#include <string.h>

#include "card-os/iso7816/err.h"

static uint32_t
get_tag(struct rd *rd)
{
	uint32_t tag = rd_u8(rd), b;

	if ((tag & 0x1f) != 0x1f)
		return tag;
	b = rd_u8(rd);
	tag = tag << 8 | b;
	/* ISO 7816-4:2005 5.2.2.1: a second byte is 1F to 7F, or 81 to FF and a third 00 to 7F. */
	if ((b & 0x80) == 0) {
		if (b < 0x1f)
			rd->err = ERR_FORMAT;
		return tag;
	}
	if (b == 0x80)
		rd->err = ERR_FORMAT;
	b = rd_u8(rd);
	if ((b & 0x80) != 0)
		rd->err = ERR_FORMAT;
	return tag << 8 | b;
}

static size_t
get_len(struct rd *rd)
{
	size_t n = rd_u8(rd), min;

	if (n < 0x80)
		return n;
	switch (n) {
	case 0x81:
		n = rd_u8(rd);
		min = 0x80;
		break;
	case 0x82:
		n = rd_u16(rd);
		min = 0x100;
		break;
	default:
		n = 0;
		min = 1;
	}
	if (n < min)
		rd->err = ERR_FORMAT;
	return n;
}

int
tlv_next(struct rd *rd, struct tlv *t)
{
	memset(t, 0, sizeof(*t));
	if (rd->err != 0)
		return ERR_FORMAT;
	if (rd->n == 0)
		return 0;
	t->tag = get_tag(rd);
	t->n = get_len(rd);
	t->p = rd_view(rd, t->n);
	return rd->err != 0 ? ERR_FORMAT : 1;
}

int
tlv_find(const uint8_t *p, size_t n, uint32_t tag, struct tlv *found)
{
	struct rd rd;
	struct tlv t;
	size_t seen = 0;
	int r;

	memset(found, 0, sizeof(*found));
	rd_init(&rd, p, n);
	while ((r = tlv_next(&rd, &t)) == 1) {
		if (t.tag != tag)
			continue;
		*found = t;
		seen++;
	}
	if (r != 0 || seen > 1)
		return ERR_FORMAT;
	return seen == 1 ? 0 : ERR_NOT_FOUND;
}

static void
put_tag(struct wr *wr, uint32_t tag)
{
	if (tag > 0xffff)
		wr_u8(wr, (uint8_t)(tag >> 16));
	if (tag > 0xff)
		wr_u8(wr, (uint8_t)(tag >> 8));
	wr_u8(wr, (uint8_t)tag);
}

static void
put_len(struct wr *wr, size_t n)
{
	if (n > 0xffff) {
		wr->err = ERR_SIZE;
		return;
	}
	if (n > 0xff) {
		wr_u8(wr, 0x82);
		wr_u16(wr, (uint16_t)n);
		return;
	}
	if (n > 0x7f)
		wr_u8(wr, 0x81);
	wr_u8(wr, (uint8_t)n);
}

void
tlv_put(struct wr *wr, uint32_t tag, const void *p, size_t n)
{
	put_tag(wr, tag);
	put_len(wr, n);
	wr_bytes(wr, p, n);
}

void
tlv_put_u8(struct wr *wr, uint32_t tag, uint8_t v)
{
	tlv_put(wr, tag, &v, 1);
}

void
tlv_put_u16(struct wr *wr, uint32_t tag, uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	tlv_put(wr, tag, b, sizeof(b));
}

size_t
tlv_open(struct wr *wr, uint32_t tag)
{
	put_tag(wr, tag);
	return wr->n;
}

void
tlv_close(struct wr *wr, size_t opened)
{
	uint8_t len[3];
	struct wr l;
	size_t n;

	if (wr->err != 0)
		return;
	n = wr->n - opened;
	wr_init(&l, len, sizeof(len));
	put_len(&l, n);
	wr_zero(wr, l.n);
	if (l.err != 0 || wr->err != 0) {
		wr->err = ERR_SIZE;
		return;
	}
	memmove(wr->p + opened + l.n, wr->p + opened, n);
	memcpy(wr->p + opened, len, l.n);
}
