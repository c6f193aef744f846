#ifndef CARDINAL_CJ_DEVICE_H
#define CARDINAL_CJ_DEVICE_H

#include "ifdhandler/cj_ctbcs.h"
#include "ifdhandler/cj_link.h"
#include "ifdhandler/presence.h"
#include "ifdhandler/reader.h"
#include "ifdhandler/usb.h"

/*
 * A cyberJack 0100 that is plugged in: its link, what is known of it, and the
 * watcher, a thread that hears what the reader says by itself, looks whether a
 * card is there, and tries again with a reader that did not answer.
 */
struct cj_device {
	struct usb usb;
	pthread_t watcher;

	/* Whose it is who has taken the device. */
	struct cj_link link;
	int powered;		/* the card, by us */
	int seen_powered;	/* and the reader said so */
	int tells;		/* it says by itself that a card was moved */

	int kept;		/* closed, and yet the kernel has transfers in this memory */

	pthread_mutex_t lock;	/* guards all below */
	struct reader_properties properties;
	int away;		/* unplugged, or it does not answer */

	struct presence presence;
};

/*
 * By pcscd's name of it. ERR_NOT_FOUND for a name that is not of such a device,
 * or usb_open's errors, ERR_NOMEM. One that does not answer is opened too. When
 * opening has failed, as after closing, the memory is free again unless it is kept.
 */
int cj_device_open(struct cj_device *, const char *name);
void cj_device_close(struct cj_device *);

/*
 * To give it commands: waits for the watcher, but not for a reader that does
 * not answer. 0 or ERR_READER_GONE.
 */
int cj_device_take(struct cj_device *);
void cj_device_give(struct cj_device *);

/* For who has taken it: cj_link_command, whose errors are remembered. */
int cj_device_command(struct cj_device *, uint8_t to, const uint8_t *, size_t n, uint8_t *rsp,
    size_t *rsp_n, int ms);
/* To the reader itself: its answer's data and status word. ERR_IO for an answer without one. */
int cj_device_ask(struct cj_device *, const uint8_t *, size_t n, uint8_t answer[CJ_ANSWER_MAX],
    size_t *answer_n, uint16_t *sw, int ms);
/* The same, of whose answer the status word is all. */
int cj_device_say(struct cj_device *, const uint8_t *, size_t n, uint16_t *sw, int ms);
/* Asks whether there is a card, and tells who waits for that. 0, or why that is not known. */
int cj_device_look(struct cj_device *);
/* RESET CT: ends whatever it is doing. */
int cj_device_reset(struct cj_device *);

/* It takes no text from the host: not offered any more. */
void cj_device_withdraw_text(struct cj_device *);

#endif
