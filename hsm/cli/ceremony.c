#include <stdio.h>

#include "hsm/admin/quorum.h"
#include "hsm/cli/follow.h"
#include "hsm/cli/say.h"

/* install, resume, cancel. */

static const struct option options[] = {
	{ "quorum", required_argument, NULL, 'q' },
	{ "detach", no_argument, NULL, 'd' },
	CLI_OPTIONS
};

static int
install(struct cli *cli, int argc, char **argv, const char *path, int needed)
{
	const char *quorum = NULL;
	json_t *last = NULL;
	char body[64] = "";
	uint8_t k, n;
	int c, detach = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		if (c == 'q')
			quorum = optarg;
		else
			detach = 1;
	}
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	if (needed && quorum == NULL)
		return cli_misused(cli, "say how many cards are needed of how many: %s",
		    QUORUM_CHOICES);
	if (quorum != NULL && quorum_parse(quorum, &k, &n) != 0)
		return cli_misused(cli, "%s is not offered, these are: %s", quorum, QUORUM_CHOICES);
	if (quorum != NULL)
		snprintf(body, sizeof(body), "{\"quorum\": \"%s\"}", quorum);
	status = follow(cli, path, body, detach, &last);
	if (status == CLI_DONE)
		say_lines(stdout, say_member(last, "advice"));
	json_decref(last);
	return status;
}

int
cmd_install(struct cli *cli, int argc, char **argv)
{
	return install(cli, argc, argv, "/v1/install", 1);
}

int
cmd_resume(struct cli *cli, int argc, char **argv)
{
	return install(cli, argc, argv, "/v1/resume", 0);
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
