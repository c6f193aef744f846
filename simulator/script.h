#ifndef CARDINAL_SCRIPT_H
#define CARDINAL_SCRIPT_H

#include <stdio.h>

#include "simulator/words.h"

/*
 * A rehearsal, or a test: a file of control commands, a line each, blank lines
 * and comments between them. `pin` takes its digits from the input, a line each
 * time. It stops at the first line that does not succeed.
 */
struct script {
	FILE *file;
	unsigned line;
	char text[WORDS_LINE_MAX];
};

/* The next line that has words, which are in s->text: 1, 0 at the end, ERR_FORMAT, ERR_SIZE. */
int script_next(struct script *, struct words *);
/* Runs it at the pad whose control socket fd is: an exit code. */
int script_run(const char *path, int fd, int in, FILE *out);

#endif
