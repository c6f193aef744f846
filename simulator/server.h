#ifndef CARDINAL_SERVER_H
#define CARDINAL_SERVER_H

#include "simulator/client.h"
#include "simulator/control.h"
#include "simulator/ctl.h"

/*
 * The pad's sockets and its poll loop: padN.sock for one driver, padN.ctl for
 * control. It sleeps until a peer, a key or a deadline wakes it. Unplugged,
 * padN.sock does not exist. When all places for control are taken, the client that has been silent
 * for longest, and waits for nothing, loses its own.
 */
enum { SERVER_GUESTS = 4, SERVER_CLIENTS = 16 };

/* A driver too many: it is told so when it has said HELLO. */
struct server_guest {
	int fd;
	size_t n;
	uint8_t in[64];
};

/* The screen, where there is one. All calls come from server_run. */
struct server_face {
	void *arg;
	void (*keyboard)(void *arg, uint64_t now_ms);	/* stdin can be read */
	void (*changed)(void *arg);			/* something may look different now */
	void (*resized)(void *arg);
};

struct server {
	struct device *device;
	struct control control;
	char driver_path[PAD_PATH_MAX], control_path[PAD_PATH_MAX];
	int driver_listener, control_listener;	/* -1: none */
	int signals;
	int deck_watch;			/* readable when the deck has changed, -1: none */
	uint64_t accept_at;			/* when callers are let in again */
	int stop;				/* set to make server_run return */
	int driver;
	size_t in_n;
	uint8_t in[PADLINK_MAX];
	struct server_guest guests[SERVER_GUESTS];
	struct client clients[SERVER_CLIENTS];
};

/*
 * Takes the sockets of pad N in a directory, which is made if it can be. What a
 * pad left behind that is no more is replaced. ERR_BUSY: pad N runs already;
 * ERR_SIZE: a path too long for a socket; ERR_DENIED, ERR_IO with errno.
 * Blocks the signals that end a program: they end server_run.
 */
int server_open(struct server *, struct device *, struct hands *, const char *run, unsigned pad);
/* Serves until a signal or stop: 0, ERR_IO. face may be NULL. */
int server_run(struct server *, const struct server_face *face);
/* Closes everything and takes the sockets away. */
void server_close(struct server *);
/* Milliseconds of the clock that all of it runs by. */
uint64_t server_now(void);

#endif
