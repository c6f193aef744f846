#ifndef CARDINAL_STATE_H
#define CARDINAL_STATE_H

#include "hsm/keys/share.h"

/*
 * What the HSM knows of its backup key and its ceremonies, without a secret in
 * it: ceremonies make it, the vault keeps it.
 */
enum hsm_state {
	HSM_FACTORY = 0,
	HSM_INSTALLING = 1,
	HSM_OPERATIONAL = 2,
	HSM_INCONSISTENT = 3,
};

enum {
	MESSAGE_MAX = 240,
	STEP_NAME_MAX = 32,
	RECORD_CARD_MAX = 2 * SERIAL_LEN,
};

/* One line of the transcript: what was asked for, of which card, what came of it. */
struct record {
	char ceremony[STEP_NAME_MAX];	/* "backup-create" ... */
	char step[STEP_NAME_MAX];	/* row of the step table */
	uint8_t card;			/* which card of the ceremony, 0 for none */
	char serial[RECORD_CARD_MAX + 1];
	char text[MESSAGE_MAX];		/* what the pad showed, lines parted by " / "; "": none */
	char outcome[MESSAGE_MAX];	/* "ok", "Wrong PIN 2 left", ... never a secret */
};

/* What the HSM knows of its backup key. */
struct hsm_status {
	uint8_t state;			/* enum hsm_state */
	uint8_t have_set;		/* set below is meaningful */
	uint8_t committed;		/* the key is in the vault */
	uint8_t key_lost;		/* but did not open when the vault started */
	uint8_t trial;			/* installed without cards: protects nothing */
	char message[MESSAGE_MAX];	/* why it is inconsistent, "" otherwise */
	char label[LABEL_MAX + 1];	/* of this HSM */
	struct share_set set;
	uint16_t written;		/* bit x - 1: card x is written and proven */
	char serial[SHAMIR_N_MAX][RECORD_CARD_MAX + 1];	/* of the card that holds share x */
};

#endif
