#ifndef CARDINAL_TESTS_USB_MOCKBUS_H
#define CARDINAL_TESTS_USB_MOCKBUS_H

#include "tests/usb/usb.h"

/*
 * A USB bus of umockdev's: programs with libumockdev-preload.so in front of them
 * find /sys, /dev/bus/usb and udev's events of it, and their libusb speaks to
 * the functions. It has no wire: what a kernel or a host controller makes of
 * packets, time and power is not there (tests/usb/vhci.c has it).
 *
 * A driver of the kernel's, "cyberjack", is bound to each device that is
 * plugged in; until it is detached, its interface cannot be claimed.
 */
enum { MOCKBUS_FUNCTIONS = 4 };

/*
 * Runs the command with UMOCKDEV_DIR in its environment and nothing preloaded, and serves the bus
 * until it ends: its exit status, or 125 when that cannot be. What the bus sees (plugged, detached,
 * claimed, released, reset) goes to the file `log`, a line an event, before the name of the device.
 */
int mockbus_run(const struct usb_function *const *, size_t n, char *const *command,
    const char *log);

#endif
