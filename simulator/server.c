#include "simulator/server.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/listen.h"

/* Places in the poll table; guests and clients stand behind one another. */
enum {
	AT_SIGNALS,
	AT_KEYBOARD,
	AT_DECK,
	AT_DRIVER_LISTENER,
	AT_CONTROL_LISTENER,
	AT_DRIVER,
	AT_GUESTS,
	AT_CLIENTS = AT_GUESTS + SERVER_GUESTS,
	AT_END = AT_CLIENTS + SERVER_CLIENTS,
};

enum { ACCEPT_PAUSE_MS = 250 };

uint64_t
server_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Opening and closing. ---------------------------------------------------------------------- */

static int
take_sockets(struct server *s, const char *run)
{
	int lock, r;

	/* One level, for those who may; what is above it is for the installation. */
	mkdir(run, 0755);
	if ((lock = listen_lock(run)) < 0)
		return errno == EACCES ? ERR_DENIED : ERR_IO;
	if ((r = listen_at(s->control_path, &s->control_listener)) == 0 &&
	    (r = listen_at(s->driver_path, &s->driver_listener)) != 0) {
		shut(&s->control_listener);
		unlink(s->control_path);
	}
	close(lock);
	return r;
}

static int
take_signals(struct server *s)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? ERR_IO : 0;
}

int
server_open(struct server *s, struct device *device, struct hands *hands, const char *run,
    unsigned pad)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->device = device;
	control_init(&s->control, hands);
	s->driver_listener = s->control_listener = s->signals = s->driver = -1;
	s->deck_watch = -1;
	for (size_t i = 0; i < SERVER_GUESTS; i++)
		s->guests[i].fd = -1;
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		s->clients[i].fd = -1;
	if ((r = ctl_path(s->driver_path, run, pad, "sock")) != 0 ||
	    (r = ctl_path(s->control_path, run, pad, "ctl")) != 0)
		return r;
	/* Signals first: whoever is told to end from now on takes its sockets away. */
	if ((r = take_signals(s)) != 0)
		return r;
	return take_sockets(s, run);
}

static void
drop_driver_listener(struct server *s)
{
	if (s->driver_listener < 0)
		return;
	unlink(s->driver_path);
	shut(&s->driver_listener);
	for (size_t i = 0; i < SERVER_GUESTS; i++)
		shut(&s->guests[i].fd);
}

void
server_close(struct server *s)
{
	drop_driver_listener(s);
	if (s->control_listener >= 0)
		unlink(s->control_path);
	shut(&s->control_listener);
	shut(&s->driver);
	shut(&s->signals);
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		shut(&s->clients[i].fd);
	OPENSSL_cleanse(s, sizeof(*s));
}

/* The driver. ------------------------------------------------------------------------------- */

static void
lose_driver(struct server *s)
{
	shut(&s->driver);
	OPENSSL_cleanse(s->in, s->in_n);
	s->in_n = 0;
	device_eof(s->device);
}

