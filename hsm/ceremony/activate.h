#ifndef CARDINAL_ACTIVATE_H
#define CARDINAL_ACTIVATE_H

#include "hsm/ceremony/runner.h"

/*
 * The users of a slot come to the pad, one after the other, each with a card of his: it signs the
 * vault's challenge and agrees with its point. SPEC 5. The vault decides; nothing here opens
 * anything.
 */

/* An installation opens slots 0 and 1, where they have users. SPEC 4, step 5. */
extern const struct phase activate_first;

/* What users are asked for, %o: "Slot", which is to open, its "Mode", or its "Code". */
const char *activate_order(const struct ceremony_args *);

#endif
