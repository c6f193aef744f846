#ifndef CARDINAL_OUTCOME_H
#define CARDINAL_OUTCOME_H

#include "hsm/ceremony/runner.h"

/* What an error becomes: an outcome on the pad and another try, or the end with a message. */

/* A row applies to an error at a step, or at any; the first that fits counts. */
struct mend {
	int err;
	const char *at;		/* name of a step, NULL: any */
	const char *text;	/* on the pad, %u the tries left; NULL: nothing */
	const char *back;	/* step of the sub-table to go back to; NULL: the ceremony ends */
};

/* NULL when no row fits: it ends the ceremony. */
const struct mend *outcome_mend(int err, const struct step *);

/* What happened, for transcript and message. by_call: cancelled by the seam's cancel. */
const char *outcome_why(int err, int by_call);

/* Where it ended, why, and what to do now. */
void outcome_message(const struct ceremony *, int err, int by_call, char message[MESSAGE_MAX]);

#endif
