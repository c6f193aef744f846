#ifndef CARDINAL_TESTS_JACK_FAULTS_H
#define CARDINAL_TESTS_JACK_FAULTS_H

#include <stddef.h>
#include <stdint.h>

/* What a cyberJack does wrong when it is told to (docs: `mockjack --help`). */
enum jack_fault {
	FAULT_NONE,
	FAULT_SHORT,	/* half a frame, and nothing more */
	FAULT_LRC,
	FAULT_LENGTH,	/* LEN of the block */
	FAULT_HEAD,	/* the frame's length: more than there is, in one packet */
	FAULT_GARBAGE,	/* a frame of nonsense instead */
	FAULT_LOST,	/* not sent */
	FAULT_TWICE,
	FAULT_UNKNOWN,	/* an S block that nobody knows comes before it */
	FAULT_BYTES,	/* a packet for each of the first bytes, small ones for the rest */
	FAULT_EMPTY,	/* an empty packet comes before it */
	FAULT_NAD,	/* of another node */
	FAULT_SEQUENCE,	/* N(S) of an I block that is not its turn */
	FAULT_KINDS,
};

enum { FAULT_FOR_EVER = -1 };

struct jack_faults {
	/* The next frames to the host, of blocks that answer. */
	enum jack_fault kind;
	int frames;		/* how many, or FAULT_FOR_EVER */
	int after;		/* so many are right before */
	/* The next blocks from the host. */
	int refuse;		/* answered R, with an error */
	int deaf;		/* not heard */
	/* States. */
	int frozen;		/* all endpoints NAK, also 0 */
	int silent;		/* nothing is announced */
	int endless;		/* commands are never run, WTX goes on */
	int storm;		/* a card was moved, it says without end */
	int kept;		/* no transfer is given back, cancelled or not */
	uint64_t counts[8];	/* enum jack_count */
};

/* What is counted, for scripts to look at. */
enum jack_count {
	COUNT_BLOCKS,		/* from the host, that were right */
	COUNT_COMMANDS,		/* run, by the reader or its card */
	COUNT_REPEATS,		/* R blocks of the host with an error */
	COUNT_RESYNCS,
	COUNT_WTX,
	COUNT_RESETS,		/* of the bus */
	COUNT_STATUS,		/* GET STATUS of the card */
	COUNT_BAD,		/* blocks of the host that were wrong */
	COUNTS,
};

/* One of the next frames to the host goes out: what is wrong with it. */
enum jack_fault jack_faults_frame(struct jack_faults *);
/* Counts one down; true when it was not 0. */
int jack_faults_use(int *counter);

/*
 * A line of words: 0 and what is to be said into answer, or -1 and why not. What concerns the bus
 * (unplug, stall) is the caller's, who asks here for all other words.
 */
int jack_faults_command(struct jack_faults *, char *line, char *answer, size_t n);
extern const char jack_faults_help[];

#endif
