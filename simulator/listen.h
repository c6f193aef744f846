#ifndef CARDINAL_LISTEN_H
#define CARDINAL_LISTEN_H

/*
 * A listening Unix socket, 0660 and of group cardinal where there is one and we
 * may. What a process that is no more left at the path is replaced; ERR_BUSY
 * when one listens there. ERR_DENIED, ERR_IO: errno tells more.
 */
int listen_at(const char *path, int *fd);
/* Locks a directory, so that two programs do not take one socket at once. -1: errno. */
int listen_lock(const char *dir);

#endif
