#ifndef CARDINAL_TOLD_H
#define CARDINAL_TOLD_H

#include "hsm/ceremony/runner.h"

/* What the tools tell of a card: in the result, and words in its message. */

/* The share's PIN and header, as they were met. For a credential: user_card_tell. */
void told_card(struct ceremony *);

/* What the share or the credential on the card says of itself. */
void told_share(struct ceremony *);
void told_user(struct ceremony *);
/*
 * Whether the share's header is one of this HSM's: as share_header_of_set; where the HSM has no set
 * it is TEST and LIVE alone that have to agree.
 */
int told_is_ours(const struct ceremony *);
/*
 * Whether a share that was read is right: as share_of_set; where the HSM has no set nothing is
 * known of it but whether it is undamaged, as share_check.
 */
int told_is_right(const struct ceremony *, const struct share *);

#endif
