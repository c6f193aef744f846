#ifndef CARDINAL_READER_H
#define CARDINAL_READER_H

#include "simulator/padlink.h"

/*
 * The seam between the IFD handler and a kind of reader. Part 10 and CT-BCS
 * are decoded in front of it. Calls return 0 or a negative ERR_*:
 * ERR_READER_GONE (unplugged, no pad), ERR_NO_CARD, ERR_TIMEOUT,
 * ERR_CANCELLED, ERR_UNSUPPORTED, ERR_FORMAT.
 *
 * Threads: pcscd holds its lock of the reader in every call but wait and stop,
 * which may run beside all others.
 */
enum reader_power { READER_POWER_UP, READER_POWER_DOWN, READER_RESET };

struct reader_properties {
	uint8_t lines, columns;		/* 0: no display */
	uint8_t pin_min, pin_max;
	char firmware[PADLINK_FIRMWARE_MAX + 1];
	uint16_t usb_vendor, usb_product;	/* 0: none */
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
	/* Returns when presence may have changed, after stop, or after timeout_ms. */
	void (*wait)(struct reader *, int timeout_ms);
	void (*stop)(struct reader *);
	int (*power)(struct reader *, enum reader_power, uint8_t *atr, size_t *n);
	int (*transmit)(struct reader *, const uint8_t *, size_t n, uint8_t *rsp, size_t *rsp_n);
	/* *sw: the card's, or 6400, 6401, 6402, 6403. */
	int (*pin)(struct reader *, const struct padlink_pin *, uint16_t *sw);
	int (*output)(struct reader *, const struct padlink_output *);
	int (*input)(struct reader *, const struct padlink_input *, uint8_t *key);
};

struct reader {
	const struct reader_ops *ops;
};

/* The virtual pad behind a socket. Always succeeds but for a path that is too long (ERR_SIZE). */
int reader_pad_open(struct reader **, const char *socket_path);

#endif
