#ifndef CARDINAL_TEST_WAITING_H
#define CARDINAL_TEST_WAITING_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/client.h"
#include "tests/unit/crew.h"

/* The slots of crew.h with vault's side of PKCS#11; without slots_start, as crew_enter leaves them. */
void waiting_enter(struct hsm *, int boot);
/* How many openings there are. */
unsigned waiting_openings(struct hsm *);

/* A client's call that waits for people, on a thread of its own. */
struct call {
	struct client *c;
	pthread_t thread;
	CK_RV rv;
	atomic_int done;
};

/* What the client has asked, and the user's login. */
void waiting_begin(struct call *, struct client *);
void waiting_login(struct call *, struct client *, unsigned slot, const char *pin);
CK_RV waiting_end(struct call *);
/* The whole of a login that asks people, whose guests begin with that one. */
CK_RV waiting_whole(struct hsm *, struct client *, unsigned slot, const char *pin, unsigned guest);

#endif
