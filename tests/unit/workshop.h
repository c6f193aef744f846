#ifndef CARDINAL_TESTS_WORKSHOP_H
#define CARDINAL_TESTS_WORKSHOP_H

#include "card-os/os/keys.h"
#include "tests/unit/deck.h"

/*
 * A new card, powered, with a DF 5A10 to make files in, which is current. It stands in the slot
 * user's DF, whose PIN was verified, and is activated; everybody may everything with it.
 */
void workshop_new(struct deck *);

/*
 * deck_play with lengths put in: "83(4101)" is 83 02 4101. One byte each. Where commands
 * are wrong in their length it is written out.
 */
void workshop_play(struct deck *, const struct deck_step *, size_t n);
uint16_t workshop_send(struct deck *, const char *text);
/* The bytes of such a text. */
size_t workshop_bytes(const char *text, uint8_t *out, size_t cap);

/* What is kept free for the parts of a credential that are public. */
enum { CREDENTIAL_ROOM = RSA_DER_MAX + P256_POINT + SLOT_CERT_MAX };

#define WORKSHOP "00A4080C(5A025A10)"
/* Rules that let everybody do everything, as OpenSC asks for them. */
#define OPEN "86(A4000000FFFF B0000000FFFF D6000000FFFF 60000000FFFF)"
#define CREATE(parts) "00E00000(62(" parts "))"
#define CREATE_EF(fid, size) CREATE("80(" size ") 82(01) 83(" fid ")" OPEN)
#define CREATE_DF(fid) CREATE("82(38) 83(" fid ")" OPEN)
#define SELECT_FID(fid) "00A4000C(" fid ")"

#endif
