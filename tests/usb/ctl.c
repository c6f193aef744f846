#include "tests/usb/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a->sun_path, path, strlen(path));
	return 0;
}

int
usb_ctl_open(struct usb_ctl *c, const char *path)
{
	struct sockaddr_un a;

	c->client = c->listener = -1;
	if (address(&a, path) != 0)
		return -1;
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->listener < 0 || bind(c->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(c->listener, 8) != 0)
		return -1;
	return 0;
}

void
usb_ctl_close(struct usb_ctl *c)
{
	if (c->client >= 0)
		close(c->client);
	if (c->listener >= 0)
		close(c->listener);
	c->client = c->listener = -1;
}

size_t
usb_ctl_fds(const struct usb_ctl *c, int *fds)
{
	/* One after the other: who waits is in the listener's queue. */
	fds[0] = c->client >= 0 ? c->client : c->listener;
	return fds[0] >= 0;
}

static void
answer(struct usb_ctl *c)
{
	char words[USB_CTL_LINE] = "", line[USB_CTL_LINE + 16];
	const int r = c->run(c->arg, c->line, words, sizeof(words));
	int n;

	n = snprintf(line, sizeof(line), "%s%s%s\n", r == 0 ? "ok" : "failed",
	    words[0] != '\0' ? " " : "", words);
	(void)!send(c->client, line, (size_t)n, MSG_NOSIGNAL);
}

void
usb_ctl_tick(struct usb_ctl *c)
{
	ssize_t n;

	if (c->client < 0) {
		c->client = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (c->client < 0)
			return;
		c->n = 0;
	}
	n = recv(c->client, c->line + c->n, sizeof(c->line) - 1 - c->n, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->n += (size_t)n;
		c->line[c->n] = '\0';
		if (strchr(c->line, '\n') == NULL && c->n < sizeof(c->line) - 1)
			return;
		answer(c);
	}
	close(c->client);
	c->client = -1;
}

int
usb_ctl_say(const char *path, char *const *words)
{
	char line[USB_CTL_LINE];
	struct sockaddr_un a;
	size_t n = 0;
	ssize_t got;
	int fd;

	for (; *words != NULL; words++)
		n += (size_t)snprintf(line + n, n < sizeof(line) ? sizeof(line) - n : 0, "%s%s",
		    *words, words[1] != NULL ? " " : "\n");
	if (n >= sizeof(line))
		return 2;
	if (address(&a, path) != 0 || (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, line, n, MSG_NOSIGNAL) != (ssize_t)n ||
	    (got = recv(fd, line, sizeof(line) - 1, MSG_WAITALL)) <= 0) {
		perror(path);
		return 1;
	}
	close(fd);
	line[got] = '\0';
	if (strncmp(line, "ok", 2) != 0) {
		fputs(line, stderr);
		return 1;
	}
	if (line[2] == ' ')
		fputs(line + 3, stdout);
	return 0;
}
