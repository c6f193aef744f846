#ifndef CARDINAL_PCSC_LIST_H
#define CARDINAL_PCSC_LIST_H

#include "hsm/cards/padcode.h"
#include "hsm/cards/pcsc.h"

/* The readers that pcscd knows, and whether cards are in them. Errors are those of pcsc_err. */

/* For the state of readers; all zero at first. */
struct pcsc_watch {
	SCARDCONTEXT context;
	int open;
};

int pcsc_watch(struct pcsc_watch *);
void pcsc_watch_end(struct pcsc_watch *);

/* Their names; none is no error. */
int pcsc_names(struct pcsc_watch *, char names[CARDS_READERS_MAX][CARDS_NAME_MAX], size_t *n);

/* Presence of a card by a reader's state: 1, 0, or ERR_READER_GONE. */
int pcsc_presence(DWORD state);
/* Asks for it now. */
int pcsc_status(struct pcsc_watch *, const char *reader);

/* What it can do, if it is to be had within a second; what it says of itself is no error. */
int pcsc_look(struct pcsc_watch *, struct pcsc_attempts *, const char *name,
    const atomic_int *cancelled, struct cards_reader *);

#endif
