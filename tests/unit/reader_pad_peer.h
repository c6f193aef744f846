#ifndef CARDINAL_TESTS_READER_PAD_PEER_H
#define CARDINAL_TESTS_READER_PAD_PEER_H

#include <pthread.h>

#include "ifdhandler/reader.h"
#include "tests/unit/suite.h"

/* How long anything may take that should come at once. */
enum { PEER_BOUND_MS = 5000 };

/* A pad on a real socket, on its own thread: what it is asked is kept, answers are set before. */
struct peer {
	char dir[SUITE_DIR_MAX], path[80];
	int listener, fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned links, asked[16];
	struct padlink_card card;
	uint8_t hello_status;

	uint8_t type;			/* the last request */
	size_t body_n;
	uint8_t body[PADLINK_BODY_MAX];

	uint8_t status;			/* the next answers */
	size_t answer_n;
	uint8_t answer[RAPDU_MAX];
	int mute;			/* does not answer */
	int babbles;			/* sends bytes without end instead */
	int floods;			/* tells of cards without end, as soon as it is linked */
	int hangs_up;			/* instead of an answer */
	int greets_nobody;		/* hangs up at HELLO */
	int answers_other;		/* another type */
	uint8_t in[PADLINK_MAX];
};

/* Makes its directory, starts its thread, ends its link, ends its thread, takes all away. */
void peer_init(struct peer *);
void peer_start(struct peer *);
void peer_hang_up(struct peer *);
void peer_stop(struct peer *);
void peer_end(struct peer *);
/* Tells of a card. */
void peer_card(struct peer *, int present, uint32_t changes);

long peer_now_ms(void);
/* As pcscd's polling thread does: looks, waits, looks. 1 when it came to that in time. */
int peer_becomes(struct reader *, int present);

/* A peer, and the driver's reader that is linked to it. */
struct both {
	struct peer peer;
	struct reader *reader;
};

struct both *both_set_up(int present);
void both_tear_down(struct both *);
/* What the next requests are answered with. */
void both_answer(struct both *, uint8_t status, const void *, size_t n);

#endif
