#include "card-os/iso7816/buf.h"

#include <string.h>

#include "card-os/iso7816/err.h"

void
rd_init(struct rd *rd, const void *p, size_t n)
{
	rd->p = p;
	rd->n = n;
	rd->err = 0;
}

const uint8_t *
rd_view(struct rd *rd, size_t n)
{
	const uint8_t *p = rd->p;

	if (rd->err != 0 || n > rd->n) {
		rd->err = ERR_FORMAT;
		return NULL;
	}
	rd->p += n;
	rd->n -= n;
	return p;
}

static uint64_t
rd_int(struct rd *rd, size_t n)
{
	const uint8_t *p = rd_view(rd, n);
	uint64_t v = 0;

	if (p == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
rd_u8(struct rd *rd)
{
	return (uint8_t)rd_int(rd, 1);
}

uint16_t
rd_u16(struct rd *rd)
{
	return (uint16_t)rd_int(rd, 2);
}

uint32_t
rd_u32(struct rd *rd)
{
	return (uint32_t)rd_int(rd, 4);
}

uint64_t
rd_u64(struct rd *rd)
{
	return rd_int(rd, 8);
}

void
rd_bytes(struct rd *rd, void *dst, size_t n)
{
	const uint8_t *p = rd_view(rd, n);

	if (n == 0)
		return;
	if (p == NULL)
		memset(dst, 0, n);
	else
		memcpy(dst, p, n);
}

void
rd_text(struct rd *rd, char *dst, size_t cap)
{
	size_t n = rd_u16(rd);
	const uint8_t *p = rd_view(rd, n);

	dst[0] = '\0';
	if (p == NULL)
		return;
	if (n >= cap || memchr(p, '\0', n) != NULL) {
		rd->err = ERR_FORMAT;
		return;
	}
	memcpy(dst, p, n);
	dst[n] = '\0';
}

int
rd_end(const struct rd *rd)
{
	return rd->err != 0 || rd->n != 0 ? ERR_FORMAT : 0;
}

void
wr_init(struct wr *wr, void *p, size_t cap)
{
	wr->p = p;
	wr->n = 0;
	wr->cap = cap;
	wr->err = 0;
}

static uint8_t *
wr_room(struct wr *wr, size_t n)
{
	uint8_t *p = wr->p + wr->n;

	if (wr->err != 0 || n > wr->cap - wr->n) {
		wr->err = ERR_SIZE;
		return NULL;
	}
	wr->n += n;
	return p;
}

static void
wr_int(struct wr *wr, uint64_t v, size_t n)
{
	uint8_t *p = wr_room(wr, n);

	if (p == NULL)
		return;
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

void
wr_u8(struct wr *wr, uint8_t v)
{
	wr_int(wr, v, 1);
}

void
wr_u16(struct wr *wr, uint16_t v)
{
	wr_int(wr, v, 2);
}

void
wr_u32(struct wr *wr, uint32_t v)
{
	wr_int(wr, v, 4);
}

void
wr_u64(struct wr *wr, uint64_t v)
{
	wr_int(wr, v, 8);
}

void
wr_bytes(struct wr *wr, const void *src, size_t n)
{
	uint8_t *p = wr_room(wr, n);

	if (p != NULL && n > 0)
		memcpy(p, src, n);
}

void
wr_zero(struct wr *wr, size_t n)
{
	uint8_t *p = wr_room(wr, n);

	if (p != NULL && n > 0)
		memset(p, 0, n);
}

void
wr_text(struct wr *wr, const char *s)
{
	size_t n = strlen(s);

	if (n > UINT16_MAX) {
		wr->err = ERR_SIZE;
		return;
	}
	wr_u16(wr, (uint16_t)n);
	wr_bytes(wr, s, n);
}

int
wr_end(const struct wr *wr)
{
	return wr->err;
}

void
pass_bad(struct pass *p)
{
	if (p->rd != NULL)
		p->rd->err = ERR_FORMAT;
	else
		p->wr->err = ERR_SIZE;
}

void
pass_u8(struct pass *p, uint8_t *v, uint8_t min, uint8_t max)
{
	if (p->rd != NULL)
		*v = rd_u8(p->rd);
	else
		wr_u8(p->wr, *v);
	if (*v < min || *v > max)
		pass_bad(p);
}

void
pass_u16(struct pass *p, uint16_t *v, uint16_t max)
{
	if (p->rd != NULL)
		*v = rd_u16(p->rd);
	else
		wr_u16(p->wr, *v);
	if (*v > max)
		pass_bad(p);
}

void
pass_u32(struct pass *p, uint32_t *v, uint32_t max)
{
	if (p->rd != NULL)
		*v = rd_u32(p->rd);
	else
		wr_u32(p->wr, *v);
	if (*v > max)
		pass_bad(p);
}

void
pass_u64(struct pass *p, uint64_t *v)
{
	if (p->rd != NULL)
		*v = rd_u64(p->rd);
	else
		wr_u64(p->wr, *v);
}

void
pass_bytes(struct pass *p, void *v, size_t n)
{
	if (p->rd != NULL)
		rd_bytes(p->rd, v, n);
	else
		wr_bytes(p->wr, v, n);
}

void
pass_text(struct pass *p, char *v, size_t cap)
{
	if (p->rd != NULL)
		rd_text(p->rd, v, cap);
	else
		wr_text(p->wr, v);
}
