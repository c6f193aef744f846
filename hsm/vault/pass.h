#ifndef CARDINAL_PASS_H
#define CARDINAL_PASS_H

#include <semaphore.h>

#include "hsm/vault/slot_record.h"

/*
 * What a slot's record holds of a code: a verifier, to compare with; an envelope, the slot's key
 * sealed to the code; or the code itself, kept under a key of the device. Verifier and envelope are
 * made by scrypt with a salt of their own each. docs/keys.md has the derivations.
 *
 * ERR_CRYPTO, and what is said below. What was half made when a call fails is of no use.
 */

/* Whose code: bound into all that is made of it. */
struct pass_of {
	const struct seal_key *device;
	sem_t *turns;		/* how many may run scrypt at a time, which takes 32 MiB */
	unsigned slot;
	enum slot_who who;
	uint64_t generation;
};

/* Another code: verifier anew, tries full, neither envelope nor kept code, not to be changed. */
int pass_set(const struct pass_of *, const uint8_t *code, size_t n, unsigned cost,
    struct slot_pass *);
/* ERR_PIN_WRONG. Charges nothing: the caller has. */
int pass_check(const struct pass_of *, const struct slot_pass *, const uint8_t *code, size_t n);
/* The code, which pass_set took, is to open the slot's key from now on, as another salt has it. */
int pass_enclose(const struct pass_of *, const uint8_t *code, size_t n, const struct seal_key *,
    struct slot_pass *);
/* ERR_MAC, ERR_NOT_FOUND when there is no envelope. */
int pass_disclose(const struct pass_of *, const struct slot_pass *, const uint8_t *code, size_t n,
    struct seal_key *);
/*
 * The same in two steps, for an envelope that lies elsewhere than in the pass. wrap leaves a kept
 * code alone; lock takes the time of scrypt: what opens the envelope; unwrap opens it.
 */
int pass_wrap(const struct pass_of *, const uint8_t *code, size_t n, const struct seal_key *,
    struct slot_pass *, uint8_t envelope[SLOT_KEY_SEALED]);
int pass_lock(const struct pass_of *, const struct slot_pass *, const uint8_t *code, size_t n,
    struct seal_key *lock);
int pass_unwrap(const struct pass_of *, const struct seal_key *lock,
    const uint8_t envelope[SLOT_KEY_SEALED], struct seal_key *);
/* The code itself, kept and read again: *n its length. ERR_NOT_FOUND, ERR_MAC. */
int pass_keep(const struct pass_of *, const uint8_t *code, size_t n, struct slot_pass *);
int pass_kept(const struct pass_of *, const struct slot_pass *, uint8_t code[SLOT_CODE_MAX],
    size_t *n);
/* The slot's key under the device's, for mode auto; of->who does not count. ERR_MAC. */
int pass_auto(const struct pass_of *, const struct seal_key *, uint8_t sealed[SLOT_KEY_SEALED]);
int pass_auto_open(const struct pass_of *, const uint8_t sealed[SLOT_KEY_SEALED],
    struct seal_key *);

/*
 * A code that nobody can guess: each character one of 31, digits and capitals without 0, 1, I, L
 * and O, all as likely.
 */
int pass_make(uint8_t code[SLOT_MADE_LEN]);

#endif
