#ifndef CARDINAL_TESTS_USB_CYBERJACK_H
#define CARDINAL_TESTS_USB_CYBERJACK_H

#include "tests/usb/ctl.h"
#include "tests/usb/jack_bcs.h"
#include "tests/usb/jack_link.h"
#include "tests/usb/usb.h"

/*
 * A classic cyberJack, 0C4B:0100, as a USB function: blocks on 02 and 82, what
 * is to be read announced on 81. Behind it is a pad, which is its display, its
 * keys, its slot and its plug: without a pad that answers it is not on the bus.
 * It knows nothing of the driver, and shares no code with it but the pad's own
 * protocol. What nobody has seen in a real one is as jack_bcs.h and jack_link.h
 * say.
 */
struct cyberjack {
	struct usb_function usb;
	struct padside pad;
	struct jack_faults faults;
	struct jack_link link;
	struct jack_bcs bcs;
	struct usb_ctl ctl;
	int held;		/* off the bus by command */
	int stall;		/* these endpoints stall once, a bit each: 1 81, 2 02, 4 82 */
	uint32_t changes;	/* of the card, as the host was told */
	int was_linked;
	uint64_t wtx_ms;	/* when to ask for more time, 0: not */
};

/* ctl: path of the socket for faults, or NULL. 0, or -1 with errno. */
int cyberjack_init(struct cyberjack *, const char *pad, const char *ctl);
void cyberjack_free(struct cyberjack *);
extern const char cyberjack_help[];

#endif
