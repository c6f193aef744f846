#ifndef CARDINAL_JOURNAL_H
#define CARDINAL_JOURNAL_H

#include "hsm/keys/state.h"

/*
 * The ceremony's seam to what is kept: states, the set, the transcript, the
 * key. In the daemon it is the vault's process; tests have it in memory. Each
 * call returns after what it was told is durable: 0 or ERR_FULL, ERR_IO, ERR_CLOSED,
 * ERR_NOT_NOW.
 */
struct journal {
	const struct journal_ops *ops;
};

struct journal_ops {
	int (*load)(struct journal *, struct hsm_status *);
	/* State becomes installing; what: the ceremony, for the message if it breaks off. */
	int (*begin)(struct journal *, const char *what);
	/* A new set, before its first share is written; forgets the one before. */
	int (*set)(struct journal *, const struct share_set *);
	/* Share x is on that card and proven; check is the share's (resume gives new ones). */
	int (*written)(struct journal *, uint8_t x, const char *serial,
	    const uint8_t check[CHECK_LEN]);
	int (*record)(struct journal *, const struct record *);
	/* The last record, whoever's it is: ERR_NOT_FOUND when there is none. */
	int (*last)(struct journal *, struct record *);
	/*
	 * The key becomes the HSM's. The vault checks the check value. The state becomes
	 * operational, unless slots that were planned wait for their users: then with the gate's
	 * finish.
	 */
	int (*commit)(struct journal *, const struct mbk *);
	/* The ceremony broke off: state inconsistent, with that message. */
	int (*broken)(struct journal *, const char *message);
};

#endif
