#include "hsm/cli/say.h"

#include <string.h>

#include "hsm/admin/wiped.h"

static void
clean(FILE *out, const char *s, int lines)
{
	for (; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;

		/* C1 controls are C2 80 to C2 9F in UTF-8. */
		if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0)
			s++;
		else if ((c >= 0x20 && c != 0x7f) || (lines && c == '\n'))
			fputc(c, out);
	}
}

void
say_text(FILE *out, const char *s)
{
	clean(out, s, 0);
}

void
say_lines(FILE *out, const char *s)
{
	clean(out, s, 1);
}

const char *
say_member(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s != NULL ? s : "";
}

json_int_t
say_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void
say_event(FILE *out, const json_t *e)
{
	const char *text = say_member(e, "text"), *outcome = say_member(e, "outcome");
	const char *serial = say_member(e, "serial");

	say_text(out, say_member(e, "time"));
	fputs("  ", out);
	say_text(out, say_member(e, "ceremony"));
	if (say_number(e, "card") != 0)
		fprintf(out, ", card %d", (int)say_number(e, "card"));
	if (*serial != '\0') {
		fputs(" (", out);
		say_text(out, serial);
		fputc(')', out);
	}
	fputs(", ", out);
	say_text(out, say_member(e, "step"));
	if (*text != '\0') {
		fputs(": `", out);
		say_text(out, text);
		fputc('`', out);
	}
	fputs(": ", out);
	say_text(out, strcmp(outcome, "begun") == 0 ? "..." : outcome);
	fputc('\n', out);
}

/* Whether the event is of that phase, which may go on with `, slot 7 user 1`. */
static int
is_of(const json_t *event, const char *phase)
{
	const char *name = say_member(event, "ceremony");
	const size_t n = strlen(phase);

	return strncmp(name, phase, n) == 0 && (name[n] == '\0' || name[n] == ',');
}

/* What the daemon's own steps are to people; the others are told by what the pad shows. */
static const struct {
	const char *phase, *step, *done;
} deeds[] = {
	{ "", "written", "the share is on the card" },
	{ "", "commit", "the key is the HSM's" },
	{ "slot-users", "prove", "the user's keys are on the card, which has proven itself" },
	{ "slot-users", "enrol", "the HSM knows the user" },
	{ "activate", "sign", "the user was here" },
};

static const char *
deed(const json_t *event)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if ((*deeds[i].phase == '\0' || is_of(event, deeds[i].phase)) &&
		    strcmp(deeds[i].step, say_member(event, "step")) == 0)
			return deeds[i].done;
	return NULL;
}

/*
 * What is no part of the dialogue at the pad, whose records name slot and user: orders for slots,
 * this one or another's, and how an opening ended, which the ceremony's own end tells.
 */
static int
is_aside(const json_t *event)
{
	return is_of(event, "slot") || strncmp(say_member(event, "outcome"), "by uid", 6) == 0 ||
	    strcmp(say_member(event, "ceremony"), "activate") == 0;
}

void
say_progress(FILE *out, const json_t *e)
{
	const char *outcome = say_member(e, "outcome"), *text = say_member(e, "text");
	const char *time = strchr(say_member(e, "time"), 'T'), *what;

	if (is_aside(e))
		what = NULL;
	else if (strcmp(outcome, "begun") == 0)
		what = strcmp(text, "Please wait") != 0 ? text : NULL;
	else if (strcmp(outcome, "ok") == 0)
		what = deed(e);
	else
		what = outcome;
	if (what == NULL || *what == '\0')
		return;
	fprintf(out, "%.8s  ", time != NULL ? time + 1 : "");
	if (say_number(e, "card") != 0)
		fprintf(out, "card %d  ", (int)say_number(e, "card"));
	say_text(out, what);
	fputc('\n', out);
}

void
say_json(FILE *out, const json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT);

	if (s != NULL)
		fprintf(out, "%s\n", s);
	wiped_free(s);
}
