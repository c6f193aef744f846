#include "hsm/ceremony/dialogue.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/text.h"

/* First 8 hex digits of the set on the card, as people see it. */
static void
set_text(const struct ceremony *c, char out[9])
{
	unsigned i;

	for (i = 0; i < 4; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", c->on_card.set[i]);
}

void
dialogue_fill(const struct ceremony *c, const char *format, unsigned u, char *out, size_t cap)
{
	char set[9];

	set_text(c, set);
	text_fill(format, u, c->cards, set, out, cap);
}

void
dialogue_front(const struct ceremony *c, const char *line)
{
	if (c->env->front != NULL)
		c->env->front(c->env->arg, line);
}

static void
say(const struct ceremony *c, const char *text)
{
	if (c->env->say != NULL && text[0] != '\0')
		c->env->say(c->env->arg, text, c->reader.display);
}

int
dialogue_show(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key;
	int r = 0;

	if (strcmp(c->shown, text) == 0)
		return 0;
	say(c, text);
	if (c->reader.display)
		r = cards->ops->prompt(cards, text, 0, &key);
	if (r == 0)
		(void)snprintf(c->shown, sizeof(c->shown), "%s", text);
	return r;
}

void
dialogue_by_pad(struct ceremony *c, const char *text)
{
	say(c, text);
	c->shown[0] = '\0';
}

/* A reader without display: the words are said elsewhere, the card is the answer. */
static int
wait_for_card(struct ceremony *c)
{
	struct cards *cards = c->env->cards;
	int ms = (int)c->env->timeouts.prompt_s * 1000, r;

	/* A card that has had its turn has to go first. */
	if (c->used && (r = cards->ops->wait(cards, 1, ms)) != 0)
		return r < 0 ? r : ERR_TIMEOUT;
	if ((r = cards->ops->wait(cards, 0, ms)) != 1)
		return r < 0 ? r : ERR_TIMEOUT;
	return 0;
}

int
dialogue_ask(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key = CARDS_NO_KEY;
	int r;

	say(c, text);
	if (!c->reader.display) {
		if ((c->step->flags & STEP_CARD) != 0)
			return wait_for_card(c);
		/* Without keys nobody can agree to lose what is on the card. */
		return c->card != 0 ? ERR_WRONG_CARD : 0;
	}
	c->shown[0] = '\0';
	if ((r = cards->ops->prompt(cards, text, c->env->timeouts.prompt_s, &key)) != 0)
		return r;
	if (key == CARDS_CANCEL)
		return ERR_CANCELLED;
	return key == CARDS_OK ? 0 : ERR_TIMEOUT;
}

int
dialogue_outcome(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key = CARDS_NO_KEY;
	int r;

	say(c, text);
	c->shown[0] = '\0';
	if (!c->reader.display)
		return 0;
	r = cards->ops->prompt(cards, text, c->env->timeouts.outcome_s, &key);
	if (r == ERR_CARD_REMOVED)
		return 0;
	return r == 0 && key == CARDS_CANCEL ? ERR_CANCELLED : r;
}
