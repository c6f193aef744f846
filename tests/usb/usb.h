#ifndef CARDINAL_TESTS_USB_H
#define CARDINAL_TESTS_USB_H

#include <stddef.h>
#include <stdint.h>

/*
 * An emulated USB device, seen from its bus. A function (a cyberJack, a CCID
 * reader) is told what the host sends and says what it has for the host; a bus
 * (umockdev, USB/IP to vhci_hcd) carries it. Both run in one poll loop, one
 * thread, no locks. No host controller: what a kernel does with a device, such
 * as SET_ADDRESS, is the bus's.
 */
enum {
	USB_PACKET = 64,	/* full speed bulk */
	USB_TRANSFER_MAX = 4096,
	USB_STALL = -1,		/* what a callback returns to stall the endpoint */
	USB_NAK = -2,		/* nothing yet: the bus asks again when `more` was called */
};

struct usb_function {
	void *arg;
	const uint8_t *device;		/* 18 bytes */
	const uint8_t *config;		/* with interfaces and endpoints, wTotalLength bytes */
	size_t config_n;
	const char *const *strings;	/* index 1 ... , NULL ends; ASCII */
	/* A request to endpoint 0 that the bus does not answer itself: bytes put into data, or USB_STALL. */
	int (*control)(void *arg, const uint8_t setup[8], uint8_t *data, size_t n);
	/* Bytes for a bulk OUT endpoint: 0 or USB_STALL. */
	int (*out)(void *arg, uint8_t endpoint, const uint8_t *, size_t n);
	/*
	 * The host wants up to n bytes from an IN endpoint (0x81, ...): what is there, as one
	 * transfer that ends short, or USB_NAK, USB_STALL.
	 */
	int (*in)(void *arg, uint8_t endpoint, uint8_t *, size_t n);
	/* The host has configured or reset the device: all state of the link is new. */
	void (*reset)(void *arg);
	/*
	 * File descriptors that the bus polls for the function, and time: at most max are put into
	 * fds, *timeout_ms is lowered to when tick is to be called at the latest. tick runs after
	 * each poll; afterwards the bus asks its waiting IN transfers anew.
	 */
	size_t (*fds)(void *arg, int *fds, size_t max, int *timeout_ms);
	void (*tick)(void *arg);
	/* Does the device hang on the bus? The bus plugs and unplugs as this changes. */
	int (*plugged)(void *arg);
};

#endif
