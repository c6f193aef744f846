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

enum {
	STACK = 256 * 1024,
	/* A frame that is longer than a signature's leaves memory behind, which goes back. */
	LARGE = 16 * 1024,
	/* While there are no descriptors left: until the next look whether there are. */
	FULL_MS = 100,
};

/* One connection, and the memory of its frames. */
struct line {
	struct line *next, *prev;	/* under the listener's lock */
	struct listener *listener;
	struct p11_conn *conn;
	int fd;
	uint8_t request[WIRE_FRAME_MAX], answer[WIRE_FRAME_MAX];
};

struct listener {
	struct p11_server *server;
	pthread_t thread;
	int fd, stop;			/* the socket; an eventfd */
	pthread_mutex_t lock;		/* for all below */
	pthread_cond_t empty;
	struct line *lines;
	size_t threads;
};

/* Answers one after another until the client goes, or does what it may not. */
static void
serve(struct line *l)
{
	for (;;) {
		struct wr answer;
		int fds[2];
		size_t n, sent;
		int r;

		r = wire_receive(l->fd, l->request, sizeof(l->request), &n, NULL, 0);
		if (r != 0)
			break;
		wr_init(&answer, l->answer, sizeof(l->answer));
		p11_answer(l->conn, l->request, n, &answer, fds);
		sent = answer.n;
		r = wire_send(l->fd, l->answer, sent, fds, fds[0] >= 0 ? 2 : 0);
		OPENSSL_cleanse(l->answer, sent);
		if (n > LARGE)
			memory_give_back(l->request, n);
		if (sent > LARGE || n > LARGE) {
			memory_give_back(l->answer, sent);
			conn_give_back(l->conn);
		}
		if (r != 0)
			break;
	}
	/* Half a request may have come, with a PIN in it. */
	OPENSSL_cleanse(l->request, sizeof(l->request));
}

static void
line_free(struct line *l)
{
	p11_conn_free(l->conn);
	close(l->fd);
	munmap(l, sizeof(*l));
}

static void *
line_run(void *arg)
{
	struct line *const l = arg;
	struct listener *const li = l->listener;

	serve(l);
	/* Out of the list first: what is in it may still be shut down. */
	pthread_mutex_lock(&li->lock);
	*(l->prev != NULL ? &l->prev->next : &li->lines) = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	pthread_mutex_unlock(&li->lock);
	line_free(l);
	pthread_mutex_lock(&li->lock);
	if (--li->threads == 0)
		pthread_cond_signal(&li->empty);
	pthread_mutex_unlock(&li->lock);
	return NULL;
}

/* A thread that takes no signals: those are for the daemon's own. */
static int
start(pthread_t *thread, void *(*run)(void *), void *arg, int detached)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (detached)
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
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
	pthread_t thread;
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
	if ((l->next = li->lines) != NULL)
		l->next->prev = l;
	li->lines = l;
	li->threads++;
	r = start(&thread, line_run, l, 1);
	if (r != 0) {
		li->lines = l->next;
		if (l->next != NULL)
			l->next->prev = NULL;
		li->threads--;
	}
	pthread_mutex_unlock(&li->lock);
	if (r != 0)
		line_free(l);
}

static void *
listen_run(void *arg)
{
	struct listener *const li = arg;
	struct pollfd fds[2] = { { li->fd, POLLIN, 0 }, { li->stop, POLLIN, 0 } };

	for (;;) {
		int fd;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0)
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
	if (li->stop >= 0)
		close(li->stop);
	close(li->fd);
	pthread_cond_destroy(&li->empty);
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
	pthread_cond_init(&li->empty, NULL);
	/* A client that has gone again between poll and accept must not stop the others. */
	li->stop = eventfd(0, EFD_CLOEXEC);
	if (li->stop < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    start(&li->thread, listen_run, li, 0) != 0) {
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
	const uint64_t one = 1;

	page_stop(s);
	if (li == NULL)
		return;
	s->listener = NULL;
	if (write(li->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(li->thread, NULL);
	pthread_mutex_lock(&li->lock);
	for (struct line *l = li->lines; l != NULL; l = l->next)
		shutdown(l->fd, SHUT_RDWR);
	while (li->threads != 0)
		pthread_cond_wait(&li->empty, &li->lock);
	pthread_mutex_unlock(&li->lock);
	listener_free(li);
}
