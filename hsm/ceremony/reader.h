#ifndef CARDINAL_CEREMONY_READER_H
#define CARDINAL_CEREMONY_READER_H

#include "hsm/cards/cards.h"
#include "hsm/keys/state.h"

/*
 * Why no ceremony can begin at the reader that is wanted ("" for any), which readers there are
 * instead, and what to do: 1; 0 when the error is none that a reader explains. It asks the seam for
 * its list.
 */
int reader_why(struct cards *, const char *wanted, int err, char message[MESSAGE_MAX]);

#endif
