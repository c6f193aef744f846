#ifndef CARDINAL_TOLD_H
#define CARDINAL_TOLD_H

#include "hsm/ceremony/runner.h"

/* What the tools tell of a card: words in result->message. */

/* What the share or the credential on the card says of itself. */
void told_share(struct ceremony *);
void told_user(struct ceremony *);
/*
 * Whether the share's header is one of this HSM's: as share_header_of_set; where the HSM has no set
 * it is TEST and LIVE alone that have to agree.
 */
int told_is_ours(const struct ceremony *);

#endif
