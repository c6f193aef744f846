#ifndef CARDINAL_READER_NAME_H
#define CARDINAL_READER_NAME_H

#include "hsm/cards/cards.h"

/*
 * Which of the readers somebody means. pcscd puts two numbers behind a reader's
 * name, which change with the order in which readers are plugged in, and a USB reader's serial
 * number in it. So a name counts in this order: as it is; but for the numbers; as a part of just
 * one reader's name, in small or capital letters. 0 and *which, ERR_READER_NONE, or ERR_EXISTS when
 * several could be meant.
 */
int reader_named(const char names[][CARDS_NAME_MAX], size_t n, const char *wanted, size_t *which);

/* Whether it is a Cardinal PIN pad N, whose pad is a program. */
int reader_is_virtual(const char *name);

#endif
