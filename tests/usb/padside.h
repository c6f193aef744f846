#ifndef CARDINAL_TESTS_PADSIDE_H
#define CARDINAL_TESTS_PADSIDE_H

#include "simulator/padlink.h"

/*
 * What is behind an emulated reader: a real pad, whose only driver the reader
 * is. Nothing waits here; the one poll loop goes on while a person is asked.
 * When there is no pad, it is looked for every 20 ms: a pad that is unplugged
 * or ends is an unplugged reader.
 */
struct padside {
	const char *path;	/* the caller's */
	int fd;			/* -1: no pad */
	int linked;		/* it has answered HELLO, and hello holds */
	struct padlink_hello_answer hello;	/* with the card as it is now */
	uint64_t retry_ms;	/* when to look for a pad again */

	uint32_t number;	/* of the last request */
	uint8_t waiting;	/* its type while it runs, else 0 */
	int dropped;		/* nobody wants its answer any more */
	int answered;		/* padside_answered has not told yet */
	uint8_t type, status;	/* of the last answer */
	size_t answer_n;
	uint8_t answer[RAPDU_MAX];
	uint8_t out[PADLINK_MAX];
	uint8_t in[PADLINK_MAX];
	size_t in_n;
};

void padside_init(struct padside *, const char *path);
void padside_close(struct padside *);
/* What to poll, -1 for nothing; *timeout_ms is lowered while a pad is looked for (-1: none yet). */
int padside_fd(const struct padside *, int *timeout_ms);
/* Reads what has come, and looks for a pad. */
void padside_tick(struct padside *);

/* No request runs, and none that was dropped. */
int padside_ready(const struct padside *);
/* Sends a request: 0, ERR_READER_GONE, ERR_BUSY (not ready). */
int padside_ask(struct padside *, uint8_t type, const uint8_t *body, size_t n);
/* True once for each answer: type, status and answer hold it until the next request. */
int padside_answered(struct padside *);
/* PADLINK_CANCEL: the request that runs is answered PADLINK_CANCELLED, if it is one that waits. */
void padside_cancel(struct padside *);
/* The same, and its answer is not to be told. */
void padside_drop(struct padside *);

/* Milliseconds of the monotonic clock. */
uint64_t usb_now_ms(void);
/* *timeout_ms is lowered so that it ends at `at`; at 0 is no time. */
void usb_timeout(int *timeout_ms, uint64_t at);

#endif
