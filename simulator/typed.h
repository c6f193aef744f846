#ifndef CARDINAL_TYPED_H
#define CARDINAL_TYPED_H

#include "simulator/padlink.h"

/*
 * A line of digits for the host, the INPUT of more than one key: OK or the last
 * digit ends it, Clear empties it, Cancel leaves nothing but itself. No secret:
 * who types it sees no lock sign. No clock; time comes in, in milliseconds.
 */
struct typed {
	uint8_t mode, max;
	uint8_t n;
	char digits[PADLINK_LINE_MAX];
	uint64_t first_ms, next_ms, deadline;
};

void typed_start(struct typed *, const struct padlink_input *, uint64_t now_ms);
/* 1 when the line is done: n digits, or PADLINK_KEY_CANCEL in digits[0]. */
int typed_key(struct typed *, uint8_t key, uint64_t now_ms);
/* What is to be seen of it: as many characters as are returned. */
size_t typed_shows(const struct typed *, char shows[PADLINK_LINE_MAX]);

#endif
