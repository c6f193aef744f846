#ifndef CARDINAL_CLIENT_H
#define CARDINAL_CLIENT_H

#include <jansson.h>

/*
 * Asks cardinald over its admin socket (libcurl). What goes wrong is said on
 * standard error, with what to do about it.
 */
enum { CLIENT_WAIT_S = 25, CLIENT_ANSWER_MAX = 4 << 20 };

struct client;

/* ERR_NOMEM. With `keys`, Ctrl-C ends a call instead of the program: see client_call. */
int client_new(struct client **, const char *run, int keys);
void client_free(struct client *);

/*
 * One request; body NULL is a GET. 0 and *answer, the caller's. ERR_CLOSED: no daemon (said
 * unless quiet); ERR_CANCELLED: Ctrl-C; otherwise what went wrong, said: ERR_EXISTS (not said)
 * when the daemon's error is "exists", ERR_FORMAT for an answer that is none, ERR_DENIED for any
 * other refusal, and when the one who listens is not one who may (hsm/keys/owner.h): he is told
 * nothing. *answer is NULL after an error.
 */
int client_call(struct client *, const char *path, const char *body, size_t n, int quiet,
    json_t **answer);

/*
 * A GET that waits at the daemon, but not beyond something to read at fd (-1: none): ERR_NOT_NOW
 * then, or at its end of file.
 */
int client_wait(struct client *, const char *path, int fd, json_t **answer);

/* Waits, but not beyond Ctrl-C (ERR_CANCELLED). */
int client_pause(struct client *, int ms);

#endif
