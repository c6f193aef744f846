#ifndef CARDINAL_PAD_H
#define CARDINAL_PAD_H

#include "simulator/entry.h"
#include "simulator/lcd.h"
#include "simulator/typed.h"

/*
 * The pad's face: display, keys, prompts, PIN entry. It does one thing at a
 * time and owns neither clock nor sockets: time comes in, in milliseconds, and
 * pad_deadline tells when to come again. What has ended is fetched by pad_end.
 *
 * Keys: an INPUT takes those of its mask. Its text stays when its time is over,
 * and keys pressed before the next INPUT of the same text are kept for that
 * one; a new text, a line, an OUTPUT and a PIN entry empty the queue. A text
 * that stands and was not answered is not shown, nor beeped for, a second time.
 *
 * An INPUT of a line shows its text, always anew. What is typed takes line 2,
 * from the first digit on; without a digit, and when the line is over, line 2 is
 * the text's again.
 *
 * Who types a PIN does not look up at each digit. When an entry ends otherwise than by their OK or
 * Cancel, as by the host's ABORT, digits go to nobody until none came for PAD_DEAF_MS.
 */
enum { PAD_QUEUE = 16, PAD_DEAF_MS = 2000 };
#define PAD_IDLE "REINER SCT\ncyberJack e-com"

enum pad_end {
	PAD_NOTHING,	/* nothing has ended */
	PAD_KEY,	/* INPUT: the key is in pad->key */
	PAD_NO_KEY,	/* INPUT: its time is over */
	PAD_LINE,	/* INPUT: the line is done, in pad->typed, which the caller wipes */
	PAD_PIN,	/* the PIN is complete: digits in pad->entry, which the caller wipes */
	PAD_PIN_SW,	/* the PIN entry ended with pad->entry.sw, and has no digits */
};

struct pad {
	struct lcd lcd;
	struct entry entry;
	struct presses presses;		/* of the last PIN entry, also when it is over */
	struct typed typed;
	struct lcd_text asked;		/* of the line: what its text looks like */
	enum { PAD_RESTS, PAD_ASKS_KEY, PAD_ASKS_LINE, PAD_ASKS_PIN } doing;
	enum pad_end end;
	int idle;			/* the idle text stands */
	uint64_t dark_at;		/* when an OUTPUT goes, 0: it stays */

	char text[PADLINK_TEXT_MAX];	/* of the last INPUT, without BEL, while it stands */
	size_t text_n;
	int stands, answered;
	uint8_t take, key;
	uint64_t deadline;
	uint8_t queue[PAD_QUEUE];
	size_t queued;

	int broken_off;			/* an entry, since the last look at the clock */
	uint64_t deaf_until;		/* to digits that are not of a PIN entry */
};

/* Plugged in: the idle text. Also the way to initialise one that is all zero. */
void pad_plug(struct pad *);
/* Ends whatever runs, without an answer, wipes, clears the display. */
void pad_clear(struct pad *);
/* The first operation takes the idle text away. */
void pad_wake(struct pad *);

void pad_output(struct pad *, const struct padlink_output *, uint64_t now_ms);
void pad_input(struct pad *, const struct padlink_input *, uint64_t now_ms);
/* ERR_FORMAT when template, positions and lengths do not agree; nothing has begun then. */
int pad_pin(struct pad *, const struct padlink_pin *, uint64_t now_ms);
/* Breaks off an INPUT, whose text stays, or a PIN entry, whose text goes. */
void pad_stop(struct pad *);

void pad_key(struct pad *, uint8_t key, uint64_t now_ms);
void pad_tick(struct pad *, uint64_t now_ms);
/* When to call pad_tick next, UINT64_MAX: never. */
uint64_t pad_deadline(const struct pad *);
/* What has ended since the last call; the text of a PIN entry has gone. */
enum pad_end pad_end(struct pad *);
/* The lock sign: a PIN is being entered, and the prompt is the pad's own. */
int pad_secure(const struct pad *);

#endif
