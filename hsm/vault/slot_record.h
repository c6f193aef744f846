#ifndef CARDINAL_SLOT_RECORD_H
#define CARDINAL_SLOT_RECORD_H

#include "card-os/iso7816/buf.h"
#include "hsm/keys/derive.h"
#include "hsm/vault/slots.h"

/*
 * What is kept of a slot, of fixed length. The whole is sealed on disk (docs/keys.md); what opens
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
	SLOT_RECORD_LEN = 1 + 1 + SLOT_LABEL_LEN + SLOT_SERIAL_LEN + 8 + 2 * SLOT_PASS_LEN +
	    SLOT_KEY_SEALED,
};

/* The user's code or the SO PIN. What is not there is zeros. */
struct slot_pass {
	uint8_t set;
	uint8_t change;		/* to be changed by who knows it */
	uint8_t enveloped;	/* envelope opens the slot's key */
	uint8_t stored;		/* kept is the code itself; never beside an envelope */
	uint8_t left;		/* tries */
	uint8_t cost;
	uint8_t salt[DERIVE_SALT_LEN], verifier[SEAL_KEY_LEN];
	uint8_t envelope_salt[DERIVE_SALT_LEN], envelope[SLOT_KEY_SEALED];
	uint8_t kept[SLOT_CODE_SEALED];
};

struct slot_record {
	uint8_t mode;			/* auto: the user's code is stored */
	char label[SLOT_LABEL_LEN];
	char serial[SLOT_SERIAL_LEN];
	uint64_t generation;
	struct slot_pass user, so;
	uint8_t automatic[SLOT_KEY_SEALED];	/* auto: the key under the device's */
};

/* 0, ERR_ARG for a record that cannot be. */
int slot_record_encode(const struct slot_record *, uint8_t p[SLOT_RECORD_LEN]);
/* 0, ERR_VERSION, ERR_FORMAT; on an error the record is zeroed. */
int slot_record_decode(const uint8_t *p, size_t n, struct slot_record *);

#endif
