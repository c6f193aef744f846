#include "tests/rig/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

/* Who sits at the table: does what the pad says, but for quirks. */

static int
save(void *arg, const uint8_t *image, size_t n)
{
	struct rig_card *card = arg;

	card->saves++;
	if (card->fail_at != 0 && (card->saves == card->fail_at ||
	    (card->powerless && card->saves > card->fail_at)))
		return ERR_IO;
	memcpy(card->image, image, n);
	card->n = n;
	return 0;
}

void
rig_take(struct rig *g)
{
	if (g->in != 0)
		(void)device_remove(&g->device);
	g->in = 0;
}

void
rig_insert(struct rig *g, unsigned number)
{
	struct rig_card *card = &g->card[number - 1];
	const struct card_store store = { save, card };
	static uint8_t image[CARD_IMAGE_MAX];

	if (g->in == number)
		return;
	rig_take(g);
	memcpy(image, card->image, card->n);
	if (device_insert(&g->device, "card", image, card->n, store) != 0)
		abort();
	g->in = number;
}

static void
press(struct rig *g, const char *keys)
{
	static const struct {
		char c;
		uint8_t key;
	} names[] = {
		{ 'o', PADLINK_KEY_OK }, { 'c', PADLINK_KEY_CLEAR }, { 'x', PADLINK_KEY_CANCEL },
	};
	uint8_t key;
	size_t i;

	for (; *keys != '\0'; keys++) {
		key = (uint8_t)*keys;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (names[i].c == *keys)
				key = names[i].key;
		g->clock += 100;
		if (g->asks) {
			g->answer = *keys == 'o' ? CARDS_OK : *keys == 'x' ? CARDS_CANCEL : g->answer;
			continue;
		}
		device_key(&g->device, key, g->clock);
	}
}

static int
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const struct rig_quirk *
quirk_for(struct rig *g, const char *text)
{
	const struct rig_quirk *q = NULL;
	size_t i;

	for (i = 0; i < g->quirks; i++)
		if (begins(text, g->quirk[i].at) &&
		    (++g->seen[i] == g->quirk[i].nth || g->quirk[i].nth == 0))
			q = &g->quirk[i];
	return q;
}

static void
be_quirky(struct rig *g, const struct rig_quirk *q)
{
	switch (q->what) {
	case RIG_KEYS:
		press(g, q->keys);
		return;
	case RIG_INSERT:
		rig_insert(g, q->card);
		press(g, "o");
		return;
	case RIG_PUT:
		rig_take(g);
		g->put = q->card;
		return;
	case RIG_TAKE:
		rig_take(g);
		press(g, "o");
		return;
	case RIG_PULL:
		rig_take(g);
		return;
	case RIG_NOTHING:
		return;
	case RIG_UNPLUG:
		(void)device_unplug(&g->device);
		return;
	case RIG_CALL:
		g->cards.ops->cancel(&g->cards);
		return;
	case RIG_STOP:
		g->journal.fault.at = g->journal.fault.calls + 1;
		g->journal.fault.err = ERR_CLOSED;
		g->journal.fault.stays = 1;
		OPENSSL_cleanse(g->secrets, g->secrets_n);
		press(g, q->keys);
		return;
	}
}

/* Card i is the i-th of the deck when written; handed back from first_reader on. */
static unsigned
card_for(const struct rig *g, const char *text)
{
	unsigned i = (unsigned)strtoul(text + strlen("Insert "), NULL, 10);
	unsigned n = g->journal.status.set.head.n;

	if (!g->reading || n == 0)
		return i;
	return (g->first_reader - 1 + i - 1) % n + 1;
}

/* Card c of user u of the slot that the front display names. */
static unsigned
card_of_user(const struct rig *g, unsigned user, unsigned copy)
{
	unsigned slot = 0;

	(void)sscanf(g->front, "%*s %u", &slot);
	if (slot >= CEREMONY_SLOTS || g->first_user[slot] == 0)
		return copy;
	return g->first_user[slot] + (user - 1) * g->slot[slot].copies + copy - 1;
}

/* The card that a prompt about slot users asks for; 0: none, or it is none of these. */
static unsigned
card_wanted(struct rig *g, const char *text)
{
	unsigned slot = 0, user, copy, card;

	if (begins(text, "Source"))
		return g->source;
	if (begins(text, "Target"))
		return g->target;
	if (begins(text, "Share PIN") || begins(text, "User PIN"))
		return 1;
	if (sscanf(text, "User %u card %u", &user, &copy) == 2)
		return card_of_user(g, user, copy);
	/* The one that is in may serve. */
	if (sscanf(text, "Read User %u", &user) == 1) {
		card = card_of_user(g, user, 1);
		(void)sscanf(g->front, "%*s %u", &slot);
		return g->in >= card && g->in < card + g->slot[slot].copies ? g->in : card;
	}
	if (sscanf(text, "%*s %u: User %u", &slot, &user) == 2)
		return card_of_user(g, user, g->serves);
	return 0;
}

static void
enter_pin(struct rig *g, const char *pin)
{
	g->clock += g->slow_ms;
	press(g, pin);
	press(g, "o");
}

/* Three entries in one: the card has what came of it. */
static void
change_pin(struct rig *g)
{
	struct rig_card *card = &g->card[g->in - 1];
	const char **pin = g->as_user ? &card->user_pin : &card->pin;

	enter_pin(g, *pin);
	enter_pin(g, g->new_pin);
	enter_pin(g, g->new_pin);
	*pin = g->new_pin;
}

void
rig_person(struct rig *g, const char *text)
{
	const struct rig_quirk *q;
	unsigned card;

	text += text[0] == '\a';
	if (begins(text, "Write New Key") || begins(text, "Read New Key"))
		g->reading = text[0] == 'R';
	if (strchr(text, '\n') != NULL && !begins(text, "Overwrite"))
		g->as_user = strstr(text, "User") != NULL;
	card = card_wanted(g, text);
	if ((q = quirk_for(g, text)) != NULL) {
		be_quirky(g, q);
		return;
	}
	if (begins(text, "Enter old PIN")) {
		change_pin(g);
	} else if (begins(text, "Enter PIN")) {
		enter_pin(g, g->as_user ? g->card[g->in - 1].user_pin : g->card[g->in - 1].pin);
	} else if (card != 0 || begins(text, "Insert")) {
		rig_insert(g, card != 0 ? card : card_for(g, text));
		press(g, "o");
	} else if (strchr(text, '\n') != NULL) {
		press(g, "o");
	}
	/* Outcomes are read until they go. */
}
