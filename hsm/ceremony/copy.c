#include "hsm/ceremony/plans.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/rows.h"
#include "hsm/ceremony/told.h"

/*
 * A share goes from one card to another, as it is. Nothing of the HSM changes: which share a card
 * has is known from the card.
 */

static struct share *
copied(struct ceremony *c)
{
	return &c->backup.got[0];
}

/* A share that this HSM would refuse is refused before its PIN. */
static int
card_is_source(struct ceremony *c)
{
	int r;

	if ((r = card_is_known(c)) != 0)
		return r;
	if (!c->holds)
		return ERR_WRONG_CARD;
	card_was_seen(c, 1);
	c->result->head = c->on_card;
	c->result->have_head = 1;
	if ((r = told_is_ours(c)) != 0)
		told_share(c);
	return r;
}

static int
share_comes_in(struct ceremony *c)
{
	struct share *s = copied(c);
	int r;

	if ((r = card_share_read(&c->known, s)) == 0)
		r = told_is_right(c, s);
	if (r != 0) {
		share_wipe(s, 1);
		told_share(c);
	}
	return r;
}

static int
card_is_target(struct ceremony *c)
{
	int r;

	if ((r = card_is_known(c)) != 0)
		return r;
	return strcmp(c->known.serial, c->result->card[0].serial) == 0 ? ERR_SAME_CARD : 0;
}

static int
card_holds_another(const struct ceremony *c)
{
	return c->holds && c->on_card.mode == SHARE_LIVE &&
	    memcmp(c->on_card.set, c->backup.got[0].head.set, SET_ID_LEN) != 0;
}

static int
share_goes_out(struct ceremony *c)
{
	return card_share_write(&c->known, copied(c));
}

static int
share_comes_back(struct ceremony *c)
{
	int r;

	if ((r = share_is_proven(c, copied(c))) != 0)
		return r;
	card_was_seen(c, 2);
	c->result->pin = c->pin;
	(void)snprintf(c->result->message, sizeof(c->result->message),
	    "share %u of %u was copied from card %s to card %s", copied(c)->head.x,
	    copied(c)->head.n, c->result->card[0].serial, c->known.serial);
	return 0;
}

static const struct step source[] = {
	ROW_INSERT("Source card\npress OK/Cancel",
	    "The holder inserts the card that is copied and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_is_source },
	ROW_PIN("holder"),
	{ .name = "read", .show = "Please wait", .run = share_comes_in },
	{ 0 }
};

static const struct step target[] = {
	ROW_INSERT("Target card\npress OK/Cancel",
	    "The holder of the new card inserts it and presses OK."),
	{ .name = "known", .show = "Please wait", .run = card_is_target },
	ROW_OVERWRITE(card_holds_another),
	ROW_PIN("holder"),
	{ .name = "write", .show = "Please wait",
	  .say = "The card stays in until the pad is blank.", .flags = STEP_WRITES,
	  .run = share_goes_out },
	{ .name = "prove", .show = "Please wait", .run = share_comes_back },
	{ 0 }
};

static const struct step copy_steps[] = {
	{ .name = "source", .each = source, .count = one_card, .front = "Copy a share: source" },
	{ .name = "target", .each = target, .count = one_card, .front = "Copy a share: target" },
	{ 0 }
};

static const struct phase copy_phase = { "share-copy", copy_steps, NULL };

const struct ceremony_plan share_copy_plan = {
	.name = "share-copy",
	.title = "Copying a share",
	.states = ANY_STATE,
	.phase = { &copy_phase },
	.ends = "Both cards hold the same share: they count as one. Each keeps its own PIN.",
};
