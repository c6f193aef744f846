#include "hsm/ceremony/outcome.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/text.h"

static const struct mend mends[] = {
	/* The third wrong PIN is shown and ends it; a card that comes blocked is put aside. */
	{ ERR_CARD_BLOCKED, "pin", "Card blocked", NULL },
	{ ERR_CARD_BLOCKED, NULL, "Card blocked", "insert" },
	/* Pulled while it is written: nobody knows what is on it. */
	{ ERR_CARD_REMOVED, "write", NULL, NULL },
	{ ERR_CARD_REMOVED, "prove", NULL, NULL },
	{ ERR_NO_CARD, "write", NULL, NULL },
	{ ERR_NO_CARD, "prove", NULL, NULL },
	{ ERR_CARD_REMOVED, NULL, "No card", "insert" },
	{ ERR_NO_CARD, NULL, "No card", "insert" },
	{ ERR_FOREIGN_CARD, NULL, "Foreign card", "insert" },
	{ ERR_SAME_CARD, NULL, "Same card again", "insert" },
	{ ERR_WRONG_CARD, NULL, "Wrong card", "insert" },
	{ ERR_PIN_WRONG, NULL, "Wrong PIN %u left", "pin" },
	{ ERR_PIN_LENGTH, NULL, "PIN too short", "pin" },
	{ ERR_PINS_DIFFER, NULL, "PINs differ", "pin" },
};

static const struct {
	int err;
	const char *why;
} whys[] = {
	{ ERR_CANCELLED, "Cancel was pressed" },
	{ ERR_TIMEOUT, "nobody pressed a key in time" },
	{ ERR_CARD_BLOCKED, "the card is blocked by wrong PINs" },
	{ ERR_READER_GONE, "the reader was unplugged" },
	{ ERR_NO_SERVICE, "the smart card service pcscd has ended or does not run" },
	{ ERR_MISTAKES, "one mistake after the other, as no person makes them" },
	{ ERR_DENIED, "pcscd refuses cardinald: polkit's rules say who may use it" },
	{ ERR_CARD_REMOVED, "the card was pulled while it was in use" },
	{ ERR_NO_CARD, "the card was pulled while it was in use" },
	{ ERR_BUSY, "the reader is in use by another program" },
	{ ERR_NO_PIN_PAD, "the reader has no PIN pad" },
	{ ERR_MAC, "what came from the card, or lies on the disk, is not authentic" },
	{ ERR_CLOSED, "the vault does not answer" },
	{ ERR_FULL, "the disk is full" },
	{ ERR_ARG, "this quorum is not offered, 2of3 and 3of5 are" },
	{ ERR_NOT_NOW, "the HSM's state does not allow it" },
};

const struct mend *
outcome_mend(int err, const struct step *s)
{
	size_t i;

	for (i = 0; i < sizeof(mends) / sizeof(mends[0]); i++)
		if (mends[i].err == err &&
		    (mends[i].at == NULL || strcmp(mends[i].at, s->name) == 0))
			return &mends[i];
	return NULL;
}

const char *
outcome_why(int err, int by_call)
{
	size_t i;

	if (err == ERR_CANCELLED && by_call)
		return "`cardinal cancel` ended it";
	for (i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].err == err)
			return whys[i].why;
	return err_str(err);
}

/* Appends to a text that ends where it is full. */
static void
add(char message[MESSAGE_MAX], const char *text)
{
	size_t n = strlen(message);

	(void)snprintf(message + n, MESSAGE_MAX - n, "%s", text);
}

static void
add_card(char message[MESSAGE_MAX], unsigned card, unsigned cards, const char *serial)
{
	char text[64];

	if (card == 0)
		return;
	(void)snprintf(text, sizeof(text), ", card %u", card);
	add(message, text);
	if (cards != 0) {
		(void)snprintf(text, sizeof(text), " of %u", cards);
		add(message, text);
	}
	if (serial[0] != '\0') {
		(void)snprintf(text, sizeof(text), " (%s)", serial);
		add(message, text);
	}
}

