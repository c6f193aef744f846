#ifndef CARDINAL_SAY_H
#define CARDINAL_SAY_H

#include <stdio.h>

#include <jansson.h>

/*
 * Texts that come from elsewhere (readers, cards, the daemon), on a terminal:
 * control characters are left out, so that none moves the cursor.
 */
void say_text(FILE *, const char *);
/* The same for texts of several lines. */
void say_lines(FILE *, const char *);
/* The text member of an object, "" when it has none. */
const char *say_member(const json_t *, const char *name);
/* The number member of an object, 0 when it has none. */
json_int_t say_number(const json_t *, const char *name);
/* One record of the transcript as a line. */
void say_event(FILE *, const json_t *event);
/* What people want to see while a ceremony runs: prompts, mistakes, deeds; nothing for the rest. */
void say_progress(FILE *, const json_t *event);
/* One line of compact JSON. */
void say_json(FILE *, const json_t *);

#endif
