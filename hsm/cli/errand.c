#include "hsm/cli/errand.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/wiped.h"
#include "hsm/cli/say.h"

int
errand_options(struct cli *cli, int argc, char **argv, const char *letters, int arguments,
    struct errand_options *o)
{
	static const struct option all[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "show", no_argument, NULL, 'w' },
		{ "so", no_argument, NULL, 'o' },
		{ "yes", no_argument, NULL, 'y' },
		{ "codes", required_argument, NULL, 'c' },
		{ "boot-cards", no_argument, NULL, 'b' },
		{ "users", required_argument, NULL, 'u' },
		{ "copies", required_argument, NULL, 'm' },
		{ "pads", required_argument, NULL, 'p' },
		CLI_OPTIONS
	};
	struct option mine[sizeof(all) / sizeof(all[0])];
	size_t n = 0;
	int c, status;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].val == 0 || all[i].val > 255 || strchr(letters, all[i].val) != NULL)
			mine[n++] = all[i];
	*o = (struct errand_options){ 0 };
	while ((c = cli_option(cli, argc, argv, mine, &status)) > 0) {
		switch (c) {
		case 'j': o->json = 1; break;
		case 'w': o->show = 1; break;
		case 'o': o->so = 1; break;
		case 'y': o->yes = 1; break;
		case 'b': o->boot = 1; break;
		case 'u': o->users = optarg; break;
		case 'm': o->copies = optarg; break;
		case 'p': o->pads = optarg; break;
		default: o->codes = optarg; break;
		}
	}
	if (c == 0)
		return status == CLI_DONE ? -1 : status;
	return cli_arguments(cli, argc, arguments);
}

int
errand_seats(struct cli *cli, const struct errand_options *o, struct ceremony_slot *s)
{
	const char *why = NULL;

	seats_default(s);
	if ((o->users != NULL && (why = seats_users(o->users, s)) != NULL) ||
	    (o->copies != NULL && (why = seats_copies(o->copies, s)) != NULL) ||
	    (o->pads != NULL && (why = seats_pads(o->pads, s)) != NULL) ||
	    (why = seats_check(s)) != NULL)
		return cli_misused(cli, "%s", why);
	return 0;
}

int
errand_begin(struct errand *e, struct cli *cli, const char *number)
{
	const int slot = slot_number(number);
	char path[ERRAND_PATH];

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

void
errand_end(struct errand *e)
{
	json_decref(e->now);
	json_decref(e->answer);
	client_free(e->client);
	codes_free(&e->codes);
}

int
errand_mode(const struct errand *e, uint8_t mode)
{
	return strcmp(say_member(e->now, "mode"), slot_mode_name(mode)) == 0;
}

int
errand_flag(const struct errand *e, const char *name)
{
	return json_is_true(json_object_get(e->now, name));
}

int
errand_want(struct errand *e, struct code *of, const char *what, enum codes_ask how)
{
	struct code *c = &of[e->slot];
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

void
errand_path(const struct errand *e, enum slot_act act, char out[ERRAND_PATH])
{
	snprintf(out, ERRAND_PATH, "/v1/slots/%u/%s", e->slot, slot_act_name(act));
}

int
errand_post(struct errand *e, enum slot_act act, json_t *body)
{
	char path[ERRAND_PATH], *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	int r;

	errand_path(e, act, path);
	r = client_call(e->client, path, text != NULL ? text : "", text != NULL ? strlen(text) : 0,
	    0, &e->answer);
	if (text != NULL)
		wiped_free(text);
	json_decref(body);
	return r == 0 ? CLI_DONE : CLI_FAILED;
}

json_t *
errand_text(const struct code *c)
{
	return json_stringn(c->text, c->n);
}
