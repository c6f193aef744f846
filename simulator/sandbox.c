#include "simulator/sandbox.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef CARDINAL_VERSION
#define CARDINAL_VERSION "0.1"
#endif

static const char help[] =
"usage: cardinal-sandbox [--pads N] [--hsm] [--cards DIR] [options] -- COMMAND [ARGUMENT...]\n"
"\n"
"Runs COMMAND beside a private pcscd with the Cardinal driver and PIN pads, without root,\n"
"leaves nothing behind and exits as COMMAND does (128 + n after signal n).\n"
"\n"
"  --pads N           virtual PIN pads, 0 to 16 (1)\n"
"  --without LIST     what the pads do not offer, of direct,start,text (cardinal-pad --help)\n"
"  --hsm              a cardinald, too; it trusts the issuer of the deck\n"
"  --cards DIR        the deck; without it an empty one that goes with the sandbox\n"
"  --state DIR        state of the daemon; without it one that goes with the sandbox\n"
"  --hsm-config FILE  configuration of the daemon\n"
"  --logs DIR         keep the logs of pcscd, pads and daemon there\n"
"  --pcscd-log FILE   keep pcscd's log there\n"
"  --pcscd-arg ARG    one more argument for pcscd, such as --apdu; may be repeated\n"
"  --preload LIB      LD_PRELOAD for pcscd alone\n"
"  --readers FILE     more readers for pcscd, as reader.conf(5) has them\n"
"  --drivers DIR      what pcscd finds in /usr/lib/pcsc/drivers; without it nothing, so that\n"
"                     it drives no USB reader\n"
"  --gentle           ends pcscd by SIGINT, not SIGKILL, and fails when that fails\n"
"  --help, --version\n"
"\n"
"COMMAND gets CARDINAL_RUN, CARDINAL_CARDS, CARDINAL_STATE, PCSCLITE_CSOCK_NAME, a PATH with\n"
"Cardinal's programs, SANDBOX_LOGS, and the process ids SANDBOX_PCSCD, SANDBOX_PAD0...,\n"
"SANDBOX_CARDINALD.\n"
"\n"
"It needs user namespaces. Where they are forbidden, or with CARDINAL_SANDBOX=plain, it does\n"
"without: then /run is not private, pcscd needs a /run/pcscd (only root can make one, any user\n"
"can use it), it sees the USB readers of the machine, and --drivers does nothing.\n";

void
sandbox_say(const char *fmt, ...)
{
	va_list ap;

	fputs("cardinal-sandbox: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
sandbox_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, PATH_MAX, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= PATH_MAX) {
		sandbox_say("a path is too long");
		exit(1);
	}
}

enum {
	OPT_PADS = 1, OPT_WITHOUT, OPT_HSM, OPT_CARDS, OPT_STATE, OPT_HSM_CONFIG, OPT_LOGS,
	OPT_PCSCD_LOG, OPT_PCSCD_ARG, OPT_PRELOAD, OPT_READERS, OPT_DRIVERS, OPT_GENTLE, OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{ "pads", required_argument, NULL, OPT_PADS },
	{ "without", required_argument, NULL, OPT_WITHOUT },
	{ "hsm", no_argument, NULL, OPT_HSM },
	{ "cards", required_argument, NULL, OPT_CARDS },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "hsm-config", required_argument, NULL, OPT_HSM_CONFIG },
	{ "logs", required_argument, NULL, OPT_LOGS },
	{ "pcscd-log", required_argument, NULL, OPT_PCSCD_LOG },
	{ "pcscd-arg", required_argument, NULL, OPT_PCSCD_ARG },
	{ "preload", required_argument, NULL, OPT_PRELOAD },
	{ "readers", required_argument, NULL, OPT_READERS },
	{ "drivers", required_argument, NULL, OPT_DRIVERS },
	{ "gentle", no_argument, NULL, OPT_GENTLE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int
number(const char *text, unsigned max, unsigned *n)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || v > max)
		return -1;
	*n = (unsigned)v;
	return 0;
}

