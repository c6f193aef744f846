#ifndef CARDINAL_PADLINK_H
#define CARDINAL_PADLINK_H

#include "card-os/iso7816/apdu.h"

/*
 * The only protocol between the driver and the pad, over a Unix stream socket
 * on which the pad listens. The driver sends requests, one at a time; the pad
 * answers each with the same type and number, and sends PADLINK_CARD on its own
 * whenever a card comes or goes. PADLINK_CANCEL alone may be sent while a
 * request runs; it has no answer, the running request answers PADLINK_CANCELLED.
 *
 *   message = length:4 (of the rest)  type:1  number:4  body
 *
 * Integers are big-endian; a body has its exact length. An answer is its status
 * and, with PADLINK_OK alone, what the list below names. End of file at the pad
 * means power down, abort, clear the display. A second driver is answered
 * PADLINK_BUSY to its HELLO and hung up on.
 *
 * A PIN entry is one request, PADLINK_PIN, or several: START is answered at once, KEY tells what
 * was pressed since (the digits themselves never), FINISH waits for the end and is answered its
 * status word, ABORT ends it with 6480. While it runs everything but POWER, which ends it, too, is
 * answered PADLINK_BUSY, so that nobody shows a text or turns the card to another PIN meanwhile.
 * How it ended is kept for FINISH until the next PIN, START or POWER; other requests are served,
 * lest a client that has gone without a FINISH leaves a reader that does nothing. Without a START
 * KEY tells nothing, ABORT is OK, FINISH BAD.
 */
enum {
	PADLINK_VERSION = 2,
	PADLINK_HEAD = 4 + 1 + 4,
	PADLINK_BODY_MAX = CAPDU_MAX + 8,
	PADLINK_MAX = PADLINK_HEAD + PADLINK_BODY_MAX,
	PADLINK_TEXT_MAX = 64,		/* CT-BCS: display text */
	PADLINK_TEMPLATE_MAX = 261,	/* APDU template of a PIN entry */
	PADLINK_FIRMWARE_MAX = 31,
	PADLINK_BLOCK_MAX = 15,		/* bytes of a PIN block, and of positions in it */
	PADLINK_ATR_MAX = 33,
	PADLINK_LINE_MAX = 16,		/* digits of a line that is typed, a line of the display */
};

enum padlink_type {
	PADLINK_HELLO = 1,	/* hello -> status, hello_answer */
	PADLINK_POWER = 2,	/* action -> status, ATR */
	PADLINK_TRANSMIT = 3,	/* command APDU -> status, response APDU */
	PADLINK_PIN = 4,	/* padlink_pin -> status, SW */
	PADLINK_OUTPUT = 5,	/* padlink_output -> status */
	PADLINK_INPUT = 6,	/* padlink_input -> status, a key or the digits of a line */
	PADLINK_CANCEL = 7,	/* nothing; no answer */
	PADLINK_CARD = 8,	/* pad to driver: padlink_card */
	PADLINK_PIN_START = 9,	/* padlink_pin -> status */
	PADLINK_PIN_KEY = 10,	/* nothing -> status, padlink_pressed:1 */
	PADLINK_PIN_FINISH = 11,	/* nothing -> status, SW */
	PADLINK_PIN_ABORT = 12,	/* nothing -> status */
};

enum padlink_status {
	PADLINK_OK = 0,
	PADLINK_NO_CARD = 1,
	PADLINK_NOT_POWERED = 2,
	PADLINK_MUTE = 3,	/* the card does not answer (a broken image) */
	PADLINK_TIMEOUT = 4,	/* INPUT only: no key in time */
	PADLINK_CANCELLED = 5,	/* by PADLINK_CANCEL */
	PADLINK_BUSY = 6,
	PADLINK_BAD = 7,	/* malformed, or a version not known */
	PADLINK_NOT_OFFERED = 8,	/* not among the pad's PADLINK_HAS_* */
};

enum padlink_action { PADLINK_POWER_UP = 1, PADLINK_POWER_DOWN = 2, PADLINK_RESET = 3 };

/* Keys, as INPUT returns them. */
enum padlink_key {
	PADLINK_KEY_0 = '0',	/* ... to '9' */
	PADLINK_KEY_OK = 0x0d,
	PADLINK_KEY_CLEAR = 0x08,
	PADLINK_KEY_CANCEL = 0x1b,
};

/* What PIN_KEY tells, the values of GET_KEY_PRESSED in PC/SC Part 10. */
enum padlink_pressed {
	PADLINK_PRESSED_NONE = 0x00,
	PADLINK_PRESSED_DIGIT = 0x2b,
	PADLINK_PRESSED_CLEARED = 0x0a,	/* Clear empties the whole entry */
	PADLINK_PRESSED_OK = 0x0d,	/* ends an entry: old, new and repeated PIN have one each */
	PADLINK_PRESSED_CANCEL = 0x1b,
	PADLINK_PRESSED_TIMEOUT = 0x0e,
	/* By ABORT, POWER, a pulled card; after OK: for too few digits (6403), no entry follows. */
	PADLINK_PRESSED_ABORTED = 0x40,
};

/* What a pad offers the host, in its answer to HELLO. */
enum {
	PADLINK_HAS_DIRECT = 1,	/* PIN */
	PADLINK_HAS_START = 2,	/* PIN_START, _KEY, _FINISH, _ABORT */
	PADLINK_HAS_TEXT = 4,	/* OUTPUT, INPUT: host text on the display, keys to the host */
};

/* Which keys an INPUT takes; a key that it does not take does nothing. */
enum {
	PADLINK_TAKE_DIGITS = 1,
	PADLINK_TAKE_OK = 2,
	PADLINK_TAKE_CANCEL = 4,
	PADLINK_TAKE_CLEAR = 8,
};

