#ifndef CARDINAL_TESTS_USB_MOCKBUS_DEVICE_H
#define CARDINAL_TESTS_USB_MOCKBUS_DEVICE_H

#include "tests/usb/usb.h"

/* Devices as umockdev_testbed_add_from_string takes them. */
enum { MOCKBUS_DEVICES = 120 };	/* while a bus runs: no address is used again */

/* A device in that port of the root hub with that address, and its interface 0: g_free it. */
char *mockbus_device(const struct usb_function *, size_t port, unsigned address);
/* The root hub. */
extern const char mockbus_hub[];

#endif
