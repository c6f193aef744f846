#ifndef CARDINAL_SEATS_H
#define CARDINAL_SEATS_H

#include <jansson.h>

#include "hsm/ceremony/ceremony.h"

/*
 * The users of a slot of mode `cards` as a command line names them:
 * `users=2,copies=3,pads=A:B`. Pads are readers' names, that of user 1 first, parted by colons; an
 * empty one, and those that are not named, mean the HSM's reader. A backslash before a colon, a
 * comma or a backslash makes it a part of the name.
 *
 * What is wrong comes back as a sentence without its dot, NULL when nothing is.
 */
enum { SEATS_TEXT_MAX = 16 };

/* One user with two cards, asked at the HSM's reader. */
void seats_default(struct ceremony_slot *);
/* All of it, "" for the defaults; also that it fits together. */
const char *seats_parse(const char *text, struct ceremony_slot *);
/* Each alone, for commands that have an option for each; seats_check when all are there. */
const char *seats_users(const char *text, struct ceremony_slot *);
const char *seats_copies(const char *text, struct ceremony_slot *);
const char *seats_pads(const char *text, struct ceremony_slot *);
const char *seats_check(const struct ceremony_slot *);
/* "1 user", "2 users". */
void seats_count(unsigned users, char out[SEATS_TEXT_MAX]);
/* Members "users", "copies" and, where a reader is named, "pads" of a request. */
void seats_put(json_t *, const struct ceremony_slot *);

#endif
