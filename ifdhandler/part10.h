#ifndef CARDINAL_PART10_H
#define CARDINAL_PART10_H

#include "ifdhandler/slot.h"

/* PC/SC Part 10: what SCardControl may ask of a reader (docs/reader.md). */

/* What a START that did not begin answers, one byte; one that did answers nothing. */
enum {
	PART10_START_BAD = 0x57,	/* malformed, or an instruction that takes no PIN */
	PART10_START_BUSY = 0xaa,	/* another one runs */
};

/* Node addresses of MCT_UNIVERSAL. */
enum { MCT_ICC = 0x00, MCT_CT = 0x01, MCT_HOST = 0x02 };

/*
 * Answers a control code. 0, ERR_UNSUPPORTED for one that is not offered, ERR_SIZE when the
 * answer has no room (nothing was done then, but by CT-BCS), ERR_FORMAT for an MCT_UNIVERSAL that
 * is no frame, ERR_READER_GONE.
 */
int part10_control(struct slot *, unsigned long code, const uint8_t *, size_t n, struct wr *);

#endif
