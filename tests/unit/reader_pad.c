#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/reader_pad_peer.h"

enum { FLOOD_MS = 1500 };

static void
a_pad_that_is_there_is_linked_when_opening_ends(void)
{
	struct both *b = both_set_up(1);
	struct reader_properties p;

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	b->reader->ops->properties(b->reader, &p);
	CU_ASSERT_EQUAL(p.lines, 3);
	CU_ASSERT_EQUAL(p.columns, 20);
	CU_ASSERT_EQUAL(p.pin_min, 4);
	CU_ASSERT_EQUAL(p.pin_max, 12);
	CU_ASSERT_STRING_EQUAL(p.firmware, "peer");
	both_tear_down(b);
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
	CU_ASSERT_TRUE(peer_becomes(r, 1));
	r->ops->close(r);
	peer_stop(&p);
	peer_end(&p);
}

static void
a_pad_that_was_away_comes_back(void)
{
	struct both *b = both_set_up(1);

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	peer_hang_up(&b->peer);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 0));
	CU_ASSERT_TRUE(peer_becomes(b->reader, 1));
	CU_ASSERT_EQUAL(b->peer.links, 2);
	both_tear_down(b);
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
	CU_ASSERT_TRUE(peer_becomes(r, 1));
	r->ops->close(r);
	peer_stop(&p);
	peer_end(&p);
}

/* How many lines of the driver's log say that, of what a link to that peer tells in three tries. */
static unsigned
told(struct peer *p, const char *what)
{
	const long end = peer_now_ms() + PEER_BOUND_MS;
	int stderr_was = dup(STDERR_FILENO), log = memfd_create("log", MFD_CLOEXEC);
	static char text[4096];
	unsigned links = 0, n = 0;
	struct reader *r;
	ssize_t got;

	CU_ASSERT_TRUE_FATAL(stderr_was >= 0 && log >= 0);
	OK(setenv("CARDINAL_IFD_LOG", "1", 1));
	dup2(log, STDERR_FILENO);
	OK(reader_pad_open(&r, p->path));
	while (links < 4 && peer_now_ms() < end) {
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
a_card_event_wakes_who_waits(void)
{
	struct both *b = both_set_up(0);

	b->reader->ops->wait(b->reader, PEER_BOUND_MS);	/* the pad itself came */
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	peer_card(&b->peer, 1, 1);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 1));
	peer_card(&b->peer, 0, 2);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 0));
	both_tear_down(b);
}

static void
a_card_pulled_and_put_back_is_absent_once(void)
{
	struct both *b = both_set_up(1);
	const long begin = peer_now_ms();

	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	b->reader->ops->wait(b->reader, 0);
	peer_card(&b->peer, 1, 3);
	b->reader->ops->wait(b->reader, PEER_BOUND_MS);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	b->reader->ops->wait(b->reader, PEER_BOUND_MS);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 1);
	CU_ASSERT_TRUE(peer_now_ms() - begin < PEER_BOUND_MS);
	both_tear_down(b);
}

static void
a_change_before_the_wait_is_not_lost(void)
{
	struct both *b = both_set_up(0);
	const long begin = peer_now_ms();
	unsigned i;

	b->reader->ops->wait(b->reader, 0);
	CU_ASSERT_EQUAL(b->reader->ops->present(b->reader), 0);
	peer_card(&b->peer, 1, 1);
	for (i = 0; i < 5000 && b->reader->ops->present(b->reader) == 0; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	b->reader->ops->wait(b->reader, PEER_BOUND_MS);
	CU_ASSERT_TRUE(peer_now_ms() - begin < PEER_BOUND_MS);
	both_tear_down(b);
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
	const long begin = peer_now_ms();
	struct reader *r;
	pthread_t t;

	OK(reader_pad_open(&r, "/nonexistent/pad.sock"));
	OK(pthread_create(&t, NULL, wait_long, r));
	r->ops->stop(r);
	pthread_join(t, NULL);
	r->ops->stop(r);
	wait_long(r);
	CU_ASSERT_TRUE(peer_now_ms() - begin < PEER_BOUND_MS);
	r->ops->close(r);
}

/* So pcscd ends its thread. */
static void
who_waits_can_be_cancelled(void)
{
	struct reader *r;
	pthread_t t;
	void *end;

	OK(reader_pad_open(&r, "/nonexistent/pad.sock"));
	OK(pthread_create(&t, NULL, wait_long, r));
	pthread_cancel(t);
	pthread_join(t, &end);
	CU_ASSERT_PTR_EQUAL(end, PTHREAD_CANCELED);
	CU_ASSERT_EQUAL(r->ops->present(r), 0);	/* no lock is left behind */
	r->ops->close(r);
}

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* It is hung up on; whoever asks it something is not kept waiting, nor does it cost much. */
static void
a_pad_that_floods_is_no_pad_until_it_stops(void)
{
	struct both *b = both_set_up(1);
	const long begin = peer_now_ms();
	uint8_t atr[PADLINK_ATR_MAX];
	unsigned links;
	double cpu;
	size_t n;

	both_answer(b, PADLINK_OK, "\x3b\x00", 2);
	pthread_mutex_lock(&b->peer.lock);
	b->peer.floods = 1;
	pthread_mutex_unlock(&b->peer.lock);
	peer_hang_up(&b->peer);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 0));
	cpu = cpu_s();
	while (peer_now_ms() - begin < FLOOD_MS) {
		n = sizeof(atr);
		(void)b->reader->ops->power(b->reader, READER_POWER_UP, atr, &n);
		b->reader->ops->wait(b->reader, 100);
		(void)b->reader->ops->present(b->reader);
	}
	CU_ASSERT_TRUE(peer_now_ms() - begin < FLOOD_MS + PEER_BOUND_MS);
	CU_ASSERT_TRUE(cpu_s() - cpu < FLOOD_MS / 1000.0 / 4);
	pthread_mutex_lock(&b->peer.lock);
	CU_ASSERT_TRUE(b->peer.links > 2 && b->peer.links < 3 + FLOOD_MS / 200);
	b->peer.floods = 0;
	pthread_mutex_unlock(&b->peer.lock);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 1));
	n = sizeof(atr);
	CU_ASSERT_EQUAL(b->reader->ops->power(b->reader, READER_POWER_UP, atr, &n), 0);
	/* A second later what it says of cards is believed again. */
	nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 100000000 }, NULL);
	links = b->peer.links;
	peer_card(&b->peer, 0, 8);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 0));
	n = sizeof(atr);
	CU_ASSERT_EQUAL(b->reader->ops->power(b->reader, READER_POWER_UP, atr, &n), 0);
	CU_ASSERT_EQUAL(b->peer.links, links);
	both_tear_down(b);
}

static void
presence_costs_no_traffic(void)
{
	struct both *b = both_set_up(1);
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
	both_tear_down(b);
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
	SENTENCE(a_card_event_wakes_who_waits),
	SENTENCE(a_card_pulled_and_put_back_is_absent_once),
	SENTENCE(a_change_before_the_wait_is_not_lost),
	SENTENCE(stop_ends_a_wait_from_any_state),
	SENTENCE(who_waits_can_be_cancelled),
	SENTENCE(a_pad_that_floods_is_no_pad_until_it_stops),
	SENTENCE(presence_costs_no_traffic),
	SENTENCE(sixteen_pads_and_no_path_too_long),
};

SUITE("reader_pad", sentences)
