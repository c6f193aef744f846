#include "ifdhandler/pad_link.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"
#include "ifdhandler/pad_link_parts.h"

enum { CANCEL_MS = 1000 };	/* until the pad has heard our cancel */

/* Reads until the answer has come. ERR_TIMEOUT, or what ends the link. */
static int
await(struct pad_link *link, int fd, int ms)
{
	const struct timespec end = clock_after(ms);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int left, r;

	while (link->waiting != 0) {
		/* Also when there is always something to read: a pad may talk without end. */
		if ((left = clock_left(&end)) == 0 || (r = poll(&p, 1, left)) == 0)
			return ERR_TIMEOUT;
		if (r > 0 && (r = pad_link_read(link, fd)) != 0)
			return r;
	}
	return 0;
}

static void
cancel(struct pad_link *link, int fd)
{
	uint8_t message[PADLINK_HEAD];
	struct wr wr;

	wr_init(&wr, message, sizeof(message));
	padlink_put(&wr, PADLINK_CANCEL, link->number, NULL, 0);
	(void)pad_link_send(fd, message, wr.n);
}

static const struct {
	uint8_t status;
	int r;
} statuses[] = {
	{ PADLINK_OK, 0 },
	{ PADLINK_NO_CARD, ERR_NO_CARD },
	{ PADLINK_NOT_POWERED, ERR_NOT_NOW },
	{ PADLINK_MUTE, ERR_CARD_ANSWER },
	{ PADLINK_TIMEOUT, ERR_TIMEOUT },
	{ PADLINK_CANCELLED, ERR_CANCELLED },
	{ PADLINK_BUSY, ERR_BUSY },
	{ PADLINK_BAD, ERR_FORMAT },
	{ PADLINK_NOT_OFFERED, ERR_UNSUPPORTED },
};

static int
read_answer(const struct pad_link *link, uint8_t *p, size_t *n)
{
	int r = ERR_FORMAT;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == link->status)
			r = statuses[i].r;
	if (r != 0)
		return r;
	if (link->answer_n > *n)
		return ERR_SIZE;
	if (link->answer_n > 0)
		memcpy(p, link->answer, link->answer_n);
	*n = link->answer_n;
	return 0;
}

/* Sends, and reads until the answer is there; the link is the caller's meanwhile. */
static int
converse(struct pad_link *link, int fd, const struct wr *message, int ms, int cancels)
{
	int r;

	/* The thread is not to wake for an answer. A hang-up wakes it; then it waits for us. */
	(void)pad_link_watch(link, EPOLL_CTL_MOD, fd, 0);
	if ((r = pad_link_send(fd, message->p, message->n)) == 0)
		r = await(link, fd, ms);
	if (r == ERR_TIMEOUT && cancels) {
		/* The pad should have ended this by itself. */
		cancel(link, fd);
		if ((r = await(link, fd, CANCEL_MS)) == 0 && link->status == PADLINK_CANCELLED)
			link->status = PADLINK_TIMEOUT;
	}
	if (r != 0) {
		/* A pad that does not answer is no pad: the thread will connect anew. */
		shutdown(fd, SHUT_RDWR);
		r = ERR_READER_GONE;
	}
	(void)pad_link_watch(link, EPOLL_CTL_MOD, fd, EPOLLIN);
	return r;
}

int
pad_link_request(struct pad_link *link, uint8_t type, const uint8_t *body, size_t body_n, int ms,
    uint8_t *p, size_t *n)
{
	/* What waits for a person. */
	const int cancels = type == PADLINK_PIN || type == PADLINK_PIN_FINISH ||
	    type == PADLINK_INPUT;
	struct wr wr;
	int r;

	pthread_mutex_lock(&link->lock);
	pad_link_begin(link);
	wr_init(&wr, link->out, sizeof(link->out));
	padlink_put(&wr, type, link->number + 1, body, body_n);
	if ((r = wr_end(&wr)) != 0)
		goto out;
	if (!link->linked) {
		r = ERR_READER_GONE;
		goto out;
	}
	link->number++;
	link->waiting = type;
	pthread_mutex_unlock(&link->lock);
	r = converse(link, link->fd, &wr, ms, cancels);
	pthread_mutex_lock(&link->lock);
	link->waiting = 0;
	if (r == 0) {
		link->answered = link->links;
		r = read_answer(link, p, n);
	} else
		pad_link_lose(link);
out:
	explicit_bzero(link->out, wr.n);
	explicit_bzero(link->answer, link->answer_n);
	link->answer_n = 0;
	pad_link_end(link);
	pthread_mutex_unlock(&link->lock);
	return r;
}
