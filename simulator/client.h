#ifndef CARDINAL_CLIENT_H
#define CARDINAL_CLIENT_H

#include "simulator/control.h"

/* Who has called at the control socket: its lines, and the reply that goes out. */
struct client {
	int fd;				/* -1: none */
	int closing;			/* has sent all it will */
	uint64_t heard;			/* when it last said something */
	size_t n;
	char in[WORDS_LINE_MAX];
	size_t line_n;			/* of the line given out, its end included */
	size_t sent;			/* of the reply */
	struct control_reply reply;
};

void client_init(struct client *, int fd, uint64_t now_ms);
/* Hangs up and wipes what it said. */
void client_drop(struct client *);
/* Takes in what it sends, or that it has ended: 1; 0 when nothing was there. */
int client_read(struct client *, uint64_t now_ms);
/*
 * Sends what is left of the reply: 1 when all is out, 0 when it cannot go now, or when the client,
 * which is dropped then, has gone.
 */
int client_write(struct client *);
/*
 * The next line, without its end, or NULL. A client that sends one without end is dropped, as is
 * one that has ended. It stays until client_line_done, which wipes it; then the reply goes out.
 */
char *client_line(struct client *);
void client_line_done(struct client *);
/* Whether there is something to do although it sends no more. */
int client_has_work(const struct client *);
/* What to poll for. */
short client_events(const struct client *);

#endif
