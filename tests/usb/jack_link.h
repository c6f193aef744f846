#ifndef CARDINAL_TESTS_JACK_LINK_H
#define CARDINAL_TESTS_JACK_LINK_H

#include "card-os/iso7816/apdu.h"
#include "tests/usb/jack_faults.h"

/*
 * The cyberJack's end of its bulk pipes: frames of blocks like T=1's.
 *
 *   frame = 00  length:2, little-endian  block
 *   block = NAD  PCB  LEN  INF  LRC
 *
 * The host (node 2; E with S blocks) asks, the reader (node 1) or its card (node
 * 0) answers. E2 C1 00 23 begins and ends a conversation and has no answer;
 * S(RESYNC) is answered 2E E0 00 CE, and both sides count from 0 again. An I
 * block that comes once more is answered by what was sent last, and not run
 * again. R blocks have 80 in their high nibble whatever was counted, the low
 * nibble is 0 for "go on". Each frame is announced on the interrupt endpoint,
 * 01 00 and the length in its head.
 */
enum {
	JACK_INF_MAX = 255,
	JACK_BLOCK_MAX = 3 + JACK_INF_MAX + 1,
	JACK_HEAD = 3,
	JACK_FRAME_MAX = JACK_HEAD + JACK_BLOCK_MAX,
	JACK_QUEUE = 32,	/* frames for the host; more are forgotten */
	JACK_ANNOUNCED = 64,
};

/* PCB of S blocks that the reader sends by itself. */
enum {
	JACK_S_WTX = 0xc3,
	JACK_S_KEY = 0xc4,		/* a digit; the host answers E4 */
	JACK_S_KEY_OTHER = 0xf4,
	JACK_S_CARD_IN = 0xe5,		/* the host answers C5 */
	JACK_S_CARD_OUT = 0xf5,
};

struct jack_frame {
	uint8_t p[JACK_FRAME_MAX];
	size_t n, at;
};

struct jack_link {
	struct jack_faults *faults;
	uint8_t in[JACK_FRAME_MAX];	/* a frame of the host, as far as it has come */
	size_t in_n;
	struct jack_frame queue[JACK_QUEUE];
	size_t first, queued;
	uint16_t announced[JACK_ANNOUNCED];	/* lengths for the interrupt endpoint */
	size_t announced_first, announced_n;

	uint8_t nad;			/* of the command that is being sent or answered */
	uint8_t expected;		/* N(S) of the host's next I block */
	uint8_t ns;			/* of our next one */
	int command;			/* command holds one, which nobody has taken */
	int working;			/* it was taken and is not answered */
	int aborted;			/* the host wants no answer; nobody has been told */
	uint8_t cmd[CAPDU_MAX];
	size_t cmd_n;
	int chained;			/* more of it is to come */
	uint8_t rsp[RAPDU_MAX];
	size_t rsp_n, rsp_at, rsp_sent;	/* answered so far; what the last block has */
	int answering;
	uint8_t last[JACK_BLOCK_MAX];	/* sent last, but for what the reader says itself */
	size_t last_n;
};

void jack_link_init(struct jack_link *, struct jack_faults *);
/* As after a reset of the bus. */
void jack_link_reset(struct jack_link *);
/* Bytes of the host, wherever they begin and end. */
void jack_link_hear(struct jack_link *, const uint8_t *, size_t n);
/* A packet for the host, at most 64 bytes; -1: none. */
int jack_link_packet(struct jack_link *, uint8_t *);
/* Four bytes for the interrupt endpoint, or -1. */
int jack_link_announce(struct jack_link *, uint8_t *);

/*
 * The command that has come, which is then in cmd and cmd_n, until it is answered; its node is
 * told by nad: 12 the reader, 02 the card. 0: none.
 */
int jack_link_take(struct jack_link *);
/* True once when the host has given up the command that was taken. */
int jack_link_aborted(struct jack_link *);
void jack_link_answer(struct jack_link *, const uint8_t *, size_t n);
/* An S block of the reader's own accord. */
void jack_link_say(struct jack_link *, uint8_t pcb);
/* Bytes of any kind, in a frame of their own. */
void jack_link_raw(struct jack_link *, const uint8_t *, size_t n);

#endif
