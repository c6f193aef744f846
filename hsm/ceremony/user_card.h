#ifndef CARDINAL_USER_CARD_H
#define CARDINAL_USER_CARD_H

#include "hsm/ceremony/runner.h"

/* The card of a slot user: the steps that issuing, activating and the tools share. */

/* Meets the card, with what its slot application holds: on_user and on_keys. As card_is_met. */
int user_card_is_known(struct ceremony *);

/* What was met goes into the result, and whose it is: the gate's errors. For the tools. */
int user_card_tell(struct ceremony *);

/* Whether the card's public keys are these: 1 or 0. */
int user_card_has(const struct ceremony *, const struct user_keys *);

/*
 * After its PIN, a card proves the keys that it shows: it signs a challenge of that purpose, made
 * here, and agrees. 0, ERR_MAC, the requests' own.
 */
int user_card_proves(struct ceremony *, enum challenge_purpose, const struct user_head *);

#endif
