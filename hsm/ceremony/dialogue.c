#include "hsm/ceremony/dialogue.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/activate.h"
#include "hsm/ceremony/text.h"

enum {
	SLICE_MS = 100,			/* between two looks for an answer */
	WHOLE_MOST = 1000000,		/* seconds: in milliseconds an unsigned holds them */
};

enum { SHORT = 4 };	/* bytes of a name that people see */

static const char *
short_name(const uint8_t *p, char out[2 * SHORT + 1])
{
	unsigned i;

	for (i = 0; i < SHORT; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

void
dialogue_fill(const struct ceremony *c, const char *format, unsigned u, char *out, size_t cap)
{
	char set[2 * SHORT + 1], print[2 * SHORT + 1];
	uint8_t p[USER_PRINT_LEN] = { 0 };
	const struct text_words words = {
		.card = u, .cards = c->cards, .user = c->user, .slot = c->slot,
		.order = activate_order(c->args),
		.set = short_name(c->on_card.set, set), .print = print,
	};

	/* From the keys, not from what the card says of itself. */
	if (c->has_keys)
		(void)user_print(&c->on_keys, p);
	(void)short_name(p, print);
	text_fill(format, &words, out, cap);
}

uint64_t
dialogue_ticks(const struct ceremony *c)
{
	const struct ceremony_env *env = c->env;

	return env->ticks != NULL ? env->ticks(env->arg) : env->now(env->arg);
}

static int
seconds_left(const struct ceremony *c, unsigned *seconds)
{
	const uint64_t now = dialogue_ticks(c);

	*seconds = 0;
	if (now >= c->until)
		return ERR_TIMEOUT;
	*seconds = c->until - now < WHOLE_MOST ? (unsigned)(c->until - now) : WHOLE_MOST;
	return 0;
}

int
dialogue_prompt_s(const struct ceremony *c, unsigned *seconds)
{
	*seconds = c->env->timeouts.prompt_s;
	return c->until != 0 ? seconds_left(c, seconds) : 0;
}

int
dialogue_pin_s(const struct ceremony *c, unsigned *seconds)
{
	const unsigned usual = c->env->timeouts.pin_first_s;
	int r = 0;

	*seconds = usual;
	if (c->until != 0)
		r = seconds_left(c, seconds);
	if (*seconds > usual)
		*seconds = usual;
	return r;
}

void
dialogue_front(const struct ceremony *c, const char *line)
{
	if (c->env->front != NULL)
		c->env->front(c->env->arg, line);
}

/* "" for the HSM's own, which a user may name, too. */
static const char *
where(const struct ceremony *c)
{
	const char *own = c->env->reader;

	return strcmp(c->wanted, own) == 0 || strcmp(c->reader.name, own) == 0 ? "" :
	    c->reader.name;
}

static void
say(const struct ceremony *c, const char *text, unsigned how, unsigned seconds)
{
	if (c->env->say != NULL && text[0] != '\0')
		c->env->say(c->env->arg, text, how | (c->reader.display ? SAY_SHOWN : 0), seconds,
		    where(c));
}

/* Host text is an option of a reader's firmware: what refuses it once is said from then on. */
static int
is_refused(struct ceremony *c, int err)
{
	if (!c->reader.display || err != ERR_UNSUPPORTED)
		return 0;
	c->reader.display = 0;
	return 1;
}

int
dialogue_show(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key;
	int r = 0;

	if (strcmp(c->shown, text) == 0)
		return 0;
	say(c, text, 0, 0);
	if (c->reader.display)
		r = cards->ops->prompt(cards, text, 0, &key);
	if (is_refused(c, r)) {
		say(c, text, 0, 0);
		r = 0;
	}
	if (r == 0)
		(void)snprintf(c->shown, sizeof(c->shown), "%s", text);
	return r;
}

void
dialogue_by_pad(struct ceremony *c, const char *text)
{
	unsigned seconds;

	(void)dialogue_pin_s(c, &seconds);
	say(c, text, SAY_PIN, seconds);
	c->shown[0] = '\0';
}

/*
 * The words are said elsewhere and answered there. Where a card is asked for, one that comes into
 * the empty slot is OK, too.
 */
static int
ask_elsewhere(struct ceremony *c, const char *text, unsigned seconds)
{
	struct cards *cards = c->env->cards;
	const int wants_card = (c->step->flags & STEP_CARD) != 0;
	unsigned left = seconds * 1000;
	enum cards_key key = CARDS_NO_KEY;
	int before, now;

	say(c, text, SAY_ASKS, seconds);
	if ((before = cards->ops->present(cards)) < 0)
		return before;
	for (; left > 0; left -= left < SLICE_MS ? left : SLICE_MS) {
		if (c->env->answer != NULL)
			key = c->env->answer(c->env->arg);
		if (key != CARDS_NO_KEY)
			return key == CARDS_OK ? 0 : ERR_CANCELLED;
		if ((now = cards->ops->wait(cards, before, SLICE_MS)) < 0)
			return now;
		if (wants_card && now && !before)
			return 0;
		if (before && !now && c->known.cards != NULL)
			return ERR_CARD_REMOVED;
		before = now;
	}
	return ERR_TIMEOUT;
}

int
dialogue_ask(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key = CARDS_NO_KEY;
	unsigned seconds;
	int r;

	c->shown[0] = '\0';
	if ((r = dialogue_prompt_s(c, &seconds)) != 0)
		return r;
	c->result->asked = 1;
	if (!c->reader.display)
		return ask_elsewhere(c, text, seconds);
	say(c, text, 0, seconds);
	if ((r = cards->ops->prompt(cards, text, seconds, &key)) != 0)
		return is_refused(c, r) ? ask_elsewhere(c, text, seconds) : r;
	if (key == CARDS_CANCEL)
		return ERR_CANCELLED;
	return key == CARDS_OK ? 0 : ERR_TIMEOUT;
}

/* Said elsewhere, it stands as long as it would on a display, or until the card is changed. */
static int
outcome_elsewhere(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	int r;

	say(c, text, 0, 0);
	if ((r = cards->ops->present(cards)) >= 0)
		r = cards->ops->wait(cards, r, (int)c->env->timeouts.outcome_s * 1000);
	return r < 0 ? r : 0;
}

int
dialogue_outcome(struct ceremony *c, const char *text)
{
	struct cards *cards = c->env->cards;
	enum cards_key key = CARDS_NO_KEY;
	int r;

	c->shown[0] = '\0';
	if (!c->reader.display)
		return outcome_elsewhere(c, text);
	say(c, text, 0, 0);
	r = cards->ops->prompt(cards, text, c->env->timeouts.outcome_s, &key);
	if (r == ERR_CARD_REMOVED)
		return 0;
	if (is_refused(c, r))
		return outcome_elsewhere(c, text);
	return r == 0 && key == CARDS_CANCEL ? ERR_CANCELLED : r;
}
