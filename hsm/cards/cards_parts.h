#ifndef CARDINAL_CARDS_PARTS_H
#define CARDINAL_CARDS_PARTS_H

#include "hsm/cards/pcsc_list.h"
#include "hsm/cards/pcsc_pad.h"

/* Between the parts of the PC/SC side: cards_open.c chooses a reader, cards_pcsc.c has the rest. */
enum {
	LIST_MS = 1000,
	STATUS_SLICE_MS = 250,
};

struct cards_pcsc {
	struct cards cards;
	char reader[CARDS_NAME_MAX];	/* the one that is open */
	struct pad_features features;
	struct pcsc conn;		/* with the card, or direct; one: two lock each other out */
	struct pcsc_attempts attempts;	/* to connect; they outlive close */
	struct pcsc_watch watch;
	int asks_pad;			/* only when asked the driver tells that it has gone */
	int64_t asked;			/* when it was, last */
	atomic_int cancelled;
};

struct cards_pcsc *cards_of(struct cards *);

int64_t cards_now_ms(void);
void cards_pause_ms(int ms);

/* To the reader alone. */
int cards_connect_reader(struct cards_pcsc *, int ms, const atomic_int *cancelled);
/* A connection of some kind: with the card if there is one, else to the reader alone. */
int cards_some_connection(struct cards_pcsc *);

int cards_list(struct cards *, struct cards_reader *v, size_t max, size_t *n);
int cards_open(struct cards *, const char *name, struct cards_reader *got);

#endif
