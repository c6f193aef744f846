#ifndef CARDINAL_WORDS_H
#define CARDINAL_WORDS_H

#include <stddef.h>

/*
 * A line of words, as the control socket and scripts have them: parted by
 * blanks, quoted by '...' or "..." or a backslash; # at the beginning of a
 * word makes the rest a comment. No expansion.
 */
enum { WORDS_MAX = 64, WORDS_LINE_MAX = 512 };

struct words {
	size_t n;
	char *v[WORDS_MAX];
};

/*
 * Cuts the line up in place; CR and LF at its end are none of it. ERR_FORMAT: an
 * open quote, or a control character but tab; ERR_SIZE.
 */
int words_split(char *line, struct words *);
/* The line that splits into these words: 0, ERR_SIZE, ERR_FORMAT when it cannot be said. */
int words_join(char *const *v, size_t n, char *line, size_t cap);

#endif
