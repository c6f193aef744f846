#ifndef CARDINAL_IFD_SLOT_H
#define CARDINAL_IFD_SLOT_H

#include <pthread.h>
#include <stdatomic.h>

#include "ifdhandler/reader.h"

/*
 * One reader as pcscd knows it, by its logical unit number, and what the entry
 * points remember of it. pcscd's lock of the reader guards everything here but
 * the polling calls, which one thread of pcscd makes beside all others.
 */
enum { SLOTS_MAX = 16 };	/* PCSCLITE_MAX_READERS_CONTEXTS */

struct slot {
	struct reader *reader;		/* NULL: free */
	unsigned long lun;
	int powered;
	unsigned protocol;		/* 0, SCARD_PROTOCOL_T0 or _T1 */
	uint8_t atr[PADLINK_ATR_MAX];
	size_t atr_n;
	uint8_t started;		/* a PIN entry that waits for its FINISH: its kind + 1 */
	int start_r;			/* why it never began, for its FINISH */
	int gone;			/* a card was away, the polling thread has not heard */
	atomic_int look_again;
	atomic_int polled;		/* poller is set */
	_Atomic(pthread_t) poller;
	pthread_t opener;		/* who called slot_add */
};

/* Takes the reader over. 0, ERR_FULL or ERR_EXISTS; then the reader stays the caller's. */
int slot_add(unsigned long lun, struct reader *);
/* NULL when there is none. */
struct slot *slot_find(unsigned long lun);
/* Closes the reader. 0 or ERR_NOT_FOUND. */
int slot_remove(unsigned long lun);

/* Is a card there now: 1 or 0. That one was away is kept for slot_present. */
int slot_look(struct slot *);
/*
 * The same for pcscd: a card that was away is absent until the polling thread
 * has been told, since it alone makes pcscd forget the card that was. It is
 * told once. Any thread but the opener cannot be cancelled from then on, but in
 * slot_wait.
 */
int slot_present(struct slot *);
/* For the polling thread: returns as reader's wait does. Here alone it can be cancelled. */
void slot_wait(struct slot *, int timeout_ms);
/*
 * It was unplugged. ERR_UNSUPPORTED for a reader that cannot be; ERR_DENIED for another thread than
 * the opener, pcscd's hot-plug thread: any client can say so by SCardSetAttrib.
 */
int slot_removed(struct slot *);
/* Power, with the ATR kept. 0 or the reader's error. */
int slot_power(struct slot *, enum reader_power);
/*
 * Resets a card that has power without pcscd: power, ATR and protocol stay what pcscd knows of
 * them. ERR_NO_CARD, ERR_NOT_NOW (no power; that is pcscd's to give), or the reader's error.
 */
int slot_reset(struct slot *);

#endif
