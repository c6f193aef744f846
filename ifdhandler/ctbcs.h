#ifndef CARDINAL_CTBCS_H
#define CARDINAL_CTBCS_H

#include "ifdhandler/slot.h"

/* CT-BCS commands to the reader itself (docs/reader.md has the bytes). */
enum {
	CTBCS_SECONDS = 15,		/* waits, INPUT and PIN entries without a time */
	CTBCS_NEXT_S = 5,		/* from digit to digit */
	CTBCS_MANUFACTURER = 15,	/* letters of GET STATUS 46 */
};

enum {
	CTBCS_INS_RESET = 0x11,
	CTBCS_INS_REQUEST = 0x12,
	CTBCS_INS_STATUS = 0x13,
	CTBCS_INS_EJECT = 0x15,
	CTBCS_INS_INPUT = 0x16,
	CTBCS_INS_OUTPUT = 0x17,
	CTBCS_INS_PERFORM = 0x18,
	CTBCS_INS_MODIFY = 0x19,
};

enum {
	SW_CT_SYNC = 0x9000,
	SW_CT_ASYNC = 0x9001,		/* a processor card came, was reset, or was taken */
	SW_CT_NOT_YET = 0x6200,		/* no card in time; still there */
	SW_CT_ALREADY = 0x6201,
};

/* Runs one command, appends data and status word. 0, ERR_SIZE, ERR_READER_GONE. */
int ctbcs_run(struct slot *, const struct reader_properties *, const uint8_t *, size_t n,
    struct wr *);

#endif
