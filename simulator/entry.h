#ifndef CARDINAL_ENTRY_H
#define CARDINAL_ENTRY_H

#include "simulator/presses.h"

/*
 * The entry of one PIN, or of old, new and repeated PIN: a table of states and
 * events. No clock: time comes in, in milliseconds, as does every key. When it
 * has ended, the digits of an entry that is complete stand in old and pin until
 * entry_wipe; all others are wiped already.
 */
enum entry_state {
	ENTRY_OFF,
	ENTRY_PIN,
	ENTRY_OLD,		/* a new one follows, and the same again */
	ENTRY_OLD_ONCE,		/* a new one follows */
	ENTRY_NEW,
	ENTRY_NEW_ONCE,
	ENTRY_REPEAT,
	ENTRY_DONE,
};

/* How it ended: the reader's status words of Part 10. */
enum { ENTRY_COMPLETE = 0, SW_PIN_TIMEOUT = 0x6400, SW_PIN_CANCELLED = 0x6401,
	SW_PINS_DIFFER = 0x6402, SW_PIN_LENGTH = 0x6403, SW_PIN_COMMAND = 0x6404,
	SW_PIN_ABORTED = 0x6480, SW_PIN_NO_CARD = 0x64a1 };

enum { ENTRY_FIRST_S = 30, ENTRY_NEXT_S = 10 };	/* where the request says 0 */

struct entry {
	enum entry_state state;
	uint16_t sw;			/* in ENTRY_DONE */
	uint8_t min, max, end;
	int puk;			/* RESET RETRY COUNTER: what is not new is the PUK */
	uint64_t first_ms, next_ms;
	uint64_t deadline;
	struct digits now, old, pin;
	struct presses presses;		/* until somebody takes them */
};

/* room: the digits that fit (pinblock_room). ERR_FORMAT when min is more than that. */
int entry_start(struct entry *, const struct padlink_pin *, int room, uint64_t now_ms);
void entry_key(struct entry *, uint8_t key, uint64_t now_ms);
void entry_tick(struct entry *, uint64_t now_ms);
/* Ends it on every way out, without a status word. */
void entry_wipe(struct entry *);
/* Line 1 of the display, NULL when nothing is asked. */
const char *entry_prompt(const struct entry *);

#endif
