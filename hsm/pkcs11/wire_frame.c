#include "hsm/pkcs11/wire.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

enum { HEAD = 6, FDS_MAX = 3 };

union control {
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

uint64_t
wire_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/*
 * When a frame that has begun is to be whole; 0: whenever it is. Not SO_RCVTIMEO, which begins anew
 * with each byte.
 */
static uint64_t
deadline(unsigned ms)
{
	return ms != 0 ? wire_now_us() + UINT64_C(1000) * ms : 0;
}

/* Until it can go on: 0, ERR_TIMEOUT, ERR_IO. */
static int
await(int fd, short events, uint64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		const uint64_t now = wire_now_us(), left = now < until ? until - now : 0;
		const int r = poll(&p, 1, (int)((left + 999) / 1000));

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return ERR_IO;
		if (left == 0)
			return ERR_TIMEOUT;
	}
}

static int
failed(void)
{
	return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

/* Leaves out of the two pieces what has been done with; whether anything is left. */
static int
advance(struct iovec iov[2], size_t n)
{
	for (size_t i = 0; i < 2; i++) {
		const size_t part = n < iov[i].iov_len ? n : iov[i].iov_len;

		iov[i].iov_base = (char *)iov[i].iov_base + part;
		iov[i].iov_len -= part;
		n -= part;
	}
	return iov[0].iov_len + iov[1].iov_len != 0;
}

/* What the head tells of the processor: 0 where it cannot be told. */
static uint16_t
here(void)
{
	const int n = sched_getcpu();

	return n >= 0 && n < UINT16_MAX ? (uint16_t)(n + 1) : 0;
}

static int
send_part(int fd, const struct msghdr *msg, uint64_t until, size_t *sent)
{
	const int flags = MSG_NOSIGNAL | (until != 0 ? MSG_DONTWAIT : 0);
	ssize_t n;
	int r;

	while ((n = sendmsg(fd, msg, flags)) < 0) {
		if (until != 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if ((r = await(fd, POLLOUT, until)) != 0)
				return r;
		} else if (errno != EINTR) {
			return failed();
		}
	}
	*sent = (size_t)n;
	return 0;
}

int
wire_send(int fd, const uint8_t *payload, size_t n, const int *fds, size_t fds_n)
{
	return wire_send_within(fd, payload, n, fds, fds_n, 0);
}

int
wire_send_within(int fd, const uint8_t *payload, size_t n, const int *fds, size_t fds_n,
    unsigned ms)
{
	const uint64_t until = deadline(ms);
	uint8_t head[HEAD];
	struct iovec iov[2] = { { head, HEAD }, { (void *)payload, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	union control control;
	struct wr wr;
	size_t sent = 0;
	int r;

	if (n > WIRE_FRAME_MAX || fds_n > FDS_MAX)
		return ERR_SIZE;
	wr_init(&wr, head, sizeof(head));
	wr_u32(&wr, (uint32_t)n);
	wr_u16(&wr, here());
	if (fds_n > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds_n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fds_n * sizeof(int));
	}
	do {
		if ((r = send_part(fd, &msg, until, &sent)) != 0)
			return r;
		/* They went with the first byte. */
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	} while (advance(iov, sent));
	return 0;
}

/* Into fds from *got on; what there is no room for is closed. */
static void
take(struct msghdr *msg, int *fds, size_t fds_n, size_t *got)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len; i++) {
			int one;

			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if (*got < fds_n)
				fds[(*got)++] = one;
			else
				close(one);
		}
	}
}

static int
receive(int fd, uint8_t *payload, size_t cap, size_t *n, int *processor, int *fds, size_t fds_n,
    unsigned ms)
{
	uint8_t head[HEAD] = { 0 };
	struct iovec iov[2] = { { head, HEAD }, { payload, cap } };
	union control control;
	size_t have = 0, want = HEAD, got = 0;
	uint64_t until = 0;
	int r = 0;

	for (size_t i = 0; i < fds_n; i++)
		fds[i] = -1;
	do {
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
		ssize_t part;

		if (fds_n > 0) {
			msg.msg_control = control.bytes;
			msg.msg_controllen = sizeof(control);
		}
		if (have > 0 && ms != 0) {
			until = until != 0 ? until : deadline(ms);
			if ((r = await(fd, POLLIN, until)) != 0)
				break;
		}
		/* Head and payload at once: nobody sends two frames before an answer. */
		do
			part = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
		while (part < 0 && errno == EINTR);
		if (part <= 0) {
			r = part < 0 ? failed() : ERR_CLOSED;
			break;
		}
		if (fds_n > 0)
			take(&msg, fds, fds_n, &got);
		advance(iov, (size_t)part);
		if (have < HEAD && have + (size_t)part >= HEAD) {
			struct rd rd;

			rd_init(&rd, head, HEAD);
			*n = rd_u32(&rd);
			*processor = rd_u16(&rd) - 1;
			if (*n > cap) {
				r = ERR_SIZE;
				break;
			}
			want = HEAD + *n;
		}
		have += (size_t)part;
	} while (have < want);
	if (r == 0 && have > want)
		r = ERR_FORMAT;
	for (size_t i = 0; r != 0 && i < got; i++) {
		close(fds[i]);
		fds[i] = -1;
	}
	return r;
}

int
wire_receive(int fd, uint8_t *payload, size_t cap, size_t *n, int *fds, size_t fds_n)
{
	int processor;

	return receive(fd, payload, cap, n, &processor, fds, fds_n, 0);
}

int
wire_receive_within(int fd, uint8_t *payload, size_t cap, size_t *n, int *processor,
    unsigned ms)
{
	*processor = -1;
	return receive(fd, payload, cap, n, processor, NULL, 0, ms);
}

/* Each one that is awake has its client, which watches on another processor. */
int
wire_crowded(const struct wire_patience *patience, const uint32_t *awake)
{
	return __atomic_load_n(awake, __ATOMIC_RELAXED) * 2 > (uint32_t)patience->processors;
}

int
wire_watch(int fd, const struct wire_patience *patience, const uint32_t *awake)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const uint64_t start = wire_now_us();

	while (!wire_crowded(patience, awake)) {
		if (poll(&p, 1, 0) != 0)
			return 1;
		if (wire_now_us() - start >= patience->us)
			return 0;
		sched_yield();
	}
	return 0;
}

void
wire_sleep(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}
