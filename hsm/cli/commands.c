#include "hsm/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/admin/wiped.h"
#include "hsm/cli/help.h"
#include "hsm/cli/slot_plan.h"

static int cmd_help(struct cli *, int, char **);

const struct command commands[] = {
	{ "status", "[--watch] [--json]", "how the HSM stands, what is waited for, at which pad",
	  cmd_status },
	{ "install", "--quorum 2of3|3of5 " SLOT_USAGE " [--detach] | --trial",
	  "makes the backup key, puts it onto cards, and makes the slots",
	  cmd_install },
	{ "resume", "[--quorum 2of3|3of5] " SLOT_USAGE " [--detach]",
	  "goes on with an installation that broke off", cmd_resume },
	{ "ok", "[PROMPT]", "OK to a prompt that the reader does not show", cmd_ok },
	{ "cancel", "", "ends the running ceremony", cmd_cancel },
	{ "factory-reset", "[--yes]", "erases the key, back to a new HSM", cmd_reset },
	{ "events", "[--since N] [--follow] [--json] | --verify", "the transcript", cmd_events },
	{ "script install", "--quorum 2of3|3of5 " SLOT_USAGE,
	  "the installation as a checklist for the table", cmd_script_install },
	{ "script slot-cards", "N [--users U] [--copies C] [--pads A:B]",
	  "the making of a slot's user cards, likewise", cmd_script_slot },
	{ "script activate", "N [--users U] [--pads A:B]", "the opening of a slot, likewise",
	  cmd_script_slot },
	{ "script share-copy", "", "`share copy`, likewise", cmd_script_tool },
	{ "script share-pin", "", "`share pin`, likewise", cmd_script_tool },
	{ "script share-verify", "", "`share verify`, likewise", cmd_script_tool },
	{ "script user-verify", "", "`user verify`, likewise", cmd_script_tool },
	{ "script user-pin", "", "`user pin`, likewise", cmd_script_tool },
	{ "issuer add", "FILE", "trusts the cards of this issuer (PEM; - is standard input)",
	  cmd_issuer_add },
	{ "issuer list", "[--json]", "the trusted card issuers", cmd_issuer_list },
	{ "reader list", "[--json]", "the card readers, and what ceremonies can use of them",
	  cmd_reader_list },
	{ "reader probe", "[NAME] [--pin[=share|user] [--force]] [--json]",
	  "what a reader offers, what is wrong with it, what to do", cmd_reader_probe },
	{ "share info", "[--json]", "shows what is on a card; no PIN", cmd_share },
	{ "share verify", "[--json]", "proves one share card; its holder's PIN", cmd_share },
	{ "share copy", "[--json]", "a share from one card onto another; both PINs", cmd_share },
	{ "share pin", "[--json]", "changes the PIN of a card's share, at the pad", cmd_share },
	{ "user info", "[--json]", "shows which slot user a card is; no PIN", cmd_user },
	{ "user verify", "[--json]", "proves one slot user's card; its holder's PIN", cmd_user },
	{ "user pin", "[--json]", "changes the PIN of a slot user's card, at the pad", cmd_user },
	{ "slot list", "[--json]", "the ten slots of PKCS#11", cmd_slot_list },
	{ "slot show", "N [--json]", "one of them, and where its users are asked",
	  cmd_slot_show },
	{ "slot mode",
	  "N auto|code|cards [--users U] [--copies C] [--pads A:B] [--boot-cards] [--codes FILE]",
	  "how it is opened; what opens it now is asked", cmd_slot_mode },
	{ "slot activate", "N [--codes FILE]", "opens it; mode cards: its users, at the pad",
	  cmd_slot_activate },
	{ "slot deactivate", "N", "closes it and ends the sessions of its programs",
	  cmd_slot_deactivate },
	{ "slot code", "N --show [--so]", "the code, or the SO PIN, that the HSM made",
	  cmd_slot_code },
	{ "slot wipe", "N [--yes] [--codes FILE]", "a new token in it; its keys are lost",
	  cmd_slot_wipe },
	{ "help", "", "this", cmd_help },
	{ NULL, NULL, NULL, NULL },
};

int
cli_misused(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	fputs("cardinal: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: cardinal %s %s\n", cli->command->name, cli->command->usage);
	return CLI_MISUSED;
}

int
cli_option(struct cli *cli, int argc, char **argv, const struct option *options, int *status)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) == CLI_OPT_RUN)
		cli->run = optarg;
	if (c == CLI_OPT_HELP) {
		help_one(stdout, cli->command);
		*status = CLI_DONE;
		return 0;
	}
	if (c == '?') {
		/* getopt has said what is wrong. */
		fprintf(stderr, "usage: cardinal %s %s\n", cli->command->name, cli->command->usage);
		*status = CLI_MISUSED;
		return 0;
	}
	return c;
}

int
cli_arguments(struct cli *cli, int argc, int n)
{
	if (argc - optind == n)
		return 0;
	if (argc - optind < n)
		return cli_misused(cli, "an argument is missing");
	return cli_misused(cli, "there is too much on the command line");
}

static int
cmd_help(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS
	};
	int status;

	if (cli_option(cli, argc, argv, options, &status) == 0 ||
	    (status = cli_arguments(cli, argc, 0)) != 0)
		return status;
	help_all(stdout);
	return CLI_DONE;
}

/* How many words of the command line the row's name takes; 0: another name. */
static int
matches(const char *name, int argc, char **argv)
{
	const char *blank = strchr(name, ' ');
	const size_t noun = blank != NULL ? (size_t)(blank - name) : strlen(name);

	if (argc < 1 || strlen(argv[0]) != noun || strncmp(argv[0], name, noun) != 0)
		return 0;
	if (blank == NULL)
		return 1;
	return argc > 1 && strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

static int
unknown(int argc, char **argv)
{
	const size_t n = strlen(argv[0]);
	int nouns = 0;

	for (const struct command *c = commands; c->name != NULL; c++)
		nouns += strncmp(c->name, argv[0], n) == 0 && c->name[n] == ' ';
	if (nouns == 0) {
		fprintf(stderr, "cardinal: there is no command %s; `cardinal --help` lists them\n",
		    argv[0]);
		return CLI_MISUSED;
	}
	if (argc > 1)
		fprintf(stderr, "cardinal: %s has no %s\n", argv[0], argv[1]);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strncmp(c->name, argv[0], n) == 0 && c->name[n] == ' ')
			fprintf(stderr, "usage: cardinal %s %s\n", c->name, c->usage);
	return CLI_MISUSED;
}

int
cli_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "version", no_argument, NULL, 'v' },
		CLI_OPTIONS
	};
	struct cli cli = { .run = getenv("CARDINAL_RUN") };
	int c;

	wiped_json();
	if (cli.run == NULL || *cli.run == '\0')
		cli.run = "/run/cardinal";
	/* 0 starts anew, also the second time; + stops at the command: its options are its own. */
	optind = 0;
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case CLI_OPT_RUN: cli.run = optarg; break;
		case CLI_OPT_HELP: help_all(stdout); return CLI_DONE;
		case 'v': puts("cardinal " CARDINAL_VERSION); return CLI_DONE;
		default: help_all(stderr); return CLI_MISUSED;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		help_all(stderr);
		return CLI_MISUSED;
	}
	for (const struct command *row = commands; row->name != NULL; row++) {
		const int words = matches(row->name, argc, argv);

		if (words == 0)
			continue;
		cli.command = row;
		optind = 0;
		return row->run(&cli, argc - words + 1, argv + words - 1);
	}
	return unknown(argc, argv);
}
