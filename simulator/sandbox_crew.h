#ifndef CARDINAL_SANDBOX_CREW_H
#define CARDINAL_SANDBOX_CREW_H

#include "simulator/sandbox.h"

/* The processes of a sandbox: each in its own session, its output in a log. Failures are said. */

/*
 * Starts args[0]; its process id goes into the environment as env. A listening
 * socket (else -1) is handed over as sd_listen_fds(3) wants it. NULL when it failed.
 */
struct sandbox_member *crew_start(struct sandbox *, const char *name, const char *env,
    char *const *args, int listener);
/* Until answers(path) is true. -1: it has ended, time is over, the outer process is gone. */
int crew_wait(struct sandbox *, struct sandbox_member *, int (*answers)(const char *),
    const char *path);
/* Runs a tool to its end; -1 when that is not status 0. */
int crew_run(const struct sandbox *, char *const *args);
/* Takes note of a child that was waited for; *failed is set when it was to end and ended badly. */
void crew_ended(struct sandbox *, pid_t, int status, int *failed);
/* The end of its log, on stderr. */
void crew_print_log(const struct sandbox_member *);
/* Ends all, the last started first: each sees those it uses to its own end. */
void crew_end(struct sandbox *, int *failed);

#endif
