#include "hsm/cli/slot_plan.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"

int
slot_number(const char *text)
{
	return text[0] >= '0' && text[0] < '0' + SLOTS && text[1] == '\0' ? text[0] - '0' : -1;
}

int
slot_no_terminal(struct cli *cli)
{
	return cli_misused(cli, "without a terminal to ask at, codes come from --codes FILE: a "
	    "file of mode 0600 with lines `slot 3 code ...`");
}

/* `7:cards,users=2`: the mode is what stands before the first comma. */
static int
named(struct cli *cli, struct slot_wishes *w, const char *value)
{
	char number[2] = { value[0], '\0' }, mode_name[16] = "";
	const int slot = value[0] != '\0' && value[1] == ':' ? slot_number(number) : -1;
	const size_t n = slot >= 0 ? strcspn(value + 2, ",") : sizeof(mode_name);
	const char *why = NULL;
	uint8_t mode;

	if (n < sizeof(mode_name))
		memcpy(mode_name, value + 2, n);
	if (slot < 0 || (mode = slot_mode_of(mode_name)) == 0)
		return cli_misused(cli, "--slot takes a slot from 0 to 9 and its mode, as in "
		    "3:code, 4:auto or 7:cards,users=2,copies=2");
	if (w->mode[slot] != 0)
		return cli_misused(cli, "slot %d is named twice", slot);
	if ((why = slot_mode_refused((unsigned)slot, mode)) != NULL)
		return cli_misused(cli, "slot %d %s", slot, why);
	value += 2 + n;
	if (mode != SLOT_CARDS && *value != '\0')
		return cli_misused(cli, "slot %d: only mode cards has users", slot);
	if (mode == SLOT_CARDS && *value == ',' && *++value == '\0')
		why = "something is missing behind the last comma";
	else if (mode == SLOT_CARDS)
		why = seats_parse(value, &w->seats[slot]);
	if (why != NULL)
		return cli_misused(cli, "slot %d: %s", slot, why);
	w->mode[slot] = mode;
	return 0;
}

int
slot_wish(struct cli *cli, struct slot_wishes *w, int option, const char *value)
{
	switch (option) {
	case 'b': w->boot = 1; return 0;
	case 'c': w->codes = value; return 0;
	default: return named(cli, w, value);
	}
}

int
slot_wishes_end(struct cli *cli, struct slot_wishes *w)
{
	if (!w->boot || w->mode[0] == SLOT_CARDS)
		return 0;
	if (w->mode[0] != 0)
		return cli_misused(cli, "--boot-cards is for slot 0 of mode cards: say --slot "
		    "0:cards, or leave slot 0 out");
	w->mode[0] = SLOT_CARDS;
	seats_default(&w->seats[0]);
	return 0;
}

int
slot_wishes_code(const struct slot_wishes *w, unsigned slot)
{
	return w->mode[slot] == SLOT_CODE ||
	    (w->mode[slot] == SLOT_CARDS && !(slot == 0 && w->boot));
}

/* What a file says that would come to nothing is a mistake in one of the two. */
static int
file_fits(const struct slot_wishes *w, const struct codes *c)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (slot_wishes_code(w, i) && c->user[i].n == 0)
			fprintf(stderr, "cardinal: %s has no line `slot %u code ...`\n", w->codes,
			    i);
		else if (c->user[i].n > 0 && w->mode[i] == SLOT_CARDS && !slot_wishes_code(w, i))
			fprintf(stderr, "cardinal: %s, line %d: with --boot-cards the HSM makes "
			    "the code of slot %u: leave that out, or take the line away\n",
			    w->codes, c->user[i].line, i);
		else if (c->user[i].n > 0 && !slot_wishes_code(w, i))
			fprintf(stderr, "cardinal: %s, line %d: slot %u has mode auto, whose code "
			    "the HSM makes: say --slot %u:code, or take the line away\n", w->codes,
			    c->user[i].line, i, i);
		else if (c->now[i].n > 0)
			fprintf(stderr, "cardinal: %s, line %d: `now` is for `cardinal slot mode`, "
			    "where there is a code already: take the line away\n", w->codes,
			    c->now[i].line);
		else
			continue;
		return CLI_FAILED;
	}
	return CLI_DONE;
}

