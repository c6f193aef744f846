#ifndef CARDINAL_CARD_PKCS15_H
#define CARDINAL_CARD_PKCS15_H

#include "card-os/os/card.h"

/*
 * The card as PKCS#15 v1.1 tells it, in DF 5015, for tools that know nothing of ours: both
 * PINs, the header of the share, and the slot user's signing key with public key and certificate
 * while there is one. Of the agreement key, which works over the channel only, it says nothing.
 */
enum { PKCS15_OBJECTS_LEN = 128 };	/* each of PrKDF, PuKDF and CDF, zeros behind the object */

/* At the factory, of a card that has its files and serial number: 0, ERR_NOT_FOUND, ERR_SIZE. */
int pkcs15_make(struct card_data *);
/*
 * Whether a slot credential is on the card: writes or empties PrKDF, PuKDF and CDF. The caller
 * commits. 0, ERR_NOT_FOUND when the card has no such files, ERR_SIZE.
 */
int pkcs15_fill(struct card_data *, int present);

#endif
