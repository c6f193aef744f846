#ifndef CARDINAL_TESTS_DECK_H
#define CARDINAL_TESTS_DECK_H

#include "card-os/os/card.h"

/*
 * A card with a disk in memory, for suites. The disk can be told to fail at
 * the n-th save from now, before or after it took the image.
 */
enum deck_fault { DECK_SOUND, DECK_REFUSES, DECK_LOSES_POWER };

struct deck {
	struct card card;
	uint8_t disk[CARD_IMAGE_MAX];
	size_t n;
	unsigned saves;			/* attempts so far */
	unsigned fail_at;		/* the attempt that fails, and all after it; 0: none */
	enum deck_fault fault;
	uint8_t rsp[RAPDU_MAX];
	size_t rsp_n;			/* of the last command, without status word */
};

/* A new card of profile tcos by a new issuer, powered. Aborts when it cannot be made. */
void deck_new(struct deck *);
/* The plug was pulled: a card afresh from what is on the disk, powered, and the disk sound. */
void deck_reload(struct deck *);
/* Sends a command: the status word. */
uint16_t deck_send(struct deck *, const uint8_t *, size_t n);
uint16_t deck_hex(struct deck *, const char *hex);

/* A conversation: what is sent, and what has to come back. */
struct deck_step {
	const char *hex;
	uint16_t sw;
	const char *data;	/* NULL: not looked at */
};

/* Fails the test where an answer differs, and says which. */
void deck_play(struct deck *, const struct deck_step *, size_t n);
/* The same where texts become bytes in another way than by hex. */
void deck_play_as(struct deck *, const struct deck_step *, size_t n,
    size_t (*bytes)(const char *text, uint8_t *out, size_t cap));

#define SELECT_SHARE "00A4040C0A F043415244494E414C01"
#define SELECT_SLOT "00A4040C0A F043415244494E414C02"
#define VERIFY_RIGHT "00200081 06 313233343536"
#define VERIFY_WRONG "00200081 06 313131313131"
#define STATE "00CA018104"

/* What the disk holds. Aborts when it cannot be read. */
void deck_disk(const struct deck *, struct card_data *);

/* The host's end of a channel to the card. */
int deck_open_channel(struct deck *, struct sm *);
/* Sends a command through it: the status word, data in rsp and rsp_n; 0 when the channel failed. */
uint16_t deck_send_sm(struct deck *, struct sm *, const char *hex);
uint16_t deck_bytes_sm(struct deck *, struct sm *, const uint8_t *, size_t n);

#endif
