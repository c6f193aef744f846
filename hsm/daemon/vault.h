#ifndef CARDINAL_VAULT_H
#define CARDINAL_VAULT_H

#include "hsm/vault/store.h"

/*
 * Vault's end of the link: answers ward's calls until it hangs up (0), or the
 * link fails (ERR_IO). A malformed request is answered ERR_FORMAT.
 */
int vault_serve(struct store *, int fd);

#endif
