#ifndef CARDINAL_WARD_H
#define CARDINAL_WARD_H

#include "hsm/admin/desk.h"
#include "hsm/daemon/vaultclient.h"

/*
 * The ward: the operator's desk, and one ceremony at a time on a thread of its
 * own, with the vault behind a link and the cards behind winscard. Its desk is
 * its first member's address; see desk.h.
 */
struct ward;

struct ward_settings {
	struct ceremony_timeouts timeouts;
	char reader[CARDS_NAME_MAX];	/* "" for the first with a PIN pad */
	uint8_t mode;			/* of the cards that are made: SHARE_LIVE or SHARE_TEST */
	struct issuers issuers;		/* trusted beside those that the vault keeps */
};

/*
 * 0 or ERR_NOMEM. The clients outlive it; slots: a link of its own for calls that take time,
 * people: one on which the next opening is waited for.
 */
int ward_new(struct ward **, struct vaultclient *, struct vaultclient *slots,
    struct vaultclient *people, const struct ward_settings *);
/* From now on slots are opened for who asks, one after the other. 0 or ERR_NOMEM. */
int ward_people_start(struct ward *);
struct desk *ward_desk(struct ward *);
/*
 * How things stand; of a ceremony that broke off, with this daemon or the one before, the vault is
 * told now if it does not know yet: see ceremony_settle. Done at each status that finds it so, too.
 */
int ward_settle(struct ward *, struct hsm_status *);
/*
 * Ends waiting calls, tells the vault of the running ceremony as ceremony_stopped does, and cancels
 * it; what it was to open stays closed. Nothing starts again. 0; or ERR_TIMEOUT when it sits in a
 * PIN entry (its secrets are wiped) or hangs: its thread still uses ward and client, and the
 * process has to end without freeing them (_exit).
 */
int ward_stop(struct ward *);
void ward_free(struct ward *);

#endif
