#ifndef CARDINAL_CARD_PINS_H
#define CARDINAL_CARD_PINS_H

#include "card-os/os/card.h"

/* A PIN is its digits in ASCII, without padding. */

/* Whether n bytes are digits, and as many as the PIN may have. */
int pin_may_be(const struct card_pin *, const uint8_t *, size_t n);
/* Whether n bytes are the PIN, in constant time: 0, ERR_PIN_WRONG, ERR_CRYPTO. */
int pin_compare(const struct card_pin *, const uint8_t *, size_t n);
/* Makes n bytes the PIN, with a new salt: 0, ERR_PIN_LENGTH for what may not be one, ERR_CRYPTO. */
int pin_set(struct card_pin *, const uint8_t *, size_t n);

enum { PIN_NONE = -1 };

/* Index of the PIN that belongs to the nearest DF, from that of that index upwards; PIN_NONE. */
int pins_of(const struct card_data *, uint16_t df);

/* Forgets every PIN that does not belong to the current DF or one above it. */
void pins_leave(struct card *);

#endif
