#include "ifdhandler/pad_link.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"
#include "ifdhandler/log.h"
#include "ifdhandler/pad_link_parts.h"
#include "ifdhandler/thread.h"

enum {
	OPEN_MS = 500,		/* what opening waits for the first try, */
	OPEN_NEXT_MS = 50,	/* and where a pad was seen to hang already */
	HELLO_MS = 2000,
	SEND_MS = 2000,
	UNASKED_MAX = 20000,	/* messages in UNASKED_MS that nobody asked for */
	UNASKED_MS = 1000,
};

/* Two changes or more and it is there: it was away in between. */
static void
set_card(struct pad_link *link, const struct padlink_card *card)
{
	presence_set(&link->presence, card->present, card->changes != link->changes);
	link->changes = card->changes;
}

int
pad_link_send(int fd, const uint8_t *p, size_t n)
{
	const struct timespec end = clock_after(SEND_MS);
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t sent;

	while (n > 0) {
		sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		} else if (errno != EINTR &&
		    (errno != EAGAIN || poll(&room, 1, clock_left(&end)) <= 0))
			return ERR_READER_GONE;
	}
	return 0;
}

static int
hear_hello(struct pad_link *link, const struct padlink_msg *m)
{
	struct padlink_hello_answer hello;
	uint8_t status;

	if (m->type != PADLINK_HELLO ||
	    padlink_get_hello_answer(m->body, m->n, &status, &hello) != 0)
		return ERR_FORMAT;
	if (status != PADLINK_OK) {
		link->refused = status;
		return ERR_BUSY;
	}
	link->hello = hello;
	link->told = 0;
	link->linked = 1;
	link->links++;
	if (link->unasked <= UNASKED_MAX)	/* one that floods is called less often */
		pad_socket_heard(&link->socket);
	set_card(link, &hello.card);
	ifd_log("%s: linked", link->socket.address.sun_path);
	return 0;
}

/*
 * No hand moves cards so fast, and no test: each wakes pcscd, and who has something to ask waits
 * meanwhile. What one link has said counts for the next.
 */
static int
hear_unasked(struct pad_link *link)
{
	if (clock_left(&link->unasked_end) == 0) {
		link->unasked_end = clock_after(UNASKED_MS);
		link->unasked = 0;
	}
	return ++link->unasked > UNASKED_MAX ? ERR_FORMAT : 0;
}

/* One message of the pad; an error ends the link. */
static int
hear(struct pad_link *link, const struct padlink_msg *m)
{
	struct padlink_card card;
	const uint8_t *rest;
	size_t n;

	if (!link->linked)
		return hear_hello(link, m);
	if (m->type == PADLINK_CARD) {
		if (padlink_get_card(m->body, m->n, &card) != 0)
			return ERR_FORMAT;
		set_card(link, &card);
		return hear_unasked(link);
	}
	/* The answer to a request that was given up. */
	if (link->waiting == 0 || m->number != link->number)
		return hear_unasked(link);
	if (m->type != link->waiting ||
	    padlink_get_answer(m->body, m->n, m->type, &link->status, &rest, &n) != 0 ||
	    n > sizeof(link->answer))
		return ERR_FORMAT;
	if (n > 0)
		memcpy(link->answer, rest, n);
	link->answer_n = n;
	link->waiting = 0;
	return 0;
}

static int
hear_all(struct pad_link *link)
{
	struct padlink_msg m;
	size_t done = 0;
	int n, r = 0;

	pthread_mutex_lock(&link->lock);
	while (r == 0 && (n = padlink_frame(link->in + done, link->in_n - done, &m)) != 0) {
		if ((r = n) < 0)
			break;
		r = hear(link, &m);
		done += (size_t)n;
	}
	if (link->linked && !link->tried) {
		link->tried = 1;
		pthread_cond_broadcast(&link->moved);
	}
	pthread_mutex_unlock(&link->lock);
	if (r != 0)
		return r;
	memmove(link->in, link->in + done, link->in_n - done);
	explicit_bzero(link->in + link->in_n - done, done);
	link->in_n -= done;
	return 0;
}

