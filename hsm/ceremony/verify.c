#include "hsm/ceremony/plans.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/told.h"

/* Tools that look at one card and change nothing, neither on it nor in the HSM. */

static int
card_is_told(struct ceremony *c)
{
	int r = card_is_known(c);

	/* What a blocked card holds is worth knowing; the PIN itself says that it is blocked. */
	if (r != 0 && r != ERR_CARD_BLOCKED)
		return r;
	card_was_seen(c, 1);
	told_card(c);
	return 0;
}

/* Why a share is not one of this HSM's is the answer that was asked for, no mistake. */
static int
card_claims(struct ceremony *c)
{
	int r;

	if ((r = card_is_known(c)) != 0)
		return r;
	card_was_seen(c, 1);
	told_card(c);
	if (!c->holds) {
		(void)snprintf(c->result->message, sizeof(c->result->message),
		    "no share is on the card");
		return ERR_NOT_FOUND;
	}
	if ((r = told_is_ours(c)) != 0)
		told_share(c);
	return r;
}

static int
share_is_right(struct ceremony *c)
{
	struct backup *b = &c->backup;
	int r;

	if ((r = card_share_read(&c->known, &b->back)) == 0)
		r = told_is_right(c, &b->back);
	share_wipe(&b->back, 1);
	if (r != 0)
		told_share(c);
	else
		(void)snprintf(c->result->message, sizeof(c->result->message),
		    "share %u of %u on card %s is %s", c->on_card.x, c->on_card.n,
		    c->known.serial, c->status.have_set ? "right" :
		    "undamaged; whose it is is not known here, since the HSM has no set");
	return r;
}

static const struct step verify_card[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel",
	    "The holder inserts the card and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_claims },
	ROW_PIN("holder"),
	{ .name = "verify", .show = "Please wait", .run = share_is_right },
	{ 0 }
};

static const struct step info_card[] = {
	ROW_INSERT("Insert %u. card\npress OK/Cancel", "Somebody inserts the card and presses OK."),
	{ .name = "tell", .show = "Please wait", .run = card_is_told },
	{ 0 }
};

const struct ceremony_plan share_verify_plan = {
	.name = "share-verify",
	.title = "Verifying a share",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("share-verify", verify_card, "Verify a share") },
};

const struct ceremony_plan share_info_plan = {
	.name = "share-info",
	.title = "Looking at a card",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("share-info", info_card, "Look at a card") },
};
