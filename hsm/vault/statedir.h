#ifndef CARDINAL_STATEDIR_H
#define CARDINAL_STATEDIR_H

#include "hsm/keys/seal.h"

/*
 * The state directory: the lock that one daemon holds, and device.key, 32 random
 * bytes in a 0600 file.
 */
struct statedir {
	int dir, lock;
};

/*
 * Makes the directory (0700) where it is missing, takes the lock: 0, ERR_BUSY, ERR_DENIED (others
 * may write to it), ERR_FULL, ERR_IO. statedir_close goes with success and
 * failure.
 */
int statedir_open(struct statedir *, const char *path);
void statedir_close(struct statedir *);
/*
 * Makes an empty 0600 file where it is missing: 0, ERR_DENIED (others may use it), ERR_FULL,
 * ERR_IO. The directory may be one that others pass through, to the cards.
 */
int statedir_touch(struct statedir *, const char *name);
/* 0, ERR_NOT_FOUND, ERR_DENIED (others may read it), ERR_FORMAT (not 32 bytes), ERR_IO. */
int statedir_key_load(struct statedir *, struct seal_key *);
/*
 * A new key in the file's place, the old one overwritten; durable on return: 0,
 * ERR_CRYPTO, ERR_FULL, ERR_IO. On an error the key is zeroed.
 */
int statedir_key_make(struct statedir *, struct seal_key *);

#endif