/* The way out depends on how many cards hold a share already, and whether the key is kept. */
static void
add_way_out(char message[MESSAGE_MAX], const struct hsm_status *s)
{
	unsigned written = 0, x, n = s->set.head.n;
	char text[96];

	for (x = 1; x <= SHAMIR_N_MAX; x++)
		written += s->written >> (x - 1) & 1u;
	if (s->committed && !s->key_lost)
		(void)snprintf(text, sizeof(text), ". The key is kept: ");
	else if (s->have_set)
		(void)snprintf(text, sizeof(text), ". %u of %u cards %s written: ", written, n,
		    written == 1 ? "is" : "are");
	else
		(void)snprintf(text, sizeof(text), ". No card is written: ");
	add(message, text);
	if (s->committed && !s->key_lost)
		add(message, "`cardinal resume` makes the missing users");
	else
		add(message, s->have_set && written >= s->set.head.k ?
		    "`cardinal resume` goes on with them" : "`cardinal resume` begins a new set");
	add(message, ", `cardinal factory-reset` starts over");
}

/* What is left undone where the HSM itself is as it was, or installed. */
static void
add_undone(char message[MESSAGE_MAX], const struct ceremony *c)
{
	/* Behind the commit an installation has slots to open alone. */
	const int installed = c->begun && c->args->slot[c->slot].users > 0;
	const char *undone = installed ? "The HSM is installed; slot %S stays closed: `cardinal "
	    "slot activate %S` asks again" : c->plan->undone;
	const struct text_words words = { .slot = c->slot };
	char text[MESSAGE_MAX];

	if (undone == NULL || !c->result->asked)
		return;
	text_fill(undone, &words, text, sizeof(text));
	add(message, ". ");
	add(message, text);
}

/* What was to be kept may be kept, and only the answer is lost. */
static int
is_unsure(const struct ceremony *c, int err)
{
	return err == ERR_CLOSED && c->step != NULL && (c->step->flags & STEP_COMMITS) != 0;
}

void
outcome_message(const struct ceremony *c, int err, int by_call, char message[MESSAGE_MAX])
{
	char verdict[MESSAGE_MAX], text[64];

	/* What a step has found out beside the error. */
	(void)snprintf(verdict, sizeof(verdict), "%s", c->result->message);
	message[0] = '\0';
	if (c->phase != NULL)
		add(message, c->phase->name);
	if (c->user != 0) {
		(void)snprintf(text, sizeof(text), ", slot %u user %u", c->slot, c->user);
		add(message, text);
	}
	if (c->phase != NULL)
		add_card(message, c->card, c->cards, c->known.serial);
	if (c->step != NULL) {
		add(message, ", step ");
		add(message, c->step->name);
	}
	if (message[0] != '\0')
		add(message, ": ");
	add(message, outcome_why(err, by_call));
	if (c->step != NULL && (c->step->flags & STEP_MOVES) != 0) {
		add(message, ": ");
		add(message, c->wanted);
	}
	if (verdict[0] != '\0') {
		add(message, ": ");
		add(message, verdict);
	}
	if (is_unsure(c, err))
		add(message, ". Whether that is done `cardinal status` tells when cardinald runs "
		    "again");
	else if (c->begun && !c->committed)
		add_way_out(message, &c->status);
	else
		add_undone(message, c);
}

void
ceremony_stopped(const struct hsm_status *s, const struct record *last, char message[MESSAGE_MAX])
{
	message[0] = '\0';
	add(message, "cardinald was stopped");
	if (last != NULL && last->step[0] != '\0') {
		/* A record before a step says "begun", one after it how it ended. */
		add(message, strcmp(last->outcome, "begun") == 0 ? " in " : " after ");
		add(message, last->ceremony);
		add_card(message, last->card, 0, last->serial);
		add(message, ", step ");
		add(message, last->step);
	}
	add_way_out(message, s);
}

int
ceremony_settle(struct journal *j, const char *message, struct hsm_status *s)
{
	struct record last;
	int r;

	if ((r = j->ops->load(j, s)) != 0 || s->state != HSM_INSTALLING)
		return r;
	if (*message != '\0')
		(void)snprintf(s->message, sizeof(s->message), "%s", message);
	else if ((r = j->ops->last(j, &last)) == 0 || r == ERR_NOT_FOUND)
		ceremony_stopped(s, r == 0 ? &last : NULL, s->message);
	else
		return r;
	if (j->ops->broken(j, s->message) == 0)
		s->state = HSM_INCONSISTENT;
	return 0;
}
