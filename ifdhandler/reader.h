#ifndef CARDINAL_READER_H
#define CARDINAL_READER_H

#include "simulator/padlink.h"

/*
 * The seam between the IFD handler and a kind of reader. Part 10 and CT-BCS
 * are decoded in front of it. Calls return 0 or a negative ERR_*:
 * ERR_READER_GONE (unplugged, no pad), ERR_NO_CARD, ERR_TIMEOUT,
 * ERR_CANCELLED, ERR_UNSUPPORTED, ERR_FORMAT, ERR_NOT_NOW (no power, or no PIN entry was started),
 * ERR_BUSY (one was).
 *
 * Threads: pcscd holds its lock of the reader in every call but wait and stop,
 * which may run beside all others, and removed, which comes while another call may still run.
 */
enum reader_power { READER_POWER_UP, READER_POWER_DOWN, READER_RESET };

enum { USB_SERIAL_MAX = 31 };

struct reader_properties {
	uint8_t lines, columns;		/* 0: no display */
	uint8_t pin_min, pin_max;
	uint8_t features;		/* PADLINK_HAS_*: what it offers the host now */
	char firmware[PADLINK_FIRMWARE_MAX + 1];
	uint16_t usb_vendor, usb_product;	/* 0: not on USB; then those below are nothing */
	uint8_t usb_bus, usb_address;
	uint16_t usb_version;		/* bcdDevice */
	char usb_serial[USB_SERIAL_MAX + 1];	/* empty: none */
};

struct reader;

struct reader_ops {
	void (*close)(struct reader *);
	void (*properties)(struct reader *, struct reader_properties *);
	/*
	 * 1 present, 0 absent; no traffic. A card that was pulled and put back
	 * since the last call is reported absent once.
	 */
	int (*present)(struct reader *);
	/*
	 * Returns when presence may have changed, after stop, or after timeout_ms. A thread that is
	 * cancelled in it leaves no lock behind.
	 */
	void (*wait)(struct reader *, int timeout_ms);
	void (*stop)(struct reader *);
	int (*power)(struct reader *, enum reader_power, uint8_t *atr, size_t *n);
	/* The card is to speak T=0 or T=1; NULL in readers that hand on whole APDUs anyway. */
	int (*protocol)(struct reader *, unsigned t);
	int (*transmit)(struct reader *, const uint8_t *, size_t n, uint8_t *rsp, size_t *rsp_n);
	/* *sw: the card's, or 6400, 6401, 6402, 6403. */
	int (*pin)(struct reader *, const struct padlink_pin *, uint16_t *sw);
	int (*output)(struct reader *, const struct padlink_output *);
	/* keys: room for PADLINK_LINE_MAX; one enum padlink_key, or the digits of a line. */
	int (*input)(struct reader *, const struct padlink_input *, uint8_t *keys, size_t *n);
	/*
	 * A PIN entry in steps, with PADLINK_HAS_START; NULL in readers that never have it. start
	 * returns at once; key gives an enum padlink_pressed; finish waits for the end, its *sw is
	 * as pin's, 6480 after abort or power, 64A1 when the card was pulled. Without a start that
	 * succeeded finish is ERR_NOT_NOW, key PADLINK_PRESSED_NONE, abort 0. When the reader has
	 * gone since the start, and may be back, key is PADLINK_PRESSED_ABORTED, finish
	 * ERR_READER_GONE, abort 0.
	 */
	int (*pin_start)(struct reader *, const struct padlink_pin *);
	int (*pin_key)(struct reader *, uint8_t *key);
	int (*pin_finish)(struct reader *, uint16_t *sw);
	int (*pin_abort)(struct reader *);
	/* USB alone, else NULL: it was unplugged. What runs ends at once. */
	void (*removed)(struct reader *);
};

struct reader {
	const struct reader_ops *ops;
};

/* The virtual pad behind a socket. Always succeeds but for a path that is too long (ERR_SIZE). */
int reader_pad_open(struct reader **, const char *socket_path);
/*
 * A cyberJack 0C4B:0100, by pcscd's name of a USB device,
 * usb:0c4b/0100:libudev:INTERFACE:/dev/bus/usb/BBB/DDD. ERR_NOT_FOUND for another name or
 * interface, ERR_READER_GONE, ERR_DENIED (no access to the device), ERR_IO.
 */
int reader_cyberjack_open(struct reader **, const char *name);

#endif
