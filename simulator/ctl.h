#ifndef CARDINAL_CTL_H
#define CARDINAL_CTL_H

#include <stdio.h>

/* The client of padN.ctl, and the exit codes of every Cardinal program. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2, EXIT_CANCELLED = 3, EXIT_TIMEOUT = 4 };
enum { PAD_PATH_MAX = 108 };	/* of a socket */

/* Path of pad N's socket: suffix "sock" or "ctl". ERR_SIZE. */
int ctl_path(char path[PAD_PATH_MAX], const char *run, unsigned pad, const char *suffix);

/* Connects: a descriptor, or -1 after saying why not. */
int ctl_open(const char *path);
/* EXIT_DONE, or EXIT_MISUSED after saying what is wrong with the words, which needs no pad. */
int ctl_check(const char *who, char *const *v, size_t n);
/*
 * Sends the words as one command and prints its answer to out; talk goes to
 * stderr behind `who`. "pin" takes a line of descriptor in for its digits, from a
 * terminal without echo, and reads no further.
 * Returns an exit code.
 */
int ctl_command(int fd, const char *who, char *const *v, size_t n, int in, FILE *out);

#endif
