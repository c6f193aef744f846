#include "hsm/ceremony/runner.h"

#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/dialogue.h"
#include "hsm/ceremony/outcome.h"
#include "hsm/ceremony/reader.h"
#include "hsm/ceremony/roster.h"
#include "hsm/ceremony/text.h"
#include "hsm/keys/secmem.h"

/*
 * With one card. A pad that presses OK by itself, or is made to, would be asked for ever, each time
 * with records in the transcript and others waiting behind it.
 */
enum { MISTAKES_MAX = 100 };

/* SPEC 4: the quorums that an installation offers. */
static const struct {
	uint8_t k, n;
} quorums[] = { { 2, 3 }, { 3, 5 } };

/* Whether the seam's cancel was called: it says so ever after, Cancel at the pad does not. */
static int
by_call(const struct ceremony *c, int err)
{
	struct cards *cards = c->env->cards;

	return err == ERR_CANCELLED && cards->ops->present(cards) == ERR_CANCELLED;
}

static int
record(struct ceremony *c, const char *text, const char *outcome)
{
	struct record rec;

	memset(&rec, 0, sizeof(rec));
	if (c->user != 0)
		(void)snprintf(rec.ceremony, sizeof(rec.ceremony), "%s, slot %u user %u",
		    c->phase->name, c->slot, c->user);
	else
		(void)snprintf(rec.ceremony, sizeof(rec.ceremony), "%s", c->phase->name);
	(void)snprintf(rec.step, sizeof(rec.step), "%s", c->step->name);
	rec.card = (uint8_t)c->card;
	/* The last card may still be in the slot while a step is about none. */
	if (c->card != 0 || c->user != 0)
		(void)snprintf(rec.serial, sizeof(rec.serial), "%s", c->known.serial);
	text_line(text, rec.text, sizeof(rec.text));
	(void)snprintf(rec.outcome, sizeof(rec.outcome), "%s", outcome);
	return c->env->journal->ops->record(c->env->journal, &rec);
}

/* The key and its shares are gone when there are credentials. */
static void
tell_secrets(struct ceremony *c)
{
	void *secrets = &c->backup;
	size_t n = sizeof(c->backup);

	if (c->issue.credential != NULL)
		secrets = credential_secrets(c->issue.credential, &n);
	c->env->sits(c->env->arg, secrets, n);
}

/* One step: 0, or an error that may be mended. text: what the pad showed, for the records. */
static int
run_step(struct ceremony *c, const struct step *s, char *text, size_t cap)
{
	int r = 0;

	c->step = s;
	text[0] = '\0';
	if (s->show != NULL)
		dialogue_fill(c, s->show + (c->again && s->show[0] == '\a'), c->card, text, cap);
	/* Before the first record: it is about the next card. */
	if ((s->flags & STEP_CARD) != 0)
		card_leave(&c->known);
	/* Told before as well where it takes long or changes a card: the power may go. */
	if ((s->flags & (STEP_ASKS | STEP_PAD | STEP_WRITES)) != 0 &&
	    (r = record(c, text, "begun")) != 0)
		return r;
	if ((s->flags & STEP_ASKS) != 0)
		r = dialogue_ask(c, text);
	else if ((s->flags & STEP_PAD) != 0)
		dialogue_by_pad(c, text);
	else if (s->show != NULL)
		r = dialogue_show(c, text);
	if (r != 0 || s->run == NULL)
		return r;
	if ((s->flags & STEP_PAD) == 0 || c->env->sits == NULL)
		return s->run(c);
	tell_secrets(c);
	r = s->run(c);
	c->env->sits(c->env->arg, NULL, 0);
	return r;
}

