#ifndef CARDINAL_TESTS_JACK_PIN_H
#define CARDINAL_TESTS_JACK_PIN_H

#include "simulator/padlink.h"

/*
 * Tag 52 of PERFORM (18) and MODIFY VERIFICATION (19) as a PIN entry of the pad.
 *
 *   control   low nibble 0 BCD, 1 ASCII, 2 ISO 9564 format 2; high nibble: that many digits, which
 *             end the entry, 0: any number
 *   position  where the digits begin, counted from CLA, which is 1: 6 is behind Lc. MODIFY: of the
 *             old and of the new PIN; equal: no old one is asked; new 0: behind the old one
 *
 * 0, or -1 when the reader does not understand it.
 */
int jack_pin(uint8_t ins, const uint8_t *, size_t n, struct padlink_pin *);

#endif
