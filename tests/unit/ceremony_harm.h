#ifndef CARDINAL_TESTS_CEREMONY_HARM_H
#define CARDINAL_TESTS_CEREMONY_HARM_H

#include "tests/rig/rig.h"

/* What suites of the ceremonies do to cards. */

/* Blocks the share PIN of a card, by an installation that breaks off. */
void harm_block(struct rig *);
/* A rig of an HSM that was installed 2 of 3; made once a process, and copied. */
struct rig *harm_installed(void);
/* The same, and slot 7 opens with so many users of two cards each, from card 4 of the deck on. */
struct rig *harm_with_users(uint8_t users);
/* Whether a text of the last run had this line 2. */
int harm_showed_below(const struct rig *, const char *line);
/* For rig_forge: turns a bit of the share as it is on the card, in the byte *(size_t *)at of it. */
void harm_flip_share(struct card_data *, void *at);

/* For rig_forge: the card answers with the agreement key of the deck's sixth card, of rig arg. */
void harm_swap_scalar(struct card_data *, void *arg);

#endif
