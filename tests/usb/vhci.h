#ifndef CARDINAL_TESTS_USB_VHCI_H
#define CARDINAL_TESTS_USB_VHCI_H

#include "tests/usb/usb.h"

/*
 * A bus that Linux believes in: the kernel's vhci_hcd, spoken to as USB/IP
 * (Documentation/usb/usbip_protocol.rst) over a socket pair. A kernel of its own has it, and root.
 */
enum {
	VHCI_URBS = 16,		/* transfers that the host may have waiting at once */
	VHCI_TRANSFER_MAX = 1 << 17,	/* bytes that a host may have room for in one */
	VHCI_RETRY_MS = 100,	/* to plug again, while the port is not free yet */
};

/* A transfer that the host asked for. */
struct vhci_urb {
	uint32_t number;
	uint8_t endpoint;	/* 0 for control, 0x80 is set for IN */
	uint8_t setup[8];
	size_t n, done;
	uint8_t data[VHCI_TRANSFER_MAX];
};

struct vhci {
	struct usb_port usb;
	unsigned port;			/* of vhci_hcd */
	int fd;				/* -1: not plugged */
	int was_plugged;		/* what `plugged` told last */
	/* Which of urbs are waiting, the oldest first, and behind them those that are free. */
	uint8_t order[VHCI_URBS];
	size_t waiting;
	struct vhci_urb urbs[VHCI_URBS];
	uint8_t message[48 + VHCI_TRANSFER_MAX];	/* an answer on its way */
};

/* Serves the function until something fails that is not to be mended: ERR_IO, ERR_FORMAT. */
int vhci_run(struct vhci *, const struct usb_function *, unsigned port);

#endif
