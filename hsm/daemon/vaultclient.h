#ifndef CARDINAL_VAULTCLIENT_H
#define CARDINAL_VAULTCLIENT_H

#include <pthread.h>

#include "hsm/ceremony/journal.h"
#include "hsm/daemon/vaultlink.h"

/*
 * Ward's end of the vault link. Any thread may call; one call runs at a time.
 */
struct vaultclient;

/* Takes over fd. 0 or ERR_NOMEM. */
int vaultclient_new(struct vaultclient **, int fd);
void vaultclient_free(struct vaultclient *);

/* From any thread: a call that waits ends with ERR_CLOSED, and so does each one after it. */
void vaultclient_hang_up(struct vaultclient *);

/*
 * One call. args and result are the caller's, NULL where the call has none; what was sent is
 * wiped. The vault's own error, or ERR_CLOSED when it is gone, ERR_FORMAT when it answers
 * nonsense.
 */
int vaultclient_call(struct vaultclient *, uint8_t id, union vaultlink_args *,
    union vaultlink_result *);

/* The ceremony's journal over it. */
struct vaultjournal {
	struct journal journal;
	struct vaultclient *client;
	/* After each call that changed what is kept. */
	void (*changed)(void *arg);
	void *arg;
	pthread_mutex_t calls;		/* one at a time: closing waits for the one that runs */
	int closed;
};

/* changed may be NULL. */
void vaultjournal_init(struct vaultjournal *, struct vaultclient *, void (*changed)(void *),
    void *arg);
/*
 * From its return on each call but load and last is ERR_CLOSED: what is kept changes no more by
 * it.
 */
void vaultjournal_close(struct vaultjournal *);

#endif