int
pad_link_read(struct pad_link *link, int fd)
{
	const ssize_t n = recv(fd, link->in + link->in_n, sizeof(link->in) - link->in_n,
	    MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return ERR_READER_GONE;
	link->in_n += (size_t)n;
	return hear_all(link);
}

void
pad_link_begin(struct pad_link *link)
{
	while (link->reading)
		pthread_cond_wait(&link->moved, &link->lock);
	link->reading = 1;
}

void
pad_link_end(struct pad_link *link)
{
	link->reading = 0;
	pthread_cond_broadcast(&link->moved);
}

int
pad_link_watch(struct pad_link *link, int op, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	return epoll_ctl(link->watch, op, fd, &e);
}

/* Once for what goes on: a pad that refuses us is tried four times a second. */
static void
tell(struct pad_link *link, int r)
{
	const int what = link->refused != PADLINK_OK ? link->refused : r;

	if (link->told == what)
		return;
	link->told = what;
	if (link->refused != PADLINK_OK)
		ifd_log("%s: refused with status %d", link->socket.address.sun_path, link->refused);
	else
		ifd_log("%s: %s", link->socket.address.sun_path, err_str(r));
}

/* Until the pad hangs up, does not answer HELLO, or we close. */
static void
keep(struct pad_link *link, int fd)
{
	const struct timespec hello_end = clock_after(HELLO_MS);
	struct epoll_event e;
	int r = 0, linked = 0;

	while (r == 0) {
		r = epoll_wait(link->watch, &e, 1, linked ? -1 : clock_left(&hello_end));
		if (r < 0 && errno == EINTR) {
			r = 0;
			continue;
		}
		if (r == 0)
			tell(link, ERR_TIMEOUT);
		if (r <= 0 || e.data.fd == link->bell)
			return;
		pthread_mutex_lock(&link->lock);
		pad_link_begin(link);
		pthread_mutex_unlock(&link->lock);
		r = pad_link_read(link, fd);
		pthread_mutex_lock(&link->lock);
		linked = link->linked;
		pad_link_end(link);
		pthread_mutex_unlock(&link->lock);
	}
	tell(link, r);
}

/* Calls the pad and says HELLO: a descriptor, or the error. */
static int
dial(struct pad_link *link)
{
	const int fd = pad_socket_call(&link->socket);
	uint8_t body[2], hello[PADLINK_HEAD + 2];
	struct wr b, wr;

	if (fd < 0)
		return fd;
	wr_init(&b, body, sizeof(body));
	padlink_put_hello(&b);
	wr_init(&wr, hello, sizeof(hello));
	padlink_put(&wr, PADLINK_HELLO, 0, body, b.n);
	if (wr_end(&wr) != 0 || pad_link_send(fd, hello, wr.n) != 0) {
		close(fd);
		return ERR_READER_GONE;
	}
	return fd;
}

void
pad_link_lose(struct pad_link *link)
{
	if (!link->linked)
		return;
	ifd_log("%s: gone", link->socket.address.sun_path);
	link->linked = 0;
	presence_set(&link->presence, 0, 0);
}

static void
hang_up(struct pad_link *link, int fd)
{
	pthread_mutex_lock(&link->lock);
	pad_link_begin(link);
	pad_link_lose(link);
	link->fd = -1;
	close(fd);
	explicit_bzero(link->in, link->in_n);
	link->in_n = 0;
	pad_link_end(link);
	pthread_mutex_unlock(&link->lock);
}

static void *
link_thread(void *arg)
{
	struct pad_link *link = arg;
	int fd;

	do {
		link->refused = PADLINK_OK;
		if ((fd = dial(link)) < 0) {
			tell(link, fd);
		} else {
			pthread_mutex_lock(&link->lock);
			link->fd = fd;
			pthread_mutex_unlock(&link->lock);
			if (pad_link_watch(link, EPOLL_CTL_ADD, fd, EPOLLIN) == 0)
				keep(link, fd);
			hang_up(link, fd);
		}
		pthread_mutex_lock(&link->lock);
		link->tried = 1;
		pthread_cond_broadcast(&link->moved);
		pthread_mutex_unlock(&link->lock);
	} while (!pad_socket_wait(&link->socket, link->bell));
	return NULL;
}

/* Life. -------------------------------------------------------------------------------------- */

static void
release(struct pad_link *link)
{
	if (link->watch >= 0)
		close(link->watch);
	if (link->bell >= 0)
		close(link->bell);
	pad_socket_free(&link->socket);
	presence_free(&link->presence);
	pthread_cond_destroy(&link->moved);
	pthread_mutex_destroy(&link->lock);
}

int
pad_link_open(struct pad_link *link, const char *path, const struct padlink_hello_answer *hello)
{
	/* pcscd opens all its readers before it answers anybody; sixteen that hang would add up. */
	static atomic_int one_hangs;
	const struct timespec end = clock_after(one_hangs ? OPEN_NEXT_MS : OPEN_MS);
	int r;

	memset(link, 0, sizeof(*link));
	link->fd = -1;
	link->hello = *hello;
	pthread_mutex_init(&link->lock, NULL);
	clock_cond_init(&link->moved);
	presence_init(&link->presence);
	link->bell = eventfd(0, EFD_CLOEXEC);
	link->watch = epoll_create1(EPOLL_CLOEXEC);
	if ((r = pad_socket_init(&link->socket, path)) == 0 && (link->bell < 0 ||
	    link->watch < 0 || pad_link_watch(link, EPOLL_CTL_ADD, link->bell, EPOLLIN) != 0))
		r = ERR_IO;
	if (r != 0 || (r = thread_start(&link->thread, link_thread, link)) != 0) {
		release(link);
		return r;
	}
	pthread_mutex_lock(&link->lock);
	while (!link->tried && pthread_cond_timedwait(&link->moved, &link->lock, &end) == 0)
		;
	if (!link->tried)
		one_hangs = 1;
	pthread_mutex_unlock(&link->lock);
	return 0;
}

void
pad_link_close(struct pad_link *link)
{
	const uint64_t ring = 1;

	(void)!write(link->bell, &ring, sizeof(ring));
	pthread_join(link->thread, NULL);
	release(link);
}
