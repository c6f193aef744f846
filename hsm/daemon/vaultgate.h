#ifndef CARDINAL_VAULTGATE_H
#define CARDINAL_VAULTGATE_H

#include <pthread.h>

#include "hsm/ceremony/gate.h"
#include "hsm/daemon/vaultclient.h"

/* The ceremony's gate over the vault link: ward carries, vault checks. */
struct vaultgate {
	struct gate gate;
	struct vaultclient *client;
	/* After each call that changed what is kept, or what is open. */
	void (*changed)(void *arg);
	void *arg;
	pthread_mutex_t calls;		/* one at a time: closing waits for the one that runs */
	int closed;
};

/* changed may be NULL. */
void vaultgate_init(struct vaultgate *, struct vaultclient *, void (*changed)(void *), void *arg);
/* From its return on each call is ERR_CLOSED: nothing is enrolled or opened by it any more. */
void vaultgate_close(struct vaultgate *);

#endif