struct padlink_msg {
	uint8_t type;
	uint32_t number;
	const uint8_t *body;	/* n bytes, in the memory that was read */
	size_t n;
};

struct padlink_card {
	uint8_t present;
	uint32_t changes;	/* counts every coming and going since the pad started */
};

struct padlink_hello_answer {
	uint8_t lines, columns;
	uint8_t pin_min, pin_max;
	uint8_t features;	/* PADLINK_HAS_* */
	struct padlink_card card;
	char firmware[PADLINK_FIRMWARE_MAX + 1];
};

/*
 * A PIN entry, as PC/SC Part 10 2.5.2 and 2.5.3 describe it, its fields
 * decoded. Positions and sizes are in bytes after the APDU's header and Lc,
 * except where the unit is named.
 */
enum padlink_pin_kind { PADLINK_PIN_VERIFY = 0, PADLINK_PIN_MODIFY = 1 };
enum padlink_pin_format { PADLINK_BINARY = 0, PADLINK_BCD = 1, PADLINK_ASCII = 2 };
enum { PADLINK_CONFIRM_NEW = 1, PADLINK_ASK_OLD = 2 };
enum { PADLINK_END_MAX = 1, PADLINK_END_OK = 2, PADLINK_END_TIMEOUT = 4 };

struct padlink_pin {
	uint8_t kind;
	uint8_t first_s, next_s;	/* seconds to the first digit, from digit to digit */
	uint8_t format;
	uint8_t right;			/* 1: right-justified in the block */
	uint16_t pin_bits;		/* where the PIN begins, in bits */
	uint8_t block;			/* block size in bytes, 0: as long as the PIN */
	uint8_t length_bits;		/* size of the length field in bits, 0: none */
	uint16_t length_at;		/* where the length field begins, in bits */
	uint8_t offset_old, offset_new;	/* MODIFY: where the blocks are inserted */
	uint8_t min, max;		/* digits */
	uint8_t confirm;		/* MODIFY: PADLINK_CONFIRM_NEW, PADLINK_ASK_OLD */
	uint8_t end;			/* PADLINK_END_*, at least PADLINK_END_OK or _MAX */
	uint16_t n;
	uint8_t apdu[PADLINK_TEMPLATE_MAX];
};

struct padlink_output {
	uint8_t seconds;	/* 0: until something else is shown */
	uint8_t n;
	char text[PADLINK_TEXT_MAX];	/* lines end at CR, LF or CR LF; BEL beeps */
};

/* An INPUT takes one key, or a line of digits that OK or the last digit ends, how it is shown. */
enum padlink_mode {
	PADLINK_ONE_KEY = 0,	/* answered by its enum padlink_key */
	PADLINK_LINE_BLANK = 1,
	PADLINK_LINE_CLEAR = 2,
	PADLINK_LINE_STARS = 3,
};

struct padlink_input {
	uint8_t seconds;	/* 1 to 255; of a line: to its first digit */
	uint8_t take;		/* PADLINK_TAKE_*; of a line: all */
	uint8_t mode;		/* enum padlink_mode */
	uint8_t next_s;		/* a line: seconds from digit to digit, 1 to 255; else 0 */
	uint8_t max;		/* a line: digits, 1 to PADLINK_LINE_MAX; else 0 */
	uint8_t n;
	char text[PADLINK_TEXT_MAX];
};

/*
 * Framing. padlink_frame takes one whole message from the start of a buffer:
 * its length in all, 0 when more bytes are needed, ERR_FORMAT when no more
 * bytes can mend it.
 */
int padlink_frame(const uint8_t *, size_t n, struct padlink_msg *);
void padlink_put(struct wr *, uint8_t type, uint32_t number, const void *body, size_t n);

/*
 * An answer: its status and, after PADLINK_OK, the rest, which get leaves in the
 * memory that was read. Get checks the length that the type asks for.
 */
void padlink_put_answer(struct wr *, uint8_t status, const void *p, size_t n);
int padlink_get_answer(const uint8_t *, size_t n, uint8_t type, uint8_t *status,
    const uint8_t **p, size_t *rest);

/*
 * Bodies. Each get checks the exact length and every range: 0 or ERR_FORMAT.
 * A VERIFY has no offsets and no confirm; a PIN entry has 1 <= max, min <= max;
 * positions and the block are of at most 15 bytes, as Part 10 can say them. A
 * line that was cancelled is answered PADLINK_KEY_CANCEL alone.
 */
void padlink_put_hello(struct wr *);
int padlink_get_hello(const uint8_t *, size_t n, uint16_t *version);
void padlink_put_hello_answer(struct wr *, uint8_t status, const struct padlink_hello_answer *);
int padlink_get_hello_answer(const uint8_t *, size_t n, uint8_t *status,
    struct padlink_hello_answer *);
void padlink_put_power(struct wr *, uint8_t action);
int padlink_get_power(const uint8_t *, size_t n, uint8_t *action);
void padlink_put_card(struct wr *, const struct padlink_card *);
int padlink_get_card(const uint8_t *, size_t n, struct padlink_card *);
void padlink_put_pin(struct wr *, const struct padlink_pin *);
int padlink_get_pin(const uint8_t *, size_t n, struct padlink_pin *);
void padlink_put_output(struct wr *, const struct padlink_output *);
int padlink_get_output(const uint8_t *, size_t n, struct padlink_output *);
void padlink_put_input(struct wr *, const struct padlink_input *);
int padlink_get_input(const uint8_t *, size_t n, struct padlink_input *);

#endif
