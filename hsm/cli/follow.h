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

#endif
