#include "ifdhandler/reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* A pad on a real socket, on its own thread: what it is asked is kept, answers are set before. */

enum { BOUND_MS = 5000, SMALL = 512 };

struct peer {
	char dir[SUITE_DIR_MAX], path[80];
	int listener, fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned links, asked[16];
	struct padlink_card card;
	uint8_t hello_status;

	uint8_t type;			/* the last request */
	size_t body_n;
	uint8_t body[PADLINK_BODY_MAX];

	uint8_t status;			/* the next answers */
	size_t answer_n;
	uint8_t answer[RAPDU_MAX];
	int mute;			/* does not answer */
	int babbles;			/* tells of cards without end instead */
	int hangs_up;			/* instead of an answer */
	int greets_nobody;		/* hangs up at HELLO */
	int answers_other;		/* another type */
	uint8_t in[PADLINK_MAX];
};

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
		.lines = 3, .columns = 20, .pin_min = 4, .pin_max = 12, .card = p->card,
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

/* Until we are hung up on. */
static void
babble(struct peer *p)
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

static void
peer_init(struct peer *p)
{
	memset(p, 0, sizeof(*p));
	suite_dir(p->dir);
	snprintf(p->path, sizeof(p->path), "%s/pad.sock", p->dir);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
	p->fd = p->listener = -1;
}

static void
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

static void
peer_hang_up(struct peer *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->fd >= 0)
		shutdown(p->fd, SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
}

static void
peer_stop(struct peer *p)
{
	shutdown(p->listener, SHUT_RDWR);
	peer_hang_up(p);
	pthread_join(p->thread, NULL);
	close(p->listener);
	unlink(p->path);
}

static void
peer_end(struct peer *p)
{
	unlink(p->path);
	rmdir(p->dir);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->moved);
}

static void
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

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* As pcscd's polling thread does: looks, waits, looks. 1 when it came to that in time. */
static int
becomes(struct reader *r, int present)
{
	const long end = now_ms() + BOUND_MS;

	while (r->ops->present(r) != present) {
		if (now_ms() > end)
			return 0;
		r->ops->wait(r, BOUND_MS);
	}
	return 1;
}

struct both {
	struct peer peer;
	struct reader *reader;
};

static struct both *
set_up(int present)
{
	static struct both b;

	peer_init(&b.peer);
	b.peer.card.present = (uint8_t)present;
	b.peer.card.changes = (uint32_t)present;
	peer_start(&b.peer);
	OK(reader_pad_open(&b.reader, b.peer.path));
	return &b;
}

static void
tear_down(struct both *b)
{
	b->reader->ops->close(b->reader);
	peer_stop(&b->peer);
	peer_end(&b->peer);
}

static void
a_pad_that_is_there_is_linked_when_opening_ends(void)
{
	struct both *b = set_up(1);
	struct reader_properties p;

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	b->reader->ops->properties(b->reader, &p);
	CU_ASSERT_EQUAL(p.lines, 3);
	CU_ASSERT_EQUAL(p.columns, 20);
	CU_ASSERT_EQUAL(p.pin_min, 4);
	CU_ASSERT_EQUAL(p.pin_max, 12);
	CU_ASSERT_STRING_EQUAL(p.firmware, "peer");
	tear_down(b);
}

static void
without_a_pad_there_is_a_reader_and_no_card(void)
{
	struct reader_properties p;
	uint8_t atr[PADLINK_ATR_MAX];
	size_t n = sizeof(atr);
	struct reader *r;

	OK(reader_pad_open(&r, "/nonexistent/pad.sock"));
	CU_ASSERT_EQUAL(r->ops->present(r), 0);
	CU_ASSERT_EQUAL(r->ops->power(r, READER_POWER_UP, atr, &n), ERR_READER_GONE);
	r->ops->properties(r, &p);
	CU_ASSERT_STRING_EQUAL(p.firmware, "cardinal-pad");
	CU_ASSERT_EQUAL(p.pin_max, 16);
	r->ops->close(r);
}

