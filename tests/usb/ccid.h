#ifndef CARDINAL_TESTS_USB_CCID_H
#define CARDINAL_TESTS_USB_CCID_H

#include "card-os/iso7816/apdu.h"
#include "tests/usb/ccid_model.h"
#include "tests/usb/padside.h"

/*
 * A reader of the USB class CCID with a PIN pad and without text of the host's, whose card, keys
 * and display are those of a running cardinal-pad. It hangs on the bus while that pad is plugged in.
 */
enum { CCID_EXTEND_MS = 1000 };		/* how often the host is asked for more time */

struct ccid {
	struct padside pad;
	struct usb_function usb;	/* for a bus */
	/* A message to the host, how much of it was read, and an empty packet that ends it. */
	uint8_t message[CCID_MESSAGE_MAX];
	size_t message_n, message_at;
	int empty;
	/* The host's command that waits for the pad, 0 for none. */
	uint8_t running, sequence;
	uint64_t extend_at;
	int powered;
	int event;			/* NotifySlotChange is due */
	uint32_t changes;
	uint8_t parameters[7];		/* of T=1 */
	/* What is longer than a message: a command that still comes, a response that goes. */
	size_t command_n, response_n, response_at;
	uint8_t command[CAPDU_MAX], response[RAPDU_MAX];
};

/* pad: the path of a pad's socket, which need not exist yet. It stays the caller's. */
void ccid_init(struct ccid *, const char *pad);
void ccid_close(struct ccid *);

#endif
