#ifndef CARDINAL_GUARD_H
#define CARDINAL_GUARD_H

/*
 * Runs the rest of the program in a child and stays behind as its guard:
 * whatever ends the child, SIGKILL too, the terminal on stdin is given back as it
 * was. Signals that end a program are passed on to the child, which ends by
 * SIGTERM when the guard dies. In the child it returns 0; without a terminal or
 * without a child to be had it returns 0 as well, unguarded. The guard itself
 * exits with the child's status, or 128 and the signal.
 */
int guard_terminal(void);

#endif
