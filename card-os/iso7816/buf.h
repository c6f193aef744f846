#ifndef CARDINAL_ISO7816_BUF_H
#define CARDINAL_ISO7816_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Cursors over memory that they do not own. Integers are big-endian. A cursor
 * remembers its first failure; everything after it does nothing and yields
 * zeros, so that a codec reads as its message and is checked once, at the end.
 */
struct rd {
	const uint8_t *p;	/* next byte */
	size_t n;		/* bytes left */
	int err;		/* 0 or ERR_FORMAT */
};

struct wr {
	uint8_t *p;		/* start of the memory */
	size_t n;		/* bytes written */
	size_t cap;		/* bytes that fit */
	int err;		/* 0 or ERR_SIZE */
};

void rd_init(struct rd *, const void *, size_t);
uint8_t rd_u8(struct rd *);
uint16_t rd_u16(struct rd *);
uint32_t rd_u32(struct rd *);
uint64_t rd_u64(struct rd *);
/* Copies exactly n bytes; on failure the destination is zeroed. */
void rd_bytes(struct rd *, void *, size_t n);
/* The next n bytes in place, NULL when fewer are left. */
const uint8_t *rd_view(struct rd *, size_t n);
/* A text of a u16 length, without NUL inside, copied and terminated; at most cap - 1 bytes. */
void rd_text(struct rd *, char *, size_t cap);
/* 0 when all was read and nothing failed, else ERR_FORMAT. */
int rd_end(const struct rd *);

void wr_init(struct wr *, void *, size_t cap);
void wr_u8(struct wr *, uint8_t);
void wr_u16(struct wr *, uint16_t);
void wr_u32(struct wr *, uint32_t);
void wr_u64(struct wr *, uint64_t);
void wr_bytes(struct wr *, const void *, size_t n);
void wr_zero(struct wr *, size_t n);
void wr_text(struct wr *, const char *);
/* 0, or ERR_SIZE when something did not fit. */
int wr_end(const struct wr *);

/*
 * One direction of a message that is described once for both: whichever cursor is set. A value out
 * of its bounds is ERR_FORMAT when it is read, ERR_SIZE when it is written.
 */
struct pass {
	struct rd *rd;
	struct wr *wr;
};

void pass_bad(struct pass *);
void pass_u8(struct pass *, uint8_t *, uint8_t min, uint8_t max);
void pass_u16(struct pass *, uint16_t *, uint16_t max);
void pass_u32(struct pass *, uint32_t *, uint32_t max);
void pass_u64(struct pass *, uint64_t *);
void pass_bytes(struct pass *, void *, size_t n);
/* As rd_text and wr_text. */
void pass_text(struct pass *, char *, size_t cap);

#endif
