#ifndef CARDINAL_PCSC_H
#define CARDINAL_PCSC_H

#include <stdatomic.h>
#include <winscard.h>

#include "hsm/cards/cards.h"

/*
 * Connections to a reader that give up in time. pcscd lets SCardConnect and
 * SCardBeginTransaction wait for other programs without end, so a thread waits
 * in our stead; one that comes too late cleans up after itself and leaves the
 * card as it is. At a reader there is one such thread at most: a later call takes
 * up the attempt that still waits, or, for the other kind, waits for its end.
 */
struct pcsc_attempt;

/* All zero at first. One thread uses it at a time; what stays is let go by pcsc_let_go. */
struct pcsc_attempts {
	struct pcsc_attempt *v[CARDS_READERS_MAX];
};

struct pcsc {
	SCARDCONTEXT context;
	SCARDHANDLE handle;
	int open;
	int card;		/* with the card, in a transaction; otherwise SCARD_SHARE_DIRECT */
};

enum { PCSC_BUSY_MS = 10000 };

/* What winscard returns as an ERR_*; 0 for SCARD_S_SUCCESS. */
int pcsc_err(LONG rv);

/*
 * Connects: 0, ERR_BUSY when another program keeps the reader for longer than ms,
 * ERR_CANCELLED when *cancelled becomes true, ERR_NO_CARD, ERR_CARD_ANSWER for a card that does not
 * speak T=1, ERR_READER_GONE, ERR_NOMEM.
 */
int pcsc_connect(struct pcsc_attempts *, struct pcsc *, const char *reader, int card, int ms,
    const atomic_int *cancelled);
void pcsc_let_go(struct pcsc_attempts *);
/* A card is powered down, so that nobody inherits what it was told. */
void pcsc_disconnect(struct pcsc *);

#endif
