#ifndef CARDINAL_CJ_CTBCS_H
#define CARDINAL_CJ_CTBCS_H

#include "simulator/padlink.h"

/* CT-BCS as a cyberJack 0100 takes it: what the driver says to the reader itself. */
enum {
	CJ_COMMAND_MAX = 4 + 1 + 255 + 1,	/* short commands only */
	CJ_ANSWER_MAX = 256 + 2,
	CJ_OFFSET_BASE = 6,	/* it counts from CLA, from 1; Part 10 from behind Lc, from 0 */
};

/* Its own status words, beside ISO 7816-4's. */
enum {
	CJ_SW_OK = 0x9000,		/* or 90XX */
	CJ_SW_NOT_YET = 0x6200,		/* no card in time */
	CJ_SW_ALREADY = 0x6201,		/* it has power */
	CJ_SW_TIMEOUT = 0x6400,
	CJ_SW_CANCELLED = 0x6401,
	CJ_SW_NO_CARD = 0x64a1,
	CJ_SW_NOT_POWERED = 0x64a2,
};

/*
 * PERFORM VERIFICATION and MODIFY VERIFICATION. 0, or ERR_FORMAT for what the
 * reader cannot do: justification to the right, binary PINs, a length field
 * other than format 2's, positions within a byte.
 */
int cj_put_pin(struct wr *, const struct padlink_pin *);
void cj_put_output(struct wr *, const struct padlink_output *);
/* For so many seconds, which may be fewer than the input's. */
void cj_put_input(struct wr *, const struct padlink_input *, uint8_t seconds);

/* An enum padlink_key, 0 for a key that is none of these. */
uint8_t cj_key(uint8_t);
/* The PADLINK_TAKE_* of an enum padlink_key. */
uint8_t cj_takes(uint8_t key);

/* The value of the only object of an answer, as GET STATUS gives it: NULL when it is not so. */
const uint8_t *cj_status(const uint8_t *, size_t n, uint8_t tag, size_t *value_n);

#endif
