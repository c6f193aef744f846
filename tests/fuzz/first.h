#ifndef CARDINAL_TESTS_FIRST_H
#define CARDINAL_TESTS_FIRST_H

#include "card-os/os/keys.h"
#include "tests/fuzz/scene.h"

/* The PIN of the owner; nobody guesses it, a fuzzer least. */
#define FIRST_PIN "8306519274460183"

/* The secret key of the ring. */
extern const uint8_t first_ring_secret[KEY_AES_LEN];

/* What loads the slot credential again that the card has: the data of the command. */
extern uint8_t first_credential[4096];
extern size_t first_credential_n;

/*
 * The card that each sequence begins with, made once: a ring of keys, a slot credential, and an
 * owner with his PIN in both applications and a share. Its secrets are added to those that may
 * not come out. Aborts when it cannot be made.
 */
void first_make(struct deck *, struct owned[SCENE_OWNED]);

#endif
