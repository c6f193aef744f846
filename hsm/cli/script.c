#include <stdio.h>
#include <string.h>

#include "hsm/admin/quorum.h"
#include "hsm/cli/errand.h"

/* Checklists, printed from the tables that the daemon runs; they need no daemon. */

static void
line(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

/* Of the ceremony that the row names behind its first word. */
static int
print(const struct cli *cli, const struct ceremony_args *args, const char *const *asks)
{
	const char *name = strchr(cli->command->name, ' ') + 1;

	return ceremony_checklist(ceremony_plan(name), args, asks, line, NULL) == 0 &&
	    fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

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
	struct ceremony_args args = { .mode = SHARE_LIVE };
	struct slot_wishes wishes = { 0 };
	int c, status;

	while ((c = cli_option(cli, argc, argv, options, &status)) > 0) {
		if (c == 'q')
			quorum = optarg;
		else if ((status = slot_wish(cli, &wishes, c, optarg)) != 0)
			return status;
	}
	if (c == 0 || (status = cli_arguments(cli, argc, 0)) != 0 ||
	    (status = slot_wishes_end(cli, &wishes)) != 0)
		return status;
	if (quorum == NULL)
		return cli_misused(cli, "say how many cards are needed of how many: %s",
		    QUORUM_CHOICES);
	if (quorum_parse(quorum, &args.k, &args.n) != 0)
		return cli_misused(cli, "%s is not offered, these are: %s", quorum, QUORUM_CHOICES);
	_Static_assert(sizeof(args.slot) == sizeof(wishes.seats), "a seat row a slot");
	memcpy(args.slot, wishes.seats, sizeof(args.slot));
	for (size_t i = slot_asks(&wishes, asked); i > 0; i--)
		asks[i - 1] = asked[i - 1];
	return print(cli, &args, asks);
}

/* "slot-cards" and "activate": of one slot. */
int
cmd_script_slot(struct cli *cli, int argc, char **argv)
{
	struct ceremony_args args = { .mode = SHARE_LIVE };
	char asked[SLOT_ASK_ROOM] = "";
	const char *const asks[] = { asked, NULL };
	const int opens = strcmp(argv[0], "activate") == 0;
	struct errand_options o;
	int slot, status;

	if ((status = errand_options(cli, argc, argv, opens ? "up" : "ump", 1, &o)) != 0)
		return ERRAND_STATUS(status);
	if ((slot = slot_number(argv[optind])) < 0)
		return cli_misused(cli, "there are the slots 0 to 9");
	if ((status = errand_seats(cli, &o, &args.slot[slot])) != 0)
		return status;
	args.opens = (uint8_t)slot;
	args.users = args.slot[slot].users;
	snprintf(asked, sizeof(asked), opens ? "The code of slot %d is typed, unseen: here, or "
	    "where a program logs in." : "The codes of slot %d are typed, unseen: what opens it "
	    "now, and the new one twice.", slot);
	return print(cli, &args, asks);
}

/* A tool for custodians. */
int
cmd_script_tool(struct cli *cli, int argc, char **argv)
{
	static const struct option none[] = { CLI_OPTIONS };
	const struct ceremony_args args = { 0 };
	int status;

	if (cli_option(cli, argc, argv, none, &status) == 0 ||
	    (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	return print(cli, &args, NULL);
}
