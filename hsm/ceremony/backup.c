#include "hsm/ceremony/backup.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/dialogue.h"

enum { CARD_NOTICED_MS = 500 };

int
card_is_there(struct ceremony *c)
{
	/* OK may come before the reader's service has noticed the card. */
	int r = c->env->cards->ops->wait(c->env->cards, 0, CARD_NOTICED_MS);

	if (r < 0)
		return r;
	return r == 0 ? ERR_NO_CARD : 0;
}

static int
get_to_know(struct ceremony *c, enum card_app app, int (*look)(struct ceremony *))
{
	const struct ceremony_env *env = c->env;
	int r;

	c->holds = c->has_user = c->has_keys = 0;
	if ((r = card_meet(&c->known, env->cards, env->issuers, env->now(env->arg))) != 0)
		return r;
	if ((r = card_pin_state(&c->known, app, &c->pin)) == 0 && (r = look(c)) == 0 &&
	    c->pin.tries == 0)
		return ERR_CARD_BLOCKED;
	/* It has a certificate of ours, so not foreign; no PIN was asked, so another may come. */
	if (r == ERR_CARD_ANSWER || r == ERR_MAC || r == ERR_VERSION)
		r = ERR_WRONG_CARD;
	return r;
}

int
card_is_met(struct ceremony *c, enum card_app app, int (*look)(struct ceremony *))
{
	int r = get_to_know(c, app, look);

	/*
	 * OK may also come before it is noticed that a card has taken the place of the last. Then
	 * all of this was about the last one, and another is there.
	 */
	if ((r == ERR_CARD_REMOVED || r == ERR_NO_CARD) && card_is_there(c) == 0) {
		card_leave(&c->known);
		r = get_to_know(c, app, look);
	}
	return r;
}

static int
look_at_share(struct ceremony *c)
{
	int r = card_share_header(&c->known, &c->on_card);

	c->holds = r == 0;
	/* No share, or what is none: there is room. */
	return r == ERR_NOT_FOUND || r == ERR_FORMAT ? 0 : r;
}

int
card_is_known(struct ceremony *c)
{
	return card_is_met(c, CARD_SHARE, look_at_share);
}

int
pin_was_tried(struct ceremony *c, int r)
{
	if (r == ERR_PIN_WRONG && c->result->pin.tries_max != 0)
		c->result->pin.tries = (uint8_t)c->left;
	if (r == ERR_CARD_BLOCKED)
		c->result->pin.tries = 0;
	return r;
}

int
holder_enters_pin(struct ceremony *c)
{
	unsigned first_s;
	int r;

	if ((r = dialogue_pin_s(c, &first_s)) != 0)
		return r;
	return pin_was_tried(c, card_pin(&c->known, first_s, c->env->timeouts.pin_next_s,
	    &c->left));
}

void
card_was_seen(struct ceremony *c, unsigned x)
{
	struct ceremony_card *card = &c->result->card[x - 1];

	card->seen = 1;
	card->factory_pin = c->pin.factory;
	(void)snprintf(card->serial, sizeof(card->serial), "%s", c->known.serial);
}

int
share_is_written(const struct ceremony *c, unsigned x)
{
	return c->status.written >> (x - 1) & 1;
}

unsigned
quorum_k(const struct ceremony *c)
{
	return c->status.set.head.k;
}

unsigned
quorum_n(const struct ceremony *c)
{
	return c->status.set.head.n;
}

unsigned
one_card(const struct ceremony *c)
{
	(void)c;
	return 1;
}
