#include "hsm/pkcs11/module_hello.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "hsm/keys/owner.h"
#include "hsm/pkcs11/module.h"

/* What comes with HELLO's answer: two pages of the application, and the connection's slate. */
enum { PAGES = 3 };

/* Two pages of one application, chained until the end. */
struct link_map {
	struct link_map *next;
	const struct wire_page *page;
	struct wire_own *own;
};

static const struct wire_page no_page;

void
hello_init(struct links *ls)
{
	const char *dir = secure_getenv("CARDINAL_RUN");
	const size_t cap = sizeof(ls->address.sun_path);

	ls->address.sun_family = AF_UNIX;
	/* What is too long is nobody's: there is no daemon then. */
	if ((size_t)snprintf(ls->address.sun_path, cap, "%s/pkcs11.sock",
	    dir != NULL ? dir : "/run/cardinal") >= cap)
		ls->address.sun_path[0] = '\0';
	ls->page = &no_page;
	ls->dialled = ls->pages[0] = ls->pages[1] = ls->pages[2] = -1;
}

void
hello_free(struct links *ls)
{
	while (ls->maps != NULL) {
		struct link_map *map = ls->maps;

		ls->maps = map->next;
		munmap((void *)map->page, sizeof(*map->page));
		munmap(map->own, sizeof(*map->own));
		free(map);
	}
}

void
hello_abandon(struct links *ls)
{
	if (ls->dialled >= 0)
		close(ls->dialled);
	for (size_t i = 0; i < PAGES; i++)
		if (ls->pages[i] >= 0)
			close(ls->pages[i]);
}

/* The socket. -------------------------------------------------------------- */

