#ifndef CARDINAL_SLOT_H
#define CARDINAL_SLOT_H

#include "card-os/image.h"
#include "card-os/os/card.h"
#include "simulator/padlink.h"

/* The slot and the card in it: from its file, which stays open and locked, or from bytes. */
enum { SLOT_NAME_MAX = 64 };

struct slot {
	/* SLOT_MUTE: an image that cannot be read. */
	enum { SLOT_EMPTY, SLOT_CARD, SLOT_MUTE } has;
	int why;					/* SLOT_MUTE: error of card_load */
	int powered;
	char name[SLOT_NAME_MAX + 1];			/* of the card, "" without one */
	struct padlink_card state;			/* as the driver hears it */
	struct card card;
	struct image image;				/* fd -1: the card came from bytes */
	uint8_t bytes[CARD_IMAGE_MAX];			/* while a file is read */
};

void slot_init(struct slot *);
/*
 * ERR_EXISTS when there is a card, ERR_SIZE for the name, errors of image_open;
 * an image that cannot be read makes a mute card, which is no error.
 */
int slot_insert_file(struct slot *, const char *name, const char *path);
int slot_insert(struct slot *, const char *name, const uint8_t *image, size_t n,
    struct card_store);
/* ERR_NO_CARD. What the card held in memory is wiped. */
int slot_remove(struct slot *);

/* PADLINK_OK when the card can take a command, or why not. */
uint8_t slot_status(const struct slot *);
/* Powers up or resets: PADLINK_OK and the ATR, or why not. */
uint8_t slot_power_up(struct slot *, uint8_t atr[ATR_MAX], size_t *n);
void slot_power_down(struct slot *);
/* One command, when slot_status is PADLINK_OK; rsp has room for RAPDU_MAX. Under 2: no answer. */
size_t slot_transmit(struct slot *, const uint8_t *, size_t n, uint8_t *rsp);

#endif