static void
write_driver(struct server *s)
{
	const uint8_t *p;
	ssize_t sent;
	size_t n;

	while (s->driver >= 0 && (p = device_output(s->device, &n), n > 0)) {
		sent = send(s->driver, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (sent <= 0)
			lose_driver(s);
		else
			device_sent(s->device, (size_t)sent);
	}
}

static void
take_messages(struct server *s)
{
	struct padlink_msg m;
	size_t done = 0;
	int r = 0;

	while (s->driver >= 0 && device_ready(s->device) &&
	    (r = padlink_frame(s->in + done, s->in_n - done, &m)) > 0) {
		device_message(s->device, &m, server_now());
		done += (size_t)r;
		write_driver(s);
	}
	if (s->driver < 0)
		return;
	if (r < 0) {
		lose_driver(s);
		return;
	}
	memmove(s->in, s->in + done, s->in_n - done);
	s->in_n -= done;
	/* A host may send a PIN by itself, in a plain VERIFY. */
	OPENSSL_cleanse(s->in + s->in_n, done);
}

static void
read_driver(struct server *s)
{
	ssize_t n = recv(s->driver, s->in + s->in_n, sizeof(s->in) - s->in_n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose_driver(s);
		return;
	}
	s->in_n += (size_t)n;
	take_messages(s);
}

/* Without a free descriptor who calls stays there to be read: looking at once again would spin. */
static int
let_in(struct server *s, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		s->accept_at = server_now() + ACCEPT_PAUSE_MS;
	return fd;
}

static void
accept_driver(struct server *s)
{
	int fd = let_in(s, s->driver_listener);

	if (fd < 0)
		return;
	if (s->driver < 0) {
		s->driver = fd;
		return;
	}
	for (size_t i = 0; i < SERVER_GUESTS; i++)
		if (s->guests[i].fd < 0) {
			s->guests[i] = (struct server_guest){ .fd = fd };
			return;
		}
	close(fd);
}

static void
read_guest(struct server_guest *g)
{
	uint8_t out[PADLINK_HEAD + 1], busy = PADLINK_BUSY;
	ssize_t n = recv(g->fd, g->in + g->n, sizeof(g->in) - g->n, MSG_DONTWAIT);
	struct padlink_msg m;
	struct wr wr;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		g->n += (size_t)n;
		if (padlink_frame(g->in, g->n, &m) == 0 && g->n < sizeof(g->in))
			return;
		if (padlink_frame(g->in, g->n, &m) > 0) {
			wr_init(&wr, out, sizeof(out));
			padlink_put(&wr, m.type, m.number, &busy, 1);
			send(g->fd, out, wr.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		}
	}
	shut(&g->fd);
}

/* What unplugging and plugging mean for the sockets. */
static void
follow_plug(struct server *s)
{
	if (s->device->hang_up) {
		s->device->hang_up = 0;
		shut(&s->driver);
		OPENSSL_cleanse(s->in, s->in_n);
		s->in_n = 0;
	}
	if (!s->device->plugged)
		drop_driver_listener(s);
	else if (s->driver_listener < 0)
		listen_at(s->driver_path, &s->driver_listener);
}

/* Control. ---------------------------------------------------------------------------------- */

/* One that is free; else that of the client which has been silent for longest. Or NULL. */
static struct client *
place_for_client(struct server *s)
{
	struct client *silent = NULL;

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0)
			return c;
		if (c->sent == c->reply.n && !c->reply.waits &&
		    (silent == NULL || c->heard < silent->heard))
			silent = c;
	}
	if (silent != NULL)
		client_drop(silent);
	return silent;
}

static void
accept_client(struct server *s)
{
	int fd = let_in(s, s->control_listener);
	struct client *c;

	if (fd < 0)
		return;
	if ((c = place_for_client(s)) == NULL) {
		close(fd);
		return;
	}
	client_init(c, fd, server_now());
}

/* Writes what is answered and takes the next line, until one of them has to wait. */
static void
serve_client(struct server *s, struct client *c)
{
	char *line;

	while (c->fd >= 0) {
		control_look(&s->control, server_now(), &c->reply);
		if (c->reply.waits || !client_write(c) || (line = client_line(c)) == NULL)
			return;
		control_line(&s->control, line, server_now(), &c->reply);
		client_line_done(c);
		follow_plug(s);
		write_driver(s);
	}
}

/* The loop. --------------------------------------------------------------------------------- */

static int
timeout_ms(const struct server *s)
{
	uint64_t at = device_deadline(s->device), now = server_now();

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		const struct control_reply *r = &s->clients[i].reply;

		if (s->clients[i].fd >= 0 && r->waits && r->until < at)
			at = r->until;
	}
	if (s->accept_at > now && s->accept_at < at)
		at = s->accept_at;
	if (at == UINT64_MAX)
		return -1;
	if (at <= now)
		return 0;
	return at - now > INT_MAX ? INT_MAX : (int)(at - now);
}

