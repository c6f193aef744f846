#ifndef CARDINAL_CHALLENGE_H
#define CARDINAL_CHALLENGE_H

#include "hsm/keys/user.h"

/*
 * What a user's card signs, as evidence that it was there with its PIN: 128 bytes that the HSM
 * alone makes, of one form, so that a signature for one purpose is worth nothing for another:
 *
 *   "CARDINAL-AUTH" 00 "v1"  purpose:1 alg:1 user:1 users:1  slot:4  hsm:16  boot:8  session:8
 *   seq:8  operation:32  nonce:32
 *
 * hsm names the HSM, boot the start of the daemon, session the opening, seq the challenge in it;
 * operation is SHA-256 over what is to be opened or enrolled; nonce is fresh and random. alg 1 is
 * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2), the hash made outside of the card.
 */
enum { CHALLENGE_LEN = 128, CHALLENGE_NONCE = 32, CHALLENGE_HSM = 16, CHALLENGE_OPERATION = 32 };

enum challenge_purpose {
	CHALLENGE_ACTIVATE = 1,
	CHALLENGE_ENROL = 2,		/* a copy that was just written proves itself */
	CHALLENGE_ADMIN = 3,		/* another mode for a slot */
	CHALLENGE_VERIFY = 4,		/* a custodian's tool */
	CHALLENGE_INIT = 5,		/* the SO gives a code to a slot that is closed */
};

struct challenge {
	uint8_t purpose, user, users;
	uint32_t slot;
	uint8_t hsm[CHALLENGE_HSM];
	uint64_t boot, session, seq;
	uint8_t operation[CHALLENGE_OPERATION];
};

/* With a fresh nonce: 0, ERR_ARG (a number out of range), ERR_CRYPTO: then text is zeroed. */
int challenge_make(const struct challenge *, uint8_t text[CHALLENGE_LEN]);
/* The DigestInfo that a card is given to sign, RFC 8017 9.2: 0 or ERR_CRYPTO. */
enum { CHALLENGE_DIGEST_INFO = 51 };
int challenge_digest_info(const uint8_t text[CHALLENGE_LEN], uint8_t out[CHALLENGE_DIGEST_INFO]);
/* Whether the card of those keys signed it: 0, ERR_MAC, ERR_FORMAT (keys), ERR_CRYPTO. */
int challenge_verify(const struct user_keys *, const uint8_t text[CHALLENGE_LEN],
    const uint8_t signature[USER_MODULUS]);

#endif
