#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/reader_pad_peer.h"

/* A PIN entry in steps, over a link. */

/* What a person and the pad have at least, of an entry of a second: more than any short request. */
enum { GIVEN_MS = 4000 };

static const struct padlink_pin entry = {
	.first_s = 30, .next_s = 10, .format = PADLINK_ASCII, .min = 6, .max = 16,
	.end = PADLINK_END_OK, .n = 4, .apdu = { 0, 0x20, 0, 0x81 },
};

static void
start(struct both *b)
{
	both_answer(b, PADLINK_OK, NULL, 0);
	OK(b->reader->ops->pin_start(b->reader, &entry));
}

static unsigned
asked(struct both *b, uint8_t type)
{
	unsigned n;

	pthread_mutex_lock(&b->peer.lock);
	n = b->peer.asked[type];
	pthread_mutex_unlock(&b->peer.lock);
	return n;
}

static void
each_step_is_a_request_of_its_own(void)
{
	struct both *b = both_set_up(1);
	struct reader *r = b->reader;
	struct padlink_pin got;
	uint8_t key = 0xff;
	uint16_t sw = 0;

	start(b);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_PIN_START);
	OK(padlink_get_pin(b->peer.body, b->peer.body_n, &got));
	SAME(&got, &entry, sizeof(entry));
	both_answer(b, PADLINK_OK, "\x2b", 1);
	OK(r->ops->pin_key(r, &key));
	CU_ASSERT_EQUAL(key, PADLINK_PRESSED_DIGIT);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_PIN_KEY);
	CU_ASSERT_EQUAL(b->peer.body_n, 0);
	both_answer(b, PADLINK_OK, NULL, 0);
	OK(r->ops->pin_abort(r));
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_PIN_ABORT);
	both_answer(b, PADLINK_OK, "\x64\x80", 2);
	OK(r->ops->pin_finish(r, &sw));
	CU_ASSERT_EQUAL(sw, 0x6480);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_PIN_FINISH);
	CU_ASSERT_EQUAL(b->peer.body_n, 0);
	both_tear_down(b);
}

static void
without_a_start_the_pad_is_not_asked(void)
{
	struct both *b = both_set_up(1);
	struct reader *r = b->reader;
	uint8_t key = 0xff;
	uint16_t sw;

	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(r->ops->pin_finish(r, &sw), ERR_NOT_NOW);
		OK(r->ops->pin_key(r, &key));
		CU_ASSERT_EQUAL(key, PADLINK_PRESSED_NONE);
		OK(r->ops->pin_abort(r));
		/* Nor after one that the pad did not take. */
		both_answer(b, PADLINK_NO_CARD, NULL, 0);
		CU_ASSERT_EQUAL(r->ops->pin_start(r, &entry), ERR_NO_CARD);
	}
	CU_ASSERT_EQUAL(asked(b, PADLINK_PIN_FINISH) + asked(b, PADLINK_PIN_KEY) +
	    asked(b, PADLINK_PIN_ABORT), 0);
	both_tear_down(b);
}

static void
a_start_is_refused_as_the_pad_says(void)
{
	static const struct {
		uint8_t status;
		int r;
	} rows[] = {
		{ PADLINK_NO_CARD, ERR_NO_CARD }, { PADLINK_NOT_POWERED, ERR_NOT_NOW },
		{ PADLINK_BUSY, ERR_BUSY }, { PADLINK_BAD, ERR_FORMAT },
		{ PADLINK_NOT_OFFERED, ERR_UNSUPPORTED },
	};
	struct both *b = both_set_up(1);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		both_answer(b, rows[i].status, NULL, 0);
		CU_ASSERT_EQUAL(b->reader->ops->pin_start(b->reader, &entry), rows[i].r);
	}
	both_tear_down(b);
}

