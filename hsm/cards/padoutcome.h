#ifndef CARDINAL_PADOUTCOME_H
#define CARDINAL_PADOUTCOME_H

#include <stdint.h>

/* What a status word of a PIN entry means, and the exit status that a program gives it. */
struct pad_outcome {
	const char *what, *todo;
	enum { PAD_RIGHT, PAD_FAILED, PAD_CANCELLED, PAD_TIMEOUT } kind;
};
const struct pad_outcome *padoutcome(uint16_t sw);

#endif
