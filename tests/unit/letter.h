#ifndef CARDINAL_LETTER_H
#define CARDINAL_LETTER_H

#include "hsm/pkcs11/wire.h"

/*
 * A request and an answer with something in every field, other things in fields of one kind; what
 * a call has no field for does not travel.
 */
struct letter {
	struct wire_request request;
	struct wire_answer answer;
	struct mech mech;
	uint8_t set[64], set2[64], view[64];
};

void letter_fill(struct letter *, uint8_t id);
struct wire_bytes bytes_of(const void *, size_t n);

#endif