/* 0 and *s where to go on, or the error that ends the ceremony. */
static int
mend(struct ceremony *c, int err, const struct step *table, const struct step **s, const char *text)
{
	const struct mend *m = outcome_mend(err, *s);
	const struct step *to;
	char outcome[32] = "";
	int r;

	if (m == NULL || m->text == NULL) {
		(void)record(c, text, outcome_why(err, by_call(c, err)));
		return err;
	}
	dialogue_fill(c, m->text, c->left, outcome, sizeof(outcome));
	if ((r = record(c, text, outcome)) != 0)
		return r;
	if (++c->mistakes > MISTAKES_MAX) {
		(void)record(c, text, outcome_why(ERR_MISTAKES, 0));
		return ERR_MISTAKES;
	}
	/* Never onward: what stands between has not been done. */
	for (to = table; to != *s && (m->back == NULL || strcmp(to->name, m->back) != 0); to++)
		;
	if (m->back == NULL || strcmp(to->name, m->back) != 0)
		to = NULL;
	if (to != NULL && (to->flags & STEP_CARD) != 0)
		card_leave(&c->known);
	if ((r = dialogue_outcome(c, outcome)) != 0)
		return r;
	if (to == NULL)
		return err;
	*s = to;
	c->again = 1;
	return 0;
}

static int run_each(struct ceremony *, const struct step *row);

/* Tables hold tables, two deep at most: the tables end it. */
static int
run_table(struct ceremony *c, const struct step *table)
{
	const struct step *s = table;
	char text[64];
	int r;

	while (s->name != NULL) {
		if (s->when != NULL && !s->when(c)) {
			s++;
			continue;
		}
		if (s->each != NULL) {
			if ((r = run_each(c, s++)) != 0)
				return r;
			continue;
		}
		r = run_step(c, s, text, sizeof(text));
		if (r == 0 && ((s->flags & STEP_COMMITS) != 0 || (r = record(c, text, "ok")) == 0))
			s++;
		else if (r != 0 && (r = mend(c, r, table, &s, text)) != 0)
			return r;
	}
	return 0;
}

/* What the i-th of a row is, of how many; 0: none any more. */
static void
take_turn(struct ceremony *c, const struct step *row, unsigned i, unsigned n)
{
	c->again = 0;
	c->mistakes = 0;
	if (row->turn != NULL) {
		row->turn(c, i);
		return;
	}
	c->card = i;
	c->cards = i == 0 ? 0 : n;
}

static int
run_each(struct ceremony *c, const struct step *row)
{
	const unsigned n = row->count(c);
	char line[32];
	unsigned i;
	int r = 0;

	for (i = 1; r == 0 && i <= n; i++) {
		if (row->skip != NULL && row->skip(c, i))
			continue;
		take_turn(c, row, i, n);
		if (row->front != NULL) {
			dialogue_fill(c, row->front, i, line, sizeof(line));
			dialogue_front(c, line);
		}
		r = run_table(c, row->each);
	}
	if (r != 0)
		return r;
	/* The last one may go now, whatever comes next. */
	take_turn(c, row, 0, 0);
	card_leave(&c->known);
	return 0;
}

static int
run_phase(struct ceremony *c, const struct phase *phase)
{
	const struct step *s;
	char text[64];
	int r = 0;

	c->phase = phase;
	for (s = phase->steps; r == 0 && s->name != NULL; s++) {
		if (s->when != NULL && !s->when(c))
			continue;
		if (s->each != NULL) {
			r = run_each(c, s);
			continue;
		}
		r = run_step(c, s, text, sizeof(text));
		if (r != 0)
			(void)record(c, text, outcome_why(r, by_call(c, r)));
		else if ((s->flags & STEP_COMMITS) == 0)
			r = record(c, text, "ok");
	}
	return r;
}

static int
may_begin(const struct ceremony *c, const struct ceremony_plan *plan)
{
	size_t i;

	if ((plan->states >> c->status.state & 1u) == 0)
		return ERR_NOT_NOW;
	if (plan->wants != NULL && plan->wants(c->args) != 0)
		return ERR_ARG;
	/* Who has users must have somebody who knows them. */
	if (c->env->gate == NULL && (plan->reader != NULL || roster_wanted(c)))
		return ERR_ARG;
	if (!plan->quorum)
		return 0;
	if (c->mode != SHARE_LIVE && c->mode != SHARE_TEST)
		return ERR_ARG;
	for (i = 0; i < sizeof(quorums) / sizeof(quorums[0]); i++)
		if (quorums[i].k == c->k && quorums[i].n == c->n)
			return 0;
	return ERR_ARG;
}

