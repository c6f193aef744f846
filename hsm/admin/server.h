#ifndef CARDINAL_SERVER_H
#define CARDINAL_SERVER_H

#include "hsm/admin/desk.h"

/*
 * HTTP on the admin socket, a thread a connection. The desk outlives it.
 */
struct server;

/*
 * Makes the socket at path (0660, of that group; "" for the caller's own) and listens: *fd.
 * ERR_BUSY when another process serves there, ERR_SIZE for a path that is too long, ERR_NOT_FOUND
 * for no such group, ERR_DENIED (said in the log) when another user has put something there that
 * cannot be taken away (owner.h), ERR_IO. The lock file path.lock is held as long as the descriptor
 * *lock is open.
 */
int server_listen(const char *path, const char *group, int *fd, int *lock);

/* Serves on fd, which it takes over. ERR_IO. */
int server_start(struct server **, int fd, struct desk *);
/* Waits for the answers that are on their way: the desk has to end its waiting calls first. */
void server_stop(struct server *);

#endif
