#ifndef CARDINAL_TESTS_DICE_H
#define CARDINAL_TESTS_DICE_H

#include <stdint.h>

/*
 * From now on every random number that libcrypto gives, also to itself, follows from the seed: what
 * was found can be had again, and two runs of one operation can be compared byte by byte.
 */
void dice_seed(uint64_t seed);
/* Asked at each request for random numbers whether it fails. NULL: none does. */
void dice_hook(int (*fails)(void));
/* A number of a sequence of its own, which follows from the seed too. */
uint64_t dice_roll(void);

#endif
