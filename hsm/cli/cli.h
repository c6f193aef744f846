#ifndef CARDINAL_CLI_H
#define CARDINAL_CLI_H

#include <getopt.h>
#include <stddef.h>

/*
 * The operator's tool: rows of {name, usage, run}, options inside. run returns
 * the exit status. Data goes to standard output, talk to standard error.
 */
enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_MISUSED = 2,
	CLI_CANCELLED = 3,	/* at the pad, or by `cardinal cancel` */
	CLI_TIMED_OUT = 4,
};

struct cli {
	const char *run;	/* directory of the sockets */
	const struct command *command;	/* the row that runs */
};

struct command {
	const char *name;	/* noun, or noun and verb */
	const char *usage;	/* its options and arguments */
	const char *says;	/* what it does, one line */
	int (*run)(struct cli *, int argc, char **argv);	/* argv[0]: last word of the name */
};

/* All rows; ends with one without name. */
extern const struct command commands[];

/* Options that every command has; the rows' own values are letters. */
enum { CLI_OPT_RUN = 256, CLI_OPT_HELP };
#define CLI_OPTIONS \
	{ "run", required_argument, NULL, CLI_OPT_RUN }, \
	{ "help", no_argument, NULL, CLI_OPT_HELP }, \
	{ NULL, 0, NULL, 0 }

/*
 * The next option as getopt_long has it, the common ones seen to: -1 at the end, a letter of the
 * row's, or 0 when run has to return *status at once.
 */
int cli_option(struct cli *, int argc, char **argv, const struct option *, int *status);
/* That exactly n arguments follow the options: 0, or CLI_MISUSED after saying so. */
int cli_arguments(struct cli *, int argc, int n);
/* Says what is wrong and the row's usage: CLI_MISUSED. */
int cli_misused(struct cli *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The whole tool: main but for the process. */
int cli_main(int argc, char **argv);

int cmd_status(struct cli *, int, char **);
int cmd_install(struct cli *, int, char **);
int cmd_resume(struct cli *, int, char **);
int cmd_ok(struct cli *, int, char **);
int cmd_cancel(struct cli *, int, char **);
int cmd_reset(struct cli *, int, char **);
int cmd_events(struct cli *, int, char **);
int cmd_script_install(struct cli *, int, char **);
int cmd_script_slot(struct cli *, int, char **);
int cmd_script_tool(struct cli *, int, char **);
int cmd_issuer_add(struct cli *, int, char **);
int cmd_issuer_list(struct cli *, int, char **);
int cmd_reader_list(struct cli *, int, char **);
int cmd_reader_probe(struct cli *, int, char **);
int cmd_slot_list(struct cli *, int, char **);
int cmd_slot_show(struct cli *, int, char **);
int cmd_slot_mode(struct cli *, int, char **);
int cmd_slot_activate(struct cli *, int, char **);
int cmd_slot_deactivate(struct cli *, int, char **);
int cmd_slot_code(struct cli *, int, char **);
int cmd_slot_wipe(struct cli *, int, char **);
int cmd_share(struct cli *, int, char **);
int cmd_user(struct cli *, int, char **);

#endif