static void
a_pad_that_comes_later_is_found(void)
{
	static struct peer p;
	struct reader *r;

	peer_init(&p);
	p.card.present = 1;
	OK(reader_pad_open(&r, p.path));
	CU_ASSERT_EQUAL(r->ops->present(r), 0);
	peer_start(&p);
	CU_ASSERT_TRUE(becomes(r, 1));
	r->ops->close(r);
	peer_stop(&p);
	peer_end(&p);
}

static void
a_pad_that_was_away_comes_back(void)
{
	struct both *b = set_up(1);

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	peer_hang_up(&b->peer);
	CU_ASSERT_TRUE(becomes(b->reader, 0));
	CU_ASSERT_TRUE(becomes(b->reader, 1));
	CU_ASSERT_EQUAL(b->peer.links, 2);
	tear_down(b);
}

static void
a_busy_pad_is_no_pad_until_it_is_free(void)
{
	static struct peer p;
	struct reader *r;

	peer_init(&p);
	p.hello_status = PADLINK_BUSY;
	p.card.present = 1;
	peer_start(&p);
	OK(reader_pad_open(&r, p.path));
	CU_ASSERT_EQUAL(r->ops->present(r), 0);
	pthread_mutex_lock(&p.lock);
	p.hello_status = PADLINK_OK;
	pthread_mutex_unlock(&p.lock);
	CU_ASSERT_TRUE(becomes(r, 1));
	r->ops->close(r);
	peer_stop(&p);
	peer_end(&p);
}