/* -1: go on; else the exit status. */
static int
parse(struct sandbox *s, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (c) {
		case OPT_PADS:
			if (number(optarg, SANDBOX_PADS_MAX, &s->pads) != 0) {
				sandbox_say("--pads: 0 to %d, not %s", SANDBOX_PADS_MAX, optarg);
				return 2;
			}
			break;
		case OPT_WITHOUT: s->without = optarg; break;
		case OPT_HSM: s->hsm = 1; break;
		case OPT_CARDS: s->cards = optarg; break;
		case OPT_STATE: s->state = optarg; break;
		case OPT_HSM_CONFIG: s->hsm_config = optarg; break;
		case OPT_LOGS: s->logs = optarg; break;
		case OPT_PCSCD_LOG: s->pcscd_log = optarg; break;
		case OPT_PCSCD_ARG:
			if (s->pcscd_args_n == SANDBOX_PCSCD_ARGS) {
				sandbox_say("--pcscd-arg: at most %d", SANDBOX_PCSCD_ARGS);
				return 2;
			}
			s->pcscd_args[s->pcscd_args_n++] = optarg;
			break;
		case OPT_PRELOAD: s->preload = optarg; break;
		case OPT_READERS: s->readers = optarg; break;
		case OPT_DRIVERS: s->drivers = optarg; break;
		case OPT_GENTLE: s->gentle = 1; break;
		case OPT_HELP: fputs(help, stdout); return 0;
		case OPT_VERSION: puts("cardinal-sandbox " CARDINAL_VERSION); return 0;
		default: fputs("Try --help.\n", stderr); return 2;
		}
	}
	if (argv[optind] == NULL) {
		sandbox_say("no command; try --help");
		return 2;
	}
	s->command = argv + optind;
	return -1;
}

static int
find_ourselves(struct sandbox *s)
{
	/* Built beside us, installed with us, or where Debian has drivers. */
	static const struct {
		int beside;
		const char *dir;
	} places[] = {
		{ 1, "" }, { 1, "/../lib/pcsc/drivers/serial" },
		{ 0, "/usr/lib/pcsc/drivers/serial" },
	};
	ssize_t n = readlink("/proc/self/exe", s->here, sizeof(s->here) - 1);
	char *slash;

	if (n < 0) {
		sandbox_say("/proc/self/exe: %s", strerror(errno));
		return -1;
	}
	s->here[n] = '\0';
	if ((slash = strrchr(s->here, '/')) != NULL)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		sandbox_path(s->driver, "%s%s/libifd-cardinal.so", places[i].beside ? s->here : "",
		    places[i].dir);
		if (access(s->driver, R_OK) == 0)
			break;
	}
	if (s->pads > 0 && access(s->driver, R_OK) != 0) {
		sandbox_say("no driver: there is neither %s/libifd-cardinal.so nor %s", s->here,
		    s->driver);
		return -1;
	}
	return 0;
}

/* A directory that the user named: made when it is not there, and its whole path. */
static int
own_dir(const char *what, const char *name, char path[PATH_MAX])
{
	if (name == NULL)
		return 0;
	if ((mkdir(name, 0700) != 0 && errno != EEXIST) || realpath(name, path) == NULL) {
		sandbox_say("%s %s: %s", what, name, strerror(errno));
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static struct sandbox s = { .pads = 1 };
	int r;

	if ((r = parse(&s, argc, argv)) >= 0)
		return r;
	if (find_ourselves(&s) != 0 || own_dir("--cards", s.cards, s.cards_dir) != 0 ||
	    own_dir("--state", s.state, s.state_dir) != 0 ||
	    own_dir("--logs", s.logs, s.logs_dir) != 0)
		return 1;
	return sandbox_room(&s, sandbox_inner);
}
