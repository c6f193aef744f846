#include "tests/unit/reader_pad_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void
send_message(int fd, uint8_t type, uint32_t number, const void *body, size_t n)
{
	static uint8_t out[PADLINK_MAX];
	struct wr wr;
	size_t done = 0;
	ssize_t sent;

	wr_init(&wr, out, sizeof(out));
	padlink_put(&wr, type, number, body, n);
	if (wr_end(&wr) != 0)
		abort();
	while (done < wr.n && (sent = send(fd, out + done, wr.n - done, MSG_NOSIGNAL)) > 0)
		done += (size_t)sent;
}

static void
answer(struct peer *p, const struct padlink_msg *m)
{
	static uint8_t body[PADLINK_BODY_MAX];
	const struct padlink_hello_answer hello = {
		.lines = 3, .columns = 20, .pin_min = 4, .pin_max = 12,
		.features = PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT, .card = p->card,
		.firmware = "peer",
	};
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	if (m->type == PADLINK_HELLO)
		padlink_put_hello_answer(&wr, p->hello_status, &hello);
	else
		padlink_put_answer(&wr, p->status, p->answer, p->answer_n);
	send_message(p->fd, p->answers_other ? m->type + 1 : m->type, m->number, body, wr.n);
}

/* Both until we are hung up on: messages, and the bytes of one so that there are always some. */
static void
flood(struct peer *p)
{
	const struct padlink_card card = { .present = 1, .changes = 7 };
	uint8_t body[8], message[PADLINK_HEAD + sizeof(body)];
	struct wr b, wr;

	wr_init(&b, body, sizeof(body));
	padlink_put_card(&b, &card);
	wr_init(&wr, message, sizeof(message));
	padlink_put(&wr, PADLINK_CARD, 0, body, b.n);
	while (send(p->fd, message, wr.n, MSG_NOSIGNAL) == (ssize_t)wr.n)
		;
}

static void
babble(struct peer *p)
{
	static const uint8_t body[PADLINK_BODY_MAX];
	static uint8_t message[PADLINK_MAX];
	struct wr wr;

	wr_init(&wr, message, sizeof(message));
	padlink_put(&wr, PADLINK_TRANSMIT, 0, body, sizeof(body));
	for (size_t i = 0; send(p->fd, message + i % wr.n, 1, MSG_NOSIGNAL) == 1; i++)
		;
}

static void
serve(struct peer *p)
{
	static uint32_t cancelled;
	struct padlink_msg m;
	size_t have = 0;
	ssize_t n;
	int used;

	while ((n = recv(p->fd, p->in + have, sizeof(p->in) - have, 0)) > 0) {
		have += (size_t)n;
		while ((used = padlink_frame(p->in, have, &m)) > 0) {
			pthread_mutex_lock(&p->lock);
			p->asked[m.type]++;
			if (m.type == PADLINK_CANCEL) {
				p->mute = 0;
				p->status = PADLINK_CANCELLED;
				m.number = cancelled;
				m.type = p->type;
			} else if (m.type != PADLINK_HELLO) {
				p->type = m.type;
				p->body_n = m.n;
				memcpy(p->body, m.body, m.n);
				cancelled = m.number;
			}
			if (m.type == PADLINK_HELLO ? p->greets_nobody : p->hangs_up)
				shutdown(p->fd, SHUT_RDWR);
			else if (p->babbles && m.type != PADLINK_HELLO)
				babble(p);
			else if (!p->mute || m.type == PADLINK_HELLO)
				answer(p, &m);
			if (p->floods)
				flood(p);
			pthread_cond_broadcast(&p->moved);
			pthread_mutex_unlock(&p->lock);
			have -= (size_t)used;
			memmove(p->in, p->in + used, have);
		}
	}
}

static void *
peer_thread(void *arg)
{
	struct peer *p = arg;
	int fd;

	while ((fd = accept(p->listener, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&p->lock);
		p->fd = fd;
		p->links++;
		pthread_mutex_unlock(&p->lock);
		serve(p);
		pthread_mutex_lock(&p->lock);
		close(fd);
		p->fd = -1;
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

void
peer_init(struct peer *p)
{
	memset(p, 0, sizeof(*p));
	suite_dir(p->dir);
	snprintf(p->path, sizeof(p->path), "%s/pad.sock", p->dir);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
	p->fd = p->listener = -1;
}

void
peer_start(struct peer *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, p->path);
	if ((p->listener = socket(AF_UNIX, SOCK_STREAM, 0)) < 0 ||
	    bind(p->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(p->listener, 1) != 0 ||
	    pthread_create(&p->thread, NULL, peer_thread, p) != 0)
		abort();
}

void
peer_hang_up(struct peer *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->fd >= 0)
		shutdown(p->fd, SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
}

void
peer_stop(struct peer *p)
{
	shutdown(p->listener, SHUT_RDWR);
	peer_hang_up(p);
	pthread_join(p->thread, NULL);
	close(p->listener);
	unlink(p->path);
}

void
peer_end(struct peer *p)
{
	unlink(p->path);
	rmdir(p->dir);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->moved);
}

void
peer_card(struct peer *p, int present, uint32_t changes)
{
	uint8_t body[8];
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	pthread_mutex_lock(&p->lock);
	p->card.present = (uint8_t)present;
	p->card.changes = changes;
	padlink_put_card(&wr, &p->card);
	send_message(p->fd, PADLINK_CARD, 0, body, wr.n);
	pthread_mutex_unlock(&p->lock);
}

long
peer_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
peer_becomes(struct reader *r, int present)
{
	const long end = peer_now_ms() + PEER_BOUND_MS;

	while (r->ops->present(r) != present) {
		if (peer_now_ms() > end)
			return 0;
		r->ops->wait(r, PEER_BOUND_MS);
	}
	return 1;
}

struct both *
both_set_up(int present)
{
	static struct both b;

	peer_init(&b.peer);
	b.peer.card.present = (uint8_t)present;
	b.peer.card.changes = (uint32_t)present;
	peer_start(&b.peer);
	OK(reader_pad_open(&b.reader, b.peer.path));
	return &b;
}

void
both_tear_down(struct both *b)
{
	b->reader->ops->close(b->reader);
	peer_stop(&b->peer);
	peer_end(&b->peer);
}

void
both_answer(struct both *b, uint8_t status, const void *p, size_t n)
{
	pthread_mutex_lock(&b->peer.lock);
	b->peer.status = status;
	b->peer.answer_n = n;
	if (n > 0)
		memcpy(b->peer.answer, p, n);
	pthread_mutex_unlock(&b->peer.lock);
}
