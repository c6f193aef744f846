#include "hsm/ceremony/told.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"

static const char *
mode_word(uint8_t mode)
{
	return mode == SHARE_LIVE ? "LIVE" : "TEST";
}

void
told_share(struct ceremony *c)
{
	const struct share_header *h = &c->on_card;

	if (!c->holds)
		return;
	(void)snprintf(c->result->message, sizeof(c->result->message),
	    "the card says share %u of %u of set %02x%02x%02x%02x, %s, of the HSM `%s`", h->x, h->n,
	    h->set[0], h->set[1], h->set[2], h->set[3], mode_word(h->mode), h->label);
}

void
told_user(struct ceremony *c)
{
	const struct user_head *h = &c->on_user;

	if (!c->has_user)
		return;
	(void)snprintf(c->result->message, sizeof(c->result->message),
	    "the card says user %u of slot %u, card %u of %u, %s, of the HSM `%s`", h->user,
	    h->slot, h->copy, h->copies, mode_word(h->mode), h->label);
}

void
told_card(struct ceremony *c)
{
	c->result->pin = c->pin;
	c->result->head = c->on_card;
	c->result->have_head = c->holds;
}

int
told_is_ours(const struct ceremony *c)
{
	if (c->status.have_set)
		return share_header_of_set(&c->on_card, &c->status.set);
	return c->mode != 0 && c->on_card.mode != c->mode ? ERR_SHARE_TEST : 0;
}

int
told_is_right(const struct ceremony *c, const struct share *s)
{
	return c->status.have_set ? share_of_set(s, &c->status.set) : share_check(s);
}
