#ifndef CARDINAL_PART10_H
#define CARDINAL_PART10_H

#include "ifdhandler/slot.h"

/*
 * PC/SC Part 10: what SCardControl may ask of a reader (docs/reader.md). Its
 * structures are packed and little-endian, but for the control codes in the
 * list of features.
 */
enum {
	PART10_VERIFY_HEAD = 19,	/* 2.5.2 PIN_VERIFY_STRUCTURE before abData */
	PART10_MODIFY_HEAD = 24,	/* 2.5.3 PIN_MODIFY_STRUCTURE before abData */
	PART10_FIRST_S = 30,		/* seconds where the host leaves them to the reader */
	PART10_NEXT_S = 10,
};

/* The reader's own status words, 2.5.4 and CT-BCS. */
enum {
	SW_PAD_TIMEOUT = 0x6400,
	SW_PAD_CANCELLED = 0x6401,
	SW_PAD_DIFFER = 0x6402,
	SW_PAD_LENGTH = 0x6403,
	SW_PAD_REFUSED = 0x6404,	/* instruction that takes no PIN */
	SW_PAD_NO_CARD = 0x64a1,
	SW_PAD_NOT_POWERED = 0x64a2,
	SW_PAD_STRUCTURE = 0x6b80,
};

/*
 * Decodes a structure: 0, ERR_FORMAT (6B80), ERR_DENIED (6404). Seconds that
 * are 0 become the reader's, PINs are cut to what it takes.
 */
int part10_verify(const uint8_t *, size_t n, const struct reader_properties *,
    struct padlink_pin *);
int part10_modify(const uint8_t *, size_t n, const struct reader_properties *,
    struct padlink_pin *);

/*
 * Answers a control code. 0, ERR_UNSUPPORTED for one that is not offered,
 * ERR_SIZE when the answer does not fit, ERR_READER_GONE.
 */
int part10_control(struct slot *, unsigned long code, const uint8_t *, size_t n, struct wr *);

#endif
