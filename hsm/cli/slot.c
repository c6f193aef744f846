#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/cli/errand.h"
#include "hsm/cli/say.h"
#include "hsm/cli/slot_show.h"

int
cmd_slot_list(struct cli *cli, int argc, char **argv)
{
	struct client *client = NULL;
	json_t *answer = NULL, *list;
	struct errand_options o;
	int status;

	if ((status = errand_options(cli, argc, argv, "j", 0, &o)) != 0)
		return ERRAND_STATUS(status);
	status = CLI_FAILED;
	if (client_new(&client, cli->run, 0) != 0 ||
	    client_call(client, "/v1/slots", NULL, 0, 0, &answer) != 0)
		goto out;
	list = json_object_get(answer, "slots");
	if (o.json)
		say_json(stdout, list);
	else
		slot_table(stdout, list);
	/* All come with an installation, the first one, which the HSM needs itself, for certain. */
	if (!o.json && strcmp(slot_state(json_array_get(list, 0)), "none") == 0)
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
	struct errand_options o;
	int status;

	if ((status = errand_options(cli, argc, argv, "j", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (o.json)
		say_json(stdout, e.now);
	else
		slot_details(stdout, e.now);
	status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
out:
	errand_end(&e);
	return status;
}

int
cmd_slot_deactivate(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	struct errand_options o;
	int status;

	if ((status = errand_options(cli, argc, argv, "", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if ((status = errand_post(&e, SLOT_ACT_DEACTIVATE, NULL)) == CLI_DONE)
		fprintf(stderr, "slot %u is closed, and the sessions of its programs have ended\n",
		    e.slot);
out:
	errand_end(&e);
	return status;
}

int
cmd_slot_code(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body;
	struct errand_options o;
	int status;

	if ((status = errand_options(cli, argc, argv, "wo", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	if (!o.show)
		return cli_misused(cli, "--show prints a secret onto this terminal; without it "
		    "nothing is done");
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	body = json_pack("{s:s}", "who", o.so ? "so" : "user");
	if ((status = errand_post(&e, SLOT_ACT_SHOW, body)) == CLI_DONE) {
		puts(say_member(e.answer, "code"));
		status = fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
	}
out:
	errand_end(&e);
	return status;
}

/* What would be lost, and the word for a yes. */
static int
agreed(const struct errand *e)
{
	char line[32], want_line[32];

	fprintf(stderr, "Slot %u (%s) has %lld objects; wiping it loses them and its key for "
	    "ever.\n%sType `wipe %u` to go on: ", e->slot, say_member(e->now, "mode"),
	    (long long)say_number(e->now, "objects"), errand_mode(e, SLOT_CARDS) ?
	    "Its users and their cards stay.\n" : "", e->slot);
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
	if (errand_mode(e, SLOT_CARDS))
		fprintf(stderr, "its users have stayed; `cardinal slot mode %u cards` gives it "
		    "others, without theirs\n", e->slot);
}

int
cmd_slot_wipe(struct cli *cli, int argc, char **argv)
{
	struct errand e = { 0 };
	json_t *body = NULL;
	struct errand_options o;
	int status;

	if ((status = errand_options(cli, argc, argv, "yc", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	if (!o.yes && (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return cli_misused(cli, "without a terminal to ask at, wiping a slot needs --yes");
	e.file = o.codes;
	if ((status = errand_begin(&e, cli, argv[optind])) != CLI_DONE)
		goto out;
	if (!o.yes && !agreed(&e)) {
		status = CLI_FAILED;
		goto out;
	}
	if (e.codes->so[e.slot].n > 0)
		body = json_pack("{s:o}", "so", errand_text(&e.codes->so[e.slot]));
	if ((status = errand_post(&e, SLOT_ACT_WIPE, body)) == CLI_DONE) {
		fprintf(stderr, "slot %u has a new token\n", e.slot);
		if (!json_is_true(json_object_get(e.answer, "user_set")))
			who_sets_the_code(&e);
	}
out:
	errand_end(&e);
	return status;
}
