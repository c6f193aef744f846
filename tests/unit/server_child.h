#ifndef CARDINAL_TESTS_SERVER_CHILD_H
#define CARDINAL_TESTS_SERVER_CHILD_H

#include <sys/types.h>

#include "simulator/server.h"
#include "tests/unit/suite.h"

/* Pad 3 with its server in a process of its own, and what comes from it. */
struct child {
	char dir[SUITE_DIR_MAX];
	pid_t pid;
	uint8_t in[2 * PADLINK_MAX];
	size_t in_n, used;
	struct padlink_msg got;
};

/* Starts one in a new directory, which serves; end asserts that it ends well and leaves nothing. */
struct child *child_start(void);
void child_end(struct child *);
/* One in that directory, and what it exited with: minus the error, 128 and more for a signal. */
pid_t child_spawn(const char *dir);
int child_ended(pid_t);

/* A connection to its "sock" or "ctl", -1 when there is none; soon waits for it. */
int child_reach(const struct child *, const char *suffix);
int child_reach_soon(const struct child *, const char *suffix);

/* Sends a request. */
void child_ask(int fd, uint8_t type, uint32_t number, const void *body, size_t n);
/* The next message: its type, 0 at the end of file, -1 when none comes. */
int child_hear(struct child *, int fd);
/* The status in the message heard last, -1 without. */
int child_status(const struct child *);
/* A driver's connection that has said HELLO. */
int child_driver(struct child *);
/* Asserts that those lines, sent for control, are answered by that. */
void child_ctl(const struct child *, const char *lines, const char *want);

#endif
