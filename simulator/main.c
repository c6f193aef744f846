#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/control.h"
#include "simulator/ctl.h"
#include "simulator/options.h"
#include "simulator/script.h"

static int
open_control(const struct options *o)
{
	char path[PAD_PATH_MAX];

	if (ctl_path(path, o->run, o->pad, "ctl") != 0) {
		fprintf(stderr, "cardinal-pad: %s: too long for the path of a socket\n", o->run);
		return -1;
	}
	return ctl_open(path);
}

static int
command_ctl(const struct options *o)
{
	char *word[WORDS_MAX], json[] = "--json";
	size_t n = o->n - 1;
	int fd, code;

	memcpy(word, o->v + 1, n * sizeof(word[0]));
	if (o->json)
		word[n++] = json;
	if ((code = ctl_check("cardinal-pad", word, n)) != EXIT_DONE)
		return code;
	if ((fd = open_control(o)) < 0)
		return EXIT_FAILED;
	code = ctl_command(fd, "cardinal-pad", word, n, STDIN_FILENO, stdout);
	close(fd);
	return code;
}

static int
command_run(const struct options *o)
{
	int fd, code;

	if (o->n != 2) {
		fprintf(stderr, "cardinal-pad: run SCRIPT\n");
		return EXIT_MISUSED;
	}
	if ((fd = open_control(o)) < 0)
		return EXIT_FAILED;
	code = script_run(o->v[1], fd, STDIN_FILENO, stdout);
	close(fd);
	return code;
}

static const struct {
	const char *name, *usage;
	int (*run)(const struct options *);
} commands[] = {
	{ "", "                                the pad on this terminal", command_pad },
	{ "", "--headless                      the pad without a screen", command_pad },
	{ "ctl", "ctl [--pad N] COMMAND           drives a pad; its commands below", command_ctl },
	{ "run", "run [--pad N] SCRIPT            a file of such commands; `pin` reads stdin",
	    command_run },
	{ "card", "card new NAME [--profile tcos]  makes a card of the deck", command_card },
	{ "card", "card list                       the deck; [--json]", command_card },
	{ "card", "card show NAME                  its files, rules, PINs and keys; [--json]",
	    command_card },
	{ "card", "card delete NAME", command_card },
	{ "card", "card issuer                     path of the deck's issuer certificate",
	    command_card },
};

static void
help(void)
{
	puts("cardinal-pad: a PIN pad with a card slot, and a deck of cards\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  cardinal-pad %s\n", commands[i].usage);
	puts("\nCommands of ctl and of scripts:\n");
	for (size_t i = 0; control_usage(i) != NULL; i++)
		printf("  %s\n", control_usage(i));
	puts("\nOptions:\n\n"
	    "  --pad N        number of the pad, 0\n"
	    "  --run DIR      where its sockets are: CARDINAL_RUN, or /run/cardinal\n"
	    "  --cards DIR    the deck: CARDINAL_CARDS, or cards under the state directory\n"
	    "  --log FILE     what the reader does: instructions and status words, no data\n"
	    "  --record FILE  what a person does at the pad, as a script\n"
	    "  --without LIST what the pad is not to offer, of direct,start,text: PIN entries at\n"
	    "                 once, PIN entries in steps, the host's text and keys for the host\n"
	    "  --help, --version\n\n"
	    "Exit status: 0 done, 1 failed, 2 misused, 4 timed out.");
}

int
main(int argc, char **argv)
{
	const char *name;
	struct options o;

	if (options_read(&o, argc, argv) != 0)
		return EXIT_MISUSED;
	if (o.help) {
		help();
		return EXIT_DONE;
	}
	if (o.version) {
		puts("cardinal-pad " CARDINAL_VERSION);
		return EXIT_DONE;
	}
	name = o.n > 0 ? o.v[0] : "";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(&o);
	fprintf(stderr, "cardinal-pad: %s: no such command; try --help\n", name);
	return EXIT_MISUSED;
}