static int
patience(int fd, int option, time_t seconds)
{
	const struct timeval tv = { .tv_sec = seconds };

	return setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

/* What is wrong, and what to do; e is errno, 0 where there is no address at all. */
static const char *
why(int e)
{
	switch (e) {
	case 0:
		return "CARDINAL_RUN is too long";
	case EACCES:
		return "Permission denied: its group may (pkcs11_group of cardinald)";
	case ENOENT:
	case ECONNREFUSED:
		return "cardinald does not run, or has its sockets elsewhere (CARDINAL_RUN)";
	default:
		return strerror(e);
	}
}

static void
hang_up(struct links *ls)
{
	const int fd = atomic_exchange(&ls->dialled, -1);

	if (fd >= 0)
		close(fd);
}

/* Into ls->dialled. -1: there is no daemon, or somebody who must not get a PIN. */
static int
dial(struct links *ls)
{
	const char *path = ls->address.sun_path;
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int r, fd;

	module_log(ls->down ? LEVEL_DEBUG : LEVEL_INFO, "connecting to %s", path);
	if (path[0] == '\0' || (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		goto bad;
	ls->dialled = fd;
	if (patience(fd, SO_SNDTIMEO, LINK_WAIT_SECONDS) != 0 ||
	    patience(fd, SO_RCVTIMEO, LINK_WAIT_SECONDS) != 0)
		goto bad;
	do
		r = connect(fd, (struct sockaddr *)&ls->address, sizeof(ls->address));
	while (r != 0 && errno == EINTR);
	if (r != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		goto bad;
	if (owner_trusted(path, peer.uid))
		return 0;
	module_log(LEVEL_ERROR, "at %s listens user %u, who is not trusted", path,
	    (unsigned)peer.uid);
	hang_up(ls);
	return -1;
bad:
	module_log(ls->down ? LEVEL_DEBUG : LEVEL_ERROR, "cannot connect to %s: %s", path,
	    why(path[0] == '\0' ? 0 : errno));
	hang_up(ls);
	return -1;
}

/* The pages. --------------------------------------------------------------- */

static void *
map_one(int fd, size_t n, int prot)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *p;

	/* A page that were cut short would take the application along, at the next look. */
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) != 0 ||
	    (size_t)st.st_size < n)
		return NULL;
	p = mmap(NULL, n, prot, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void
close_pages(struct links *ls)
{
	for (size_t i = 0; i < PAGES; i++) {
		const int fd = ls->pages[i];

		ls->pages[i] = -1;
		if (fd >= 0)
			close(fd);
	}
}

static struct link_map *
map_pages(const int fds[2])
{
	struct link_map *map = calloc(1, sizeof(*map));

	if (map == NULL)
		return NULL;
	map->page = map_one(fds[0], sizeof(*map->page), PROT_READ);
	map->own = map_one(fds[1], sizeof(*map->own), PROT_READ | PROT_WRITE);
	if (map->page != NULL && map->own != NULL)
		return map;
	if (map->page != NULL)
		munmap((void *)map->page, sizeof(*map->page));
	if (map->own != NULL)
		munmap(map->own, sizeof(*map->own));
	free(map);
	return NULL;
}

/* HELLO. ------------------------------------------------------------------- */

/* A call of hello's own, in the link's buffer for answers: 0, or -1 and the connection is bad. */
static int
ask(struct links *ls, struct link *l, int fds[PAGES])
{
	uint8_t out[64];
	struct wr wr;

	wr_init(&wr, out, sizeof(out));
	return wire_put_request(&wr, &ls->request) == 0 &&
	    wire_send(l->fd, out, wr.n, NULL, 0) == 0 &&
	    wire_receive(l->fd, l->in, sizeof(l->in), &l->in_n, fds,
	    fds != NULL ? PAGES : 0) == 0 &&
	    wire_get_answer(l->in, l->in_n, ls->request.id, &ls->answer) == 0 ? 0 : -1;
}

/*
 * Where people open without a code they are asked for who logs in, not on the way to something:
 * 1 or 0, or -1 as log_in_again.
 */
static int
is_auto(struct links *ls, struct link *l, uint8_t slot)
{
	memset(&ls->request, 0, sizeof(ls->request));
	ls->request.id = WIRE_TOKEN;
	ls->request.who.slot = slot;
	return ask(ls, l, NULL) != 0 ? -1 : ls->answer.rv == CKR_OK &&
	    ls->answer.token.mode == WIRE_AUTO;
}

/*
 * Whether a slot that was logged in is so again, since it needs no code (SPEC: mode auto): 1 or 0.
 * -1: it was not answered in time, or with nonsense. What may still come is no answer to anything
 * else, so that the connection is bad.
 */
static int
log_in_again(struct links *ls, struct link *l, uint8_t slot)
{
	const int is = is_auto(ls, l, slot);

	if (is != 1)
		return is;
	memset(&ls->request, 0, sizeof(ls->request));
	ls->request.id = WIRE_LOGIN;
	ls->request.who.slot = slot;
	ls->request.user = CKU_USER;
	return ask(ls, l, NULL) != 0 ? -1 : ls->answer.rv == CKR_OK;
}

/* Vault takes us for a new application. */
static int
adopt(struct module *m, struct link *l)
{
	struct links *ls = &m->links;
	struct link_map *map = map_pages(ls->pages);
	unsigned users;
	int in = 0;

	if (map == NULL)
		return -1;
	map->next = ls->maps;
	ls->maps = map;
	memcpy(ls->cookie, ls->answer.cookie, sizeof(ls->cookie));
	ls->boot = ls->answer.boot;
	ls->policy = ls->answer.policy;
	users = slots_adopt(m, map->page, map->own);
	l->epoch = ls->epoch;
	for (uint8_t i = 0; i < WIRE_SLOTS; i++) {
		if ((users & (1u << i)) == 0)
			continue;
		if (in >= 0)
			in = log_in_again(ls, l, i);
		if (in != 1)
			slot_logged_out(m, i);
	}
	return in < 0 ? -1 : 0;
}

static int
greet(struct module *m, struct link *l)
{
	struct links *ls = &m->links;
	int r;

	memset(&ls->request, 0, sizeof(ls->request));
	ls->request.id = WIRE_HELLO;
	ls->request.version = WIRE_VERSION;
	memcpy(ls->request.cookie, ls->cookie, sizeof(ls->cookie));
	if ((r = ask(ls, l, ls->pages)) == 0 && ls->answer.rv != CKR_OK) {
		module_log(LEVEL_ERROR, "the daemon refuses: 0x%lx", ls->answer.rv);
		r = -1;
	}
	if (r == 0 && (ls->epoch == 0 ||
	    CRYPTO_memcmp(ls->cookie, ls->answer.cookie, sizeof(ls->cookie)) != 0))
		r = adopt(m, l);
	if (r == 0) {
		l->epoch = ls->epoch;
		/* Without one, or with one that is no good, all goes by the socket. */
		if (ls->pages[2] >= 0)
			(void)slate_map(&l->slate, l->fd, ls->pages[2]);
	}
	close_pages(ls);
	/* A login at a pad takes its time. */
	return r == 0 ? patience(l->fd, SO_RCVTIMEO, 0) : r;
}

CK_RV
hello_connect(struct module *m, struct link *l)
{
	struct links *ls = &m->links;
	CK_RV rv = CKR_DEVICE_REMOVED;
	int dialled, ending = 0;

	pthread_mutex_lock(&ls->connecting);
	dialled = dial(ls) == 0;
	pthread_mutex_lock(&ls->lock);
	if ((ending = ls->ending) == 0) {
		l->fd = ls->dialled;
		ls->dialled = -1;
	} else {
		hang_up(ls);
	}
	pthread_mutex_unlock(&ls->lock);
	if (dialled && !ending)
		rv = greet(m, l) == 0 ? CKR_OK : CKR_DEVICE_ERROR;
	if (rv == CKR_OK) {
		module_log(LEVEL_INFO, "connected, boot %016llx",
		    (unsigned long long)ls->boot);
	} else if (l->fd >= 0) {
		pthread_mutex_lock(&ls->lock);
		close(atomic_exchange(&l->fd, -1));
		slate_free(&l->slate);
		ending = ls->ending;
		pthread_mutex_unlock(&ls->lock);
	}
	atomic_store(&ls->down, rv != CKR_OK);
	pthread_mutex_unlock(&ls->connecting);
	return ending ? CKR_CRYPTOKI_NOT_INITIALIZED : rv;
}
