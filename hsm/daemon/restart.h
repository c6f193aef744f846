#ifndef CARDINAL_RESTART_H
#define CARDINAL_RESTART_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hsm/admin/config.h"

/*
 * The configured restart command, which the parent runs after an opening of a slot has failed for
 * good. Not in a shell: words parted by blanks, the first an absolute path. It gets an environment
 * of PATH alone, /dev/null for its three descriptors and no other one, and / to stand in.
 *
 * One that does not end is ended, so that it keeps no later one from running: its process group by
 * SIGTERM, by SIGKILL when that has not helped. now: ms of the monotonic clock.
 */
enum {
	RESTART_WORDS = 32,
	RESTART_MS = 600000,		/* a program that starts slowly may take its time */
	RESTART_KILL_MS = 10000,	/* between the signals */
};

struct restart {
	char text[CONFIG_PATH_MAX];	/* its words, parted by NULs */
	char *word[RESTART_WORDS + 1];	/* to the first NULL; none: nothing is ever run */
	pid_t pid;			/* of the one that runs, 0: none does */
	int again;			/* it was rung for meanwhile: once more, then */
	int signal;			/* what it gets when its time is over; 0: it has had both */
	int64_t until;
};

/*
 * From the configuration. The parent may be root: so the command is taken only when nobody but root
 * and the parent's own user may write to the file that names it or to the program, or put another
 * in their place. path: of the configuration, NULL for the default. 0, or ERR_FORMAT, ERR_DENIED
 * with a sentence in why.
 */
int restart_init(struct restart *, const struct config *, const char *path,
    char why[CONFIG_WHY_MAX]);
/* Runs it, or notes that it has to run again when the one that runs has ended. */
void restart_ring(struct restart *, int64_t now);
/* Whether that child was it: 1, and its end is logged. ending: the daemon ends, nothing is run. */
int restart_reaped(struct restart *, pid_t, int status, int ending, int64_t now);
/* For poll: ms until restart_look has something to do; -1: nothing. */
int restart_patience(const struct restart *, int64_t now);
/* Ends it when its time is over. */
void restart_look(struct restart *, int64_t now);

#endif
