#include "hsm/ceremony/plans.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/backup.h"

/* Tools that look at one card and change nothing, neither on it nor in the HSM. */

static unsigned
one_card(const struct ceremony *c)
{
	(void)c;
	return 1;
}

static int
tell_card(struct ceremony *c)
{
	int r = card_is_known(c);

	/* What a blocked card holds is worth knowing; the PIN itself says that it is blocked. */
	if (r == ERR_CARD_BLOCKED) {
		r = card_share_header(&c->known, &c->on_card);
		c->holds = r == 0;
		if (r == ERR_NOT_FOUND || r == ERR_FORMAT)
			r = 0;
	}
	if (r != 0)
		return r;
	card_was_seen(c, 1);
	c->result->pin = c->pin;
	c->result->head = c->on_card;
	c->result->have_head = c->holds;
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
	c->result->pin = c->pin;
	if (!c->holds)
		return ERR_NOT_FOUND;
	c->result->head = c->on_card;
	c->result->have_head = 1;
	return share_header_of_set(&c->on_card, &c->status.set);
}

static int
share_is_right(struct ceremony *c)
{
	struct backup *b = &c->backup;
	int r;

	if ((r = card_share_read(&c->known, &b->back)) == 0)
		r = share_of_set(&b->back, &c->status.set);
	if (r == 0)
		(void)snprintf(c->result->message, sizeof(c->result->message),
		    "share %u of %u on card %s is right", c->on_card.x, c->on_card.n,
		    c->known.serial);
	return r;
}

static const struct step verify_card[] = {
	{ .name = "insert", .show = "Insert %u. card\npress OK/Cancel",
	  .say = "The holder inserts the card and presses OK.",
	  .flags = STEP_ASKS | STEP_CARD, .run = card_is_there },
	{ .name = "known", .show = "Please wait", .run = card_claims },
	{ .name = "pin", .show = "Enter PIN",
	  .say = "The holder enters the card's PIN, unseen, and presses OK.",
	  .flags = STEP_PAD, .run = holder_enters_pin },
	{ .name = "verify", .show = "Please wait", .run = share_is_right },
	{ 0 }
};

static const struct step info_card[] = {
	{ .name = "insert", .show = "Insert %u. card\npress OK/Cancel",
	  .say = "Somebody inserts the card and presses OK.",
	  .flags = STEP_ASKS | STEP_CARD, .run = card_is_there },
	{ .name = "tell", .show = "Please wait", .run = tell_card },
	{ 0 }
};

static const struct step verify_steps[] = {
	{ .name = "card", .each = verify_card, .count = one_card, .front = "Verify a share" },
	{ 0 }
};

static const struct step info_steps[] = {
	{ .name = "card", .each = info_card, .count = one_card, .front = "Look at a card" },
	{ 0 }
};

static const struct phase verify_phase = { "share-verify", verify_steps };
static const struct phase info_phase = { "share-info", info_steps };

const struct ceremony_plan share_verify_plan = {
	.name = "share-verify",
	.title = "Verifying a share",
	.states = 1u << HSM_OPERATIONAL,
	.phase = { &verify_phase },
};

const struct ceremony_plan share_info_plan = {
	.name = "share-info",
	.title = "Looking at a card",
	.states = 1u << HSM_FACTORY | 1u << HSM_OPERATIONAL,
	.phase = { &info_phase },
};
