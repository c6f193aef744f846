#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/wiped.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"
#include "hsm/cli/slot_plan.h"
#include "hsm/cli/slot_show.h"

enum { PATH_ROOM = 64 };

/* One command on one slot. */
struct errand {
	struct cli *cli;
	struct client *client;
	unsigned slot;
	struct codes *codes;
	const char *file;		/* --codes */
	json_t *now;			/* the slot, as it was before */
	json_t *answer;			/* to what was posted */
};

/* Asks the daemon. body: taken over, NULL for none in it. */
static int
post(struct errand *e, enum slot_act act, json_t *body)
{
	char path[PATH_ROOM], *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	int r;

	snprintf(path, sizeof(path), "/v1/slots/%u/%s", e->slot, slot_act_name(act));
	r = client_call(e->client, path, text != NULL ? text : "", text != NULL ? strlen(text) : 0,
	    0, &e->answer);
	if (text != NULL)
		wiped_free(text);
	json_decref(body);
	return r == 0 ? CLI_DONE : CLI_FAILED;
}

/* The number, the client, the slot as it is, and the file of codes. */
static int
begin(struct errand *e, struct cli *cli, const char *number)
{
	const int slot = slot_number(number);
	char path[PATH_ROOM];

	e->cli = cli;
	if (slot < 0)
		return cli_misused(cli, "there are the slots 0 to 9");
	e->slot = (unsigned)slot;
	snprintf(path, sizeof(path), "/v1/slots/%u", e->slot);
	if ((e->codes = codes_new()) == NULL ||
	    (e->file != NULL && codes_load(e->codes, e->file) != 0) ||
	    client_new(&e->client, cli->run, 0) != 0 ||
	    client_call(e->client, path, NULL, 0, 0, &e->now) != 0)
		return CLI_FAILED;
	return CLI_DONE;
}

static void
end(struct errand *e)
{
	json_decref(e->now);
	json_decref(e->answer);
	client_free(e->client);
	codes_free(&e->codes);
}

static int
has_mode(const struct errand *e, uint8_t mode)
{
	return strcmp(say_member(e->now, "mode"), slot_mode_name(mode)) == 0;
}

/* The slot's code out of the file, or asked for. */
static int
want(struct errand *e, const char *what, enum codes_ask how)
{
	struct code *c = &e->codes->user[e->slot];
	int r;

	if (c->n > 0)
		return CLI_DONE;
	if (e->file != NULL) {
		fprintf(stderr, "cardinal: %s has no line `slot %u code ...`\n", e->file, e->slot);
		return CLI_FAILED;
	}
	if ((r = codes_ask(what, e->slot, how, c)) == ERR_NOT_FOUND)
		return slot_no_terminal(e->cli);
	return r == 0 ? CLI_DONE : CLI_FAILED;
}

static json_t *
text_of(const struct code *c)
{
	return json_stringn(c->text, c->n);
}

/* Options: the letters that the row takes; 0 of them given leaves everything as it is. */
struct given {
	int json, show, so, yes;
	const char *codes;
};

static int
options_of(struct cli *cli, int argc, char **argv, const char *letters, int arguments,
    struct given *g)
{
	static const struct option all[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "show", no_argument, NULL, 'w' },
		{ "so", no_argument, NULL, 'o' },
		{ "yes", no_argument, NULL, 'y' },
		{ "codes", required_argument, NULL, 'c' },
		CLI_OPTIONS
	};
	struct option mine[sizeof(all) / sizeof(all[0])];
	size_t n = 0;
	int c, status;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].val == 0 || all[i].val > 255 || strchr(letters, all[i].val) != NULL)
			mine[n++] = all[i];
	*g = (struct given){ 0 };
	while ((c = cli_option(cli, argc, argv, mine, &status)) > 0) {
		switch (c) {
		case 'j': g->json = 1; break;
		case 'w': g->show = 1; break;
		case 'o': g->so = 1; break;
		case 'y': g->yes = 1; break;
		default: g->codes = optarg; break;
		}
	}
	if (c == 0)
		return status == CLI_DONE ? -1 : status;
	return cli_arguments(cli, argc, arguments);
}

/* options_of has seen to the command already: what run returns then. */
#define SEEN_TO(status) ((status) < 0 ? CLI_DONE : (status))

int
cmd_slot_list(struct cli *cli, int argc, char **argv)
{
	struct client *client = NULL;
	json_t *answer = NULL, *list;
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "j", 0, &g)) != 0)
		return SEEN_TO(status);
	status = CLI_FAILED;
	if (client_new(&client, cli->run, 0) != 0 ||
	    client_call(client, "/v1/slots", NULL, 0, 0, &answer) != 0)
		goto out;
	list = json_object_get(answer, "slots");
	if (g.json)
		say_json(stdout, list);
	else
		slot_table(stdout, list);
	/* All come with an installation, the first one, which the HSM needs itself, for certain. */
	if (!g.json && strcmp(slot_state(json_array_get(list, 0)), "none") == 0)
		fputs("there are no tokens before `cardinal install`; for a trial, with --trial\n",
		    stderr);
	status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
out:
	json_decref(answer);
	client_free(client);
	return status;
}

int
cmd_slot_show(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "j", 1, &g)) != 0)
		return SEEN_TO(status);
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (g.json)
		say_json(stdout, e.now);
	else
		slot_details(stdout, e.now);
	status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
out:
	end(&e);
	return status;
}

