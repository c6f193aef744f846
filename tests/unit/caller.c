#include "tests/unit/caller.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/suite.h"

void
listener_enter(struct listener *w)
{
	char dir[SUITE_DIR_MAX];
	int fd;

	hsm_enter(&w->h);
	suite_dir(dir);
	memset(&w->where, 0, sizeof(w->where));
	w->where.sun_family = AF_UNIX;
	snprintf(w->where.sun_path, sizeof(w->where.sun_path), "%s/pkcs11.sock", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(fd >= 0);
	OK(bind(fd, (struct sockaddr *)&w->where, sizeof(w->where)));
	OK(listen(fd, 64));
	OK(p11_listen(w->h.server, fd));
}

void
listener_leave(struct listener *w)
{
	p11_stop(w->h.server);
	hsm_leave(&w->h);
}

CK_RV
caller_call(struct caller *c, int fds[3])
{
	struct wr wr;
	size_t n;

	wr_init(&wr, c->buf, sizeof(c->buf));
	if (wire_put_request(&wr, &c->request) != 0 ||
	    wire_send(c->fd, c->buf, wr.n, NULL, 0) != 0 ||
	    wire_receive(c->fd, c->buf, sizeof(c->buf), &n, fds, fds != NULL ? 3 : 0) != 0 ||
	    wire_get_answer(c->buf, n, c->request.id, &c->answer) != 0)
		return CKR_DEVICE_REMOVED;
	return c->answer.rv;
}

struct wire_request *
caller_ask(struct caller *c, uint8_t id)
{
	memset(&c->request, 0, sizeof(c->request));
	c->request.id = id;
	c->request.who = (struct wire_who){ 1, 1 };
	c->request.mech = &c->mech;
	return &c->request;
}

int
listener_connect(const struct listener *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	OK(connect(fd, (const struct sockaddr *)&w->where, sizeof(w->where)));
	return fd;
}

struct caller *
caller_new(const struct listener *w, const uint8_t *cookie)
{
	struct caller *c = calloc(1, sizeof(*c));
	int fds[3];

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	c->fd = listener_connect(w);
	caller_ask(c, WIRE_HELLO)->version = WIRE_VERSION;
	if (cookie != NULL)
		memcpy(c->request.cookie, cookie, WIRE_COOKIE_LEN);
	OK(caller_call(c, fds));
	c->page = fds[0];
	c->own = fds[1];
	CU_ASSERT_TRUE(c->page >= 0 && c->own >= 0);
	OK(slate_map(&c->slate, c->fd, fds[2]));
	close(fds[2]);
	memcpy(c->cookie, c->answer.cookie, WIRE_COOKIE_LEN);
	return c;
}

void
caller_free(struct caller *c)
{
	slate_free(&c->slate);
	close(c->fd);
	close(c->page);
	close(c->own);
	free(c);
}

void
caller_put(struct caller *c)
{
	struct wr wr;

	wr_init(&wr, c->buf, sizeof(c->buf));
	OK(wire_put_request(&wr, &c->request));
	slate_put(&c->slate, c->buf, wr.n);
	if (!c->on_slate)
		OK(wire_send(c->fd, NULL, 0, NULL, 0));
	c->on_slate = 1;
}

CK_RV
caller_login(struct caller *c)
{
	struct wire_request *const r = caller_ask(c, WIRE_LOGIN);

	r->user = CKU_USER;
	r->has_pin = 1;
	r->pin = (struct wire_bytes){ (const uint8_t *)USER_PIN, 8 };
	return caller_call(c, NULL);
}

int
caller_ended(int fd)
{
	uint8_t byte;
	ssize_t n;

	do
		n = recv(fd, &byte, 1, 0);
	while (n == 1 || (n < 0 && errno == EINTR));
	return n == 0 || errno == ECONNRESET;
}

size_t
descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

int
descriptors_come_down_to(size_t n)
{
	for (int i = 0; i < 20000; i++) {
		if (descriptors() <= n)
			return 1;
		usleep(500);
	}
	return 0;
}
