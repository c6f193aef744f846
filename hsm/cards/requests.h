#ifndef CARDINAL_REQUESTS_H
#define CARDINAL_REQUESTS_H

#include "card-os/iso7816/sm.h"
#include "hsm/cards/cards.h"
#include "hsm/keys/challenge.h"
#include "hsm/keys/credential.h"

/*
 * Typed requests to a card of ours, over the seam. Errors are those of the
 * seam and: ERR_FOREIGN_CARD, ERR_CARD_BLOCKED, ERR_PIN_WRONG, ERR_PIN_LENGTH, ERR_PINS_DIFFER,
 * ERR_TIMEOUT, ERR_CANCELLED (at the pad), ERR_CARD_ANSWER, ERR_MAC.
 */
enum {
	ISSUERS_MAX = 16,
	ISSUER_DER_MAX = 2048,
	SERIAL_DIGITS = 2 * SERIAL_LEN,
};

/* Certificates of the issuers that this HSM trusts, DER. */
struct issuers {
	size_t n;
	struct {
		size_t len;
		uint8_t der[ISSUER_DER_MAX];
	} cert[ISSUERS_MAX];
};

/* A card in the reader, connected. Owned by the caller, who ends with card_leave on every path. */
struct known_card {
	struct cards *cards;
	struct sm sm;
	int secured;			/* the channel was opened: nothing goes in the clear now */
	char serial[SERIAL_DIGITS + 1];
	uint8_t point[SM_POINT];	/* device key of its certificate */
};

struct pin_state {
	uint8_t tries, tries_max;
	int factory;
};

/*
 * Connects, reads certificate and serial number, checks them against the issuers at that time
 * (seconds since 1970), opens the secure channel, which proves the device key. ERR_FOREIGN_CARD for
 * anything that is not a card of a trusted issuer. After an error nothing is left connected.
 */
int card_meet(struct known_card *, struct cards *, const struct issuers *, uint64_t now);
/* Ends channel and connection, if there are any; then the struct is zeros. */
void card_leave(struct known_card *);

/* The two applications, each with a PIN of its own. */
enum card_app { CARD_SHARE = 1, CARD_USER = 2 };

/* Selects the application and asks for the state of its PIN. */
int card_pin_state(struct known_card *, enum card_app, struct pin_state *);
/*
 * PIN entry at the pad, of the application selected last. *left: tries left after ERR_PIN_WRONG.
 * Changing asks for the old one and twice for the new one; after ERR_PIN_LENGTH (the old one that
 * was entered may be what is too short) and ERR_PINS_DIFFER nothing has changed, nor a try been
 * charged.
 */
int card_pin(struct known_card *, unsigned first_s, unsigned next_s, unsigned *left);
int card_pin_change(struct known_card *, unsigned first_s, unsigned next_s, unsigned *left);

/*
 * The backup share, its application selected. Header: 0, ERR_NOT_FOUND when there is none,
 * ERR_FORMAT, ERR_VERSION. Writing and reading go over the channel, after the PIN; the caller
 * wipes.
 */
int card_share_header(struct known_card *, struct share_header *);
int card_share_write(struct known_card *, const struct share *);
int card_share_read(struct known_card *, struct share *);

/*
 * The slot user, its application selected. Head and keys need no PIN: 0, ERR_NOT_FOUND when there
 * is no credential, ERR_FORMAT, ERR_VERSION (one that this build did not make: head only).
 */
int card_user_head(struct known_card *, struct user_head *);
int card_user_keys(struct known_card *, struct user_keys *);
/* Over the channel, after the PIN. Clear takes away what is there, nothing too. */
int card_user_clear(struct known_card *);
int card_user_load(struct known_card *, const struct credential *, unsigned copy);
/* A signature over a challenge of ours; what key and point agree on, which the caller wipes. */
int card_user_sign(struct known_card *, const uint8_t text[CHALLENGE_LEN],
    uint8_t signature[USER_MODULUS]);
int card_user_agree(struct known_card *, const uint8_t point[USER_POINT], uint8_t z[32]);

#endif
