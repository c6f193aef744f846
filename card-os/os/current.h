#ifndef CARDINAL_CARD_CURRENT_H
#define CARDINAL_CARD_CURRENT_H

#include "card-os/os/card.h"

/* Which files are current, and which a command means beside them, ISO 7816-4:2005 7.2.2, 7.3.2. */

/*
 * Makes a file current: a DF, with no EF, or an EF and its DF. No record is current then; what was
 * proven to a DF that is left by it is forgotten.
 */
void current_set(struct card *, uint16_t file);
/* The same for an EF of the current DF; when it is current already, its record stays so. */
void current_name(struct card *, uint16_t ef);

/* The EF of that short identifier, 0 for the current one: 9000, 6A82, 6986. */
uint16_t current_short(const struct card *, uint8_t sfi, uint16_t *ef);
/* The EF that P1-P2 of an odd instruction mean: 0000, a short identifier or one; same words. */
uint16_t current_odd(const struct card *, const struct apdu *, uint16_t *ef);
/*
 * The file that commands of ISO 7816-9 are about. Without data the current EF, or DF when there is
 * none; else data is an identifier, in the current DF or of it. 9000, 6A82, 6A87.
 */
uint16_t current_target(const struct card *, const struct apdu *, uint16_t *file);

#endif
