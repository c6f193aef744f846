#ifndef CARDINAL_PINBLOCK_H
#define CARDINAL_PINBLOCK_H

#include "simulator/padlink.h"

/*
 * Puts the digits of a PIN into the APDU template of a PIN entry, PC/SC Part 10
 * 2.5.2 and 2.5.3.
 *
 * block 0, a PIN as long as it is: the template is the header alone, or the
 * header and an Lc of 0; Lc and the digits are appended, old before new, whose
 * offsets are 0 or what that comes to. Else the template holds Lc and all data,
 * and the digits are written into blocks of it, whose other bytes stay. Without a
 * length field the block begins where the PIN does; with one it begins with the
 * data (MODIFY: at its offset) and has both in it, the PIN behind the length. So
 * ISO 9564 format 2 is understood with the PIN at bit 8 and, as some clients say
 * it, at byte 0. Binary: a byte a digit, 00 to 09.
 */
enum { DIGITS_MAX = 16 };

/* A secret; who holds one wipes it. What is not used is zero. */
struct digits {
	uint8_t n;
	uint8_t v[DIGITS_MAX];		/* 0 to 9 */
};

/*
 * Whether the template's instruction may carry a PIN, the pad's 6404 for all others: 20 26 28 for
 * a PIN that is verified, 24 2C for one that is modified. Or a template of CHANGE REFERENCE DATA
 * with a new PIN of the host's in it could be completed by somebody who is asked for his PIN and
 * no more. RESET RETRY COUNTER with a PUK alone, ISO 7816-4:2005 7.5.10 P1 = 01, sets no new PIN:
 * that one may be verified. P1 = 03 has no data, so nothing is to be entered for it. A new
 * PIN asked without the old one, with P1 = 00, which has both in the data, goes behind two bytes at
 * least, the shortest old one there is: at their place it would be taken for the old one, and what
 * the template has behind it for the new one. No chaining (5.1.1.1): the host would send the end of
 * such a command.
 */
int pinblock_allows(const struct padlink_pin *);

/* How many digits fit, at most DIGITS_MAX; ERR_FORMAT when template and positions do not agree. */
int pinblock_room(const struct padlink_pin *);

/*
 * Writes the whole command. old is used by a MODIFY that asks for it, else it
 * may be NULL. 0, ERR_FORMAT, ERR_SIZE when the digits do not fit. The caller
 * wipes what was written.
 */
int pinblock_complete(const struct padlink_pin *, const struct digits *old,
    const struct digits *pin, struct wr *);

#endif