/* How many lines of the driver's log say that, of what a link to that peer tells in three tries. */
static unsigned
told(struct peer *p, const char *what)
{
	const long end = now_ms() + BOUND_MS;
	int stderr_was = dup(STDERR_FILENO), log = memfd_create("log", MFD_CLOEXEC);
	static char text[4096];
	unsigned links = 0, n = 0;
	struct reader *r;
	ssize_t got;

	CU_ASSERT_TRUE_FATAL(stderr_was >= 0 && log >= 0);
	OK(setenv("CARDINAL_IFD_LOG", "1", 1));
	dup2(log, STDERR_FILENO);
	OK(reader_pad_open(&r, p->path));
	while (links < 4 && now_ms() < end) {
		pthread_mutex_lock(&p->lock);
		links = p->links;
		pthread_mutex_unlock(&p->lock);
		poll(NULL, 0, 1);
	}
	r->ops->close(r);
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	unsetenv("CARDINAL_IFD_LOG");
	CU_ASSERT_TRUE(links >= 4);
	got = pread(log, text, sizeof(text) - 1, 0);
	close(log);
	text[got > 0 ? got : 0] = '\0';
	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
a_pad_that_refuses_or_hangs_up_is_told_once(void)
{
	static struct peer p;

	peer_init(&p);
	p.hello_status = PADLINK_BUSY;
	peer_start(&p);
	CU_ASSERT_EQUAL(told(&p, "\n"), 1);
	pthread_mutex_lock(&p.lock);
	p.hello_status = PADLINK_OK;
	p.greets_nobody = 1;
	p.links = 0;
	pthread_mutex_unlock(&p.lock);
	CU_ASSERT_EQUAL(told(&p, "\n"), 1);
	peer_stop(&p);
	peer_end(&p);
}

static void
set_answer(struct both *b, uint8_t status, const void *p, size_t n)
{
	pthread_mutex_lock(&b->peer.lock);
	b->peer.status = status;
	b->peer.answer_n = n;
	if (n > 0)
		memcpy(b->peer.answer, p, n);
	pthread_mutex_unlock(&b->peer.lock);
}

static void
each_request_goes_over_and_its_answer_comes_back(void)
{
	struct both *b = set_up(1);
	struct reader *r = b->reader;
	struct padlink_pin pin = {
		.first_s = 30, .next_s = 10, .format = PADLINK_ASCII, .min = 6, .max = 16,
		.end = PADLINK_END_OK, .n = 4, .apdu = { 0, 0x20, 0, 0x81 },
	};
	struct padlink_pin pin_got;
	struct padlink_output out = { .seconds = 2, .n = 2, .text = "ab" }, out_got;
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK, .n = 1, .text = "c" },
	    in_got;
	uint8_t mem[SMALL], action, key = 0;
	size_t n = sizeof(mem);
	uint16_t sw = 0;

	set_answer(b, PADLINK_OK, "\x3b\x00", 2);
	OK(r->ops->power(r, READER_RESET, mem, &n));
	CU_ASSERT_EQUAL(n, 2);
	SAME(mem, "\x3b\x00", 2);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_POWER);
	OK(padlink_get_power(b->peer.body, b->peer.body_n, &action));
	CU_ASSERT_EQUAL(action, PADLINK_RESET);

	n = sizeof(mem);
	set_answer(b, PADLINK_OK, "\x01\x02\x90\x00", 4);
	OK(r->ops->transmit(r, (const uint8_t *)"\x00\xa4\x00\x00", 4, mem, &n));
	CU_ASSERT_EQUAL(n, 4);
	SAME(mem, "\x01\x02\x90\x00", 4);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_TRANSMIT);
	CU_ASSERT_EQUAL(b->peer.body_n, 4);
	SAME(b->peer.body, "\x00\xa4\x00\x00", 4);

	set_answer(b, PADLINK_OK, "\x63\xc2", 2);
	OK(r->ops->pin(r, &pin, &sw));
	CU_ASSERT_EQUAL(sw, 0x63c2);
	OK(padlink_get_pin(b->peer.body, b->peer.body_n, &pin_got));
	SAME(&pin_got, &pin, sizeof(pin));

	set_answer(b, PADLINK_OK, NULL, 0);
	OK(r->ops->output(r, &out));
	OK(padlink_get_output(b->peer.body, b->peer.body_n, &out_got));
	SAME(&out_got, &out, sizeof(out));

	set_answer(b, PADLINK_OK, "\x0d", 1);
	OK(r->ops->input(r, &in, &key));
	CU_ASSERT_EQUAL(key, PADLINK_KEY_OK);
	OK(padlink_get_input(b->peer.body, b->peer.body_n, &in_got));
	SAME(&in_got, &in, sizeof(in));
	tear_down(b);
}

static void
the_longest_apdus_go_through(void)
{
	static uint8_t big[RAPDU_MAX], got[RAPDU_MAX];
	struct both *b = set_up(1);
	size_t n = sizeof(got);

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	set_answer(b, PADLINK_OK, big, RAPDU_MAX);
	OK(b->reader->ops->transmit(b->reader, big, CAPDU_MAX - 6, got, &n));
	CU_ASSERT_EQUAL(n, RAPDU_MAX);
	SAME(got, big, RAPDU_MAX);
	CU_ASSERT_EQUAL(b->peer.body_n, CAPDU_MAX - 6);
	n = RAPDU_MAX - 1;
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, big, 4, got, &n), ERR_SIZE);
	n = sizeof(got);
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, big, PADLINK_BODY_MAX + 1, got, &n),
	    ERR_SIZE);
	n = sizeof(got);
	OK(b->reader->ops->transmit(b->reader, big, 4, got, &n));
	tear_down(b);
}

static void
each_status_is_an_error_of_its_own(void)
{
	static const struct {
		uint8_t status;
		int r;
	} ends[] = {
		{ PADLINK_NO_CARD, ERR_NO_CARD }, { PADLINK_NOT_POWERED, ERR_NOT_NOW },
		{ PADLINK_MUTE, ERR_CARD_ANSWER }, { PADLINK_TIMEOUT, ERR_TIMEOUT },
		{ PADLINK_CANCELLED, ERR_CANCELLED }, { PADLINK_BUSY, ERR_BUSY },
		{ PADLINK_BAD, ERR_FORMAT },
	};
	struct both *b = set_up(1);
	uint8_t mem[SMALL];
	size_t n;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = sizeof(mem);
		set_answer(b, ends[i].status, NULL, 0);
		CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ends[i].r);
	}
	CU_ASSERT_EQUAL(b->peer.links, 1);
	tear_down(b);
}

