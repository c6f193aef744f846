#ifndef CARDINAL_BACKUP_H
#define CARDINAL_BACKUP_H

#include "hsm/ceremony/runner.h"

/*
 * The backup key's way onto cards and back: the phases of which installing and
 * resuming are made, and the steps that they share. SPEC 4.
 *
 * Steps leave what they found in struct ceremony; nothing is final before
 * backup_commit.
 */

/* Makes the key and its shares in memory, and tells the journal of the set. */
extern const struct phase backup_make;
/* Writes each share that no card has yet. */
extern const struct phase backup_create;
/* Reads any k different cards of the set into backup.got. */
extern const struct phase backup_read;
/* The key and the shares that no card has yet, out of backup.got; which is empty afterwards. */
extern const struct phase backup_rebuild;
/* The key from the cards is compared with the one in memory and becomes the HSM's. */
extern const struct phase backup_commit;

/* ERR_NO_CARD when the slot is empty. */
int card_is_there(struct ceremony *);
/*
 * Meets the card: serial number, state of that application's PIN, what `look` finds in it.
 * ERR_FOREIGN_CARD, ERR_CARD_BLOCKED (all of that is known then, too), ERR_WRONG_CARD for one that
 * speaks, but not as a card of this build.
 */
int card_is_met(struct ceremony *, enum card_app, int (*look)(struct ceremony *));
/* For a share: its header, if there is one. */
int card_is_known(struct ceremony *);
/* The PIN of the application that was met, at the pad. */
int holder_enters_pin(struct ceremony *);
/* After an entry that gave r, which comes back: a tool tells of the tries that are left now. */
int pin_was_tried(struct ceremony *, int r);
/* The card is read again: 0 if the share is on it, ERR_SHARE_DAMAGED, the requests' own. */
int share_is_proven(struct ceremony *, const struct share *);
/* The card takes part as holder of share x: for the result. */
void card_was_seen(struct ceremony *, unsigned x);

/* Whether share x is written and proven, as the journal knows it. */
int share_is_written(const struct ceremony *, unsigned x);
unsigned quorum_k(const struct ceremony *);
unsigned quorum_n(const struct ceremony *);
unsigned one_card(const struct ceremony *);

#endif
