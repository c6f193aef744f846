#include "hsm/cli/show.h"

#include <sys/ioctl.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hsm/cli/say.h"
#include "hsm/cli/slot_show.h"

enum { SHOW_INDENT = 10, LINE_ROOM = 512, ROWS = 24, COLUMNS = 80 };

static void
row(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%-*s", SHOW_INDENT, name);
	say_text(out, value);
	fputc('\n', out);
}

void
show_prompt(const json_t *status, char *out, size_t cap)
{
	json_t *line;
	size_t i, n = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(status, "prompt"), i, line) {
		if (n < cap)
			n += (size_t)snprintf(out + n, cap - n, "%s%s", i > 0 ? " / " : "",
			    json_string_value(line));
	}
}

static void
prompt_row(FILE *out, const json_t *s)
{
	char text[LINE_ROOM], line[LINE_ROOM];

	show_prompt(s, text, sizeof(text));
	if (say_number(s, "asks") == 0)
		row(out, json_is_true(json_object_get(s, "display")) ? "Pad" : "Said", text);
	else {
		snprintf(line, sizeof(line), "[%lld] %.200s", (long long)say_number(s, "asks"),
		    text);
		row(out, "Asks", line);
		row(out, "", "answered by Enter where the command waits, or by `cardinal ok`");
	}
	if (*say_member(s, "at") != '\0')
		row(out, "At", say_member(s, "at"));
}

static void
show_set(FILE *out, const json_t *set)
{
	json_t *card;
	size_t i;

	fprintf(out, "%-*s", SHOW_INDENT, "Set");
	say_text(out, say_member(set, "id"));
	fprintf(out, ", %lld of %lld, %s, check value ", (long long)say_number(set, "k"),
	    (long long)say_number(set, "n"), say_member(set, "mode")[0] == 'l' ? "LIVE" : "TEST");
	say_text(out, say_member(set, "kcv"));
	fputs(", ", out);
	say_text(out, say_member(set, "date"));
	fputc('\n', out);
	json_array_foreach(json_object_get(set, "cards"), i, card) {
		fprintf(out, "%-*s%s", SHOW_INDENT, i == 0 ? "Cards" : "",
		    json_is_true(json_object_get(card, "written")) ? "written  " : "missing  ");
		fprintf(out, "%lld  ", (long long)say_number(card, "card"));
		say_text(out, say_member(card, "serial"));
		fputc('\n', out);
	}
}

/* What the slots wait for. */
static void
slots_wait(FILE *out, const json_t *slots)
{
	char text[LINE_ROOM];
	int open = 0;
	json_t *slot;
	size_t i;

	json_array_foreach(slots, i, slot)
		open |= strcmp(slot_state(slot), "open") == 0;
	/* Those of mode auto would be open, if it had been. */
	if (!open && json_is_true(json_object_get(json_array_get(slots, 0), "stored")))
		row(out, "Boot", "slot 0 has to be opened by its cards before any other");
	json_array_foreach(slots, i, slot) {
		if (strcmp(slot_state(slot), "held") != 0)
			continue;
		snprintf(text, sizeof(text), "slot %lld waits for `cardinal slot activate %lld`: "
		    "an opening has failed", (long long)say_number(slot, "slot"),
		    (long long)say_number(slot, "slot"));
		row(out, "Held", text);
	}
}

void
show_status(FILE *out, const json_t *s)
{
	const json_t *set = json_object_get(s, "set"), *last = json_object_get(s, "last");
	const json_t *running = json_object_get(s, "ceremony");
	char text[LINE_ROOM];

	row(out, "State", say_member(s, "state"));
	if (json_is_true(json_object_get(s, "trial")))
		row(out, "TRIAL", "it protects nothing: everybody knows its codes");
	if (*say_member(s, "message") != '\0')
		row(out, "", say_member(s, "message"));
	if (*say_member(s, "key_error") != '\0')
		row(out, "Key", say_member(s, "key_error"));
	if (json_is_object(running)) {
		row(out, "Running", say_member(running, "name"));
		row(out, "Front", say_member(s, "front"));
		prompt_row(out, s);
		if (say_number(s, "seconds_left") > 0) {
			snprintf(text, sizeof(text), "%lld s",
			    (long long)say_number(s, "seconds_left"));
			row(out, "Left", text);
		}
	} else if (json_is_object(last)) {
		const char *message = say_member(last, "message");

		if (*message == '\0')
			message = say_member(last, "error");
		if (*message == '\0')
			message = "done";
		snprintf(text, sizeof(text), "%s: %s", say_member(last, "ceremony"), message);
		row(out, "Last", text);
	}
	slot_summary(json_object_get(s, "slots"), text, sizeof(text));
	if (*text != '\0')
		row(out, "Slots", text);
	slots_wait(out, json_object_get(s, "slots"));
	row(out, "Label", say_member(s, "label"));
	row(out, "Reader", *say_member(s, "reader") != '\0' ? say_member(s, "reader") :
	    "the first with a PIN pad");
	if (json_is_object(set))
		show_set(out, set);
}

/* A line in pieces that fit, the later ones indented; the rows that are left. */
static int
fold(FILE *out, const char *line, size_t n, int columns, int rows)
{
	int indent = 0;
	size_t room;

	do {
		room = (size_t)(columns - indent);
		if (n < room)
			room = n;
		fprintf(out, "%*s%.*s\n", indent, "", (int)room, line);
		line += room;
		n -= room;
		indent = SHOW_INDENT;
	} while (n > 0 && --rows > 0);
	return rows - (n == 0);
}

void
show_screen(FILE *out, const json_t *status, const char *last)
{
	struct winsize w = { 0 };
	char *text = NULL, *line, *end;
	size_t n;
	int rows;
	FILE *f;

	if (ioctl(fileno(out), TIOCGWINSZ, &w) != 0 || w.ws_col <= 2 * SHOW_INDENT ||
	    w.ws_row < 3) {
		w.ws_col = COLUMNS;
		w.ws_row = ROWS;
	}
	if ((f = open_memstream(&text, &n)) == NULL)
		return;
	show_status(f, status);
	if (fclose(f) != 0)
		goto out;
	fputs("\033[H\033[J", out);
	rows = w.ws_row - 1;
	for (line = text; rows > 0 && (end = strchr(line, '\n')) != NULL; line = end + 1)
		rows = fold(out, line, (size_t)(end - line), w.ws_col, rows);
	if (rows > 0)
		fprintf(out, "\n%.*s", w.ws_col, last);
out:
	free(text);
}
