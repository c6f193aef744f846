#ifndef CARDINAL_SANDBOX_H
#define CARDINAL_SANDBOX_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A private pcscd with driver, pads and HSM around one command. Three nouns:
 * the options (sandbox.c), the room that it all runs in (sandbox_room), and
 * the processes in it (sandbox_inner, by means of sandbox_crew).
 *
 * Two processes of ours: the outer one passes signals on and waits; the inner
 * one starts and ends everything. In namespaces the inner one is process 1, so
 * that the kernel ends all others with it.
 */
enum {
	SANDBOX_PADS_MAX = 16,		/* PCSCLITE_MAX_READERS_CONTEXTS */
	SANDBOX_PCSCD_ARGS = 16,
	SANDBOX_CREW = SANDBOX_PADS_MAX + 2,
	SANDBOX_NAME = 32,
	SANDBOX_START_MS = 20000,	/* until everything answers */
	SANDBOX_END_MS = 15000,		/* until what was told to end has ended */
};

struct sandbox_member {
	pid_t pid;			/* 0: not running */
	int told;			/* it was asked to end */
	char name[SANDBOX_NAME];
	char log[PATH_MAX];
};

struct sandbox {
	/* What was asked for; NULL where nothing was. */
	unsigned pads;
	int hsm, gentle;
	const char *cards, *state, *readers, *drivers, *logs, *pcscd_log;
	const char *preload, *hsm_config, *without;
	const char *pcscd_args[SANDBOX_PCSCD_ARGS];
	size_t pcscd_args_n;
	char **command;

	char here[PATH_MAX];		/* where our own executable lies */
	char driver[PATH_MAX];

	/* The room. */
	int plain;			/* no namespaces */
	int ipc_is_new;			/* plain: /run/pcscd was not there before */
	pid_t pcscd;
	char base[PATH_MAX];		/* private directory */
	char run[PATH_MAX];		/* CARDINAL_RUN */
	char cards_dir[PATH_MAX], state_dir[PATH_MAX], logs_dir[PATH_MAX];
	int alive;			/* reads end of file when the outer process is gone */

	struct sandbox_member crew[SANDBOX_CREW];
	size_t crew_n;
};

/*
 * Runs inner(s) in a room of its own and waits for it; SIGINT, SIGTERM, SIGHUP
 * and SIGQUIT that were sent to us alone go to it. Returns the exit status of
 * inner; 1 after saying why when there is no room.
 */
int sandbox_room(struct sandbox *, int (*inner)(struct sandbox *));

/*
 * Starts the crew, runs the command, ends the crew. Returns the command's
 * status, 128 + n after signal n, or 1 when something of ours failed.
 */
int sandbox_inner(struct sandbox *);

/* Says it on stderr, with the program's name. */
void sandbox_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Formats a path of PATH_MAX; one that is too long ends the program. */
void sandbox_path(char path[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
