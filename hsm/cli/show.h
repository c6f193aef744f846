#ifndef CARDINAL_SHOW_H
#define CARDINAL_SHOW_H

#include <stdio.h>

#include <jansson.h>

/* What GET /v1/status answered, for people. */
void show_status(FILE *, const json_t *status);
/*
 * The same on a cleared terminal: long lines are folded, what does not fit is left out at the end,
 * where it matters least. last: a line for the bottom when there is room.
 */
void show_screen(FILE *, const json_t *status, const char *last);
/* "Insert 1. card / press OK/Cancel", "" when nothing is asked. */
void show_prompt(const json_t *status, char *out, size_t cap);

#endif
