#ifndef CARDINAL_SEAT_H
#define CARDINAL_SEAT_H

#include "card-os/iso7816/buf.h"
#include "hsm/keys/user.h"

/*
 * A slot's user as the store keeps it (docs/keys.md): modulus and point, the number of cards, the
 * reader's name with zeros behind.
 */
enum { SEAT_LEN = USER_MODULUS + USER_POINT + 1 + USER_READER_MAX };

/* Whether its fields can be; that the keys are keys is user_keys_check's. 1 or 0. */
int seat_is_sound(const struct user_seat *);
void seat_put(struct wr *, const struct user_seat *);
/* ERR_FORMAT in the rd for one that is not sound. */
void seat_get(struct rd *, struct user_seat *);

#endif
