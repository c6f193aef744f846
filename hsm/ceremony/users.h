#ifndef CARDINAL_CEREMONY_USERS_H
#define CARDINAL_CEREMONY_USERS_H

#include "hsm/ceremony/runner.h"

/*
 * Users of slots get their cards. SPEC 4, step 4: for each user a credential is made in memory,
 * written to his cards one after the other, each of which proves it, and then its public keys are
 * read from one of them into the HSM. What was enrolled stays when the ceremony breaks off.
 */

/* Makes the users that the operator chose and that are not enrolled yet. */
extern const struct phase users_make;
/* The slots are made; where users were chosen, or (always) for a key that is kept without slots. */
extern const struct phase users_finish;
extern const struct phase users_finish_always;

#endif
