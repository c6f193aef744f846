#include "hsm/pkcs11/slate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/pkcs11/wire.h"

/* What slate_bell.sleeps says. */
enum { AWAKE, AT_BELL, AT_SOCKET };

enum {
	/*
	 * At the bell nobody hears that the other one has gone: not for long, then, but longer than
	 * from one of the kernel's ticks to the next, so that no timer has to be set for it.
	 */
	BELL_MS = 20,
	LOOKS = 64,			/* before giving way to others */
};

/*
 * Whoever may write to a page may also give it back (MADV_REMOVE), which no seal forbids: who looks
 * next gets another one, or, where the kernel counts memory strictly and has promised all of it
 * (vm.overcommit_memory 2), SIGBUS. What cannot be read counts as that.
 */
static int
may_be_refused(void)
{
	const int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
	char mode = '2';

	if (fd < 0 || read(fd, &mode, 1) != 1)
		mode = '2';
	if (fd >= 0)
		close(fd);
	return mode != '0' && mode != '1';
}

static struct slate *
map(int fd)
{
	void *const p = mmap(NULL, SLATE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, SLATE_PAGE, MADV_DONTFORK);
	(void)madvise(p, SLATE_PAGE, MADV_DONTDUMP);
	return p;
}

int
slate_new(struct slate_end *e, int socket, int *out)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int fd;

	*e = (struct slate_end){ NULL, SLATE_VAULT, socket, 0, -1 };
	if (may_be_refused() ||
	    (fd = memfd_create("cardinal-pkcs11-slate", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0)
		return ERR_IO;
	/* Not ftruncate: its memory is there now, or it is none. */
	if (fallocate(fd, 0, 0, SLATE_PAGE) != 0 || fcntl(fd, F_ADD_SEALS, seals) != 0 ||
	    (e->shared = map(fd)) == NULL) {
		close(fd);
		return ERR_IO;
	}
	*out = fd;
	return 0;
}

int
slate_map(struct slate_end *e, int socket, int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	*e = (struct slate_end){ NULL, SLATE_CLIENT, socket, 0, -1 };
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) != 0 ||
	    st.st_size < SLATE_PAGE || (e->shared = map(fd)) == NULL)
		return ERR_FORMAT;
	e->heard = __atomic_load_n(&e->shared->bell[SLATE_CLIENT].count, __ATOMIC_RELAXED);
	return 0;
}

void
slate_leave(struct slate_end *e)
{
	if (e->shared != NULL)
		munmap(e->shared, SLATE_PAGE);
	e->shared = NULL;
}

void
slate_free(struct slate_end *e)
{
	struct slate *const s = e->shared;

	if (s == NULL)
		return;
	/* First the length: who has copied some of what is being wiped finds another one. */
	__atomic_store_n(&s->n, UINT32_MAX, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	OPENSSL_cleanse(s->bytes, sizeof(s->bytes));
	slate_leave(e);
}

int
slate_takes(uint8_t id)
{
	switch (id) {
	case WIRE_TOKEN:
	case WIRE_CLOSE:
	case WIRE_GET:
	case WIRE_FIND:
	case WIRE_SIGN:
	case WIRE_VERIFY:
	case WIRE_ENCRYPT:
	case WIRE_DECRYPT:
	case WIRE_OP_BEGIN:
	case WIRE_OP_UPDATE:
	case WIRE_OP_FINAL:
	case WIRE_OP_CANCEL:
		return 1;
	default:
		return 0;
	}
}

/* Messages. ---------------------------------------------------------------- */

static struct slate_bell *
mine(const struct slate_end *e)
{
	return &e->shared->bell[e->side];
}

static struct slate_bell *
others(const struct slate_end *e)
{
	return &e->shared->bell[1 - e->side];
}

static int
there(const struct slate_end *e)
{
	return __atomic_load_n(&mine(e)->count, __ATOMIC_SEQ_CST) != e->heard;
}

void
slate_put(struct slate_end *e, const uint8_t *p, size_t n)
{
	struct slate *const s = e->shared;
	const int at = sched_getcpu();

	if (n != 0)
		memcpy(s->bytes, p, n);
	__atomic_store_n(&s->processor, at >= 0 ? (uint32_t)at + 1 : 0, __ATOMIC_RELAXED);
	__atomic_store_n(&s->n, (uint32_t)n, __ATOMIC_RELAXED);
	__atomic_add_fetch(&others(e)->count, 1, __ATOMIC_SEQ_CST);
}

int
slate_get(struct slate_end *e, uint8_t *p, size_t cap, size_t *n, int *processor)
{
	struct slate *const s = e->shared;
	uint32_t at;

	e->heard = __atomic_load_n(&mine(e)->count, __ATOMIC_SEQ_CST);
	at = __atomic_load_n(&s->processor, __ATOMIC_RELAXED);
	*n = __atomic_load_n(&s->n, __ATOMIC_RELAXED);
	*processor = e->other = at <= UINT16_MAX ? (int)at - 1 : -1;
	if (*n > SLATE_MAX || *n > cap)
		return ERR_SIZE;
	memcpy(p, s->bytes, *n);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->n, __ATOMIC_RELAXED) != *n) {
		OPENSSL_cleanse(p, *n);
		return ERR_CLOSED;
	}
	OPENSSL_cleanse(s->bytes, *n);
	__atomic_store_n(&mine(e)->taken, e->heard, __ATOMIC_SEQ_CST);
	return 0;
}

