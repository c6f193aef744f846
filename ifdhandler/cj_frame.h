#ifndef CARDINAL_CJ_FRAME_H
#define CARDINAL_CJ_FRAME_H

#include "card-os/iso7816/buf.h"

/*
 * What goes over a cyberJack 0100's bulk endpoints (docs/cyberjack.md):
 *
 *   frame = 00 (FF before a single byte)  length:2 (little-endian, of the rest)  block
 *   block = NAD  PCB  LEN  INF (LEN bytes)  LRC (all before it, exclusive or)
 *
 * The blocks are T=1's, ISO 7816-3:2006 11.3, but that LEN may be FF.
 */
enum {
	CJ_INF_MAX = 255,
	CJ_BLOCK_MIN = 4,
	CJ_BLOCK_MAX = 3 + CJ_INF_MAX + 1,
	CJ_HEAD = 3,
	CJ_FRAME_MAX = CJ_HEAD + CJ_BLOCK_MAX,
};

/* Node addresses: NAD is the destination's in the high nibble, the source's in the low one. */
enum { CJ_ICC = 0x0, CJ_CT = 0x1, CJ_HOST = 0x2, CJ_CABLE = 0xe };

/* PCB. */
enum {
	CJ_I_SEQUENCE = 0x40,
	CJ_I_MORE = 0x20,
	CJ_R = 0x80,
	CJ_R_SEQUENCE = 0x10,
	CJ_R_OK = 0, CJ_R_LRC = 1, CJ_R_OTHER = 2,	/* its low nibble */
	CJ_S_RESYNCH = 0xc0, CJ_S_RESYNCHED = 0xe0,
	CJ_S_IFS = 0xc1, CJ_S_IFS_IS = 0xe1,
	CJ_S_ABORT = 0xc2, CJ_S_ABORTED = 0xe2,
	CJ_S_WTX = 0xc3, CJ_S_WTX_IS = 0xe3,
	CJ_S_KEY = 0xc4, CJ_S_KEY_SPECIAL = 0xf4, CJ_S_KEY_HEARD = 0xe4,
	CJ_S_CARD = 0xe5, CJ_S_CARD_OTHER = 0xf5, CJ_S_CARD_HEARD = 0xd5,
	CJ_S_NOTHING = 0xe6, CJ_S_NOTHING_OTHER = 0xf6,
};

struct cj_block {
	uint8_t nad, pcb;
	uint8_t n;
	const uint8_t *inf;	/* n bytes, in the memory that was read */
};

void cj_put(struct wr *, const struct cj_block *);

/*
 * Takes a frame from the start of a buffer: its length in all, 0 when more
 * bytes are needed, ERR_FORMAT when no block has such a length. The block lies
 * behind its CJ_HEAD bytes; the first of those is not looked at, since nobody
 * has told what readers put there.
 */
int cj_frame(const uint8_t *, size_t n);
/* A block of exactly n bytes: 0, ERR_FORMAT (length), ERR_MAC (LRC). */
int cj_get(const uint8_t *, size_t n, struct cj_block *);

#endif
