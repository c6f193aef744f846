#ifndef CARDINAL_SLOT_RECORD_H
#define CARDINAL_SLOT_RECORD_H

#include "card-os/iso7816/buf.h"
#include "hsm/keys/derive.h"
#include "hsm/vault/boot.h"
#include "hsm/vault/seat.h"
#include "hsm/vault/slots.h"

/*
 * What is kept of a slot. The whole is sealed on disk (docs/keys.md); what opens
 * the slot's key in it is sealed once more, so that a record in memory holds no key and no code.
 */
enum {
	SLOT_KEY_SEALED = SEAL_KEY_LEN + SEAL_OVERHEAD,
	SLOT_CODE_SEALED = 1 + SLOT_CODE_MAX + SEAL_OVERHEAD,
	/* Exponents of scrypt: for what people chose; for what nobody guesses, or all know. */
	SLOT_COST = 15,
	SLOT_COST_NONE = 1,

	SLOT_PASS_LEN = 1 + 1 + 1 + DERIVE_SALT_LEN + SEAL_KEY_LEN + DERIVE_SALT_LEN +
	    SLOT_KEY_SEALED + SLOT_CODE_SEALED,
	SLOT_BOX_LEN = 2 * SLOT_KEY_SEALED + SEAL_OVERHEAD,

	/* Version 1, which knew no cards; version 2, without hold; version 3; users follow. */
	SLOT_RECORD_1_LEN = 1 + 1 + SLOT_LABEL_LEN + SLOT_SERIAL_LEN + 8 + 2 * SLOT_PASS_LEN +
	    SLOT_KEY_SEALED,
	SLOT_RECORD_2_LEN = SLOT_RECORD_1_LEN + AUDIT_POINT + SLOT_KEY_SEALED + 1,
	SLOT_RECORD_LEN = SLOT_RECORD_2_LEN + 1 + BOOT_LEN,
	SLOT_RECORD_MAX = SLOT_RECORD_LEN + USERS_MAX * (SEAT_LEN + USER_POINT) + SLOT_BOX_LEN,
};

_Static_assert((size_t)SLOT_RECORD_MAX <= SEAL_MAX, "a record is sealed as a whole");

/* The user's code or the SO PIN. What is not there is zeros. */
struct slot_pass {
	uint8_t set;
	uint8_t change;		/* to be changed by who knows it */
	/* envelope opens the slot's key; in mode cards it is in the box, and zeros here */
	uint8_t enveloped;
	/* kept is the code itself; beside an envelope for the user's in mode cards alone */
	uint8_t stored;
	uint8_t left;		/* tries */
	uint8_t cost;
	uint8_t salt[DERIVE_SALT_LEN], verifier[SEAL_KEY_LEN];
	uint8_t envelope_salt[DERIVE_SALT_LEN], envelope[SLOT_KEY_SEALED];
	uint8_t kept[SLOT_CODE_SEALED];
};

/* Mode cards: whose cards they are, and both envelopes in the box that they open together. */
struct slot_cards {
	uint8_t users;
	struct user_seat seat[USERS_MAX];
	uint8_t ephemeral[USERS_MAX][USER_POINT];
	uint8_t box[SLOT_BOX_LEN];	/* zeros when there is no envelope */
};

/* Mode cards, of an opening that failed for good. What is not there is zeros. */
struct slot_hold {
	uint8_t held;
	uint8_t boot[BOOT_LEN];		/* the machine's then (boot.h) */
};

/* The audit log's key, sealed under the slot's; zeros: none yet. */
struct slot_audit {
	uint8_t point[AUDIT_POINT];
	uint8_t sealed[SLOT_KEY_SEALED];
};

struct slot_record {
	uint8_t mode;			/* auto: the user's code is stored */
	char label[SLOT_LABEL_LEN];
	char serial[SLOT_SERIAL_LEN];
	uint64_t generation;
	struct slot_pass user, so;
	uint8_t automatic[SLOT_KEY_SEALED];	/* auto: the key under the device's */
	struct slot_audit audit;
	struct slot_hold hold;
	struct slot_cards cards;	/* mode cards, else zeros */
};

/* 0 and *n its length, ERR_ARG for a record that cannot be. Always the present version. */
int slot_record_encode(const struct slot_record *, uint8_t p[SLOT_RECORD_MAX], size_t *n);
/* 0, ERR_VERSION, ERR_FORMAT; on an error the record is zeroed. */
int slot_record_decode(const uint8_t *p, size_t n, struct slot_record *);

#endif
