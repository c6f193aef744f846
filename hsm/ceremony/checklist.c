#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
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
entry(struct sheet *s, const struct step *row, unsigned card, unsigned cards)
{
	char filled[64], shown[64] = "", line[SHEET_LINE];

	if (row->say == NULL)
		return;
	if (row->show != NULL) {
		text_fill(row->show, card, cards, "<set>", filled, sizeof(filled));
		text_line(filled, shown, sizeof(shown));
	}
	/* What need not come has no number of its own to be ticked. */
	if (row->when != NULL)
		(void)snprintf(line, sizeof(line), "%*sIf it shows `%s`:", SHEET_INDENT, "", shown);
	else if (row->show != NULL)
		(void)snprintf(line, sizeof(line), "[ ] %3u. %s `%s`", ++s->number,
		    row->show[0] == '\a' ? "One beep, the pad shows" : "The pad shows", shown);
	else
		(void)snprintf(line, sizeof(line), "[ ] %3u. At the operator's terminal",
		    ++s->number);
	s->line(s->arg, line);
	text_fill(row->say, card, cards, "<set>", line, sizeof(line));
	words(s, line);
}

static void
phase(struct sheet *s, const struct phase *p, const struct ceremony *c)
{
	const struct step *row, *sub;
	unsigned i, n;

	for (row = p->steps; row->name != NULL; row++) {
		if (row->each == NULL) {
			entry(s, row, 0, 0);
			continue;
		}
		n = row->count(c);
		for (i = 1; i <= n; i++)
			for (sub = row->each; sub->name != NULL; sub++)
				entry(s, sub, i, n);
	}
}

int
ceremony_checklist(const struct ceremony_plan *plan, const struct ceremony_args *args,
    const char *const *asks, void (*line)(void *arg, const char *), void *arg)
{
	const uint8_t k = args->k, n = args->n;
	struct sheet s = { line, arg, 0 };
	struct ceremony c;
	char text[SHEET_LINE];
	size_t i;

	if (k < 2 || k > n || n > SHAMIR_N_MAX)
		return ERR_ARG;
	memset(&c, 0, sizeof(c));
	c.status.set.head.k = k;
	c.status.set.head.n = n;
	(void)snprintf(text, sizeof(text), "%s, %u of %u cards", plan->title, k, n);
	line(arg, text);
	line(arg, "");
	line(arg, "HSM ____________________   Date ____________________   "
	    "Led by ____________________");
	for (i = 0; asks != NULL && asks[i] != NULL; i++) {
		if (i == 0)
			line(arg, "");
		entry(&s, &(struct step){ .say = asks[i] }, 0, 0);
	}
	for (i = 0; i < PHASES_MAX && plan->phase[i] != NULL; i++) {
		line(arg, "");
		phase(&s, plan->phase[i], &c);
	}
	if (plan->ends != NULL) {
		line(arg, "");
		entry(&s, &(struct step){ .say = plan->ends }, 0, 0);
	}
	line(arg, "");
	(void)snprintf(text, sizeof(text), "Set ____________________   Check value ______________");
	line(arg, text);
	for (i = 1; plan->quorum && i <= n; i++) {
		(void)snprintf(text, sizeof(text),
		    "Card %u   Serial number ____________________   Holder ____________________",
		    (unsigned)i);
		line(arg, text);
	}
	return 0;
}
