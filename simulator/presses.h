#ifndef CARDINAL_PRESSES_H
#define CARDINAL_PRESSES_H

#include "simulator/pinblock.h"

/*
 * What was pressed in a PIN entry and not told yet: enum padlink_pressed, the
 * digits themselves never. It is bounded without losing anything that counts:
 * Clear takes with it what it cleared, so that each of the three PINs of a
 * change has one Clear, its digits and its OK at most, and the whole two ends.
 */
enum { PRESSES_MAX = 3 * (1 + DIGITS_MAX + 1) + 2 };

struct presses {
	size_t n;
	uint8_t v[PRESSES_MAX];
};

void presses_add(struct presses *, uint8_t what);
/* The oldest, PADLINK_PRESSED_NONE when all are told. */
uint8_t presses_take(struct presses *);
void presses_empty(struct presses *);

#endif
