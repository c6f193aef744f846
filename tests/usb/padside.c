#include "tests/usb/padside.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

enum { RETRY_MS = 20, SEND_MS = 1000 };

uint64_t
usb_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
usb_timeout(int *timeout_ms, uint64_t at)
{
	const uint64_t now = usb_now_ms();
	const int left = at > now ? (int)(at - now) : 0;

	if (at != 0 && (*timeout_ms < 0 || left < *timeout_ms))
		*timeout_ms = left;
}

void
padside_init(struct padside *p, const char *path)
{
	memset(p, 0, sizeof(*p));
	p->path = path;
	p->fd = -1;
}

void
padside_close(struct padside *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->linked = 0;
	p->waiting = 0;
	p->dropped = 0;
	p->answered = 0;
	p->in_n = 0;
	p->retry_ms = usb_now_ms() + RETRY_MS;
}

int
padside_fd(const struct padside *p, int *timeout_ms)
{
	if (p->fd < 0)
		usb_timeout(timeout_ms, p->retry_ms != 0 ? p->retry_ms : usb_now_ms());
	return p->fd;
}

/* The pad reads at all times, so a second is plenty. */
static int
send_all(int fd, const uint8_t *p, size_t n)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t sent;

	while (n > 0) {
		sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		} else if (errno != EINTR && (errno != EAGAIN || poll(&room, 1, SEND_MS) <= 0))
			return ERR_READER_GONE;
	}
	return 0;
}

static int
put(struct padside *p, uint8_t type, uint32_t number, const uint8_t *body, size_t n)
{
	struct wr wr;
	int r;

	wr_init(&wr, p->out, sizeof(p->out));
	padlink_put(&wr, type, number, body, n);
	if ((r = wr_end(&wr)) != 0)
		return r;
	if ((r = send_all(p->fd, p->out, wr.n)) != 0)
		padside_close(p);
	return r;
}

static void
dial(struct padside *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	uint8_t body[2];
	struct wr wr;

	p->retry_ms = usb_now_ms() + RETRY_MS;
	if (strlen(p->path) >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, p->path, strlen(p->path));
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return;
	if (connect(p->fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		padside_close(p);
		return;
	}
	wr_init(&wr, body, sizeof(body));
	padlink_put_hello(&wr);
	(void)put(p, PADLINK_HELLO, 0, body, wr.n);
}

static int
hear(struct padside *p, const struct padlink_msg *m)
{
	struct padlink_card card;
	const uint8_t *rest;
	uint8_t status;
	size_t n;

	if (!p->linked) {
		if (m->type != PADLINK_HELLO ||
		    padlink_get_hello_answer(m->body, m->n, &status, &p->hello) != 0 ||
		    status != PADLINK_OK)
			return ERR_FORMAT;
		p->linked = 1;
		return 0;
	}
	if (m->type == PADLINK_CARD) {
		if (padlink_get_card(m->body, m->n, &card) != 0)
			return ERR_FORMAT;
		p->hello.card = card;
		return 0;
	}
	if (m->type != p->waiting || m->number != p->number)
		return 0;
	if (padlink_get_answer(m->body, m->n, m->type, &p->status, &rest, &n) != 0 ||
	    n > sizeof(p->answer))
		return ERR_FORMAT;
	if (n > 0)
		memcpy(p->answer, rest, n);
	p->answer_n = n;
	p->type = m->type;
	p->waiting = 0;
	p->answered = !p->dropped;
	p->dropped = 0;
	return 0;
}

static void
read_some(struct padside *p)
{
	const ssize_t got = recv(p->fd, p->in + p->in_n, sizeof(p->in) - p->in_n, MSG_DONTWAIT);
	struct padlink_msg m;
	size_t done = 0;
	int n, r = 0;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		padside_close(p);
		return;
	}
	p->in_n += (size_t)got;
	while (r == 0 && (n = padlink_frame(p->in + done, p->in_n - done, &m)) != 0) {
		if ((r = n) < 0)
			break;
		r = hear(p, &m);
		done += (size_t)n;
	}
	if (r != 0) {
		padside_close(p);
		return;
	}
	memmove(p->in, p->in + done, p->in_n - done);
	p->in_n -= done;
}

void
padside_tick(struct padside *p)
{
	if (p->fd < 0 && usb_now_ms() >= p->retry_ms)
		dial(p);
	if (p->fd >= 0)
		read_some(p);
}

int
padside_ready(const struct padside *p)
{
	return p->linked && p->waiting == 0;
}

int
padside_ask(struct padside *p, uint8_t type, const uint8_t *body, size_t n)
{
	if (!p->linked)
		return ERR_READER_GONE;
	if (p->waiting != 0)
		return ERR_BUSY;
	p->waiting = type;
	p->answered = 0;
	return put(p, type, ++p->number, body, n);
}

int
padside_answered(struct padside *p)
{
	const int was = p->answered;

	p->answered = 0;
	return was;
}

void
padside_cancel(struct padside *p)
{
	if (p->linked && p->waiting != 0)
		(void)put(p, PADLINK_CANCEL, p->number, NULL, 0);
}

void
padside_drop(struct padside *p)
{
	p->answered = 0;
	if (p->waiting == 0)
		return;
	p->dropped = 1;
	padside_cancel(p);
}
