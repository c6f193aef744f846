#ifndef CARDINAL_PAD_SOCKET_H
#define CARDINAL_PAD_SOCKET_H

#include <sys/un.h>

/*
 * Where a pad listens, and when it is worth while to call there. While nobody
 * listens the kernel tells what comes into the directory (inotify), so that a
 * pad that is not there costs nothing, and one that comes is called at once.
 * Where the kernel cannot tell, and while a pad listens that does not speak
 * with us, it is called every 250 ms.
 */
struct pad_socket {
	struct sockaddr_un address;
	int changes;		/* inotify, -1: none */
	int directory;		/* its watch, -1: none */
	unsigned misses;	/* calls that failed since something came; 0: somebody listens */
};

/* 0, ERR_SIZE for a path that is too long. */
int pad_socket_init(struct pad_socket *, const char *path);
void pad_socket_free(struct pad_socket *);
/*
 * A non-blocking connection, or ERR_NOT_FOUND (no socket), ERR_DENIED,
 * ERR_READER_GONE (nobody listens, or too many wait to be heard), ERR_IO.
 */
int pad_socket_call(struct pad_socket *);
/* Who was called has answered: as soon as that link has gone, another call is worth while. */
void pad_socket_heard(struct pad_socket *);
/* Waits until it is time to call again: 0, or 1 as soon as the bell, a descriptor, can be read. */
int pad_socket_wait(struct pad_socket *, int bell);

#endif
