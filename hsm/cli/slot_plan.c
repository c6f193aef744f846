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

int
slot_wish(struct cli *cli, struct slot_wishes *w, int option, const char *value)
{
	char number[2] = { value[0], '\0' };
	const int slot = value[0] != '\0' && value[1] == ':' ? slot_number(number) : -1;
	const char *refused;
	uint8_t mode;

	if (option == 'c') {
		w->codes = value;
		return 0;
	}
	if (slot < 0 || (mode = slot_mode_of(value + 2)) == 0)
		return cli_misused(cli, "--slot takes a slot from 0 to 9 and its mode, as in "
		    "3:code or 4:auto");
	if (w->mode[slot] != 0)
		return cli_misused(cli, "slot %d is named twice", slot);
	if ((refused = slot_mode_refused((unsigned)slot, mode)) != NULL)
		return cli_misused(cli, "slot %d %s", slot, refused);
	w->mode[slot] = mode;
	return 0;
}

/* What a file says that would come to nothing is a mistake in one of the two. */
static int
file_fits(const struct slot_wishes *w, const struct codes *c)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (w->mode[i] == SLOT_CODE && c->user[i].n == 0) {
			fprintf(stderr, "cardinal: %s has no line `slot %u code ...`\n", w->codes,
			    i);
			return CLI_FAILED;
		}
		if (w->mode[i] != SLOT_CODE && c->user[i].n > 0) {
			fprintf(stderr, "cardinal: %s, line %d: slot %u has mode auto, whose code "
			    "the HSM makes: say --slot %u:code, or take the line away\n", w->codes,
			    c->user[i].line, i, i);
			return CLI_FAILED;
		}
	}
	return CLI_DONE;
}

static int
ask_all(struct cli *cli, const struct slot_wishes *w, struct codes *c)
{
	int r = 0;

	for (unsigned i = 0; i < SLOTS && r == 0; i++)
		if (w->mode[i] == SLOT_CODE &&
		    (r = codes_ask("Code", i, CODES_NEW, &c->user[i])) == 0)
			r = codes_ask("SO PIN", i, CODES_NEW_OR_MADE, &c->so[i]);
	if (r == ERR_NOT_FOUND)
		return slot_no_terminal(cli);
	return r == 0 ? CLI_DONE : CLI_FAILED;
}

static json_t *
member(unsigned slot, uint8_t mode, const struct code *user, const struct code *so)
{
	json_t *one = json_pack("{s:i, s:s}", "slot", (int)slot, "mode", slot_mode_name(mode));

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
		json_array_append_new(*slots, member(i, w->mode[i] != 0 ? w->mode[i] : SLOT_AUTO,
		    &c->user[i], &c->so[i]));
	}
out:
	codes_free(&c);
	return status;
}

size_t
slot_asks(const struct slot_wishes *w, char asks[SLOT_ASKS_MAX][SLOT_ASK_ROOM])
{
	size_t n = 0;

	for (unsigned i = 0; i < SLOTS && w->codes == NULL; i++) {
		if (w->mode[i] != SLOT_CODE)
			continue;
		snprintf(asks[n++], SLOT_ASK_ROOM, "The code of slot %u, 8 characters or more, is "
		    "typed twice, unseen.", i);
		snprintf(asks[n++], SLOT_ASK_ROOM, "The SO PIN of slot %u likewise; Enter leaves "
		    "it to the HSM.", i);
	}
	return n;
}
