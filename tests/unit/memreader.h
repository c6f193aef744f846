#ifndef CARDINAL_MEMREADER_H
#define CARDINAL_MEMREADER_H

#include "ifdhandler/reader.h"

enum { MEMREADER_ATR = 10 };

/* A reader in memory: what it is asked is kept, what it answers is set before. */
struct memreader {
	struct reader reader;
	struct reader_properties properties;
	int closed, stopped, waits;
	int present;
	uint8_t atr[PADLINK_ATR_MAX];
	size_t atr_n;			/* MEMREADER_ATR at first */
	int comes_after, goes_after;	/* inputs after which the card comes or goes; 0: never */
	int looks_after;		/* looks after which it comes */

	struct padlink_pin pin;
	struct padlink_output output;
	struct padlink_input input;
	int pins, outputs, inputs, looks, resets;
	int starts, keys, finishes, aborts;
	int r;				/* what the next calls return */
	int input_r;			/* what an INPUT returns, before that */
	uint16_t sw;
	uint8_t key;			/* of an INPUT of one key */
	const char *line;		/* of an INPUT of a line; NULL: nobody comes */
	uint8_t pressed;		/* of a PIN entry in steps */
	uint8_t apdu[16], answer[16];
	size_t apdu_n, answer_n;	/* what is longer than answer ends in zeros; 9000 at first */
	int key_after;			/* inputs that time out before the key */
};

void memreader_init(struct memreader *);

#endif
