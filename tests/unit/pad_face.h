#ifndef CARDINAL_TESTS_PAD_FACE_H
#define CARDINAL_TESTS_PAD_FACE_H

#include "simulator/pad.h"

enum { OK_KEY = PADLINK_KEY_OK, CLEAR = PADLINK_KEY_CLEAR, CANCEL = PADLINK_KEY_CANCEL };

/* Whether the pad's display has those two lines now. */
int face_shows(const struct pad *, const char *line1, const char *line2);
/* Whether n bytes are all zero. */
int face_wiped(const void *, size_t n);
/* A request for the PIN of a card: 6 to 16 digits, 30 seconds for the first and 10 for the next. */
struct padlink_pin face_verify(void);

#endif
