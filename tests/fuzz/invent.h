#ifndef CARDINAL_TESTS_INVENT_H
#define CARDINAL_TESTS_INVENT_H

#include "card-os/iso7816/buf.h"

/*
 * Writes a step or two of tests/fuzz/world.h that make some sense, by dice_roll and by what is on
 * the card now. Where they have no room, wr has failed.
 */
void invent_step(struct wr *);

#endif
