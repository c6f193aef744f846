#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/cli/cli.h"
#include "hsm/cli/client.h"
#include "hsm/cli/say.h"

/* Shows what would be lost, and takes the word `erase` for a yes. */
static int
agreed(struct client *client)
{
	json_t *status;
	const json_t *set;
	char line[32];

	if (client_call(client, "/v1/status", NULL, 0, 0, &status) != 0)
		return 0;
	set = json_object_get(status, "set");
	fprintf(stderr, "The HSM is %s", say_member(status, "state"));
	if (json_is_object(set)) {
		fputs(", its backup key is that of set ", stderr);
		say_text(stderr, say_member(set, "id"));
	}
	fputs(". A factory reset erases its key; the cards keep their shares.\n"
	    "Type `erase` to go on: ", stderr);
	json_decref(status);
	if (fgets(line, sizeof(line), stdin) != NULL && strcmp(line, "erase\n") == 0)
		return 1;
	fputs("nothing was changed\n", stderr);
	return 0;
}

int
cmd_reset(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "yes", no_argument, NULL, 'y' },
		CLI_OPTIONS
	};
	struct client *client = NULL;
	json_t *answer = NULL;
	int c, yes = 0, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0)
		yes = 1;
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	if (!yes && (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return cli_misused(cli,
		    "without a terminal to ask at, a factory reset needs --yes");
	status = CLI_FAILED;
	if (client_new(&client, cli->run, 0) != 0 || (!yes && !agreed(client)))
		goto out;
	if (client_call(client, "/v1/factory-reset", "", 0, 0, &answer) == 0) {
		fputs("the HSM is as new; `cardinal install` begins\n", stderr);
		status = CLI_DONE;
	}
out:
	json_decref(answer);
	client_free(client);
	return status;
}
