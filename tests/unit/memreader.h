#ifndef CARDINAL_MEMREADER_H
#define CARDINAL_MEMREADER_H

#include "ifdhandler/reader.h"

/* A reader in memory: what it is asked is kept, what it answers is set before. */
struct memreader {
	struct reader reader;
	struct reader_properties properties;
	int closed, stopped, waits;
	int present;
	int comes_after, goes_after;	/* inputs after which the card comes or goes; 0: never */

	struct padlink_pin pin;
	struct padlink_output output;
	struct padlink_input input;
	int pins, outputs, inputs;
	int r;				/* what the next calls return */
	uint16_t sw;
	uint8_t key;
	int key_after;			/* inputs that time out before the key */
};

void memreader_init(struct memreader *);

#endif
