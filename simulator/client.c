#include "simulator/client.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
client_init(struct client *c, int fd, uint64_t now_ms)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->heard = now_ms;
}

void
client_drop(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	OPENSSL_cleanse(c, sizeof(*c));
	c->fd = -1;
}

int
client_read(struct client *c, uint64_t now_ms)
{
	ssize_t n = recv(c->fd, c->in + c->n, sizeof(c->in) - c->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		c->closing = 1;
	else
		c->n += (size_t)n;
	c->heard = now_ms;
	return 1;
}

int
client_write(struct client *c)
{
	ssize_t n;

	while (c->sent < c->reply.n) {
		n = send(c->fd, c->reply.text + c->sent, c->reply.n - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			client_drop(c);
			return 0;
		}
		c->sent += (size_t)n;
	}
	return 1;
}

char *
client_line(struct client *c)
{
	char *end = memchr(c->in, '\n', c->n);

	if (end == NULL) {
		/* A line without end, or the end of all. */
		if (c->n == sizeof(c->in) || c->closing)
			client_drop(c);
		return NULL;
	}
	*end = '\0';
	c->line_n = (size_t)(end + 1 - c->in);
	return c->in;
}

void
client_line_done(struct client *c)
{
	c->sent = 0;
	c->n -= c->line_n;
	memmove(c->in, c->in + c->line_n, c->n);
	OPENSSL_cleanse(c->in + c->n, sizeof(c->in) - c->n);
	c->line_n = 0;
}

int
client_has_work(const struct client *c)
{
	return c->sent < c->reply.n || c->reply.waits || c->n > 0;
}

short
client_events(const struct client *c)
{
	if (c->sent < c->reply.n && !c->reply.waits)
		return POLLOUT;
	if (c->closing)
		return 0;
	return c->n < sizeof(c->in) ? POLLIN : 0;
}
