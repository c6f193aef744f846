#ifndef CARDINAL_TESTS_CJ_PEER_H
#define CARDINAL_TESTS_CJ_PEER_H

#include "ifdhandler/cj_link.h"

/*
 * The other end of a wire, by a script. Each write of the link is a turn: it
 * must be the frame of the block `hears`, and is followed by what `says` has.
 * Blocks are in hex without their LRC, several divided by commas; !HEX are
 * bytes as they are; "gone" unplugs, "halt" makes reads fail until a drop.
 * hears NULL: whatever it is. In time that is not real: silence is over at once.
 */
struct cj_turn {
	const char *hears, *says;
};

struct cj_peer {
	const struct cj_turn *turns;
	size_t turns_n, at;
	int for_ever;		/* the turns come again and again */
	int wrong;		/* writes that were not as the script has them */
	int gone, halted, drops;
	int writes, waited;	/* how many; how long the last read would have waited, in ms */
	uint8_t fifo[8192];
	size_t n;
	size_t portion;		/* bytes of a read; 0: all that there are */
};

void cj_peer_init(struct cj_peer *, struct cj_link *, const struct cj_turn *, size_t n);
void cj_peer_say(struct cj_peer *, const char *);

#endif
