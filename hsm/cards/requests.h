#ifndef CARDINAL_REQUESTS_H
#define CARDINAL_REQUESTS_H

#include "card-os/iso7816/sm.h"
#include "hsm/cards/cards.h"
#include "hsm/keys/share.h"

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

/* Selects the backup share application and asks for the state of its PIN. */
int card_share_pin_state(struct known_card *, struct pin_state *);
/* Header of the share on it: 0, ERR_NOT_FOUND when there is none, ERR_FORMAT, ERR_VERSION. */
int card_share_header(struct known_card *, struct share_header *);
/* PIN entry at the pad. *left: tries left after ERR_PIN_WRONG. */
int card_share_pin(struct known_card *, unsigned first_s, unsigned next_s, unsigned *left);
/* After the PIN, over the channel. The caller wipes. */
int card_share_write(struct known_card *, const struct share *);
int card_share_read(struct known_card *, struct share *);

#endif