static void
fill(struct server *s, const struct server_face *face, struct pollfd p[AT_END])
{
	int listens = server_now() >= s->accept_at;
	size_t n;

	device_output(s->device, &n);
	p[AT_SIGNALS] = (struct pollfd){ s->signals, POLLIN, 0 };
	p[AT_KEYBOARD] = (struct pollfd){ face != NULL ? STDIN_FILENO : -1, POLLIN, 0 };
	p[AT_DECK] = (struct pollfd){ s->deck_watch, POLLIN, 0 };
	p[AT_DRIVER_LISTENER] =
	    (struct pollfd){ listens ? s->driver_listener : -1, POLLIN, 0 };
	p[AT_CONTROL_LISTENER] =
	    (struct pollfd){ listens ? s->control_listener : -1, POLLIN, 0 };
	/* A driver that takes no answers may send no requests. */
	p[AT_DRIVER] = (struct pollfd){ s->driver, 0, 0 };
	if (device_ready(s->device) && s->in_n < sizeof(s->in))
		p[AT_DRIVER].events |= POLLIN;
	if (n > 0)
		p[AT_DRIVER].events |= POLLOUT;
	for (size_t i = 0; i < SERVER_GUESTS; i++)
		p[AT_GUESTS + i] = (struct pollfd){ s->guests[i].fd, POLLIN, 0 };
	for (size_t i = 0; i < SERVER_CLIENTS; i++)
		p[AT_CLIENTS + i] =
		    (struct pollfd){ s->clients[i].fd, client_events(&s->clients[i]), 0 };
}

static void
take_signal(struct server *s, const struct server_face *face)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH)
			s->stop = 1;
		else if (face != NULL)
			face->resized(face->arg);
	}
}

static void
serve(struct server *s, const struct server_face *face, const struct pollfd p[AT_END])
{
	if (p[AT_SIGNALS].revents != 0)
		take_signal(s, face);
	if (p[AT_DRIVER].revents & POLLOUT) {
		write_driver(s);
		take_messages(s);
	}
	if (s->driver >= 0 && s->driver == p[AT_DRIVER].fd &&
	    (p[AT_DRIVER].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_driver(s);
	for (size_t i = 0; i < SERVER_GUESTS; i++)
		if (p[AT_GUESTS + i].revents != 0)
			read_guest(&s->guests[i]);
	if (p[AT_DRIVER_LISTENER].revents != 0)
		accept_driver(s);
	if (p[AT_KEYBOARD].revents & POLLIN)
		face->keyboard(face->arg, server_now());
	else if (p[AT_KEYBOARD].revents != 0)
		s->stop = 1;	/* the terminal has gone */
	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		/* One that only says no more still gets its answer; one that is gone does not. */
		if (s->clients[i].closing && (p[AT_CLIENTS + i].revents & (POLLHUP | POLLERR)))
			client_drop(&s->clients[i]);
		else if ((p[AT_CLIENTS + i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
		    client_read(&s->clients[i], server_now()))
			serve_client(s, &s->clients[i]);
	}
	if (p[AT_CONTROL_LISTENER].revents != 0)
		accept_client(s);
}

int
server_run(struct server *s, const struct server_face *face)
{
	struct pollfd p[AT_END];

	while (!s->stop) {
		if (face != NULL)
			face->changed(face->arg);
		fill(s, face, p);
		if (poll(p, AT_END, timeout_ms(s)) < 0) {
			if (errno == EINTR)
				continue;
			return ERR_IO;
		}
		serve(s, face, p);
		device_tick(s->device, server_now());
		follow_plug(s);
		write_driver(s);
		for (size_t i = 0; i < SERVER_CLIENTS; i++)
			if (s->clients[i].fd >= 0 && client_has_work(&s->clients[i]))
				serve_client(s, &s->clients[i]);
	}
	return 0;
}
