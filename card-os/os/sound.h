#ifndef CARDINAL_CARD_SOUND_H
#define CARDINAL_CARD_SOUND_H

#include "card-os/os/card.h"

/*
 * Whether a state can be: every file has a name of its own, stands under a DF and has
 * the fields of its kind, every content is what its kind has, and contents lie
 * side by side. What is not is never written, and never read from an image.
 */
int card_data_is_sound(const struct card_data *);

#endif
