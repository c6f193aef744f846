#ifndef CARDINAL_PAD_LINK_H
#define CARDINAL_PAD_LINK_H

#include <pthread.h>

#include "ifdhandler/pad_socket.h"
#include "ifdhandler/presence.h"
#include "simulator/padlink.h"

/*
 * The link to a virtual pad. A thread of its own keeps it: it connects, anew
 * whenever a pad comes, and reads what comes on its own, card events that is. A
 * request reads until its answer has come, in the thread that makes it: an APDU
 * would take half as long again through a second thread.
 */
struct pad_link {
	struct pad_socket socket;
	pthread_t thread;
	int bell;			/* eventfd: the thread is to end */
	int watch;			/* epoll: the bell and, while no request reads, the link */
	pthread_mutex_t lock;		/* guards all below but in */
	pthread_cond_t moved;		/* tried, reading */
	int tried;			/* the first try to connect is over */
	int reading;			/* somebody reads, and owns `in` and the link */
	int fd;				/* -1: no link */
	int linked;			/* the pad has answered HELLO */
	uint32_t links;			/* HELLOs that were answered */
	uint32_t answered;		/* the link, counted so, over which the last answer came */
	struct padlink_hello_answer hello;	/* of the last pad */

	unsigned unasked;		/* messages that nobody asked for, until unasked_end */
	struct timespec unasked_end;

	uint32_t changes;		/* of the card, as the pad counts them */
	struct presence presence;	/* with a lock of its own */

	uint32_t number;		/* of the last request */
	uint8_t waiting;		/* its type, 0 when nobody waits */
	uint8_t status;
	size_t answer_n;
	uint8_t answer[RAPDU_MAX];
	uint8_t out[PADLINK_MAX];
	uint8_t in[PADLINK_MAX];	/* whose reader it is */
	size_t in_n;
	int refused;			/* with that status; these two are the thread's */
	int told;			/* why the last tries failed, as the log has it */
};

/*
 * Starts the thread and waits, shortly, for its first try: a pad that is there
 * is linked then. hello is what holds until a pad has said otherwise. 0,
 * ERR_SIZE for a path that is too long, ERR_NOMEM, ERR_IO.
 */
int pad_link_open(struct pad_link *, const char *path, const struct padlink_hello_answer *hello);
void pad_link_close(struct pad_link *);

/*
 * Sends a request and waits for its answer, at most ms: *n is the room at p,
 * then its length. One at a time. 0 or what the status says: ERR_NO_CARD,
 * ERR_NOT_NOW (no power), ERR_CARD_ANSWER (mute), ERR_TIMEOUT, ERR_CANCELLED, ERR_BUSY, ERR_FORMAT,
 * ERR_UNSUPPORTED (not offered); ERR_SIZE; ERR_READER_GONE without a pad, when
 * it goes, and when it does not answer. A PIN entry and an INPUT that last too
 * long are cancelled: ERR_TIMEOUT.
 */
int pad_link_request(struct pad_link *, uint8_t type, const uint8_t *body, size_t body_n, int ms,
    uint8_t *p, size_t *n);

#endif
