#ifndef CARDINAL_CTBCS_OBJECTS_H
#define CARDINAL_CTBCS_OBJECTS_H

#include "card-os/iso7816/apdu.h"

/* The data objects of a CT-BCS command. */
enum {
	CTBCS_TEXT = 0x50,
	CTBCS_DIGITS = 0x51,	/* fewest and most of a PIN */
	CTBCS_COMMAND = 0x52,	/* control byte, positions, template of an APDU */
	CTBCS_MESSAGES = 0x53,	/* which of its texts the reader shows */
	CTBCS_COUNT = 0x54,	/* how many */
	CTBCS_TIME = 0x80,
	CTBCS_KEYS = 0xc1,	/* ours, private class: PADLINK_TAKE_* that an INPUT takes */
};

/* Sets of them. */
enum {
	CTBCS_HAS_TEXT = 1, CTBCS_HAS_DIGITS = 2, CTBCS_HAS_COMMAND = 4, CTBCS_HAS_MESSAGES = 8,
	CTBCS_HAS_COUNT = 16, CTBCS_HAS_TIME = 32, CTBCS_HAS_KEYS = 64,
};

struct ctbcs_objects {
	unsigned has;			/* CTBCS_HAS_* */
	const uint8_t *text;		/* in the memory that was read */
	uint8_t text_n;
	uint8_t min, max;
	const uint8_t *perform;
	size_t perform_n;
	uint8_t seconds;
	uint8_t keys;
};

/* Those of `may`, each once at most, in any order: 0 or ERR_FORMAT. What is not there is 0. */
int ctbcs_objects(const uint8_t *, size_t n, unsigned may, struct ctbcs_objects *);

#endif
