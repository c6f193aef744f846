#ifndef CARDINAL_TEXT_H
#define CARDINAL_TEXT_H

#include <stddef.h>

/* A text of a step table, its %u, %n and %s filled in (runner.h); cut where it is full. */
void text_fill(const char *format, unsigned u, unsigned n, const char *s, char *out, size_t cap);

/* A pad text on one line, as transcript and checklist have it: lines parted by " / ", no beep. */
void text_line(const char *text, char *out, size_t cap);

#endif
