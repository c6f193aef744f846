#include <stdio.h>

#include "hsm/admin/quorum.h"
#include "hsm/ceremony/ceremony.h"
#include "hsm/cli/slot_plan.h"

static void
line(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

/* Printed from the tables that the daemon runs; needs no daemon. */
int
cmd_script_install(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "quorum", required_argument, NULL, 'q' },
		SLOT_OPTIONS,
		CLI_OPTIONS
	};
	char asked[SLOT_ASKS_MAX][SLOT_ASK_ROOM];
	const char *quorum = NULL, *asks[SLOT_ASKS_MAX + 1] = { NULL };
	struct slot_wishes wishes = { 0 };
	struct ceremony_args args = { 0 };
	int c, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		if (c == 'q')
			quorum = optarg;
		else if ((status = slot_wish(cli, &wishes, c, optarg)) != 0)
			return status;
	}
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	if (quorum == NULL)
		return cli_misused(cli, "say how many cards are needed of how many: %s",
		    QUORUM_CHOICES);
	if (quorum_parse(quorum, &args.k, &args.n) != 0)
		return cli_misused(cli, "%s is not offered, these are: %s", quorum, QUORUM_CHOICES);
	for (size_t i = slot_asks(&wishes, asked); i > 0; i--)
		asks[i - 1] = asked[i - 1];
	if (ceremony_checklist(ceremony_plan("install"), &args, asks, line, NULL) != 0 ||
	    fflush(stdout) != 0)
		return CLI_FAILED;
	return CLI_DONE;
}