static void
an_end_is_told_once(void)
{
	struct both *b = both_set_up(1);
	struct reader *r = b->reader;
	uint16_t sw = 0;

	start(b);
	both_answer(b, PADLINK_OK, "\x90\x00", 2);
	OK(r->ops->pin_finish(r, &sw));
	CU_ASSERT_EQUAL(sw, 0x9000);
	CU_ASSERT_EQUAL(r->ops->pin_finish(r, &sw), ERR_NOT_NOW);
	/* One that the pad has forgotten. */
	start(b);
	both_answer(b, PADLINK_BAD, NULL, 0);
	CU_ASSERT_EQUAL(r->ops->pin_finish(r, &sw), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(b->peer.links, 1);
	both_tear_down(b);
}

/* Whether it is back or not: it knows nothing of the entry. */
static void
a_pad_that_went_took_its_entry_along(void)
{
	struct both *b = both_set_up(1);
	struct reader *r = b->reader;
	uint8_t key = 0;
	uint16_t sw;

	start(b);
	peer_hang_up(&b->peer);
	CU_ASSERT_TRUE(peer_becomes(r, 0));
	OK(r->ops->pin_key(r, &key));
	CU_ASSERT_EQUAL(key, PADLINK_PRESSED_ABORTED);
	CU_ASSERT_TRUE(peer_becomes(r, 1));
	OK(r->ops->pin_key(r, &key));
	CU_ASSERT_EQUAL(key, PADLINK_PRESSED_ABORTED);
	OK(r->ops->pin_abort(r));
	CU_ASSERT_EQUAL(r->ops->pin_finish(r, &sw), ERR_READER_GONE);
	CU_ASSERT_EQUAL(r->ops->pin_finish(r, &sw), ERR_NOT_NOW);
	CU_ASSERT_EQUAL(asked(b, PADLINK_PIN_FINISH) + asked(b, PADLINK_PIN_KEY) +
	    asked(b, PADLINK_PIN_ABORT), 0);
	start(b);
	both_answer(b, PADLINK_OK, "\x90\x00", 2);
	OK(r->ops->pin_finish(r, &sw));
	both_tear_down(b);
}

static void
a_pad_that_goes_in_finish_ends_it(void)
{
	struct both *b = both_set_up(1);
	const long begin = peer_now_ms();
	uint16_t sw;

	start(b);
	pthread_mutex_lock(&b->peer.lock);
	b->peer.hangs_up = 1;
	pthread_mutex_unlock(&b->peer.lock);
	CU_ASSERT_EQUAL(b->reader->ops->pin_finish(b->reader, &sw), ERR_READER_GONE);
	CU_ASSERT_TRUE(peer_now_ms() - begin < PEER_BOUND_MS);
	both_tear_down(b);
}

static void
a_reader_that_is_opened_has_no_entry(void)
{
	struct both *b = both_set_up(1);
	uint16_t sw;

	start(b);
	both_tear_down(b);
	b = both_set_up(1);
	CU_ASSERT_EQUAL(b->reader->ops->pin_finish(b->reader, &sw), ERR_NOT_NOW);
	both_tear_down(b);
}

/* Its time runs from START: here a second, and what is given over it. */
static void
a_finish_that_lasts_too_long_is_cancelled(void)
{
	struct both *b = both_set_up(1);
	struct padlink_pin fast = entry;
	long begin;
	uint16_t sw;

	fast.first_s = 1;
	fast.next_s = 0;
	both_answer(b, PADLINK_OK, NULL, 0);
	OK(b->reader->ops->pin_start(b->reader, &fast));
	pthread_mutex_lock(&b->peer.lock);
	b->peer.mute = 1;
	pthread_mutex_unlock(&b->peer.lock);
	begin = peer_now_ms();
	CU_ASSERT_EQUAL(b->reader->ops->pin_finish(b->reader, &sw), ERR_TIMEOUT);
	CU_ASSERT_TRUE(peer_now_ms() - begin >= GIVEN_MS);
	CU_ASSERT_EQUAL(asked(b, PADLINK_CANCEL), 1);
	CU_ASSERT_EQUAL(b->peer.links, 1);
	both_tear_down(b);
}

static const struct sentence sentences[] = {
	SENTENCE(each_step_is_a_request_of_its_own),
	SENTENCE(without_a_start_the_pad_is_not_asked),
	SENTENCE(a_start_is_refused_as_the_pad_says),
	SENTENCE(an_end_is_told_once),
	SENTENCE(a_pad_that_went_took_its_entry_along),
	SENTENCE(a_pad_that_goes_in_finish_ends_it),
	SENTENCE(a_reader_that_is_opened_has_no_entry),
	SENTENCE(a_finish_that_lasts_too_long_is_cancelled),
};

SUITE("reader_pad_pin", sentences)
