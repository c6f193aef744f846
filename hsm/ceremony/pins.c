#include "hsm/ceremony/plans.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/dialogue.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/told.h"
#include "hsm/ceremony/user_card.h"

/* The PIN of one application of a card becomes another, at the pad; the other one stays. */

static int
share_is_known(struct ceremony *c)
{
	int r = card_is_known(c);

	told_card(c);
	if (r == 0)
		card_was_seen(c, 1);
	return r;
}

static int
user_is_known(struct ceremony *c)
{
	int r = user_card_is_known(c), told = user_card_tell(c);

	if (r == 0)
		card_was_seen(c, 1);
	return r != 0 ? r : told;
}

static int
holder_changes_pin(struct ceremony *c)
{
	unsigned first_s;
	int r;

	if ((r = dialogue_pin_s(c, &first_s)) != 0)
		return r;
	return pin_was_tried(c, card_pin_change(&c->known, first_s,
	    c->env->timeouts.pin_next_s, &c->left));
}

static int
is_changed(struct ceremony *c, enum card_app app, const char *what)
{
	int r;

	if ((r = card_pin_state(&c->known, app, &c->pin)) != 0)
		return r;
	c->result->pin = c->pin;
	c->result->card[0].factory_pin = c->pin.factory;
	(void)snprintf(c->result->message, sizeof(c->result->message),
	    "the PIN of the %s on card %s is another one now", what, c->known.serial);
	return 0;
}

static int
share_pin_is_changed(struct ceremony *c)
{
	return is_changed(c, CARD_SHARE, "backup share");
}

static int
user_pin_is_changed(struct ceremony *c)
{
	return is_changed(c, CARD_USER, "slot user");
}

#define CHANGE \
	{ .name = "pin", .show = "Enter old PIN", \
	  .say = "The holder enters the old PIN, then the new one twice, unseen, each with OK.", \
	  .flags = STEP_PAD | STEP_WRITES, .run = holder_changes_pin }

static const struct step share_card[] = {
	ROW_INSERT("Share PIN\npress OK/Cancel", "The holder inserts the card and presses OK."),
	{ .name = "known", .show = "Please wait", .run = share_is_known },
	CHANGE,
	{ .name = "changed", .show = "Please wait", .run = share_pin_is_changed },
	{ 0 }
};

static const struct step user_card[] = {
	ROW_INSERT("User PIN\npress OK/Cancel", "The holder inserts the card and presses OK."),
	{ .name = "known", .show = "Please wait", .run = user_is_known },
	CHANGE,
	{ .name = "changed", .show = "Please wait", .run = user_pin_is_changed },
	{ 0 }
};

const struct ceremony_plan share_pin_plan = {
	.name = "share-pin",
	.title = "Changing the PIN of a backup share",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("share-pin", share_card, "Change a share PIN") },
};

const struct ceremony_plan user_pin_plan = {
	.name = "user-pin",
	.title = "Changing the PIN of a slot user",
	.states = ANY_STATE,
	.phase = { ONE_CARD_PHASE("user-pin", user_card, "Change a user PIN") },
};
