#ifndef CARDINAL_MODULE_LINK_H
#define CARDINAL_MODULE_LINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/un.h>

#include "hsm/pkcs11/slate.h"
#include "hsm/pkcs11/wire.h"

struct module;

/*
 * Connections to vault, one for each call in progress: a call takes a link, fills its request,
 * makes the call, reads the answer in place and gives the link back. A link makes its connection
 * when it needs one.
 */
enum { LINKS_MAX = 256, LINKS_IDLE = 32, LINK_WAIT_SECONDS = 10 };

struct link {
	struct link *next;
	size_t number;			/* its place in links.all */
	atomic_int fd;			/* -1: not connected */
	struct slate_end slate;
	int on_slate;			/* the last request went that way */
	/*
	 * Which application of vault's the connection belongs to: counted from 1, another one when
	 * the daemon was started anew.
	 */
	uint64_t epoch;
	/*
	 * Set by the caller where the request speaks of what lives with an application (session
	 * objects, operations): with another one the call fails with CKR_DEVICE_ERROR.
	 */
	uint64_t only;
	/* Of the slot asked, as they were just before the call. */
	uint64_t stamp, logins;
	struct wire_request request;	/* all zeros when taken */
	struct wire_answer answer;
	struct attrs set[2];		/* empty, with room, for the templates */
	struct mech mech;
	size_t out_n, in_n;
	uint8_t room[2][ATTRS_MAX];
	uint8_t out[WIRE_FRAME_MAX], in[WIRE_FRAME_MAX];
};

struct links {
	pthread_mutex_t lock;		/* the next five, and every link's fd when it changes */
	pthread_cond_t given;
	pthread_cond_t ended;
	struct link *idle;
	size_t idle_n;
	_Atomic(struct link *) all[LINKS_MAX];
	int ending;

	struct wire_patience patience;
	atomic_uint skip, skipped;	/* calls that do not watch for their answer; see watch */

	pthread_mutex_t connecting;	/* the rest */
	struct sockaddr_un address;
	uint8_t cookie[WIRE_COOKIE_LEN];
	uint64_t boot;
	_Atomic uint8_t policy;		/* WIRE_IMPORT_PRIVATE, ... */
	atomic_int down;		/* the last one to connect could not */
	_Atomic uint64_t epoch;
	/* Descriptors that are nobody's yet, which a child finds here; -1: none. */
	atomic_int dialled;
	int pages[3];
	/* Never NULL; what was mapped stays so until the end, for those who still look at it. */
	_Atomic(const struct wire_page *) page;
	_Atomic(struct wire_own *) own;	/* NULL without a daemon so far */
	struct link_map *maps;
	struct wire_request request;
	struct wire_answer answer;
};

void links_init(struct links *);
/* Wakes all calls; from then on they are CKR_CRYPTOKI_NOT_INITIALIZED. */
void links_shut(struct links *);
void links_free(struct links *);
/* In a child: closes what it has of its parent's, without a lock. */
void links_abandon(struct links *);

/* CKR_HOST_MEMORY, CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV link_take(struct module *, struct link **);
/* Wipes what it carried. NULL is allowed. */
void link_give(struct module *, struct link *);

enum link_again {
	ONCE,	/* it may not happen twice: lost on the way, it is CKR_DEVICE_ERROR */
	AGAIN,	/* it may: tried once more over a new connection */
};
/*
 * The call in l->request: vault's CKR, with the answer in l->answer until the link is given back.
 * CKR_DEVICE_REMOVED: no daemon. CKR_DEVICE_ERROR: it went away, or talked nonsense.
 */
CK_RV link_call(struct module *, struct link *, enum link_again);
/*
 * Whether there is a daemon: looks whether an idle connection is still open, and connects where
 * there is none. 1 or 0.
 */
int links_alive(struct module *);

/* A second without a daemon, before looking again: CKR_OK, CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV links_pause(struct links *);

/* The page as it is now. */
const struct wire_page *links_page(const struct links *);
uint64_t link_load(const uint64_t *);

#endif
