#ifndef CARDINAL_IFD_PIN_H
#define CARDINAL_IFD_PIN_H

#include "ifdhandler/slot.h"

/*
 * PIN entries, whoever asked for them: Part 10 at once, Part 10 in steps, or
 * CT-BCS. What they answer is a status word, the card's or one of these.
 */
enum {
	SW_PAD_TIMEOUT = 0x6400,
	SW_PAD_CANCELLED = 0x6401,
	SW_PAD_DIFFER = 0x6402,
	SW_PAD_LENGTH = 0x6403,
	SW_PAD_REFUSED = 0x6404,	/* instruction that takes no PIN */
	SW_PAD_ABORTED = 0x6480,	/* by FEATURE_ABORT, or the card lost its power */
	SW_PAD_NO_CARD = 0x64a1,
	SW_PAD_NOT_POWERED = 0x64a2,
	SW_PAD_STRUCTURE = 0x6b80,
};

/*
 * Whether instruction, length and positions are such that a PIN can go into the template: 0,
 * ERR_DENIED for an instruction that takes none, ERR_FORMAT.
 */
int pin_check(const struct padlink_pin *);

/*
 * From first key to the card's answer. 0 and *sw, ERR_FORMAT for what this reader cannot do with
 * a template, or the reader's own error.
 */
int pin_enter(struct slot *, const struct padlink_pin *, uint16_t *sw);

/*
 * In steps. Start: 0, also when there is no card or it has no power, which is told by finish;
 * ERR_FORMAT, ERR_BUSY when one runs. Finish, of a start of the same kind: 0 and *sw, 6985
 * without a start.
 */
int pin_start(struct slot *, const struct padlink_pin *);
int pin_key(struct slot *, uint8_t *key);
int pin_finish(struct slot *, uint8_t kind, uint16_t *sw);
int pin_abort(struct slot *);

#endif
