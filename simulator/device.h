#ifndef CARDINAL_DEVICE_H
#define CARDINAL_DEVICE_H

#include "simulator/pad.h"
#include "simulator/slot.h"

/*
 * The whole reader: pad, slot and the card in it. It answers padlink messages
 * and owns neither sockets nor a clock, so that a test runs it in its own
 * process: put messages in with device_message, take answers out of
 * device_output, and where a request waits for a person, press keys or let time
 * pass:
 *
 *	device_init(d, NULL, NULL);		d is calloc'd or static: it is large
 *	device_insert(d, "a", image, n, store);
 *	device_message(d, &hello, now);		in form of padlink_frame
 *	device_message(d, &input, now);		no answer yet
 *	device_key(d, PADLINK_KEY_OK, now);	now there is one
 *	p = device_output(d, &n); ...; device_sent(d, n);
 *
 * now is any clock of milliseconds that does not go back; a virtual clock jumps
 * to device_deadline and calls device_tick.
 */
enum { DEVICE_OUT_MAX = PADLINK_MAX + 4 * (PADLINK_HEAD + 5) };
#define DEVICE_FIRMWARE "cardinal-pad"

struct device {
	struct pad pad;
	struct slot slot;

	int plugged;
	uint8_t features;		/* PADLINK_HAS_* */
	int driver;			/* has said HELLO */
	int card_due;			/* a CARD message waits for room */
	int hang_up;			/* the driver's connection is to be closed */

	uint8_t running;		/* type of the request that waits for a person, 0: none */
	uint32_t number;
	struct padlink_pin pin;		/* of the last PIN entry */
	/* A PIN entry that was started; one that has ended waits for FINISH with its result. */
	enum { DEVICE_PIN_NONE, DEVICE_PIN_RUNS, DEVICE_PIN_ENDED } started;
	uint8_t pin_status;
	uint16_t pin_sw;

	uint8_t body[PADLINK_BODY_MAX];
	uint8_t rsp[RAPDU_MAX];
	uint8_t out[DEVICE_OUT_MAX];
	size_t out_n;

	/* What the reader does: instruction names and status words, never data. May be NULL. */
	void (*log)(void *arg, const char *line);
	void *arg;
};

/* Plugged in, slot empty, nobody connected; it offers all features. */
void device_init(struct device *, void (*log)(void *arg, const char *line), void *arg);
/* What it offers the driver, PADLINK_HAS_*; before the driver connects. */
void device_offer(struct device *, uint8_t features);
/* Powers down, closes the image, wipes everything. */
void device_free(struct device *);

/*
 * One message of the driver. Not before device_ready: while the last answer
 * has not been taken there may be no room for the next one. A request that
 * comes while another one runs is answered PADLINK_BUSY.
 */
int device_ready(const struct device *);
void device_message(struct device *, const struct padlink_msg *, uint64_t now_ms);
/* The driver has gone: power down, abort, clear the display. */
void device_eof(struct device *);
/* Bytes for the driver; device_sent takes n of them away. */
const uint8_t *device_output(struct device *, size_t *n);
void device_sent(struct device *, size_t n);

void device_key(struct device *, uint8_t key, uint64_t now_ms);
void device_tick(struct device *, uint64_t now_ms);
/* When to call device_tick next; UINT64_MAX: never. */
uint64_t device_deadline(const struct device *);

/* As slot_insert_file, slot_insert. */
int device_insert_file(struct device *, const char *name, const char *path);
int device_insert(struct device *, const char *name, const uint8_t *image, size_t n,
    struct card_store);
/* ERR_NO_CARD. Pulled while a PIN is entered, that is answered PADLINK_NO_CARD, FINISH 64A1. */
int device_remove(struct device *);

/*
 * The USB plug. Without it the display is dark, the card has no power but stays
 * in the slot, and the driver's connection is hung up on. ERR_NOT_NOW when it
 * is so already.
 */
int device_unplug(struct device *);
int device_plug(struct device *);

#endif
