#ifndef CARDINAL_CEREMONY_READER_H
#define CARDINAL_CEREMONY_READER_H

#include "hsm/ceremony/runner.h"

/*
 * Why no ceremony can begin at the reader that is wanted ("" for any; of_user: it is a slot user's
 * own, not the HSM's), which readers there are instead, and what to do: 1; 0 when the error is none
 * that a reader explains. It asks the seam for its list.
 */
int reader_why(struct cards *, const char *wanted, int of_user, int err,
    char message[MESSAGE_MAX]);

/*
 * Goes to the reader of that name, "" for the HSM's, unless it is there. The card in the one before
 * is let go. As cards->ops->open, and ERR_NO_PIN_PAD; on an error no reader is open.
 */
int reader_enter(struct ceremony *, const char *name);

#endif
