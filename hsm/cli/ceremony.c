#include <stdio.h>

#include "hsm/admin/quorum.h"
#include "hsm/cli/client.h"
#include "hsm/cli/follow.h"
#include "hsm/cli/say.h"
#include "hsm/cli/slot_plan.h"

/* install, resume, cancel. */

struct chosen {
	const char *quorum;
	int detach, trial, slots;
	struct slot_wishes wishes;
};

/* The options of both; -1 when all is seen to already. */
static int
choose(struct cli *cli, int argc, char **argv, struct chosen *o)
{
	static const struct option options[] = {
		{ "quorum", required_argument, NULL, 'q' },
		SLOT_OPTIONS,
		{ "detach", no_argument, NULL, 'd' },
		{ "trial", no_argument, NULL, 't' },
		CLI_OPTIONS
	};
	uint8_t k, n;
	int c, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		switch (c) {
		case 'q': o->quorum = optarg; break;
		case 'd': o->detach = 1; break;
		case 't': o->trial = 1; break;
		default:
			o->slots = 1;
			if ((status = slot_wish(cli, &o->wishes, c, optarg)) != 0)
				return status;
		}
	}
	if (c == 0)
		return status == CLI_DONE ? -1 : status;
	if ((status = cli_arguments(cli, argc, 0)) != 0 ||
	    (status = slot_wishes_end(cli, &o->wishes)) != 0)
		return status;
	if (o->quorum != NULL && quorum_parse(o->quorum, &k, &n) != 0)
		return cli_misused(cli, "%s is not offered, these are: %s", o->quorum,
		    QUORUM_CHOICES);
	return 0;
}

static int
install(struct cli *cli, const char *path, const struct chosen *o)
{
	json_t *last = NULL, *slots = NULL, *body;
	int status;

	if ((status = slot_plan(cli, &o->wishes, &slots)) != CLI_DONE)
		return status;
	if ((body = json_object()) == NULL) {
		json_decref(slots);
		return CLI_FAILED;
	}
	if (o->quorum != NULL)
		json_object_set_new(body, "quorum", json_string(o->quorum));
	if (slots != NULL)
		json_object_set_new(body, "slots", slots);
	slot_plan_say(stderr, &o->wishes);
	status = follow(cli, path, body, o->detach, &last);
	/* It is there when the HSM is installed, whatever came behind that. */
	say_lines(stdout, say_member(last, "advice"));
	json_decref(last);
	return status;
}

static int
trial(struct cli *cli)
{
	static const char body[] = "{\"trial\": true}";
	struct client *client = NULL;
	json_t *answer = NULL;
	int status = CLI_FAILED;

	if (client_new(&client, cli->run, 0) == 0 &&
	    client_call(client, "/v1/install", body, sizeof(body) - 1, 0, &answer) == 0) {
		fputs("This is a TRIAL installation. IT PROTECTS NOTHING: everybody knows its "
		    "codes, no card holds\nits key. Slots 0 to 9 have the user PIN 98765432 and "
		    "the SO PIN 87654321. `cardinal factory-reset`\nends it.\n", stderr);
		status = CLI_DONE;
	}
	json_decref(answer);
	client_free(client);
	return status;
}

int
cmd_install(struct cli *cli, int argc, char **argv)
{
	struct chosen o = { 0 };
	int status;

	if ((status = choose(cli, argc, argv, &o)) != 0)
		return status < 0 ? CLI_DONE : status;
	if (o.trial && (o.quorum != NULL || o.slots || o.detach))
		return cli_misused(cli, "--trial goes alone: it has no cards, and codes that "
		    "everybody knows");
	if (o.trial)
		return trial(cli);
	if (o.quorum == NULL)
		return cli_misused(cli, "say how many cards are needed of how many: %s",
		    QUORUM_CHOICES);
	return install(cli, "/v1/install", &o);
}

int
cmd_resume(struct cli *cli, int argc, char **argv)
{
	struct chosen o = { 0 };
	int status;

	if ((status = choose(cli, argc, argv, &o)) != 0)
		return status < 0 ? CLI_DONE : status;
	if (o.trial)
		return cli_misused(cli, "--trial belongs to `cardinal install`");
	return install(cli, "/v1/resume", &o);
}

int
cmd_cancel(struct cli *cli, int argc, char **argv)
{
	static const struct option none[] = { CLI_OPTIONS };
	struct client *client = NULL;
	json_t *answer = NULL;
	int c, status;

	c = cli_option(cli, argc, argv, none, &status);
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	status = CLI_FAILED;
	if (client_new(&client, cli->run, 0) == 0 &&
	    client_call(client, "/v1/cancel", "", 0, 0, &answer) == 0) {
		fputs("the ceremony is being cancelled; a PIN entry at the pad runs out first\n",
		    stderr);
		status = CLI_DONE;
	}
	json_decref(answer);
	client_free(client);
	return status;
}
