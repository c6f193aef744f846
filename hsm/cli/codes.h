#ifndef CARDINAL_CODES_H
#define CARDINAL_CODES_H

#include <stddef.h>

#include "hsm/admin/slot_order.h"

/*
 * Codes of slots on their way from people to the daemon: out of a file, or from the terminal
 * without echo. What goes wrong is said on standard error, and never with a code in it.
 */
struct code {
	size_t n;			/* bytes; 0: none was given */
	int line;			/* of the file */
	char text[SLOT_CODE_MAX + 1];
};

/* In secret memory: codes_new, codes_free. */
struct codes {
	struct code user[SLOTS], so[SLOTS];
	struct code now[SLOTS];		/* what opens it now, for another mode */
};

/* From here on no core file and no tracing. NULL after saying that there is no memory. */
struct codes *codes_new(void);
void codes_free(struct codes **);

/* NULL, or what is wrong with a code, as the end of a sentence. */
const char *codes_check(const char *text, size_t n);

/*
 * A file of the caller's own that nobody else may read (0600): lines `slot 3 code ...`,
 * `slot 3 so ...` and `slot 3 now ...`, and comments from # on. 0, or ERR_DENIED, ERR_IO,
 * ERR_FORMAT after saying so, with file and line.
 */
int codes_load(struct codes *, const char *path);
/* The same out of memory. */
int codes_parse(struct codes *, const char *name, const char *text, size_t n);

/*
 * Asks at the terminal until it is a code, and when it is a new one until it was typed twice alike.
 * Enter alone leaves it to the HSM, or leaves the code as it is, where that is offered: n is 0
 * then. 0; ERR_NOT_FOUND: there is no terminal, which is not said; ERR_CANCELLED: it has ended,
 * said.
 */
enum codes_ask {
	CODES_KNOWN,
	CODES_NEW,
	CODES_NEW_OR_MADE,
	CODES_NEW_OR_SAME,
};
int codes_ask(const char *what, unsigned slot, enum codes_ask, struct code *);

#endif