static void
what_runs_when_the_pad_goes_ends_at_once(void)
{
	struct both *b = set_up(1);
	struct padlink_pin pin = { .first_s = 255, .next_s = 255, .max = 16, .end = PADLINK_END_OK,
	    .n = 4 };
	const long begin = now_ms();
	uint16_t sw;

	b->peer.hangs_up = 1;
	CU_ASSERT_EQUAL(b->reader->ops->pin(b->reader, &pin, &sw), ERR_READER_GONE);
	CU_ASSERT_TRUE(now_ms() - begin < BOUND_MS);
	tear_down(b);
}

static void
an_answer_of_another_kind_ends_the_link(void)
{
	struct both *b = set_up(1);
	uint8_t mem[SMALL];
	size_t n = sizeof(mem);

	set_answer(b, PADLINK_OK, "\x90\x00", 2);
	b->peer.answers_other = 1;
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ERR_READER_GONE);
	pthread_mutex_lock(&b->peer.lock);
	b->peer.answers_other = 0;
	pthread_mutex_unlock(&b->peer.lock);
	CU_ASSERT_TRUE(becomes(b->reader, 1));
	n = sizeof(mem);
	OK(b->reader->ops->transmit(b->reader, mem, 4, mem, &n));
	set_answer(b, PADLINK_OK, "\x90", 1);
	n = sizeof(mem);
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ERR_READER_GONE);
	tear_down(b);
}

static void
an_input_that_lasts_too_long_is_cancelled(void)
{
	struct both *b = set_up(1);
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK };
	uint8_t key;

	b->peer.mute = 1;
	CU_ASSERT_EQUAL(b->reader->ops->input(b->reader, &in, &key), ERR_TIMEOUT);
	CU_ASSERT_EQUAL(b->peer.asked[PADLINK_CANCEL], 1);
	CU_ASSERT_EQUAL(b->peer.links, 1);
	tear_down(b);
}

static void
a_pad_that_talks_without_end_is_given_up(void)
{
	struct both *b = set_up(1);
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK };
	const long begin = now_ms();
	uint8_t key;

	b->peer.babbles = 1;
	CU_ASSERT_EQUAL(b->reader->ops->input(b->reader, &in, &key), ERR_READER_GONE);
	/* Time for the input, for the cancel, and for a busy machine. */
	CU_ASSERT(now_ms() - begin < 4 * BOUND_MS);
	tear_down(b);
}

static void
a_card_event_wakes_who_waits(void)
{
	struct both *b = set_up(0);

	b->reader->ops->wait(b->reader, BOUND_MS);	/* the pad itself came */
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	peer_card(&b->peer, 1, 1);
	CU_ASSERT_TRUE(becomes(b->reader, 1));
	peer_card(&b->peer, 0, 2);
	CU_ASSERT_TRUE(becomes(b->reader, 0));
	tear_down(b);
}

static void
a_card_pulled_and_put_back_is_absent_once(void)
{
	struct both *b = set_up(1);
	const long begin = now_ms();

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	b->reader->ops->wait(b->reader, 0);
	peer_card(&b->peer, 1, 3);
	b->reader->ops->wait(b->reader, BOUND_MS);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	b->reader->ops->wait(b->reader, BOUND_MS);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	CU_ASSERT_TRUE(now_ms() - begin < BOUND_MS);
	tear_down(b);
}

