#ifndef CARDINAL_PROBE_H
#define CARDINAL_PROBE_H

#include "hsm/cards/padinfo.h"

/* Looks at readers for a person who wants to know why one does not work; over PC/SC. */
enum { PROBE_WHY_MAX = 256 };

/* The readers' names. After an error why says what is the matter with pcscd, and what to do. */
int probe_names(char names[CARDS_READERS_MAX][CARDS_NAME_MAX], size_t *n, char why[PROBE_WHY_MAX]);

/*
 * Asks the reader of that name all that can be asked without a card. With a text, shows that for so
 * many seconds, then clears the display, whatever the reader says of its units; not while another
 * program uses it, whose text that would take away.
 */
void probe_reader(const char *name, const char *text, unsigned seconds, struct pad_report *);

#endif
