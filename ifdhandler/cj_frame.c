#include "ifdhandler/cj_frame.h"

#include "card-os/iso7816/err.h"

static uint8_t
lrc(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	for (size_t i = 0; i < n; i++)
		x ^= p[i];
	return x;
}

void
cj_put(struct wr *wr, const struct cj_block *b)
{
	const size_t n = (size_t)b->n + CJ_BLOCK_MIN;
	size_t at;

	wr_u8(wr, 0x00);	/* FF is for a single byte, which no block is */
	wr_u8(wr, (uint8_t)n);
	wr_u8(wr, (uint8_t)(n >> 8));
	at = wr->n;
	wr_u8(wr, b->nad);
	wr_u8(wr, b->pcb);
	wr_u8(wr, b->n);
	wr_bytes(wr, b->inf, b->n);
	if (wr->err == 0)
		wr_u8(wr, lrc(wr->p + at, wr->n - at));
}

int
cj_frame(const uint8_t *p, size_t n)
{
	size_t block;

	if (n < CJ_HEAD)
		return 0;
	block = (size_t)(p[1] | p[2] << 8);
	if (block == 0 || block > CJ_BLOCK_MAX)
		return ERR_FORMAT;
	return n < CJ_HEAD + block ? 0 : (int)(CJ_HEAD + block);
}

int
cj_get(const uint8_t *p, size_t n, struct cj_block *b)
{
	if (n < CJ_BLOCK_MIN || n != (size_t)p[2] + CJ_BLOCK_MIN)
		return ERR_FORMAT;
	if (lrc(p, n) != 0)
		return ERR_MAC;
	b->nad = p[0];
	b->pcb = p[1];
	b->n = p[2];
	b->inf = p + 3;
	return 0;
}
