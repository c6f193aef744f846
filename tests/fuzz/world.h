#ifndef CARDINAL_TESTS_WORLD_H
#define CARDINAL_TESTS_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "card-os/iso7816/buf.h"

/*
 * A card, its owner, and somebody who sends it whatever he likes, step by step. After each step
 * the world looks whether the card kept its promises, and aborts where it did not:
 *
 * - the answer is a status word of the standard, never 6F00, with data only where it may have some
 * - what is in memory is what is on the disk, and is a state that can be
 * - an answer that tells of an error has changed nothing but the tries of a PIN or key
 * - each file that changed, came, went or was read, and each key that was used, had a rule for that
 *   which was met, as reckoned here
 * - tries grow by the right PIN only; nothing is verified by who did not send it
 * - the share comes out only through the channel after its PIN; private keys, what is
 *   kept of a PIN and the device key never
 */
enum world_step {
	WORLD_PLAIN,			/* with bytes: a command */
	/* with bytes: a command, through the channel when there is one */
	WORLD_CHANNEL,
	WORLD_OPEN_CHANNEL,
	/* VERIFY by the owner, of the application that is current */
	WORLD_RIGHT_PIN,
	WORLD_CHANGE_PIN,		/* from the right one to itself */
	WORLD_RESET,
	WORLD_PULL_PLUG,
	WORLD_DISK_FULL,		/* from the n-th save on, n being a byte */
	/* at the n-th save, which may be on it: then the plug is pulled */
	WORLD_DISK_DIES,
	WORLD_DISK_WELL,
	/* EXTERNAL AUTHENTICATE by who has the secret of the ring */
	WORLD_PROVE,
	WORLD_STEPS,
};

/* The first card again, as often as wanted. */
void world_begin(void);
void world_do(enum world_step, const uint8_t *, size_t n);
/*
 * Steps as bytes: which, then for a command its length in two bytes and the command, for a disk
 * that fails n. Does the first step of n bytes, and returns how many it took; does all.
 */
size_t world_do_one(const uint8_t *, size_t n);
void world_play(const uint8_t *, size_t n);

/* How many commands more are to go through the channel that was opened last. */
extern unsigned world_talk;
/* What is current: 'b' transparent, 'r' records, 'i' PIN or key, 'd' no EF. */
char world_current(void);
/* Writes the way from the MF to any file that there is. */
void world_any_path(struct wr *);

/* APDUs sent so far, by instruction, and how many got 9000, 61xx or 62xx. */
struct world_count {
	unsigned long sent, done;
};
extern struct world_count world_counts[256];

#endif
