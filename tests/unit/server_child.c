#include "tests/unit/server_child.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

struct whole {
	struct device device;
	struct deck deck;
	struct hands hands;
	struct server server;
};

/* What the child exits with when it may not run. */
static int
serve(const char *dir)
{
	struct whole *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL || deck_init(&w->deck, dir) != 0)
		return 99;
	device_init(&w->device, NULL, NULL);
	hands_init(&w->hands, &w->device, &w->deck);
	if ((r = server_open(&w->server, &w->device, &w->hands, dir, 3)) == 0) {
		r = server_run(&w->server, NULL);
		server_close(&w->server);
	}
	device_free(&w->device);
	free(w);
	return -r;
}

pid_t
child_spawn(const char *dir)
{
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(serve(dir));
	}
	return pid;
}

int
child_reach(const struct child *b, const char *suffix)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/pad3.%s", b->dir, suffix);
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
child_reach_soon(const struct child *b, const char *suffix)
{
	int fd;

	for (int i = 0; (fd = child_reach(b, suffix)) < 0 && i < PATIENCE_MS; i++)
		poll(NULL, 0, 1);
	return fd;
}

/* The control is there first. */
static int
sock_is_there_soon(const struct child *b)
{
	char path[SUITE_DIR_MAX + 16];

	snprintf(path, sizeof(path), "%s/pad3.sock", b->dir);
	for (int i = 0; access(path, F_OK) != 0; i++) {
		if (i >= PATIENCE_MS)
			return 0;
		poll(NULL, 0, 1);
	}
	return 1;
}

struct child *
child_start(void)
{
	struct child *b = calloc(1, sizeof(*b));
	int fd;

	if (b == NULL)
		abort();
	suite_dir(b->dir);
	if ((b->pid = child_spawn(b->dir)) < 0 ||
	    (fd = child_reach_soon(b, "ctl")) < 0 || !sock_is_there_soon(b))
		abort();
	close(fd);
	return b;
}

int
child_ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
child_end(struct child *b)
{
	kill(b->pid, SIGTERM);
	CU_ASSERT_EQUAL(child_ended(b->pid), 0);
	/* Nothing is left behind. */
	CU_ASSERT_EQUAL(rmdir(b->dir), 0);
	free(b);
}

void
child_ask(int fd, uint8_t type, uint32_t number, const void *body, size_t n)
{
	static uint8_t out[PADLINK_MAX];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	padlink_put(&wr, type, number, body, n);
	CU_ASSERT_EQUAL(send(fd, out, wr.n, MSG_NOSIGNAL), (ssize_t)wr.n);
}

int
child_hear(struct child *b, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	ssize_t n;
	int r;

	memmove(b->in, b->in + b->used, b->in_n - b->used);
	b->in_n -= b->used;
	b->used = 0;
	while ((r = padlink_frame(b->in, b->in_n, &b->got)) == 0) {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			return -1;
		n = recv(fd, b->in + b->in_n, sizeof(b->in) - b->in_n, 0);
		if (n <= 0)
			return 0;
		b->in_n += (size_t)n;
	}
	b->used = (size_t)r;
	return b->got.type;
}

int
child_status(const struct child *b)
{
	return b->got.n > 0 ? b->got.body[0] : -1;
}

int
child_driver(struct child *b)
{
	int fd = child_reach_soon(b, "sock");

	child_ask(fd, PADLINK_HELLO, 1, "\0\2", 2);
	CU_ASSERT_EQUAL(child_hear(b, fd), PADLINK_HELLO);
	CU_ASSERT_EQUAL(child_status(b), PADLINK_OK);
	return fd;
}

void
child_ctl(const struct child *b, const char *line, const char *want)
{
	char got[CONTROL_REPLY_MAX] = "";
	struct pollfd p;
	size_t n = 0;
	ssize_t r;

	p = (struct pollfd){ child_reach_soon(b, "ctl"), POLLIN, 0 };
	CU_ASSERT_EQUAL(send(p.fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	shutdown(p.fd, SHUT_WR);
	while (poll(&p, 1, PATIENCE_MS) == 1 && n < sizeof(got) - 1 &&
	    (r = recv(p.fd, got + n, sizeof(got) - 1 - n, 0)) > 0)
		n += (size_t)r;
	got[n] = '\0';
	CU_ASSERT_STRING_EQUAL(got, want);
	close(p.fd);
}
