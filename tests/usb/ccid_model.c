#include "tests/usb/ccid_model.h"

#define LE16(v) (v) & 0xff, (v) >> 8 & 0xff
#define LE32(v) LE16(v), (v) >> 16 & 0xff, (v) >> 24 & 0xff

const uint8_t ccid_device[CCID_DEVICE] = {
	18, 1,
	LE16(0x0200),		/* USB 2.0, at full speed */
	0, 0, 0,		/* class: the interface's */
	USB_PACKET,		/* of endpoint 0 */
	LE16(0x0c4b), LE16(0x0504),
	LE16(0x0100),
	1, 2, 3,		/* strings: maker, product, serial number */
	1,
};

const uint8_t ccid_config[CCID_CONFIG] = {
	9, 2, LE16(CCID_CONFIG), 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 3, 0x0b, 0, 0, 0,
	/* USB CCID 1.1, 5.1. */
	54, 0x21,
	LE16(0x0110),		/* bcdCCID */
	0,			/* bMaxSlotIndex */
	7,			/* bVoltageSupport */
	LE32(3),		/* dwProtocols: T=0, T=1 */
	LE32(4800), LE32(4800), 0,		/* kHz */
	LE32(12903), LE32(412903), 0,		/* bit/s */
	LE32(254),		/* dwMaxIFSD */
	LE32(0), LE32(0),	/* dwSynchProtocols, dwMechanical */
	/* Parameters by ATR, voltage, clock, baud rate, PPS and IFSD by itself; extended APDUs. */
	LE32(0x000404ba),
	LE32(CCID_MESSAGE_MAX),
	0xff, 0xff,		/* bClassGetResponse, bClassEnvelope: those of the command */
	LE16(0x0210),		/* wLcdLayout: 2 lines of 16 */
	3,			/* bPINSupport: verification, modification */
	1,			/* bMaxCCIDBusySlots */
	7, 5, CCID_OUT, 2, LE16(USB_PACKET), 0,
	7, 5, CCID_IN, 2, LE16(USB_PACKET), 0,
	7, 5, CCID_EVENT, 3, LE16(8), 32,
};

const char *const ccid_strings[] = {
	"Cardinal's tests", "emulated PIN pad of class CCID", "0000000001", NULL,
};
