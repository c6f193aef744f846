#ifndef CARDINAL_USER_H
#define CARDINAL_USER_H

#include <stdint.h>

#include "card-os/profile/profile.h"
#include "hsm/keys/share.h"

/*
 * A slot user: who is asked for a card when a slot of mode `cards` opens. The HSM makes a
 * credential, an RSA-2048 key that signs (the evidence) and a P-256 key that agrees (the lock),
 * writes it to the user's cards, and keeps the public keys alone.
 */
enum {
	USERS_MAX = 5,			/* of a slot */
	COPIES_MAX = 9,			/* cards of a user; the pad's line shows one digit */
	USERS_DEFAULT = 1,
	COPIES_DEFAULT = 2,
	USER_MODULUS = 256,		/* RSA-2048; the exponent is 65537 */
	USER_POINT = 65,		/* P-256, uncompressed */
	USER_SLOT_MAX = 9,
	USER_READER_MAX = 128,		/* a reader's name, its zero included */
};

/* Public keys of a credential: what the HSM knows of its cards. No secret. */
struct user_keys {
	uint8_t modulus[USER_MODULUS];
	uint8_t point[USER_POINT];
};

/* One user of a slot, as the HSM keeps it. */
struct user_seat {
	struct user_keys keys;
	uint8_t copies;			/* cards that were made */
	char reader[USER_READER_MAX];	/* where the user is asked; "": the HSM's reader */
};

/*
 * What a card tells without a PIN of the credential on it: SLOT_USER_LEN bytes, EF 4101 of the slot
 * application.
 *
 *   "SLTU" version:1 mode:1 label:16 slot:1 user:1 users:1 copy:1 copies:1 date:8 print:16 zero:13
 *
 * label as in a share's header; date in seconds since 1970, UTC; print is the first 16 bytes of
 * SHA-256 over modulus and point, so that people see which credential it is.
 */
enum { USER_VERSION = 1, USER_PRINT_LEN = 16 };

struct user_head {
	uint8_t mode;			/* SHARE_TEST or SHARE_LIVE */
	char label[LABEL_MAX + 1];	/* of the HSM */
	uint8_t slot, user, users, copy, copies;
	uint64_t date;
	uint8_t print[USER_PRINT_LEN];
};

/* 0, or ERR_ARG for what decoding would refuse; then out is zeroed. */
int user_head_encode(const struct user_head *, uint8_t out[SLOT_USER_LEN]);
/* 0, ERR_NOT_FOUND when all bytes are zero, ERR_VERSION, ERR_FORMAT; on an error it is zeroed. */
int user_head_decode(const uint8_t *, size_t n, struct user_head *);
/* 0 or ERR_CRYPTO. */
int user_print(const struct user_keys *, uint8_t print[USER_PRINT_LEN]);
/* Keys that a user may have: an odd modulus of 2048 bits, a point of the curve: 0, ERR_FORMAT. */
int user_keys_check(const struct user_keys *);
/* Whether two are of one credential, or share a key: 1 or 0. */
int user_keys_meet(const struct user_keys *, const struct user_keys *);

#endif
