#ifndef CARDINAL_PADCHECK_H
#define CARDINAL_PADCHECK_H

#include "hsm/cards/padinfo.h"

/* What is wrong with a reader, or worth knowing, what it means and what to do. */
struct pad_finding {
	int wrong;		/* 0: it works so, but people should know */
	const char *what, *means, *todo;
};

enum { PADCHECK_MAX = 32 };

/* The findings of a report, the worst first. Their number. */
size_t padcheck(const struct pad_report *, const struct pad_finding *out[PADCHECK_MAX]);

/* What a status word of a PIN entry means, and the exit status that a program gives it. */
struct pad_outcome {
	const char *what, *todo;
	enum { PAD_RIGHT, PAD_FAILED, PAD_CANCELLED, PAD_TIMEOUT } kind;
};
const struct pad_outcome *padcheck_outcome(uint16_t sw);

#endif
