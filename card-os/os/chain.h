#ifndef CARDINAL_CARD_CHAIN_H
#define CARDINAL_CARD_CHAIN_H

#include "card-os/os/card.h"

/*
 * What is longer than one APDU: commands in parts (ISO 7816-4:2005 5.1.1.1), and
 * answers that GET RESPONSE fetches (7.6.1). Both are plain commands only.
 */

/* Wipe the parts of a command, and what was kept of an answer. */
void chain_forget_command(struct card *);
void chain_forget_answer(struct card *);

/*
 * Takes a command that may be part of a chain. Returns 9000 when the whole is there, then in *a;
 * with *more set when it was a part, which is answered so. 6884 for a command that may not come in
 * parts, 6883 for a part that does not go on from the one before, 6700 when the whole gets too
 * long. After a command that was done, part of a chain or not, the caller forgets the parts.
 */
uint16_t chain_take(struct card *, int may_chain, struct apdu *a, int *more);

/* Keeps back what does not fit in Ne: 9000, 61xx, or 6Cxx when Ne could not be right. */
uint16_t chain_answer(struct card *, const struct apdu *, struct wr *);

#endif
