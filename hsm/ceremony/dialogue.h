#ifndef CARDINAL_DIALOGUE_H
#define CARDINAL_DIALOGUE_H

#include "hsm/ceremony/runner.h"

/*
 * What the people hear of a running ceremony, and what they answer. Errors are the seam's. A reader
 * that refuses a text (ERR_UNSUPPORTED) counts as one without display from then on.
 */

/* A text of a row, with u for its %u, and for the rest what is true now. */
void dialogue_fill(const struct ceremony *, const char *format, unsigned u, char *out, size_t cap);

/* Front display. */
void dialogue_front(const struct ceremony *, const char *line);

/*
 * *seconds: how long somebody is waited for who usually has so many; as long as the whole may take,
 * where that is bounded. A PIN is waited for no longer than usual. ERR_TIMEOUT: that is over.
 */
int dialogue_prompt_s(const struct ceremony *, unsigned *seconds);
int dialogue_pin_s(const struct ceremony *, unsigned *seconds);
uint64_t dialogue_ticks(const struct ceremony *);

/* Shows a text that waits for nobody; one that stands already is not shown again. */
int dialogue_show(struct ceremony *, const char *text);

/* A text that the pad shows by itself. */
void dialogue_by_pad(struct ceremony *, const char *text);

/*
 * Shows the text of the running step and waits for OK: 0, ERR_CANCELLED, ERR_TIMEOUT. Without a
 * display it is said and answered elsewhere; where a card is asked for, one that is put into the
 * empty slot is the answer, too.
 */
int dialogue_ask(struct ceremony *, const char *text);

/* Shows an outcome for a while, or until OK; people may pull the card at once. */
int dialogue_outcome(struct ceremony *, const char *text);

#endif
