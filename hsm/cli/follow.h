#ifndef CARDINAL_FOLLOW_H
#define CARDINAL_FOLLOW_H

#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"

/*
 * Starts a ceremony by a POST to path and follows it to its end: its records go to standard
 * error as they come, and what the pad asks where the reader has no display. body, NULL for none,
 * is taken over; with codes in it it is gone as soon as it was sent. Returns the exit
 * status; *last is the status's member `last` then, the caller's, NULL when the end was not seen.
 * Ctrl-C leaves the ceremony running and says so; with detach nothing is followed at all.
 */
int follow(struct cli *, const char *path, json_t *body, int detach, json_t **last);

/*
 * The same for what opens a slot of mode `cards`: the answer to the POST is the number of an
 * opening, which waits for its turn, and is then followed as the ceremony that carries it. Nobody
 * is asked when the number is 0: CLI_DONE, *last NULL.
 */
int follow_opening(struct cli *, unsigned slot, const char *path, json_t *body, json_t **last);

#endif
