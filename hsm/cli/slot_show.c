#include "hsm/cli/slot_show.h"

#include <string.h>

#include "hsm/admin/slot_order.h"
#include "hsm/cli/say.h"

enum { NOTES_ROOM = 256, INDENT = 10 };

static int
is(const json_t *slot, const char *name)
{
	return json_is_true(json_object_get(slot, name));
}

const char *
slot_state(const json_t *slot)
{
	if (!is(slot, "present"))
		return "none";
	if (is(slot, "damaged"))
		return "damaged";
	return is(slot, "open") ? "open" : "closed";
}

static void
add(char out[NOTES_ROOM], const char *what, const char *text)
{
	const size_t n = strlen(out);

	snprintf(out + n, NOTES_ROOM - n, "%s%s%s", n > 0 ? ", " : "", what, text);
}

/* What there is to know of a code: "locked", "3 tries left", "to be changed"; or nothing. */
static void
trouble(const json_t *slot, const char *left, const char *change, const char *what,
    char out[NOTES_ROOM])
{
	const json_int_t n = say_number(slot, left);
	char text[32];

	if (n == 0)
		add(out, what, "locked");
	else if (n < SLOT_TRIES) {
		snprintf(text, sizeof(text), "%lld %s left", (long long)n,
		    n == 1 ? "try" : "tries");
		add(out, what, text);
	}
	if (is(slot, change))
		add(out, what, "to be changed");
}

static void
notes(const json_t *slot, char out[NOTES_ROOM])
{
	out[0] = '\0';
	if (!is(slot, "present"))
		return;
	if (!is(slot, "user_set"))
		add(out, "", "no code yet");
	else
		trouble(slot, "user_left", "user_change", "code ", out);
	trouble(slot, "so_left", "so_change", "SO PIN ", out);
}

void
slot_table(FILE *out, const json_t *slots)
{
	char text[NOTES_ROOM];
	json_t *slot;
	size_t i;

	fputs("SLOT  MODE   STATE    OBJECTS  NOTES, LABEL\n", out);
	json_array_foreach(slots, i, slot) {
		notes(slot, text);
		fprintf(out, "%-4lld  %-5.5s  %-7s  %7lld  %s%s",
		    (long long)say_number(slot, "slot"), say_member(slot, "mode"),
		    slot_state(slot),
		    (long long)say_number(slot, "objects"), text,
		    *text != '\0' && *say_member(slot, "label") != '\0' ? "  " : "");
		say_text(out, say_member(slot, "label"));
		fputc('\n', out);
	}
}

static void
row(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%-*s", INDENT, name);
	say_text(out, value);
	fputc('\n', out);
}

static void
code_row(FILE *out, const json_t *slot, const char *name, const char *left, const char *change,
    const char *first)
{
	char text[NOTES_ROOM] = "";

	add(text, "", first);
	trouble(slot, left, change, "", text);
	row(out, name, text);
}

void
slot_details(FILE *out, const json_t *slot)
{
	const int is_auto = strcmp(say_member(slot, "mode"), "auto") == 0;
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)say_number(slot, "slot"));
	row(out, "Slot", text);
	row(out, "Mode", say_member(slot, "mode"));
	row(out, "State", slot_state(slot));
	if (!is(slot, "present"))
		return;
	row(out, "Label", say_member(slot, "label"));
	row(out, "Serial", say_member(slot, "serial"));
	snprintf(text, sizeof(text), "%lld", (long long)say_number(slot, "objects"));
	row(out, "Objects", text);
	if (is(slot, "user_set"))
		code_row(out, slot, "Code", "user_left", "user_change",
		    is_auto ? "made by the HSM" : "set by a person");
	else
		row(out, "Code", "none yet: the SO sets it (pkcs11-tool --init-pin)");
	code_row(out, slot, "SO PIN", "so_left", "so_change",
	    is(slot, "so_made") ? "made by the HSM" : "set by a person");
}

static void
numbers(const json_t *slots, const char *state, char *out, size_t cap)
{
	size_t i, n = strlen(out);
	const char *before = n > 0 ? "; " : "";
	json_t *slot;
	int first = 1;

	json_array_foreach(slots, i, slot) {
		if (strcmp(slot_state(slot), state) != 0 || n + 16 > cap)
			continue;
		n += (size_t)snprintf(out + n, cap - n, "%s%s%s%lld", first ? before : "",
		    first ? state : ",", first ? " " : " ", (long long)say_number(slot, "slot"));
		first = 0;
	}
}

void
slot_summary(const json_t *slots, char *out, size_t cap)
{
	out[0] = '\0';
	numbers(slots, "open", out, cap);
	numbers(slots, "closed", out, cap);
	numbers(slots, "damaged", out, cap);
}
