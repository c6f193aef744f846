#ifndef CARDINAL_SLATE_H
#define CARDINAL_SLATE_H

#include <stddef.h>
#include <stdint.h>

struct wire_patience;

/*
 * A page that one connection's client and vault share, for calls that are short, both ways: what is
 * written on it costs no system call but the one that wakes a sleeper. The socket stays for all
 * else, and for what must be known of the other: that it has gone.
 *
 * A connection begins on its socket. A frame of no bytes there says that the request is on the
 * slate, as the next ones will be; a request of no bytes on the slate says that it comes by the
 * socket, as the next ones will. Answers come the way their request came, but one that is too long
 * for the slate: no bytes on it say that there is a frame.
 *
 * Neither end believes what stands there: a message is copied once, its length as it was looked at,
 * and all that is read afterwards is the copy.
 */
enum {
	SLATE_PAGE = 4096,
	SLATE_MAX = SLATE_PAGE - 2 * 64 - 8,
};

/* What one end hears by, in a cache line of its own. */
struct slate_bell {
	_Alignas(64) uint32_t count;	/* of messages for it */
	uint32_t sleeps;		/* how it waits, if it does: the other one wakes it so */
	uint32_t taken;			/* messages that it has taken */
};

struct slate {
	struct slate_bell bell[2];	/* by enum slate_side */
	uint32_t n;			/* bytes of the message that was written last */
	uint32_t processor;		/* where its writer ran, and one; a hint, 0: unknown */
	uint8_t bytes[SLATE_MAX];
};
_Static_assert(sizeof(struct slate) == SLATE_PAGE, "a slate is a page");

enum slate_side { SLATE_VAULT, SLATE_CLIENT };

/* One end of a connection. shared is NULL where there is no slate. */
struct slate_end {
	struct slate *shared;
	enum slate_side side;
	int fd;				/* the connection's socket, which stays its owner's */
	uint32_t heard;			/* messages that it has taken */
	int other;			/* where the other one ran then, or -1 */
};

/*
 * A new one, and its descriptor, which is the caller's: 0; ERR_IO: there is none to be had, nor any
 * that its client could not take away again.
 */
int slate_new(struct slate_end *, int socket, int *fd);
/*
 * The client's end of the one behind fd, which stays the caller's. A child that is forked does not
 * get it. ERR_FORMAT: it is none, or could be cut short.
 */
int slate_map(struct slate_end *, int socket, int fd);
/*
 * The end: what nobody has taken is wiped off, and is no message any more for an end that is still
 * at it. slate_leave leaves it to the other one, who will.
 */
void slate_free(struct slate_end *);
void slate_leave(struct slate_end *);

/* Whether a call may go this way: it is short, and has neither a code nor a key with it. */
int slate_takes(uint8_t id);

/* n is at most SLATE_MAX. */
void slate_put(struct slate_end *, const uint8_t *, size_t n);
/* Wakes the other one if it sleeps: 0, or ERR_CLOSED and ERR_IO of the socket. */
int slate_ring(struct slate_end *);
/*
 * What slate_watch or slate_sleep has found, copied and wiped off: 0; ERR_SIZE, ERR_CLOSED (it was
 * wiped meanwhile). *processor as wire_receive_within has it.
 */
int slate_get(struct slate_end *, uint8_t *, size_t cap, size_t *n, int *processor);
/* Whether the other one has taken what was put last: what it has not has not happened. */
int slate_taken(const struct slate_end *);
/*
 * As wire_watch: 1, there is a message. Where the other one has no processor but this one to run
 * on, looking would only keep it from it.
 */
int slate_watch(struct slate_end *, const struct wire_patience *, const uint32_t *awake);
/*
 * Waits at the bell, where a message is heard soonest, but not whether the other one has gone: so
 * for 20 ms at most. 1: there is a message.
 */
int slate_doze(struct slate_end *);
/* Until there is a message: 0; ERR_CLOSED, ERR_IO, ERR_FORMAT (the socket has something else). */
int slate_sleep(struct slate_end *);

#endif
