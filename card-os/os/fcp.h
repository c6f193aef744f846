#ifndef CARDINAL_CARD_FCP_H
#define CARDINAL_CARD_FCP_H

#include "card-os/os/card.h"
#include "card-os/os/pins.h"

/* File control parameters, ISO 7816-4:2005 5.3.3; as docs/card.md has them. */

enum { TAG_FCP = 0x62, TAG_FCI = 0x6f };

/* Those of a file under that tag. */
void fcp_put(struct wr *, uint32_t tag, const struct card_data *, uint16_t i);

/*
 * Those that CREATE FILE brings, under 62 or 6F, for a file that is to be made: kind, life,
 * identifier, name, sizes, rules; for a PIN its numbers too. 0, ERR_FORMAT for what cannot be.
 * Whether there is room, and whether the names are free, is seen when it is made.
 */
int fcp_get(const uint8_t *, size_t n, struct card_file *, struct pin *);

#endif
