#ifndef CARDINAL_TEXT_H
#define CARDINAL_TEXT_H

#include <stddef.h>

/* What stands in a text of a step table for %u, %n, %s, %U, %S, %o, %p, %r; NULL: nothing. */
struct text_words {
	unsigned card, cards;		/* %u its number, %n of how many */
	const char *set;		/* %s on the card */
	unsigned user, slot;		/* %U, %S */
	const char *order;		/* %o: what a slot's users are asked for */
	const char *print;		/* %p of the credential on the card */
	const char *reader;		/* %r of the user */
};

/* Fills them in; cut where it is full. */
void text_fill(const char *format, const struct text_words *, char *out, size_t cap);

/* A pad text on one line, as transcript and checklist have it: lines parted by " / ", no beep. */
void text_line(const char *text, char *out, size_t cap);

#endif
