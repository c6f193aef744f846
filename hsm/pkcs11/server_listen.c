#include "hsm/pkcs11/server_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/beside.h"
#include "hsm/pkcs11/slate.h"

enum {
	STACK = 256 * 1024,
	/* A frame that is longer than a signature's leaves memory behind, which goes back. */
	LARGE = 16 * 1024,
	/* While there are no descriptors left: until the next look whether there are. */
	FULL_MS = 100,
	WATCH_US = 50,
	/* As long as two processes take to wake each other. */
	SHORT_US = 10,
};

/* One connection, and the memory of its frames. */
struct line {
	struct line *next, *prev;	/* under the listener's lock */
	struct listener *listener;
	struct p11_conn *conn;
	pthread_t thread;
	int fd;
	struct slate_end slate;
	int on_slate;			/* the last request came that way */
	uint8_t request[WIRE_FRAME_MAX], answer[WIRE_FRAME_MAX];
};

struct listener {
	struct p11_server *server;
	pthread_t thread;
	int fd, bell;			/* the socket; an eventfd: look at what is below */
	struct wire_patience patience;
	pthread_mutex_t lock;		/* for all below */
	struct line *lines;
	struct line *ended;		/* their threads are to be waited for */
	atomic_int stopping;		/* read without it, too */
};

/* A request, by the way of the last one or by the other, to which it says to go over. */
static int
receive(struct line *l, unsigned ms, size_t *n, int *processor)
{
	int r;

	if (l->on_slate) {
		if ((r = slate_get(&l->slate, l->request, sizeof(l->request), n, processor)) != 0)
			return r;
		l->on_slate = *n != 0;
	}
	if (l->on_slate)
		return slate_takes(l->request[0]) ? 0 : ERR_FORMAT;
	r = wire_receive_within(l->fd, l->request, sizeof(l->request), n, processor, ms);
	if (r != 0 || *n != 0 || l->slate.shared == NULL)
		return r;
	l->on_slate = 1;
	r = slate_get(&l->slate, l->request, sizeof(l->request), n, processor);
	return r != 0 ? r : *n != 0 && slate_takes(l->request[0]) ? 0 : ERR_FORMAT;
}

static int
send_frame(struct line *l, size_t n, const int fds[2], unsigned ms)
{
	int all[3] = { fds[0], fds[1], -1 }, r;

	if (fds[0] < 0)
		return wire_send_within(l->fd, l->answer, n, NULL, 0, ms);
	/* HELLO's answer. Without a slate all goes by the socket. */
	if (l->slate.shared != NULL || slate_new(&l->slate, l->fd, &all[2]) != 0)
		return wire_send_within(l->fd, l->answer, n, all, 2, ms);
	r = wire_send_within(l->fd, l->answer, n, all, 3, ms);
	close(all[2]);
	return r;
}

static int
reply(struct line *l, size_t n, const int fds[2], unsigned ms)
{
	const int fits = n <= SLATE_MAX;
	int r;

	if (!l->on_slate)
		return send_frame(l, n, fds, ms);
	slate_put(&l->slate, l->answer, fits ? n : 0);
	return (r = slate_ring(&l->slate)) != 0 || fits ? r : send_frame(l, n, fds, ms);
}

/*
 * Until there is more, or the end. A client of short calls is as good as gone; the processors of
 * one that has longer ones made are in use all the while, though both ends sleep in turns.
 */
static int
rest(struct line *l, int stays, int *counted)
{
	const int dozes = l->on_slate && stays;

	if (dozes && slate_doze(&l->slate))
		return 0;
	__atomic_fetch_sub(&l->listener->server->page->awake, 1, __ATOMIC_RELAXED);
	*counted = 0;
	if (l->on_slate)
		return !dozes && slate_doze(&l->slate) ? 0 : slate_sleep(&l->slate);
	wire_sleep(l->fd);
	return 0;
}

/* Answers one after another until the client goes, or does what it may not. */
static void
serve(struct line *l)
{
	const struct wire_patience *const patience = &l->listener->patience;
	struct p11_server *const s = l->listener->server;
	const atomic_int *const stopping = &l->listener->stopping;
	uint32_t *const awake = &s->page->awake;
	struct beside beside;
	int r = 0, counted = 0;

	beside_init(&beside);
	/* Whose client always has the next request on the slate never looks at the socket. */
	while (r == 0 && !atomic_load(stopping)) {
		struct wr answer;
		int fds[2];
		size_t n, sent;
		int processor, stays;
		uint64_t begun;

		if ((r = receive(l, atomic_load(&s->frame_ms), &n, &processor)) != 0)
			break;
		if (!counted)
			__atomic_fetch_add(awake, 1, __ATOMIC_RELAXED);
		counted = 1;
		beside_keep(&beside, processor, wire_crowded(patience, awake));
		wr_init(&answer, l->answer, sizeof(l->answer));
		begun = wire_now_us();
		p11_answer(l->conn, l->request, n, &answer, fds);
		stays = wire_now_us() - begun > SHORT_US;
		sent = answer.n;
		r = reply(l, sent, fds, atomic_load(&s->frame_ms));
		OPENSSL_cleanse(l->answer, sent);
		if (n > LARGE)
			memory_give_back(l->request, n);
		if (sent > LARGE || n > LARGE) {
			memory_give_back(l->answer, sent);
			conn_give_back(l->conn);
		}
		/* Who signs in a loop is soon back. */
		if (r == 0 && !(l->on_slate ? slate_watch(&l->slate, patience, awake) :
		    wire_watch(l->fd, patience, awake)))
			r = rest(l, stays, &counted);
	}
	if (counted)
		__atomic_fetch_sub(awake, 1, __ATOMIC_RELAXED);
	/* Half a request may have come, with a PIN in it. */
	OPENSSL_cleanse(l->request, sizeof(l->request));
}

