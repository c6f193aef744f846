#include "hsm/pkcs11/server_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

enum { PAGE = 4096 };

#define LOAD(member) __atomic_load_n(&(member), __ATOMIC_SEQ_CST)
#define STORE(member, v) __atomic_store_n(&(member), (v), __ATOMIC_SEQ_CST)
#define ADD(member) __atomic_add_fetch(&(member), 1, __ATOMIC_SEQ_CST)

/* A call of WAIT: its number is written into fd when something happened. */
struct waiter {
	struct waiter *next;
	int fd;
};

/* One page of memory that has a descriptor and keeps its size, whoever else has it. */
static int
memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (fallocate(fd, 0, 0, PAGE) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * What others get of the page can only be read: by a seal that leaves the mapping that is there,
 * or, where the kernel has none (before Linux 5.1), by a descriptor that was opened so.
 */
static int
read_only(int fd)
{
	char path[32];
	int again;

#ifdef F_SEAL_FUTURE_WRITE
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0)
		return fd;
#endif
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return again;
}

int
page_new(struct p11_server *s)
{
	struct slot_info info;
	void *p;
	int fd;

	s->page_fd = -1;
	if ((fd = memory("cardinal-pkcs11")) < 0)
		return ERR_IO;
	if ((p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		close(fd);
		return ERR_IO;
	}
	s->page = p;
	if ((s->page_fd = read_only(fd)) < 0)
		return ERR_IO;
	if (crypt_random(s->crypt, (uint8_t *)&s->page->boot, sizeof(s->page->boot)) != CKR_OK)
		return ERR_CRYPTO;
	for (unsigned slot = 0; slot < SLOTS; slot++)
		if (slot_info(s->store, slot, &info) == 0)
			s->page->slot[slot].present = info.present;
	return 0;
}

void
page_free(struct p11_server *s)
{
	if (s->page != NULL)
		munmap(s->page, PAGE);
	if (s->page_fd >= 0)
		close(s->page_fd);
}

int
own_new(struct app *a)
{
	return (a->own_fd = memory("cardinal-pkcs11-own")) >= 0 ? 0 : ERR_IO;
}

uint32_t
own_sessions(const struct app *a, unsigned slot)
{
	const size_t at = offsetof(struct wire_own, sessions) + slot * sizeof(uint32_t);
	uint32_t n;

	/*
	 * Not by a mapping: its application may give the page back, and where no memory is left
	 * (vm.overcommit_memory 2) who looks next ends by SIGBUS.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return pread(a->own_fd, &n, sizeof(n), (off_t)at) == (ssize_t)sizeof(n) ? n : 1;
}

void
own_free(struct app *a)
{
	if (a->own_fd < 0)
		return;
	close(a->own_fd);
	a->own_fd = -1;
}

uint64_t
page_closings(const struct p11_server *s, unsigned slot)
{
	return LOAD(s->page->slot[slot].closings);
}

int
page_present(const struct p11_server *s, unsigned slot)
{
	return LOAD(s->page->slot[slot].present) != 0;
}

void
page_objects(struct p11_server *s, unsigned slot)
{
	ADD(s->page->slot[slot].objects);
}

static void
wake(struct p11_server *s)
{
	const uint64_t one = 1;

	for (struct waiter *w = s->waiters; w != NULL; w = w->next)
		if (write(w->fd, &one, sizeof(one)) < 0)
			continue;	/* It is full of wakings already. */
}

void
page_event(struct p11_server *s, unsigned slot, int closed)
{
	struct slot_info info;

	pthread_mutex_lock(&s->lock);
	if (slot_info(s->store, slot, &info) == 0) {
		STORE(s->page->slot[slot].present, info.present);
		atomic_store(&s->damaged[slot], info.damaged);
	}
	if (closed) {
		ADD(s->page->slot[slot].closings);
		ADD(s->page->slot[slot].objects);
	}
	ADD(s->page->slot[slot].event);
	s->happened[ADD(s->page->events) % EVENTS_KEPT] = (uint8_t)slot;
	wake(s);
	pthread_mutex_unlock(&s->lock);
}

void
page_stop(struct p11_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	wake(s);
	pthread_mutex_unlock(&s->lock);
}

/* The event behind `seen`, or the oldest that is still known: 1 when there is one. */
static int
next_event(const struct p11_server *s, uint64_t seen, uint8_t *slot)
{
	const uint64_t last = LOAD(s->page->events);

	if (seen == last)
		return 0;
	if (seen > last)
		seen = last - 1;
	else if (last - seen > EVENTS_KEPT)
		seen = last - EVENTS_KEPT;
	*slot = s->happened[(seen + 1) % EVENTS_KEPT];
	return 1;
}

CK_RV
call_wait(struct p11_conn *c)
{
	struct p11_server *const s = c->server;
	struct waiter me = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) }, **p;
	/* A client that hangs up, or sends what it may not, waits no longer. */
	struct pollfd fds[2] = { { me.fd, POLLIN, 0 }, { c->fd, POLLIN | POLLRDHUP, 0 } };
	CK_RV rv = CKR_OK;

	if (me.fd < 0)
		return CKR_HOST_MEMORY;
	pthread_mutex_lock(&s->lock);
	me.next = s->waiters;
	s->waiters = &me;
	while (!s->stopping && !next_event(s, c->request.events, &c->answer.slot)) {
		uint64_t times;
		int n;

		pthread_mutex_unlock(&s->lock);
		conn_rest(c);
		n = poll(fds, 2, -1);
		conn_wake(c);
		pthread_mutex_lock(&s->lock);
		if (fds[1].revents != 0 || (n < 0 && errno != EINTR))
			break;
		if (read(me.fd, &times, sizeof(times)) < 0)
			continue;	/* It was a signal. */
	}
	if (s->stopping || !next_event(s, c->request.events, &c->answer.slot))
		rv = CKR_DEVICE_REMOVED;
	for (p = &s->waiters; *p != &me; p = &(*p)->next)
		;
	*p = me.next;
	pthread_mutex_unlock(&s->lock);
	close(me.fd);
	return rv;
}