/* The body of a change of mode; NULL: *status, said. */
static json_t *
mode_body(struct errand *e, uint8_t mode, int *status)
{
	const struct code *c = &e->codes->user[e->slot];
	json_t *body;

	if (mode == SLOT_CODE)
		*status = want(e, "New code", CODES_NEW);
	else if (has_mode(e, SLOT_CODE))
		*status = want(e, "Code", CODES_KNOWN);
	if (*status != CLI_DONE)
		return NULL;
	*status = CLI_FAILED;
	body = json_pack("{s:s}", "mode", slot_mode_name(mode));
	if (c->n > 0)
		json_object_set_new(body, mode == SLOT_CODE ? "code" : "now", text_of(c));
	return body;
}

int
cmd_slot_mode(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body;
	const char *refused;
	struct given g;
	uint8_t mode;
	int status;

	if ((status = options_of(cli, argc, argv, "c", 2, &g)) != 0)
		return SEEN_TO(status);
	e.file = g.codes;
	mode = slot_mode_of(argv[optind + 1]);
	if (slot_number(argv[optind]) < 0)
		return cli_misused(cli, "there are the slots 0 to 9");
	if ((refused = slot_mode_refused((unsigned)slot_number(argv[optind]), mode)) != NULL)
		return cli_misused(cli, "slot %s %s", argv[optind], refused);
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (has_mode(&e, mode)) {
		fprintf(stderr, "slot %u has mode %s already; a code is changed by C_SetPIN "
		    "(`pkcs11-tool --change-pin`)\n", e.slot, slot_mode_name(mode));
		goto out;
	}
	if ((body = mode_body(&e, mode, &status)) == NULL)
		goto out;
	if ((status = post(&e, SLOT_ACT_MODE, body)) == CLI_DONE)
		fprintf(stderr, "slot %u has mode %s\n", e.slot, slot_mode_name(mode));
out:
	end(&e);
	return status;
}

int
cmd_slot_activate(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body = NULL;
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "c", 1, &g)) != 0)
		return SEEN_TO(status);
	e.file = g.codes;
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (strcmp(slot_state(e.now), "open") == 0) {
		fprintf(stderr, "slot %u is open already\n", e.slot);
		goto out;
	}
	if (has_mode(&e, SLOT_CODE)) {
		if ((status = want(&e, "Code", CODES_KNOWN)) != CLI_DONE)
			goto out;
		body = json_pack("{s:o}", "code", text_of(&e.codes->user[e.slot]));
	}
	if ((status = post(&e, SLOT_ACT_ACTIVATE, body)) == CLI_DONE)
		fprintf(stderr, "slot %u is open\n", e.slot);
out:
	end(&e);
	return status;
}

int
cmd_slot_deactivate(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "", 1, &g)) != 0)
		return SEEN_TO(status);
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if ((status = post(&e, SLOT_ACT_DEACTIVATE, NULL)) == CLI_DONE)
		fprintf(stderr, "slot %u is closed, and the sessions of its programs have ended\n",
		    e.slot);
out:
	end(&e);
	return status;
}

int
cmd_slot_code(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body;
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "wo", 1, &g)) != 0)
		return SEEN_TO(status);
	if (!g.show)
		return cli_misused(cli, "--show prints a secret onto this terminal; without it "
		    "nothing is done");
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	body = json_pack("{s:s}", "who", g.so ? "so" : "user");
	if ((status = post(&e, SLOT_ACT_SHOW, body)) == CLI_DONE) {
		puts(say_member(e.answer, "code"));
		status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
	}
out:
	end(&e);
	return status;
}

/* What would be lost, and the word for a yes. */
static int
agreed(const struct errand *e)
{
	char line[32], want_line[32];

	fprintf(stderr, "Slot %u (%s) has %lld objects; wiping it loses them and its key for "
	    "ever.\nType `wipe %u` to go on: ", e->slot, say_member(e->now, "mode"),
	    (long long)say_number(e->now, "objects"), e->slot);
	snprintf(want_line, sizeof(want_line), "wipe %u\n", e->slot);
	if (fgets(line, sizeof(line), stdin) != NULL && strcmp(line, want_line) == 0)
		return 1;
	fputs("nothing was changed\n", stderr);
	return 0;
}

static void
who_sets_the_code(const struct errand *e)
{
	fputs("its SO sets the code (pkcs11-tool --login --login-type so --init-pin)", stderr);
	if (e->codes->so[e->slot].n == 0)
		fprintf(stderr, ", with the SO PIN that `cardinal slot code %u --show --so` tells",
		    e->slot);
	fputc('\n', stderr);
}

int
cmd_slot_wipe(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body = NULL;
	struct given g;
	int status;

	if ((status = options_of(cli, argc, argv, "yc", 1, &g)) != 0)
		return SEEN_TO(status);
	if (!g.yes && (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return cli_misused(cli, "without a terminal to ask at, wiping a slot needs --yes");
	e.file = g.codes;
	if ((status = begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (!g.yes && !agreed(&e)) {
		status = CLI_FAILED;
		goto out;
	}
	if (e.codes->so[e.slot].n > 0)
		body = json_pack("{s:o}", "so", text_of(&e.codes->so[e.slot]));
	if ((status = post(&e, SLOT_ACT_WIPE, body)) == CLI_DONE) {
		fprintf(stderr, "slot %u has a new token\n", e.slot);
		if (!json_is_true(json_object_get(e.answer, "user_set")))
			who_sets_the_code(&e);
	}
out:
	end(&e);
	return status;
}
