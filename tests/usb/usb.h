#ifndef CARDINAL_TESTS_USB_H
#define CARDINAL_TESTS_USB_H

#include <stddef.h>
#include <stdint.h>

/*
 * An emulated USB device, seen from its bus. A function (a cyberJack, a CCID
 * reader) is told what the host sends and says what it has for the host; a bus
 * (umockdev, USB/IP to vhci_hcd) carries it. Both run in one poll loop, one
 * thread, no locks. What every device does alike, standard requests, halted
 * endpoints and packets that become transfers, is a struct usb_port's, which
 * a bus has one of for each function. No host controller: what a kernel does
 * with a device, such as SET_ADDRESS, is the bus's.
 */
enum {
	USB_PACKET = 64,	/* full speed bulk; a shorter one ends a transfer */
	USB_TRANSFER_MAX = 4096,
	USB_FDS_MAX = 8,	/* descriptors of one function */
	USB_STALL = -1,		/* the endpoint is halted, or the request refused */
	USB_NAK = -2,		/* not now: the bus asks again after the next tick */
	USB_BABBLE = -3,	/* usb_in alone: a packet longer than the host has room for */
};

struct usb_function {
	void *arg;
	const uint8_t *device;		/* 18 bytes */
	const uint8_t *config;		/* with interfaces and endpoints */
	size_t config_n;
	const char *const *strings;	/* index 1 ... , NULL ends; ASCII */
	/*
	 * A request to endpoint 0 that is not a standard one (usb_control answers those): data
	 * holds n bytes from the host, or has room for n. How many were put there (0 for OUT),
	 * USB_STALL or USB_NAK. NULL: there are none.
	 */
	int (*control)(void *arg, const uint8_t setup[8], uint8_t *data, size_t n);
	/*
	 * One transfer for a bulk OUT endpoint, all its packets: 0, USB_STALL, or USB_NAK when none
	 * of it was taken.
	 */
	int (*out)(void *arg, uint8_t endpoint, const uint8_t *, size_t n);
	/*
	 * The host asks an IN endpoint (0x81, ...) for a packet: its length, at most USB_PACKET,
	 * for which there is room; 0 is an empty packet; USB_NAK, USB_STALL.
	 */
	int (*in)(void *arg, uint8_t endpoint, uint8_t *);
	/* The host has configured or reset the device: all state of the link is new. */
	void (*reset)(void *arg);
	/*
	 * File descriptors that the bus polls (POLLIN) for the function, and time: at most max are
	 * put into fds, *timeout_ms is lowered to when tick is to be called at the latest (-1: no
	 * limit yet). tick runs after each poll, whatever ended it; afterwards the bus asks anew
	 * for what was answered USB_NAK.
	 */
	size_t (*fds)(void *arg, int *fds, size_t max, int *timeout_ms);
	void (*tick)(void *arg);
	/* Whether the kernel keeps all transfers, for ever. NULL: never. */
	int (*keeps)(void *arg);
	/* Does the device hang on the bus? The bus plugs and unplugs as this changes. */
	int (*plugged)(void *arg);
};

/* Where a function is plugged in; the bus zeroes it, but for f, when it plugs the device. */
struct usb_port {
	const struct usb_function *f;
	uint32_t halted;	/* a bit per endpoint: its number, and 16 more for IN */
	uint8_t configuration;
};

/*
 * A request to endpoint 0 as the device answers it: standard ones by itself, the others by the
 * function. data and result are as `control`'s.
 */
int usb_control(struct usb_port *, const uint8_t setup[8], uint8_t *data, size_t n);
int usb_out(struct usb_port *, uint8_t endpoint, const uint8_t *, size_t n);
/*
 * An IN transfer of n bytes goes on with as many packets as there are: 0 when it is complete,
 * USB_NAK when there is more to come, USB_STALL, USB_BABBLE. *done, 0 at first, counts its bytes.
 */
int usb_in(struct usb_port *, uint8_t endpoint, uint8_t *, size_t n, size_t *done);
/* What CLEAR_FEATURE does, for a bus whose host asks otherwise. */
void usb_clear_halt(struct usb_port *, uint8_t endpoint);
/* A reset of the bus. */
void usb_reset(struct usb_port *);

#endif
