#ifndef CARDINAL_CARDS_H
#define CARDINAL_CARDS_H

#include <stddef.h>
#include <stdint.h>

#include "card-os/iso7816/apdu.h"

/*
 * The seam to cards: one reader, its pad, and the card in it. Its PC/SC side
 * is cards_pcsc; tests have an in-process side. One thread uses it at a time,
 * cancel excepted. Calls return 0 or a negative ERR_*:
 * ERR_NO_SERVICE, ERR_READER_NONE, ERR_READER_GONE, ERR_BUSY (held by another program),
 * ERR_NO_PIN_PAD, ERR_NO_CARD, ERR_CARD_REMOVED, ERR_CARD_ANSWER, ERR_CANCELLED (by cancel),
 * ERR_IO.
 */
enum { CARDS_NAME_MAX = 128, CARDS_READERS_MAX = 16 };

struct cards_reader {
	char name[CARDS_NAME_MAX];
	int pin_pad, display;	/* unknown, so 0, while it is busy or gone */
	int present;
	int busy;		/* held by another program */
	int gone;		/* a name that nothing answers to: a virtual reader without a pad */
};

enum cards_key { CARDS_NO_KEY = 0, CARDS_OK = 1, CARDS_CANCEL = 2 };

struct cards {
	const struct cards_ops *ops;
};

struct cards_ops {
	int (*list)(struct cards *, struct cards_reader *v, size_t max, size_t *n);
	/*
	 * Takes a reader by name, or the first with a PIN pad when name is empty; tells in *got
	 * what it can do. ERR_BUSY when another program holds it.
	 */
	int (*open)(struct cards *, const char *name, struct cards_reader *got);
	/* Ends what open began: the display is cleared, the card powered down. */
	void (*close)(struct cards *);
	/* 1 or 0, or an error. */
	int (*present)(struct cards *);
	/* Waits until presence is other than `present`, or for timeout_ms: present() then. */
	int (*wait)(struct cards *, int present, int timeout_ms);
	/* Powers the card, begins the transaction that ends at disconnect. */
	int (*connect)(struct cards *);
	void (*disconnect)(struct cards *);
	/* *rsp_n: room, then length. The response has its status word. */
	int (*transmit)(struct cards *, const uint8_t *, size_t n, uint8_t *rsp, size_t *rsp_n);
	/*
	 * Shows text (lines parted by \n, at most 64 bytes; \a beeps; "" clears) and waits up to
	 * seconds for OK or Cancel; 0 seconds: does not wait, but shows the text or fails. *key is
	 * CARDS_NO_KEY when the time is over. Ends earlier with ERR_CANCELLED after cancel,
	 * ERR_READER_GONE when unplugged, ERR_CARD_REMOVED when a connected card is pulled.
	 * ERR_UNSUPPORTED without a display.
	 */
	int (*prompt)(struct cards *, const char *text, unsigned seconds, enum cards_key *key);
	/*
	 * PIN entry at the pad for reference ref: *sw is the card's, or the reader's 6400, 6401,
	 * 6402, 6403, 64A1. modify: old PIN, new PIN twice. Seconds as in Part 10.
	 */
	int (*pin)(struct cards *, uint8_t ref, int modify, unsigned first_s, unsigned next_s,
	    uint16_t *sw);
	/*
	 * From any thread: makes the call that waits now, and all later ones until close, return
	 * ERR_CANCELLED; before open, open does. A PIN entry runs to its own end first.
	 */
	void (*cancel)(struct cards *);
};

/* The PC/SC side. ERR_NOMEM. pcscd is not needed before list or open. */
int cards_pcsc_new(struct cards **);
void cards_pcsc_free(struct cards *);

#endif
