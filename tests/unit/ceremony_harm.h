#ifndef CARDINAL_TESTS_CEREMONY_HARM_H
#define CARDINAL_TESTS_CEREMONY_HARM_H

#include "tests/rig/rig.h"

/* What suites of the ceremonies do to cards. */

/* Blocks the share PIN of a card, by an installation that breaks off. */
void harm_block(struct rig *);
/* For rig_forge: turns a bit of the share as it is on the card, in the byte *(size_t *)at of it. */
void harm_flip_share(struct card_data *, void *at);

#endif
