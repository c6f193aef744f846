#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/ceremony/activate.h"
#include "hsm/ceremony/runner.h"
#include "hsm/ceremony/text.h"

enum { SHEET_LINE = 256, SHEET_INDENT = 9, SHEET_WIDTH = 90 };

struct sheet {
	void (*line)(void *arg, const char *);
	void *arg;
	unsigned number;
};

/* Words under the step that they belong to, broken where a line is full. */
static void
words(const struct sheet *s, const char *text)
{
	char line[SHEET_LINE];
	size_t n, room = SHEET_WIDTH - SHEET_INDENT;

	while (*text != '\0') {
		n = strlen(text);
		if (n > room)
			for (n = room; n > 1 && text[n] != ' '; n--)
				;
		(void)snprintf(line, sizeof(line), "%*s%.*s", SHEET_INDENT, "", (int)n, text);
		s->line(s->arg, line);
		for (text += n; *text == ' '; text++)
			;
	}
}

/* A step in which people take part: what the pad shows, and what to do. */
static void
entry(struct sheet *s, const struct step *row, const struct text_words *words_of)
{
	char filled[64], shown[64] = "", line[SHEET_LINE];

	if (row->say == NULL)
		return;
	if (row->show != NULL) {
		text_fill(row->show, words_of, filled, sizeof(filled));
		text_line(filled, shown, sizeof(shown));
	}
	/* What need not come has no number of its own to be ticked. */
	if (row->when != NULL)
		(void)snprintf(line, sizeof(line), "%*sIf it shows `%s`:", SHEET_INDENT, "", shown);
	else if (row->show != NULL)
		(void)snprintf(line, sizeof(line), "[ ] %3u. %s `%s`", ++s->number,
		    row->show[0] == '\a' ? "One beep, the pad shows" : "The pad shows", shown);
	else
		(void)snprintf(line, sizeof(line), "[ ] %3u. %s", ++s->number,
		    (row->flags & STEP_MOVES) != 0 ? "At another pad" :
		    "At the operator's terminal");
	s->line(s->arg, line);
	text_fill(row->say, words_of, line, sizeof(line));
	words(s, line);
}

static const char *
reader_of(const struct ceremony *c)
{
	return c->user != 0 ? c->args->slot[c->slot].reader[c->user - 1] : "";
}

/* As the machine runs them: a table in a table in a table at most. */
static void
table(struct sheet *s, const struct step *row, struct ceremony *c)
{
	struct text_words of;
	unsigned i, n;

	for (; row->name != NULL; row++) {
		if (row->each == NULL) {
			of = (struct text_words){ .card = c->card, .cards = c->cards,
			    .user = c->user, .slot = c->slot,
			    .order = activate_order(c->args), .set = "<set>",
			    .print = "<print>", .reader = reader_of(c) };
			if ((row->flags & STEP_MOVES) == 0 || of.reader[0] != '\0')
				entry(s, row, &of);
			continue;
		}
		n = row->count(c);
		for (i = 1; i <= n; i++) {
			if (row->turn != NULL && row->skip != NULL && row->skip(c, i))
				continue;
			if (row->turn != NULL)
				row->turn(c, i);
			else
				c->card = i;
			table(s, row->each, c);
		}
		if (row->turn != NULL)
			row->turn(c, 0);
		else
			c->card = 0;
	}
}

/* A line of its own for what is said beside the tables. */
static void
terminal(struct sheet *s, const char *say)
{
	entry(s, &(struct step){ .say = say }, &(struct text_words){ 0 });
}

static void
user_blanks(struct sheet *s, unsigned slot, unsigned user, unsigned copies)
{
	char text[SHEET_LINE];
	unsigned i;

	for (i = 1; i <= copies; i++) {
		(void)snprintf(text, sizeof(text), "Slot %u user %u card %u   Serial number "
		    "____________________   Holder ______________", slot, user, i);
		s->line(s->arg, text);
	}
}

static void
blanks(struct sheet *s, const struct ceremony_plan *plan, const struct ceremony_args *args)
{
	char text[SHEET_LINE];
	unsigned i, user;

	s->line(s->arg, "");
	if (plan->quorum || plan->resumes)
		s->line(s->arg, "Set ____________________   Check value ______________");
	for (i = 1; plan->quorum && i <= args->n; i++) {
		(void)snprintf(text, sizeof(text), "Card %u   Serial number "
		    "____________________   Holder ____________________", i);
		s->line(s->arg, text);
	}
	for (i = 0; plan->wants != NULL && i < CEREMONY_SLOTS; i++)
		for (user = 1; user <= args->slot[i].users; user++)
			user_blanks(s, i, user, args->slot[i].copies);
}

static void
title(struct sheet *s, const struct ceremony_plan *plan, const struct ceremony_args *args)
{
	char text[SHEET_LINE];

	if (plan->quorum || plan->resumes)
		(void)snprintf(text, sizeof(text), "%s, %u of %u cards", plan->title, args->k,
		    args->n);
	else if (args->users != 0)
		(void)snprintf(text, sizeof(text), "%s, slot %u", plan->title, args->opens);
	else
		(void)snprintf(text, sizeof(text), "%s", plan->title);
	s->line(s->arg, text);
	s->line(s->arg, "");
	s->line(s->arg, "HSM ____________________   Date ____________________   "
	    "Led by ____________________");
}

int
ceremony_checklist(const struct ceremony_plan *plan, const struct ceremony_args *args,
    const char *const *asks, void (*line)(void *arg, const char *), void *arg)
{
	struct sheet s = { line, arg, 0 };
	struct ceremony c;
	size_t i;

	if (((plan->quorum || plan->resumes) &&
	    (args->k < 2 || args->k > args->n || args->n > SHAMIR_N_MAX)) ||
	    (plan->wants != NULL && plan->wants(args) != 0))
		return ERR_ARG;
	memset(&c, 0, sizeof(c));
	c.plan = plan;
	c.args = args;
	c.status.set.head.k = args->k;
	c.status.set.head.n = args->n;
	title(&s, plan, args);
	for (i = 0; asks != NULL && asks[i] != NULL; i++) {
		if (i == 0)
			line(arg, "");
		terminal(&s, asks[i]);
	}
	for (i = 0; i < PHASES_MAX && plan->phase[i] != NULL; i++) {
		if (plan->phase[i]->when != NULL && !plan->phase[i]->when(&c))
			continue;
		line(arg, "");
		table(&s, plan->phase[i]->steps, &c);
	}
	if (plan->ends != NULL) {
		line(arg, "");
		terminal(&s, plan->ends);
	}
	blanks(&s, plan, args);
	return 0;
}
