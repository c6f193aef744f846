#ifndef CARDINAL_PARENT_H
#define CARDINAL_PARENT_H

#include "hsm/daemon/roles.h"

/*
 * The small parent of vault and ward: it makes the directories, starts both,
 * and ends both as soon as one is gone. It opens no data and no socket but the pairs between
 * them, and runs the restart command (restart.h) when vault asks for it. Neither is started again:
 * what is wrong with one would be wrong with the next.
 */
struct parent_options {
	struct role_options role;
	int foreground;		/* else to the background when it serves, and logs to syslog */
	int ready_fd;		/* gets a byte when the admin socket answers; -1: none */
};

/* Exit status: 0 after SIGTERM or SIGINT, 1 when a child ended by itself or nothing could start. */
int parent_run(const struct parent_options *);

#endif
