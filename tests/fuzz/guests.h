#ifndef CARDINAL_FUZZ_GUESTS_H
#define CARDINAL_FUZZ_GUESTS_H

#include "hsm/keys/user.h"
#include "hsm/vault/store.h"

/*
 * The one user of a slot that opens by cards, and a thread that asks him as ward does: he comes two
 * times of three, and presses Cancel before anybody was asked the third time. Aborts where a store
 * does not do what it should.
 */
void guests_seat(struct user_seat *);
void guests_start(struct store *);
/* Before the store is closed. */
void guests_stop(void);

#endif
