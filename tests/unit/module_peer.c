#include "tests/unit/module_peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct conn {
	struct peer *p;
	int fd;
};

static int
page(struct peer *p, size_t n, void **at)
{
	const int fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)n) != 0 ||
	    (!p->unsealed && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) ||
	    (*at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		abort();
	return fd;
}

static int
answer(struct conn *c, struct wire_request *r, struct wire_answer *a, uint8_t *out, int fds[2])
{
	struct peer *p = c->p;
	struct wr wr;
	int cut = 0;

	memset(a, 0, sizeof(*a));
	fds[0] = fds[1] = -1;
	if (r->id == WIRE_HELLO) {
		memcpy(a->cookie, p->cookie, sizeof(a->cookie));
		a->boot = p->page->boot;
		fds[0] = p->page_fd;
		fds[1] = p->own_fd;
		atomic_fetch_add(&p->hellos, 1);
	} else if (p->say != NULL && (cut = p->say(p, r, a)) < 0) {
		return -1;
	}
	wr_init(&wr, out, WIRE_FRAME_MAX);
	if (wire_put_answer(&wr, r->id, a) != 0)
		abort();
	return (int)wr.n - cut;
}

static void *
serve(void *arg)
{
	struct conn *c = arg;
	struct peer *p = c->p;
	uint8_t *in = malloc(WIRE_FRAME_MAX), *out = malloc(WIRE_FRAME_MAX);
	struct wire_request *r = calloc(1, sizeof(*r));
	struct wire_answer *a = calloc(1, sizeof(*a));
	struct mech *mech = calloc(1, sizeof(*mech));
	size_t n;

	r->mech = mech;
	while (wire_receive(c->fd, in, WIRE_FRAME_MAX, &n, NULL, 0) == 0 &&
	    wire_get_request(in, n, r) == 0) {
		int fds[2], len;

		pthread_mutex_lock(&p->lock);
		p->calls[r->id]++;
		pthread_cond_broadcast(&p->called);
		pthread_mutex_unlock(&p->lock);
		if ((len = answer(c, r, a, out, fds)) < 0 ||
		    wire_send(c->fd, out, (size_t)len, fds, fds[0] >= 0 ? 2 : 0) != 0)
			break;
	}
	shutdown(c->fd, SHUT_RDWR);
	free(in);
	free(out);
	free(r);
	free(a);
	free(mech);
	free(c);
	return NULL;
}

static void *
accepts(void *arg)
{
	struct peer *p = arg;
	int fd;

	while ((fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct conn *c = malloc(sizeof(*c));

		*c = (struct conn){ p, fd };
		pthread_mutex_lock(&p->lock);
		p->conns[p->conns_n] = fd;
		if (pthread_create(&p->threads[p->conns_n++], NULL, serve, c) != 0)
			abort();
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

void
peer_dir(struct peer *p)
{
	memset(p, 0, sizeof(*p));
	suite_dir(p->dir);
	snprintf(p->path, sizeof(p->path), "%s/pkcs11.sock", p->dir);
	setenv("CARDINAL_RUN", p->dir, 1);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->called, NULL);
	p->fd = -1;
}

void
peer_start(struct peer *p)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	void *at[2];

	p->page_fd = page(p, sizeof(*p->page), &at[0]);
	p->own_fd = page(p, sizeof(*p->own), &at[1]);
	p->page = at[0];
	p->own = at[1];
	if (getrandom(p->cookie, sizeof(p->cookie), 0) != sizeof(p->cookie) ||
	    getrandom(&p->page->boot, sizeof(p->page->boot), 0) != sizeof(p->page->boot))
		abort();
	for (size_t i = 0; i < WIRE_SLOTS; i++)
		p->page->slot[i].present = 1;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", p->path);
	if ((p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(p->fd, 64) != 0 ||
	    pthread_create(&p->thread, NULL, accepts, p) != 0)
		abort();
}

void
peer_stop(struct peer *p)
{
	unlink(p->path);
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
	for (size_t i = 0; i < p->conns_n; i++) {
		shutdown(p->conns[i], SHUT_RDWR);
		pthread_join(p->threads[i], NULL);
		close(p->conns[i]);
	}
	p->conns_n = 0;
	munmap(p->page, sizeof(*p->page));
	munmap(p->own, sizeof(*p->own));
	close(p->page_fd);
	close(p->own_fd);
}

void
peer_wait(struct peer *p, uint8_t id, int n)
{
	pthread_mutex_lock(&p->lock);
	while (p->calls[id] < n)
		pthread_cond_wait(&p->called, &p->lock);
	pthread_mutex_unlock(&p->lock);
}
