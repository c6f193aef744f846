#include "hsm/ceremony/plans.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/told.h"
#include "hsm/ceremony/user_card.h"

/* Tools that look at a slot user's card and change nothing, neither on it nor in the HSM. */

static int
tell(struct ceremony *c)
{
	card_was_seen(c, 1);
	return user_card_tell(c);
}

static int
card_is_told(struct ceremony *c)
{
	int r = user_card_is_known(c);

	/* What a blocked card holds is worth knowing; the PIN itself says that it is blocked. */
	return r == 0 || r == ERR_CARD_BLOCKED ? tell(c) : r;
}

static int
card_claims(struct ceremony *c)
{
	int r;

	if ((r = user_card_is_known(c)) != 0 || (r = tell(c)) != 0)
		return r;
	if (c->has_keys)
		return 0;
	(void)snprintf(c->result->message, sizeof(c->result->message),
	    "no credential of a slot user is on the card");
	return ERR_NOT_FOUND;
}

/* Where the card says nothing of itself that can be read, its keys are proven all the same. */
static int
card_is_right(struct ceremony *c)
{
	const struct user_head nobody = { .user = 1, .users = 1 };
	struct ceremony_result *result = c->result;
	int r;

	if ((r = user_card_proves(c, CHALLENGE_VERIFY, c->has_user ? &c->on_user : &nobody)) != 0) {
		told_user(c);
		return r;
	}
	if (result->seat == 0) {
		(void)snprintf(result->message, sizeof(result->message),
		    "it works, but is no user's of this HSM");
		told_user(c);
		return ERR_NOT_FOUND;
	}
	(void)snprintf(result->message, sizeof(result->message),
	    "card %s of user %u of slot %u is right", c->known.serial, result->seat, result->slot);
	return 0;
}

static const struct step verify_card[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel",
	    "The holder inserts the card and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_claims },
	ROW_PIN("holder"),
	{ .name = "verify", .show = "Please wait", .run = card_is_right },
	{ 0 }
};

static const struct step info_card[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel", "Somebody inserts the card and presses OK."),
	{ .name = "tell", .show = "Please wait", .run = card_is_told },
	{ 0 }
};

const struct ceremony_plan user_verify_plan = {
	.name = "user-verify",
	.title = "Verifying the card of a slot user",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("user-verify", verify_card, "Verify a user card") },
};

const struct ceremony_plan user_info_plan = {
	.name = "user-info",
	.title = "Looking at a card",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("user-info", info_card, "Look at a card") },
};