int
slate_taken(const struct slate_end *e)
{
	const struct slate_bell *const b = others(e);

	return __atomic_load_n(&b->taken, __ATOMIC_SEQ_CST) ==
	    __atomic_load_n(&b->count, __ATOMIC_SEQ_CST);
}

/* Bells. ------------------------------------------------------------------- */

static int
failed(ssize_t r)
{
	return r == 0 || errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

int
slate_ring(struct slate_end *e)
{
	struct slate_bell *const b = others(e);
	const char byte = 0;
	ssize_t r;

	if (__atomic_load_n(&b->sleeps, __ATOMIC_SEQ_CST) == AWAKE)
		return 0;
	switch (__atomic_exchange_n(&b->sleeps, AWAKE, __ATOMIC_SEQ_CST)) {
	case AT_BELL:
		syscall(SYS_futex, &b->count, FUTEX_WAKE, 1, NULL, NULL, 0);
		return 0;
	case AT_SOCKET:
		/* There is room for one byte, or it is no honest end that does not read. */
		do
			r = send(e->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		while (r < 0 && errno == EINTR);
		return r == 1 ? 0 : failed(r);
	default:
		return 0;
	}
}

static void
pause_briefly(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#endif
}

int
slate_watch(struct slate_end *e, const struct wire_patience *patience, const uint32_t *awake)
{
	uint64_t start = 0;

	if (there(e))
		return 1;
	if (e->other == sched_getcpu())
		return 0;
	while (!wire_crowded(patience, awake)) {
		for (int i = 0; i < LOOKS; i++) {
			if (there(e))
				return 1;
			pause_briefly();
		}
		if (start == 0)
			start = wire_now_us();
		else if (wire_now_us() - start >= patience->us)
			return 0;
		sched_yield();
	}
	return there(e);
}

/* The byte that the other one sends whoever slept at the socket. */
static int
take_byte(int fd)
{
	char byte;
	ssize_t r;

	do
		r = recv(fd, &byte, 1, 0);
	while (r < 0 && errno == EINTR);
	return r == 1 ? 0 : failed(r);
}

/* Something is there that no bell has told: the end, or what breaks the rules. */
static int
unasked(int fd)
{
	char byte;
	const ssize_t r = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (r > 0)
		return ERR_FORMAT;
	return r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : failed(r);
}

int
slate_doze(struct slate_end *e)
{
	const struct timespec briefly = { 0, BELL_MS * 1000000 };
	struct slate_bell *const b = mine(e);

	__atomic_store_n(&b->sleeps, AT_BELL, __ATOMIC_SEQ_CST);
	if (!there(e))
		syscall(SYS_futex, &b->count, FUTEX_WAIT, e->heard, &briefly, NULL, 0);
	__atomic_store_n(&b->sleeps, AWAKE, __ATOMIC_SEQ_CST);
	return there(e);
}

int
slate_sleep(struct slate_end *e)
{
	struct slate_bell *const b = mine(e);
	struct pollfd p = { .fd = e->fd, .events = POLLIN };
	int r = 0;

	while (r == 0 && !there(e)) {
		int n = 0;

		__atomic_store_n(&b->sleeps, AT_SOCKET, __ATOMIC_SEQ_CST);
		if (!there(e))
			n = poll(&p, 1, -1);
		if (__atomic_exchange_n(&b->sleeps, AWAKE, __ATOMIC_SEQ_CST) == AWAKE)
			r = take_byte(e->fd);
		else if (n > 0 && !there(e))
			r = unasked(e->fd);
		else if (n < 0 && errno != EINTR)
			r = ERR_IO;
	}
	return r;
}
