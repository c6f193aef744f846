#ifndef CARDINAL_CARD_SE_H
#define CARDINAL_CARD_SE_H

#include "card-os/os/card.h"
#include "card-os/os/keys.h"

/*
 * Which key a command works with: what MANAGE SECURITY ENVIRONMENT chose, until
 * the DF is left, or a reference in the command itself.
 */

/* Algorithms as GnuPG tells TCOS: put on block type 1; as it is; take off block type 2. */
enum { SE_ALGORITHM_PKCS1 = 0x02, SE_ALGORITHM_RAW = 0x0a, SE_ALGORITHM_UNPAD = 0x1a };

/* Forgets which keys were chosen. */
void se_clear(struct card *);

/* Whether a key of that type serves that use. */
int se_serves(unsigned type, enum card_se_use);
/* The file of a reference for that use in the current DF, or CARD_NO_FILE. */
uint16_t se_find(const struct card *, uint8_t ref, enum card_se_use);
/*
 * The private or secret key of a reference, 0 for the chosen one, which the caller wipes: 9000;
 * 6985 when none was chosen, 6A88 none there that serves, the words of access_check for OP_USE,
 * 6984 when its file has no key yet.
 */
uint16_t se_key(const struct card *, uint8_t ref, enum card_se_use, uint16_t *file, struct key *);

#endif
