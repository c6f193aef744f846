#include "hsm/cli/slot_show.h"

#include <string.h>

#include "hsm/admin/slot_order.h"
#include "hsm/cli/say.h"

enum { NOTES_ROOM = 256, USERS_ROOM = 64, INDENT = 10 };

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
	if (is(slot, "open"))
		return "open";
	if (is(slot, "asking"))
		return "asking";
	return is(slot, "held") ? "held" : "closed";
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

static int
by_cards(const json_t *slot)
{
	return strcmp(say_member(slot, "mode"), "cards") == 0;
}

/* "2 users, 2 cards each" */
static void
seats(const json_t *slot, char out[USERS_ROOM])
{
	const json_int_t users = say_number(slot, "users"), copies = say_number(slot, "copies");

	snprintf(out, USERS_ROOM, "%lld user%s, %lld card%s%s", (long long)users,
	    users == 1 ? "" : "s", (long long)copies, copies == 1 ? "" : "s",
	    users == 1 ? "" : " each");
}

static void
notes(const json_t *slot, char out[NOTES_ROOM])
{
	char users[USERS_ROOM];

	out[0] = '\0';
	if (!is(slot, "present"))
		return;
	if (by_cards(slot)) {
		seats(slot, users);
		add(out, "", users);
	}
	if (strcmp(slot_state(slot), "held") == 0) {
		snprintf(users, sizeof(users), "waits for `cardinal slot activate %lld`",
		    (long long)say_number(slot, "slot"));
		add(out, "", users);
	}
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

/* "2 cards, at Cardinal PIN pad 1" behind each user's number. */
static void
user_rows(FILE *out, const json_t *seats)
{
	char name[USERS_ROOM], text[NOTES_ROOM];
	json_t *seat;
	size_t i;

	json_array_foreach(seats, i, seat) {
		const json_int_t copies = say_number(seat, "copies");
		const char *reader = say_member(seat, "reader");

		snprintf(name, sizeof(name), "User %zu", i + 1);
		snprintf(text, sizeof(text), "%lld card%s, at %s", (long long)copies,
		    copies == 1 ? "" : "s", *reader != '\0' ? reader : "the HSM's reader");
		row(out, name, text);
	}
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

/* What a state means that is not its own explanation. */
static void
explain(FILE *out, const json_t *slot)
{
	const char *state = slot_state(slot);
	char text[NOTES_ROOM];

	if (strcmp(state, "asking") == 0)
		row(out, "", "its users are asked for their cards, or wait for their turn: "
		    "`cardinal status --watch`");
	if (strcmp(state, "held") != 0)
		return;
	snprintf(text, sizeof(text), "an opening has failed, so no program starts another: "
	    "`cardinal slot activate %lld` does", (long long)say_number(slot, "slot"));
	row(out, "", text);
}

/* Where its code comes from. */
static const char *
origin(const json_t *slot)
{
	if (by_cards(slot) && is(slot, "stored"))
		return "made by the HSM and stored: the cards alone open it";
	return strcmp(say_member(slot, "mode"), "auto") == 0 ? "made by the HSM" :
	    "set by a person";
}

void
slot_details(FILE *out, const json_t *slot)
{
	char text[USERS_ROOM];

	snprintf(text, sizeof(text), "%lld", (long long)say_number(slot, "slot"));
	row(out, "Slot", text);
	row(out, "Mode", say_member(slot, "mode"));
	row(out, "State", slot_state(slot));
	explain(out, slot);
	if (!is(slot, "present"))
		return;
	row(out, "Label", say_member(slot, "label"));
	row(out, "Serial", say_member(slot, "serial"));
	snprintf(text, sizeof(text), "%lld", (long long)say_number(slot, "objects"));
	row(out, "Objects", text);
	if (by_cards(slot)) {
		seats(slot, text);
		row(out, "Users", text);
		user_rows(out, json_object_get(slot, "seats"));
	}
	if (is(slot, "user_set"))
		code_row(out, slot, "Code", "user_left", "user_change", origin(slot));
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
	numbers(slots, "asking", out, cap);
	numbers(slots, "held", out, cap);
	numbers(slots, "damaged", out, cap);
}
