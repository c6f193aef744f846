#ifndef CARDINAL_TESTS_JACK_BCS_H
#define CARDINAL_TESTS_JACK_BCS_H

#include "card-os/iso7816/apdu.h"
#include "tests/usb/padside.h"

/*
 * What a cyberJack does with a command: CT-BCS for the reader itself, anything
 * for its card. Display, keys and slot are the pad's. Nothing here waits: a
 * command begins, and is done after some ticks.
 *
 *   20 11 00/01 P2   RESET CT, or ICC with its ATR          9000 9001 64A1
 *   20 12 01 P2      REQUEST ICC, data: seconds, or 80 50   9001 6200 6201 6401
 *   20 13 P1 P2      GET STATUS 46, 80, 81
 *   20 15 01 P2      EJECT ICC                              9000 9001 6200
 *   20 16 50 P2      INPUT; one raw key is 00-09, 0A Cancel, 0B OK, 0C Clear
 *   20 17 40 00      OUTPUT
 *   20 18 01 00      PERFORM VERIFICATION   52 {control, position, APDU}
 *   20 19 01 00      MODIFY VERIFICATION    52 {control, old, new, APDU}
 *   80 60 01 00      protocol of the card   22 01 {01 T=0, 02 T=1}
 *
 * Tags 51, 53, 54 are not known to it, as nobody has seen a reader that knows
 * them; nor is C1, which is Cardinal's own.
 */
struct jack_bcs {
	struct padside *pad;
	/* Goes on when the pad has answered; NULL: nothing runs. */
	void (*next)(struct jack_bcs *);
	/* Looks each tick while next waits, or NULL. */
	void (*look)(struct jack_bcs *);
	uint64_t at;		/* when look looks again, 0: whenever something comes */
	uint64_t until;		/* the end of a wait */
	int entries;		/* PINs to be typed yet */
	int started, aborting;	/* a PIN entry in steps; nobody waits for it any more */
	int key;		/* an S block about a key is to be said; -1: none */

	int powered;
	uint32_t changes;	/* of the card when it was powered */
	int shown;		/* a text stands on the display */
	uint8_t p2;		/* of the command that runs */
	uint8_t seconds;
	int has_seconds;

	uint8_t nad;		/* of who answers: 12 the reader, 02 the card */
	int done;
	uint8_t rsp[RAPDU_MAX];
	size_t rsp_n;
};

void jack_bcs_init(struct jack_bcs *, struct padside *);
/* Nothing runs, and a command may begin. */
int jack_bcs_ready(const struct jack_bcs *);
void jack_bcs_begin(struct jack_bcs *, uint8_t nad, const uint8_t *, size_t n);
/* True once when rsp is there, from node nad. */
int jack_bcs_done(struct jack_bcs *);
void jack_bcs_tick(struct jack_bcs *);
/* Nobody waits for what runs. */
void jack_bcs_abort(struct jack_bcs *);

#endif
