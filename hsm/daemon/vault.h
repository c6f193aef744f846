#ifndef CARDINAL_VAULT_H
#define CARDINAL_VAULT_H

#include "hsm/pkcs11/server.h"
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
};

/*
 * Answers ward's calls until it hangs up (0), or the link fails (ERR_IO). A malformed request is
 * answered ERR_FORMAT. Two links may be served side by side.
 */
int vault_serve(struct vault *, int fd);
/* When none is served any more: the plan is wiped. */
void vault_forget(struct vault *);

#endif
