#ifndef CARDINAL_GATE_H
#define CARDINAL_GATE_H

#include "hsm/keys/challenge.h"

/*
 * The ceremonies' seam to slots: who their users are, and what opens them. In the daemon it is the
 * vault's process; tests have it in memory. 0, or ERR_NOT_NOW (no such opening, or not the turn of
 * that user), ERR_NOT_FOUND, ERR_CLOSED (vault is gone), ERR_IO, ERR_FULL; and what each says.
 */
struct gate {
	const struct gate_ops *ops;
};

struct gate_ops {
	/* Issuing. ------------------------------------------------------------ */
	/* Who sits there already, of the issuing that runs or broke off. ERR_NOT_FOUND. */
	int (*enrolled)(struct gate *, unsigned slot, unsigned user, struct user_seat *);
	/*
	 * The user's public keys, read from a card: durable. ERR_EXISTS: another user of the slot
	 * has one of these keys.
	 */
	int (*enrol)(struct gate *, unsigned slot, unsigned user, const struct user_seat *);
	/*
	 * All have been enrolled: the slots are made, or the slot gets its mode; with a record of
	 * its own in the transcript, since nothing may fail afterwards.
	 */
	int (*finish)(struct gate *);
	/*
	 * An installation opens slots 0 and 1 itself, after finish: asks for the opening of that
	 * slot, beside those that wait for their turn, with the code that it was made with. `end`
	 * is for these alone, as people_end; an opening that a ceremony was started for is ended by
	 * whoever started it.
	 */
	int (*open)(struct gate *, unsigned slot, uint64_t *opening);
	int (*end)(struct gate *, uint64_t opening, int err, int begun);

	/* Opening, of a number that `open` gave or the ceremony was started for. */
	/* Whose card it has to be, and where. */
	int (*seat)(struct gate *, uint64_t opening, unsigned user, struct user_seat *);
	/*
	 * What the card has to sign, and the point to agree with. Used up by the next proof, right
	 * or wrong; worth nothing after a minute. Another call takes its place (a card was pulled).
	 */
	int (*challenge)(struct gate *, uint64_t opening, unsigned user,
	    uint8_t text[CHALLENGE_LEN], uint8_t point[USER_POINT]);
	/* ERR_MAC: not that user's card, or not that challenge. z is wiped by the caller. */
	int (*proof)(struct gate *, uint64_t opening, unsigned user,
	    const uint8_t signature[USER_MODULUS], const uint8_t z[32]);

	/* Whose card that is: the slot and user. ERR_NOT_FOUND. */
	int (*whose)(struct gate *, const struct user_keys *, unsigned *slot, unsigned *user);
};

#endif
