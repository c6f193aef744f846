#ifndef CARDINAL_TEST_CALLER_H
#define CARDINAL_TEST_CALLER_H

#include <sys/un.h>

#include "hsm/pkcs11/slate.h"
#include "tests/unit/client.h"

/* An HSM that listens at a socket, and clients that come to it there. */
struct listener {
	struct hsm h;
	struct sockaddr_un where;
};

void listener_enter(struct listener *);
void listener_leave(struct listener *);
/* A connection to it that has said nothing. */
int listener_connect(const struct listener *);

/*
 * A client at the socket; three descriptors come with HELLO's answer. Of the third it has its end of
 * the slate.
 */
struct caller {
	int fd, page, own;
	struct slate_end slate;
	int on_slate;			/* the last request went that way */
	struct wire_request request;
	struct wire_answer answer;
	struct mech mech;
	uint8_t cookie[WIRE_COOKIE_LEN];
	uint8_t buf[WIRE_FRAME_MAX];
};

/* As client_new; asserts that HELLO works. */
struct caller *caller_new(const struct listener *, const uint8_t *cookie);
void caller_free(struct caller *);
/* Empties the request, with slot 1 and a R/W session. */
struct wire_request *caller_ask(struct caller *, uint8_t id);
/* Sends it and has the answer; CKR_DEVICE_REMOVED when none comes. */
CK_RV caller_call(struct caller *, int fds[3]);
/* Puts it on the slate, and says so at the socket where that is news; nobody is woken there. */
void caller_put(struct caller *);
/* The user of slot 1. */
CK_RV caller_login(struct caller *);

/* Of a connection that vault ends, nothing comes any more. */
int caller_ended(int fd);
/* This process's, and until there are no more than that: connections end on their own threads. */
size_t descriptors(void);
int descriptors_come_down_to(size_t n);

#endif
