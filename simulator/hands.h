#ifndef CARDINAL_HANDS_H
#define CARDINAL_HANDS_H

#include "simulator/deck.h"
#include "simulator/device.h"

/*
 * What a person does with the reader: keys, cards, the plug. Whoever moves them,
 * keyboard or control socket, goes through here, so that it can be recorded as a
 * script (script.h): the text that was answered, then what was done. PINs are
 * `pin`, and their digits nowhere.
 */
struct hands {
	struct device *device;
	struct deck *deck;
	int record;		/* descriptor, -1: none */
	uint64_t recorded;	/* texts of the display that are in the record */
};

void hands_init(struct hands *, struct device *, struct deck *);
/* Begins a record in a new or emptied file: 0, or ERR_IO with errno. */
int hands_record(struct hands *, const char *path);
void hands_free(struct hands *);

void hands_key(struct hands *, uint8_t key, uint64_t now_ms);
/* As deck_path and device_insert_file. */
int hands_insert(struct hands *, const char *name);
int hands_remove(struct hands *);
int hands_plug(struct hands *);
int hands_unplug(struct hands *);

/* Keys by name: 0 to 9, ok, clear, cancel; 0 and NULL for what is none. */
uint8_t hands_key_named(const char *name);
const char *hands_key_name(uint8_t key);

#endif
