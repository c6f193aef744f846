#ifndef CARDINAL_CARD_LAYOUT_H
#define CARDINAL_CARD_LAYOUT_H

#include "card-os/os/card.h"

/*
 * What a card of each profile is made of, before it has a number and a key:
 * files and PINs from a table. Files whose content comes from the factory
 * (serial number, certificate) are empty until layout_fill.
 */

/* 0, ERR_NOT_FOUND for another profile, ERR_SIZE. PINs have no digits yet. */
int layout_make(struct card_data *, const char *profile);
/* Makes n bytes the whole content of an EF right under the MF: 0, ERR_NOT_FOUND, ERR_SIZE. */
int layout_fill(struct card_data *, uint16_t fid, const void *, size_t n);

#endif