/* The reader at which it begins. */
static int
open_reader(struct ceremony *c)
{
	struct cards *cards = c->env->cards;
	int r;

	(void)snprintf(c->wanted, sizeof(c->wanted), "%s", c->env->reader);
	if (c->plan->reader != NULL && (r = c->plan->reader(c, c->wanted)) != 0)
		return r;
	if ((r = cards->ops->open(cards, c->wanted, &c->reader)) != 0)
		return r;
	c->open = 1;
	return c->reader.pin_pad ? 0 : ERR_NO_PIN_PAD;
}

static int
run(struct ceremony *c)
{
	struct journal *j = c->env->journal;
	size_t i;
	int r;

	if ((r = j->ops->load(j, &c->status)) != 0)
		return r;
	if (c->plan->choose != NULL)
		c->plan = c->plan->choose(&c->status);
	if (c->plan->resumes && c->status.have_set) {
		c->mode = c->status.set.head.mode;
		c->k = c->status.set.head.k;
		c->n = c->status.set.head.n;
	}
	if (c->env->timeouts.whole_s != 0)
		c->until = dialogue_ticks(c) + c->env->timeouts.whole_s;
	if ((r = may_begin(c, c->plan)) != 0 || (r = open_reader(c)) != 0)
		return r;
	if (c->plan->installs) {
		if ((r = j->ops->begin(j, c->plan->name)) != 0)
			return r;
		c->begun = 1;
		c->status.state = HSM_INSTALLING;
	}
	for (i = 0; i < PHASES_MAX && c->plan->phase[i] != NULL; i++)
		if ((c->plan->phase[i]->when == NULL || c->plan->phase[i]->when(c)) &&
		    (r = run_phase(c, c->plan->phase[i])) != 0)
			return r;
	return 0;
}

/* The daemon's side of what broke off: first what is secret, then who has to be told. */
static void
end_badly(struct ceremony *c, int err)
{
	const struct ceremony_env *env = c->env;
	char *message = c->result->message;

	/* Before the first phase it is the reader that does not do. */
	if (c->phase != NULL || !reader_why(env->cards, c->wanted,
	    strcmp(c->wanted, env->reader) != 0, err, message))
		outcome_message(c, err, !c->open || by_call(c, err), message);
	if (c->opens)
		(void)env->gate->ops->end(env->gate, c->opening, err, c->result->asked);
	/* When the journal does not take it, the state stays installing until ceremony_settle. */
	if (c->begun && !c->committed)
		(void)env->journal->ops->broken(env->journal, message);
}

int
ceremony_run(const struct ceremony_plan *plan, const struct ceremony_env *env,
    const struct ceremony_args *args, struct ceremony_result *result)
{
	static const struct ceremony_args none;
	struct ceremony *c;
	int r;

	memset(result, 0, sizeof(*result));
	if ((c = secmem_alloc(sizeof(*c))) == NULL)
		return ERR_NOMEM;
	c->env = env;
	c->plan = plan;
	c->result = result;
	c->args = args != NULL ? args : &none;
	c->mode = c->args->mode;
	c->k = c->args->k;
	c->n = c->args->n;
	r = run(c);
	OPENSSL_cleanse(&c->backup, sizeof(c->backup));
	OPENSSL_cleanse(c->z, sizeof(c->z));
	credential_free(&c->issue.credential);
	if (r != 0)
		end_badly(c, r);
	card_leave(&c->known);
	if (c->open)
		env->cards->ops->close(env->cards);
	dialogue_front(c, "");
	secmem_free(&c, sizeof(*c));
	return r;
}