static void
a_change_before_the_wait_is_not_lost(void)
{
	struct both *b = set_up(0);
	const long begin = now_ms();
	unsigned i;

	b->reader->ops->wait(b->reader, 0);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	peer_card(&b->peer, 1, 1);
	for (i = 0; i < 5000 && b->reader->ops->present(b->reader) == 0; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	b->reader->ops->wait(b->reader, BOUND_MS);
	CU_ASSERT_TRUE(now_ms() - begin < BOUND_MS);
	tear_down(b);
}

static void *
wait_long(void *arg)
{
	struct reader *r = arg;

	r->ops->wait(r, 60000);
	return NULL;
}

static void
stop_ends_a_wait_from_any_state(void)
{
	const long begin = now_ms();
	struct reader *r;
	pthread_t t;

	OK(reader_pad_open(&r, "/nonexistent/pad.sock"));
	OK(pthread_create(&t, NULL, wait_long, r));
	r->ops->stop(r);
	pthread_join(t, NULL);
	r->ops->stop(r);
	wait_long(r);
	CU_ASSERT_TRUE(now_ms() - begin < BOUND_MS);
	r->ops->close(r);
}

static void
presence_costs_no_traffic(void)
{
	struct both *b = set_up(1);
	unsigned asked = 0;

	for (int i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
		b->reader->ops->wait(b->reader, 2);
	}
	pthread_mutex_lock(&b->peer.lock);
	for (size_t i = 0; i < sizeof(b->peer.asked) / sizeof(b->peer.asked[0]); i++)
		asked += b->peer.asked[i];
	pthread_mutex_unlock(&b->peer.lock);
	CU_ASSERT_EQUAL(asked, 1);	/* HELLO */
	tear_down(b);
}

static void
sixteen_pads_and_no_path_too_long(void)
{
	static const char long_path[] =
	    "/123456789/123456789/123456789/123456789/123456789/123456789"
	    "/123456789/123456789/123456789/123456789/1234567";
	struct reader *r[17];

	CU_ASSERT_EQUAL(sizeof(long_path), 109);
	CU_ASSERT_EQUAL(reader_pad_open(&r[0], long_path), ERR_SIZE);
	OK(reader_pad_open(&r[0], long_path + 1));
	r[0]->ops->close(r[0]);
	for (size_t i = 0; i < 16; i++)
		OK(reader_pad_open(&r[i], "/nonexistent/pad.sock"));
	CU_ASSERT_EQUAL(reader_pad_open(&r[16], "/nonexistent/pad.sock"), ERR_FULL);
	for (size_t i = 0; i < 16; i++)
		r[i]->ops->close(r[i]);
	OK(reader_pad_open(&r[0], "/nonexistent/pad.sock"));
	r[0]->ops->close(r[0]);
}

static const struct sentence sentences[] = {
	SENTENCE(a_pad_that_is_there_is_linked_when_opening_ends),
	SENTENCE(without_a_pad_there_is_a_reader_and_no_card),
	SENTENCE(a_pad_that_comes_later_is_found),
	SENTENCE(a_pad_that_was_away_comes_back),
	SENTENCE(a_busy_pad_is_no_pad_until_it_is_free),
	SENTENCE(a_pad_that_refuses_or_hangs_up_is_told_once),
	SENTENCE(each_request_goes_over_and_its_answer_comes_back),
	SENTENCE(the_longest_apdus_go_through),
	SENTENCE(each_status_is_an_error_of_its_own),
	SENTENCE(what_runs_when_the_pad_goes_ends_at_once),
	SENTENCE(an_answer_of_another_kind_ends_the_link),
	SENTENCE(an_input_that_lasts_too_long_is_cancelled),
	SENTENCE(a_pad_that_talks_without_end_is_given_up),
	SENTENCE(a_card_event_wakes_who_waits),
	SENTENCE(a_card_pulled_and_put_back_is_absent_once),
	SENTENCE(a_change_before_the_wait_is_not_lost),
	SENTENCE(stop_ends_a_wait_from_any_state),
	SENTENCE(presence_costs_no_traffic),
	SENTENCE(sixteen_pads_and_no_path_too_long),
};

SUITE("reader_pad", sentences)
