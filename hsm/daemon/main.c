#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hsm/daemon/parent.h"

static const char usage[] =
    "usage: cardinald [options]\n"
    "The HSM: keys and transcript in one process, ceremonies and the admin socket in another.\n"
    "  --state DIR      what it keeps (/var/lib/cardinal, or CARDINAL_STATE)\n"
    "  --run DIR        sockets (/run/cardinal, or CARDINAL_RUN)\n"
    "  --config FILE    configuration (/etc/cardinal/cardinal.conf, which may be missing)\n"
    "  --reader NAME    card reader (the configured one, else the first with a PIN pad)\n"
    "  --foreground     stay in the foreground and log to standard error, not to syslog\n"
    "  --ready-fd N     write a byte to descriptor N, from 3 on, when the admin socket answers\n"
    "  --no-seccomp     start also where the kernel has no filter of system calls\n"
    "  --help, --version\n"
    "It goes to the background when it serves. Exit status: 0 done, 1 failed, 2 misused.\n";

enum { OPT_STATE = 256, OPT_RUN, OPT_CONFIG, OPT_READER, OPT_FOREGROUND, OPT_READY, OPT_ROLE,
	OPT_NO_SECCOMP, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
	{ "state", required_argument, NULL, OPT_STATE },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "reader", required_argument, NULL, OPT_READER },
	{ "foreground", no_argument, NULL, OPT_FOREGROUND },
	{ "ready-fd", required_argument, NULL, OPT_READY },
	{ "role", required_argument, NULL, OPT_ROLE },	/* the parent's, for itself */
	{ "no-seccomp", no_argument, NULL, OPT_NO_SECCOMP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name, *says;
	int (*run)(const struct role_options *);
} roles[] = {
	{ "vault", "cardinald vault", role_vault },
	{ "ward", "cardinald ward", role_ward },
};

static const char *
or_else(const char *variable, const char *fallback)
{
	const char *v = getenv(variable);

	return v != NULL && *v != '\0' ? v : fallback;
}

static int
misused(const char *what)
{
	fprintf(stderr, "cardinald: %s\n%s", what, usage);
	return 2;
}

static int
run_role(const char *name, const struct role_options *o)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i].name, name) != 0)
			continue;
		/* What the log puts before each line. */
		program_invocation_short_name = (char *)roles[i].says;
		return roles[i].run(o);
	}
	return misused("there is no such role");
}

int
main(int argc, char **argv)
{
	struct parent_options o = {
		.role = {
			.state = or_else("CARDINAL_STATE", "/var/lib/cardinal"),
			.run = or_else("CARDINAL_RUN", "/run/cardinal"),
		},
		.ready_fd = -1,
	};
	const char *role = NULL;
	char *end;
	long fd;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case OPT_STATE: o.role.state = optarg; break;
		case OPT_RUN: o.role.run = optarg; break;
		case OPT_CONFIG: o.role.config = optarg; break;
		case OPT_READER: o.role.reader = optarg; break;
		case OPT_FOREGROUND: o.foreground = 1; break;
		case OPT_ROLE: role = optarg; break;
		case OPT_NO_SECCOMP: o.role.no_seccomp = 1; break;
		case OPT_READY:
			fd = strtol(optarg, &end, 10);
			if (*optarg == '\0' || *end != '\0' || fd < 3 || fd > 1023)
				return misused("--ready-fd takes a descriptor from 3 on");
			o.ready_fd = (int)fd;
			break;
		case OPT_HELP: fputs(usage, stdout); return 0;
		case OPT_VERSION: puts("cardinald " CARDINAL_VERSION); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind != argc)
		return misused("it takes options only");
	program_invocation_short_name = (char *)"cardinald";
	return role != NULL ? run_role(role, &o.role) : parent_run(&o);
}