static int
ask_all(struct cli *cli, const struct slot_wishes *w, struct codes *c)
{
	int r = 0;

	for (unsigned i = 0; i < SLOTS && r == 0; i++)
		if (slot_wishes_code(w, i) &&
		    (r = codes_ask("Code", i, CODES_NEW, &c->user[i])) == 0)
			r = codes_ask("SO PIN", i, CODES_NEW_OR_MADE, &c->so[i]);
	if (r == ERR_NOT_FOUND)
		return slot_no_terminal(cli);
	return r == 0 ? CLI_DONE : CLI_FAILED;
}

static json_t *
member(unsigned slot, const struct slot_wishes *w, const struct code *user, const struct code *so)
{
	const uint8_t mode = w->mode[slot] != 0 ? w->mode[slot] : SLOT_AUTO;
	json_t *one = json_pack("{s:i, s:s}", "slot", (int)slot, "mode", slot_mode_name(mode));

	if (mode == SLOT_CARDS)
		seats_put(one, &w->seats[slot]);
	if (user->n > 0)
		json_object_set_new(one, "code", json_stringn(user->text, user->n));
	if (so->n > 0)
		json_object_set_new(one, "so", json_stringn(so->text, so->n));
	return one;
}

int
slot_plan(struct cli *cli, const struct slot_wishes *w, json_t **slots)
{
	struct codes *c = codes_new();
	int status = CLI_FAILED;

	*slots = NULL;
	if (c == NULL || (w->codes != NULL && codes_load(c, w->codes) != 0))
		goto out;
	status = w->codes != NULL ? file_fits(w, c) : ask_all(cli, w, c);
	if (status != CLI_DONE)
		goto out;
	for (unsigned i = 0; i < SLOTS; i++) {
		if (w->mode[i] == 0 && c->so[i].n == 0)
			continue;
		if (*slots == NULL)
			*slots = json_array();
		json_array_append_new(*slots, member(i, w, &c->user[i], &c->so[i]));
	}
out:
	codes_free(&c);
	return status;
}

void
slot_plan_say(FILE *out, const struct slot_wishes *w)
{
	unsigned codes = 0, n = 0;
	char users[SEATS_TEXT_MAX];

	fputs("slots: ", out);
	for (unsigned i = 0; i < SLOTS; i++)
		if (w->mode[i] == SLOT_CODE)
			fprintf(out, "%s%u", codes++ > 0 ? ", " : "", i);
	fputs(codes == 0 ? "" : codes == 1 ? " is opened by a code, " : " are opened by codes, ",
	    out);
	for (unsigned i = 0; i < SLOTS; i++) {
		if (w->mode[i] != SLOT_CARDS)
			continue;
		seats_count(w->seats[i].users, users);
		fprintf(out, "%u by %sthe cards of %s, ", i,
		    slot_wishes_code(w, i) ? "its code and " : "", users);
		n++;
	}
	fprintf(out, "%s by the HSM itself (auto)\n", codes + n > 0 ? "the others" :
	    "all are opened");
}

size_t
slot_asks(const struct slot_wishes *w, char asks[SLOT_ASKS_MAX][SLOT_ASK_ROOM])
{
	size_t n = 0;

	for (unsigned i = 0; i < SLOTS && w->codes == NULL; i++) {
		if (!slot_wishes_code(w, i))
			continue;
		snprintf(asks[n++], SLOT_ASK_ROOM, "The code of slot %u, 8 characters or more, is "
		    "typed twice, unseen.", i);
		snprintf(asks[n++], SLOT_ASK_ROOM, "The SO PIN of slot %u likewise; Enter leaves "
		    "it to the HSM.", i);
	}
	return n;
}
