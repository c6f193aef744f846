#ifndef CARDINAL_CARD_INTERNAL_H
#define CARDINAL_CARD_INTERNAL_H

#include "card-os/iso7816/tlv.h"
#include "card-os/os/pins.h"

/*
 * Object A5 in the parameters of a PIN or key, ours: its reference, and
 * of a PIN digits, tries and PUK, of a key the type.
 */
enum { TAG_INTERNAL = 0xa5 };

void internal_put(struct wr *, const struct card_data *, uint16_t i);
/*
 * Reads the value for a file that is made with descriptor 09: kind, reference and size of
 * the content; numbers of a PIN. 0, ERR_FORMAT for what cannot be.
 */
int internal_get(const struct tlv *, struct card_file *, struct pin *);

#endif
