#ifndef CARDINAL_CARD_ACCESS_H
#define CARDINAL_CARD_ACCESS_H

#include "card-os/os/card.h"

/*
 * May the command that runs do that with that file? 9000; 6985 when it or a DF
 * above it is deactivated or terminated (ACTIVATE, DELETE and TERMINATE are let
 * through to a deactivated one); 6982 when a condition of its rule is not met.
 */
uint16_t access_check(const struct card *, uint16_t file, enum card_op);

/*
 * Forgets what was proven to PINs and keys outside the current DF and those above it, and which
 * keys were chosen in another DF.
 */
void access_leave(struct card *);

/*
 * Rules as the tags 86 of TCOS have them, six bytes each: instruction, number of PINs, 00 and key
 * reference, then FFFF for always, or 80 when secure messaging is needed, else 00, and the PIN's
 * reference. What nobody may has none. Public sources tell the form and the instructions; what
 * stands in the last two bytes is ours.
 */
void access_put(struct wr *, const struct card_file *);
/* Reads them for a file of that kind: 0, ERR_FORMAT. What has no rule nobody may. */
int access_get(const uint8_t *, size_t n, struct card_file *);

#endif