static void
line_free(struct line *l)
{
	p11_conn_free(l->conn);
	slate_free(&l->slate);
	close(l->fd);
	munmap(l, sizeof(*l));
}

/* With the lock held. */
static void
line_link(struct line **list, struct line *l)
{
	l->prev = NULL;
	if ((l->next = *list) != NULL)
		l->next->prev = l;
	*list = l;
}

static void
line_unlink(struct line **list, struct line *l)
{
	*(l->prev != NULL ? &l->prev->next : list) = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
}

static void
ring(struct listener *li)
{
	const uint64_t one = 1;

	while (write(li->bell, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *
line_run(void *arg)
{
	struct line *const l = arg;
	struct listener *const li = l->listener;

	serve(l);
	/* What it has goes now, its descriptors too; the thread itself is waited for. */
	p11_conn_free(l->conn);
	l->conn = NULL;
	/* Who is hung up on for a stop may still have an answer to read there. */
	if (atomic_load(&li->stopping))
		slate_leave(&l->slate);
	else
		slate_free(&l->slate);
	pthread_mutex_lock(&li->lock);
	line_unlink(&li->lines, l);
	close(l->fd);
	l->fd = -1;
	line_link(&li->ended, l);
	pthread_mutex_unlock(&li->lock);
	ring(li);
	return NULL;
}

/*
 * Threads that have ended are waited for, since libcrypto cleans up in them to the last: what they
 * were started with must not go before.
 */
static void
reap(struct listener *li)
{
	struct line *l;

	do {
		pthread_mutex_lock(&li->lock);
		if ((l = li->ended) != NULL)
			line_unlink(&li->ended, l);
		pthread_mutex_unlock(&li->lock);
		if (l != NULL) {
			pthread_join(l->thread, NULL);
			line_free(l);
		}
	} while (l != NULL);
}

/* A thread that takes no signals: those are for the daemon's own. */
static int
start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(thread, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return r == 0 ? 0 : ERR_NOMEM;
}

/* Takes fd over; a client that there is no room for is hung up on. */
static void
welcome(struct listener *li, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct line *l;
	int r;

	l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED) {
		close(fd);
		return;
	}
	l->listener = li;
	l->fd = fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    p11_conn_new(li->server, peer.uid, peer.pid, &l->conn) != 0) {
		line_free(l);
		return;
	}
	conn_socket(l->conn, fd);
	pthread_mutex_lock(&li->lock);
	line_link(&li->lines, l);
	r = start(&l->thread, line_run, l);
	if (r != 0)
		line_unlink(&li->lines, l);
	pthread_mutex_unlock(&li->lock);
	if (r != 0)
		line_free(l);
}

/* Also whether it is to stop. */
static int
answer_bell(struct listener *li)
{
	uint64_t times;
	int stopping;

	if (read(li->bell, &times, sizeof(times)) < 0 && errno != EINTR)
		return 1;
	reap(li);
	pthread_mutex_lock(&li->lock);
	stopping = li->stopping;
	pthread_mutex_unlock(&li->lock);
	return stopping;
}

static void *
listen_run(void *arg)
{
	struct listener *const li = arg;
	struct pollfd fds[2] = { { li->fd, POLLIN, 0 }, { li->bell, POLLIN, 0 } };

	for (;;) {
		int fd;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0 && answer_bell(li))
			break;
		if (fds[0].revents == 0)
			continue;
		fd = accept4(li->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			welcome(li, fd);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			poll(&fds[1], 1, FULL_MS);
	}
	return NULL;
}

static void
listener_free(struct listener *li)
{
	if (li->bell >= 0)
		close(li->bell);
	close(li->fd);
	pthread_mutex_destroy(&li->lock);
	free(li);
}

int
p11_listen(struct p11_server *s, int fd)
{
	struct listener *li = calloc(1, sizeof(*li));

	if (li == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	li->server = s;
	li->fd = fd;
	pthread_mutex_init(&li->lock, NULL);
	/* A client that has gone again between poll and accept must not stop the others. */
	li->bell = eventfd(0, EFD_CLOEXEC);
	li->patience = (struct wire_patience){ WATCH_US, (int)sysconf(_SC_NPROCESSORS_ONLN) };
	if (li->bell < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    start(&li->thread, listen_run, li) != 0) {
		listener_free(li);
		return ERR_IO;
	}
	s->listener = li;
	return 0;
}

void
p11_stop(struct p11_server *s)
{
	struct listener *const li = s->listener;
	struct line *left;

	page_stop(s);
	if (li == NULL)
		return;
	s->listener = NULL;
	pthread_mutex_lock(&li->lock);
	li->stopping = 1;
	pthread_mutex_unlock(&li->lock);
	ring(li);
	pthread_join(li->thread, NULL);
	/* Nobody comes any more; each of these ends, and tells it by the bell. */
	pthread_mutex_lock(&li->lock);
	for (struct line *l = li->lines; l != NULL; l = l->next)
		shutdown(l->fd, SHUT_RDWR);
	left = li->lines;
	pthread_mutex_unlock(&li->lock);
	while (left != NULL) {
		answer_bell(li);
		pthread_mutex_lock(&li->lock);
		left = li->lines;
		pthread_mutex_unlock(&li->lock);
	}
	reap(li);
	listener_free(li);
}
