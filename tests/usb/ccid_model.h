#ifndef CARDINAL_TESTS_USB_CCID_MODEL_H
#define CARDINAL_TESTS_USB_CCID_MODEL_H

#include "tests/usb/usb.h"

/*
 * What the emulated reader of the class says of itself: a cyberJack go by its numbers, which
 * libccid serves; extended APDUs, PIN pad, a display of its own.
 */
enum {
	CCID_OUT = 0x02, CCID_IN = 0x81, CCID_EVENT = 0x83,
	CCID_HEAD = 10,
	CCID_MESSAGE_MAX = 1014,	/* dwMaxCCIDMessageLength: what is longer is chained */
	CCID_DEVICE = 18,
	CCID_CONFIG = 9 + 9 + 54 + 3 * 7,
};

extern const uint8_t ccid_device[CCID_DEVICE];
extern const uint8_t ccid_config[CCID_CONFIG];
extern const char *const ccid_strings[];

#endif
