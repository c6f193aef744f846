#ifndef CARDINAL_ISO7816_APDU_H
#define CARDINAL_ISO7816_APDU_H

#include "card-os/iso7816/buf.h"

/* Command APDUs, ISO 7816-4:2005 5.1, cases 1 to 4 in short and extended form. */

enum {
	APDU_NC_MAX = 65535,			/* bytes of command data */
	APDU_NE_MAX = 65536,			/* bytes of expected response data */
	APDU_NE_SHORT = 256,			/* the same, in short form */
	CAPDU_MAX = 4 + 3 + APDU_NC_MAX + 2,	/* whole command */
	RAPDU_MAX = APDU_NE_MAX + 2,		/* response data and status word */
};

/* Class byte, 5.1.1. */
enum {
	CLA_PROPRIETARY = 0x80,
	CLA_CHAIN = 0x10,
	CLA_SM = 0x0c,		/* secure messaging, header authenticated */
	CLA_CHANNEL = 0x03,
};

/* Instruction bytes, 5.1.2 and the tables of ISO 7816-4, -8, -9. */
enum {
	INS_DEACTIVATE = 0x04,
	INS_ERASE_BINARY = 0x0e,
	INS_ERASE_BINARY_ODD = 0x0f,
	INS_VERIFY = 0x20,
	INS_MANAGE_SE = 0x22,
	INS_CHANGE_REFERENCE = 0x24,
	INS_DISABLE_VERIFICATION = 0x26,
	INS_ENABLE_VERIFICATION = 0x28,
	INS_PSO = 0x2a,
	INS_RESET_RETRY = 0x2c,
	INS_ACTIVATE = 0x44,
	INS_GENERATE = 0x46,
	INS_MANAGE_CHANNEL = 0x70,
	INS_EXTERNAL_AUTHENTICATE = 0x82,
	INS_GET_CHALLENGE = 0x84,
	INS_GENERAL_AUTHENTICATE = 0x86,
	INS_INTERNAL_AUTHENTICATE = 0x88,
	INS_SEARCH_RECORD = 0xa2,
	INS_SELECT = 0xa4,
	INS_LIST_FILES = 0xaa,		/* TCOS, class 80 */
	INS_READ_BINARY = 0xb0,
	INS_READ_BINARY_ODD = 0xb1,
	INS_READ_RECORD = 0xb2,
	INS_READ_RECORD_ODD = 0xb3,
	INS_GET_RESPONSE = 0xc0,
	INS_GET_DATA = 0xca,
	INS_GET_DATA_ODD = 0xcb,
	INS_WRITE_BINARY = 0xd0,
	INS_WRITE_BINARY_ODD = 0xd1,
	INS_WRITE_RECORD = 0xd2,
	INS_UPDATE_BINARY = 0xd6,
	INS_UPDATE_BINARY_ODD = 0xd7,
	INS_PUT_DATA = 0xda,
	INS_PUT_DATA_ODD = 0xdb,
	INS_UPDATE_RECORD = 0xdc,
	INS_UPDATE_RECORD_ODD = 0xdd,
	INS_CREATE = 0xe0,
	INS_APPEND_RECORD = 0xe2,
	INS_DELETE = 0xe4,
	INS_TERMINATE_DF = 0xe6,
	INS_TERMINATE_EF = 0xe8,
	INS_SET_PERMANENT = 0xee,	/* TCOS, class 80 */
	INS_TERMINATE_CARD = 0xfe,
};

/* Status words, 5.1.3. */
enum {
	SW_OK = 0x9000,
	SW_MORE = 0x6100,		/* low byte: what GET RESPONSE has, 00 for 256 and more */
	SW_EOF = 0x6282,		/* fewer bytes than Ne */
	SW_DEACTIVATED = 0x6283,	/* selected, but deactivated */
	SW_TERMINATED = 0x6285,		/* selected, but terminated */
	SW_NOT_VERIFIED = 0x6300,	/* a signature is wrong */
	SW_COUNTER = 0x63c0,		/* low digit: tries left */
	SW_MEMORY = 0x6581,		/* writing to memory failed */
	SW_LENGTH = 0x6700,
	SW_NO_CHANNEL = 0x6881,
	SW_NO_SM = 0x6882,
	SW_LAST_OF_CHAIN = 0x6883,	/* last command of the chain expected */
	SW_NO_CHAINING = 0x6884,
	SW_NOT_TRANSPARENT = 0x6981,	/* command incompatible with file structure */
	SW_SECURITY = 0x6982,		/* security status not satisfied */
	SW_BLOCKED = 0x6983,		/* authentication method blocked */
	SW_NOT_USABLE = 0x6984,		/* reference data not usable */
	SW_CONDITIONS = 0x6985,
	SW_NO_EF = 0x6986,		/* no current EF */
	SW_SM_MISSING = 0x6987,		/* expected secure messaging objects missing */
	SW_SM_WRONG = 0x6988,		/* secure messaging objects incorrect */
	SW_DATA = 0x6a80,
	SW_NO_FUNCTION = 0x6a81,
	SW_NO_FILE = 0x6a82,
	SW_NO_RECORD = 0x6a83,
	SW_NO_ROOM = 0x6a84,
	SW_P1P2 = 0x6a86,
	SW_LC_P1P2 = 0x6a87,
	SW_NO_REFERENCE = 0x6a88,	/* reference data not found */
	SW_FID_EXISTS = 0x6a89,
	SW_NAME_EXISTS = 0x6a8a,
	SW_OFFSET = 0x6b00,
	SW_LE = 0x6c00,			/* low byte: the right Le */
	SW_INS = 0x6d00,
	SW_CLA = 0x6e00,
	SW_INTERNAL = 0x6f00,
};

struct apdu {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;	/* nc bytes, in the memory that was read */
	size_t nc;		/* command data, 0 for none */
	size_t ne;		/* expected response data, 0 for no Le field */
	int extended;		/* length fields in extended form */
};

/* 0, or ERR_FORMAT when Lc, Le and the length do not agree (the card's 6700). */
int apdu_decode(const uint8_t *, size_t n, struct apdu *);

/* Writes the shortest form unless a->extended asks for the long one. */
void apdu_encode(struct wr *, const struct apdu *);

/* Splits a response: *n is without the status word. ERR_FORMAT under two bytes. */
int rapdu_decode(const uint8_t *, size_t *n, uint16_t *sw);

#endif
