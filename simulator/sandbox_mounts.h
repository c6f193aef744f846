#ifndef CARDINAL_SANDBOX_MOUNTS_H
#define CARDINAL_SANDBOX_MOUNTS_H

#include "simulator/sandbox.h"

/* What process 1 of new namespaces does first. 0, or -1 with errno. */

/* Root inside is that user and group outside. */
int mounts_become_root(uid_t, gid_t);
/* A private /run with what the old one held, our directories in it, and pcscd's drivers. */
int mounts_furnish(struct sandbox *);

#endif
