#include "card-os/iso7816/apdu.h"

#include <string.h>

#include "card-os/iso7816/err.h"

/* 5.1, table 3: of Le 00 means the most, 256 or 65536. */
static size_t
le_short(uint8_t le)
{
	return le == 0 ? APDU_NE_SHORT : le;
}

static size_t
le_extended(uint16_t le)
{
	return le == 0 ? APDU_NE_MAX : le;
}

static int
decode_short(struct rd *rd, struct apdu *a)
{
	if (rd->n == 1) {
		a->ne = le_short(rd_u8(rd));
		return rd_end(rd);
	}
	a->nc = rd_u8(rd);
	a->data = rd_view(rd, a->nc);
	if (rd->n == 1)
		a->ne = le_short(rd_u8(rd));
	return a->nc == 0 ? ERR_FORMAT : rd_end(rd);
}

static int
decode_extended(struct rd *rd, struct apdu *a)
{
	a->extended = 1;
	rd_u8(rd);
	if (rd->n == 2) {
		a->ne = le_extended(rd_u16(rd));
		return rd_end(rd);
	}
	a->nc = rd_u16(rd);
	a->data = rd_view(rd, a->nc);
	if (rd->n == 2)
		a->ne = le_extended(rd_u16(rd));
	return a->nc == 0 ? ERR_FORMAT : rd_end(rd);
}

int
apdu_decode(const uint8_t *p, size_t n, struct apdu *a)
{
	struct rd rd;
	int r;

	memset(a, 0, sizeof(*a));
	rd_init(&rd, p, n);
	a->cla = rd_u8(&rd);
	a->ins = rd_u8(&rd);
	a->p1 = rd_u8(&rd);
	a->p2 = rd_u8(&rd);
	if (rd.err != 0 || rd.n == 0)
		return rd_end(&rd);
	if (rd.n > 1 && rd.p[0] == 0)
		r = decode_extended(&rd, a);
	else
		r = decode_short(&rd, a);
	return r;
}

void
apdu_encode(struct wr *wr, const struct apdu *a)
{
	int extended = a->extended || a->nc > 255 || a->ne > APDU_NE_SHORT;

	if (a->nc > APDU_NC_MAX || a->ne > APDU_NE_MAX) {
		wr->err = ERR_SIZE;
		return;
	}
	wr_u8(wr, a->cla);
	wr_u8(wr, a->ins);
	wr_u8(wr, a->p1);
	wr_u8(wr, a->p2);
	if (extended && (a->nc > 0 || a->ne > 0))
		wr_u8(wr, 0);
	if (a->nc > 0) {
		if (extended)
			wr_u16(wr, (uint16_t)a->nc);
		else
			wr_u8(wr, (uint8_t)a->nc);
		wr_bytes(wr, a->data, a->nc);
	}
	if (a->ne > 0) {
		if (extended)
			wr_u16(wr, (uint16_t)a->ne);
		else
			wr_u8(wr, (uint8_t)a->ne);
	}
}

int
rapdu_decode(const uint8_t *p, size_t *n, uint16_t *sw)
{
	if (*n < 2)
		return ERR_FORMAT;
	*n -= 2;
	*sw = (uint16_t)(p[*n] << 8 | p[*n + 1]);
	return 0;
}
