#ifndef CARDINAL_CJ_LINK_H
#define CARDINAL_CJ_LINK_H

#include "ifdhandler/cj_frame.h"

/*
 * The exchange of blocks with a cyberJack: commands out and answers in, cut to
 * blocks and chained, repeated where one was lost, with what the reader says
 * in between: it needs more time, a key was pressed, a card was moved. All of
 * it is bounded in time, a reader that talks nonsense for ever included.
 */
enum {
	CJ_BWT_MS = 8000,	/* the reader answers within, or asks for more */
	CJ_AGAIN_MS = 2000,	/* what it was asked to say again comes within */
	CJ_REST_MS = 500,	/* the rest of a frame comes within */
	CJ_RESYNCH_MS = 1000,
	CJ_RESYNCH_TRIES = 3,
	CJ_WTX_MAX = 8,		/* times CJ_BWT_MS */
	CJ_ERRORS_MAX = 3,	/* in sequence */
	CJ_ERRORS_ALL = 16,	/* of one command */
};

/* What carries the bytes; USB, or a test. */
struct cj_wire {
	void *arg;
	/* 0, ERR_READER_GONE (unplugged), ERR_IO. */
	int (*write)(void *arg, const uint8_t *, size_t n);
	/*
	 * At least one byte, at most *n, within ms: 0, ERR_TIMEOUT, ERR_READER_GONE, ERR_IO (what
	 * reads stands still until drop was called).
	 */
	int (*read)(void *arg, uint8_t *, size_t *n, int ms);
	/* Forgets what has come; what stands still goes on. */
	void (*drop)(void *arg);
};

struct cj_link {
	struct cj_wire wire;
	uint8_t ns, nr;		/* sequence numbers: of our next block, of the reader's */
	uint8_t ifsc;		/* bytes of INF that it takes */
	uint8_t from;		/* who sent the last answer: CJ_ICC, CJ_CT */
	int moved;		/* it said that a card was moved; whoever looks takes it back */
	int lost;		/* it does not even answer RESYNCH, until that is tried anew */
	uint8_t in[CJ_FRAME_MAX + 64];
	size_t in_n, taken;	/* bytes in `in`, and those of the last frame */
	uint8_t out[CJ_FRAME_MAX];
	size_t out_n;		/* the I block that is under way */
};

void cj_link_init(struct cj_link *, const struct cj_wire *);

/* What a reader is told first and last; no answer. 0, ERR_READER_GONE, ERR_IO. */
int cj_link_greet(struct cj_link *);
/* Both start anew: 0, or ERR_READER_GONE, after so many tries with `lost` set, or unplugged. */
int cj_link_resynch(struct cj_link *, int tries);

/*
 * A command to CJ_ICC or CJ_CT and its answer; *rsp_n is the room, then the
 * length. 0, or with both in step again ERR_TIMEOUT (ms have passed), ERR_IO
 * (too many errors, or the reader gave up), ERR_SIZE; ERR_READER_GONE.
 */
int cj_link_command(struct cj_link *, uint8_t to, const uint8_t *, size_t n, uint8_t *rsp,
    size_t *rsp_n, int ms);

/* Between commands: hears what the reader has said by itself. 0 or ERR_READER_GONE. */
int cj_link_hear(struct cj_link *);

#endif
