#ifndef CARDINAL_VAULT_H
#define CARDINAL_VAULT_H

#include <pthread.h>

#include "hsm/admin/slot_order.h"
#include "hsm/pkcs11/server.h"
#include "hsm/vault/people.h"
#include "hsm/vault/store.h"

/*
 * Vault's end of the link. The store is shared with the threads of PKCS#11, who are told what
 * happens to their slots.
 */
struct vault {
	struct store *store;
	struct p11_server *p11;
	/* Of the installation that is to begin, all ten, in secret memory; NULL: nothing said */
	struct slot_plan *plan;
	/* For mode cards, while its cards are made, in secret memory; NULL: none */
	struct slot_order *order;
	struct opening now;		/* that ward has taken last */
	/*
	 * No slot gets mode cards while one is entered, or gets another mode, by its code alone:
	 * ward waits for the answer, and so could ask no people. These read, changing to cards
	 * writes. Before the store's.
	 */
	pthread_rwlock_t modes;
	uint32_t boot_s;	/* that the people of slot 0 have, where cards alone open it */
	int restart_fd;		/* rings the parent when an opening has failed; -1: nobody */
};

/*
 * Answers ward's calls until it hangs up (0), or the link fails (ERR_IO). A malformed request is
 * answered ERR_FORMAT. Several links may be served side by side.
 */
int vault_serve(struct vault *, int fd);
/* With the store's lock, or when none is served any more: plan and order are wiped. */
void vault_forget(struct vault *);

#endif
