#ifndef CARDINAL_TEST_MODULE_PEER_H
#define CARDINAL_TEST_MODULE_PEER_H

#include <pthread.h>
#include <stdatomic.h>

#include "hsm/pkcs11/wire.h"
#include "tests/unit/suite.h"

/*
 * Somebody at pkcs11.sock, in a directory of the test's that CARDINAL_RUN names: he says HELLO as
 * vault does, with two pages, and to all else what the test has him say. One application; a
 * connection a thread.
 */
struct peer {
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	int fd, page_fd, own_fd;
	pthread_t thread;
	struct wire_page *page;
	struct wire_own *own;
	uint8_t cookie[WIRE_COOKIE_LEN];
	/*
	 * Fills the answer, whose rv is CKR_OK; -1: hangs up instead; 1: it comes without its last
	 * byte. NULL: CKR_OK to everything.
	 */
	int (*say)(struct peer *, const struct wire_request *, struct wire_answer *);
	int unsealed;			/* the page could be cut short */
	atomic_int hellos, calls[WIRE_CALLS];
	int conns[64];			/* under lock */
	pthread_t threads[64];
	size_t conns_n;
	pthread_mutex_t lock;
	pthread_cond_t called;
};

/* There is a token in each slot. A peer that begins again in the same directory is another boot. */
void peer_dir(struct peer *);
void peer_start(struct peer *);
/* Hangs up everywhere, and the socket is gone. */
void peer_stop(struct peer *);
/* Until he has been asked that n times. */
void peer_wait(struct peer *, uint8_t id, int n);

#endif
