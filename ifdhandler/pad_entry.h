#ifndef CARDINAL_PAD_ENTRY_H
#define CARDINAL_PAD_ENTRY_H

#include <time.h>

#include "ifdhandler/pad_link.h"

/*
 * PIN entries at a virtual pad. One in steps belongs to the link over which it was begun: a pad
 * that went took its entry along, also when it is back.
 */
struct pad_entry {
	int started;		/* and its FINISH has not come */
	uint32_t link;		/* pad_link's count of the link over which it was */
	struct timespec ends;	/* when it will have ended by itself */
};

/* How long a person is given, in ms, for what may last so many seconds: not for ever. */
int pad_entry_ms(int seconds);

/* As reader.h's pin, pin_start, pin_key, pin_finish, pin_abort. */
int pad_entry_whole(struct pad_link *, const struct padlink_pin *, uint16_t *sw);
int pad_entry_start(struct pad_entry *, struct pad_link *, const struct padlink_pin *);
int pad_entry_key(struct pad_entry *, struct pad_link *, uint8_t *key);
int pad_entry_finish(struct pad_entry *, struct pad_link *, uint16_t *sw);
int pad_entry_abort(struct pad_entry *, struct pad_link *);

#endif
