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

#endif
