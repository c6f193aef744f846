#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/reader_pad_peer.h"

enum { SMALL = 512 };

static void
each_request_goes_over_and_its_answer_comes_back(void)
{
	struct both *b = both_set_up(1);
	struct reader *r = b->reader;
	struct padlink_pin pin = {
		.first_s = 30, .next_s = 10, .format = PADLINK_ASCII, .min = 6, .max = 16,
		.end = PADLINK_END_OK, .n = 4, .apdu = { 0, 0x20, 0, 0x81 },
	};
	struct padlink_pin pin_got;
	struct padlink_output out = { .seconds = 2, .n = 2, .text = "ab" }, out_got;
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK, .n = 1, .text = "c" },
	    in_got;
	uint8_t mem[SMALL], action, keys[PADLINK_LINE_MAX];
	size_t n = sizeof(mem), keys_n = 0;
	uint16_t sw = 0;

	both_answer(b, PADLINK_OK, "\x3b\x00", 2);
	OK(r->ops->power(r, READER_RESET, mem, &n));
	CU_ASSERT_EQUAL(n, 2);
	SAME(mem, "\x3b\x00", 2);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_POWER);
	OK(padlink_get_power(b->peer.body, b->peer.body_n, &action));
	CU_ASSERT_EQUAL(action, PADLINK_RESET);

	n = sizeof(mem);
	both_answer(b, PADLINK_OK, "\x01\x02\x90\x00", 4);
	OK(r->ops->transmit(r, (const uint8_t *)"\x00\xa4\x00\x00", 4, mem, &n));
	CU_ASSERT_EQUAL(n, 4);
	SAME(mem, "\x01\x02\x90\x00", 4);
	CU_ASSERT_EQUAL(b->peer.type, PADLINK_TRANSMIT);
	CU_ASSERT_EQUAL(b->peer.body_n, 4);
	SAME(b->peer.body, "\x00\xa4\x00\x00", 4);

	both_answer(b, PADLINK_OK, "\x63\xc2", 2);
	OK(r->ops->pin(r, &pin, &sw));
	CU_ASSERT_EQUAL(sw, 0x63c2);
	OK(padlink_get_pin(b->peer.body, b->peer.body_n, &pin_got));
	SAME(&pin_got, &pin, sizeof(pin));

	both_answer(b, PADLINK_OK, NULL, 0);
	OK(r->ops->output(r, &out));
	OK(padlink_get_output(b->peer.body, b->peer.body_n, &out_got));
	SAME(&out_got, &out, sizeof(out));

	both_answer(b, PADLINK_OK, "\x0d", 1);
	OK(r->ops->input(r, &in, keys, &keys_n));
	CU_ASSERT_EQUAL(keys_n, 1);
	CU_ASSERT_EQUAL(keys[0], PADLINK_KEY_OK);
	OK(padlink_get_input(b->peer.body, b->peer.body_n, &in_got));
	SAME(&in_got, &in, sizeof(in));
	both_tear_down(b);
}

static void
the_longest_apdus_go_through(void)
{
	static uint8_t big[RAPDU_MAX], got[RAPDU_MAX];
	struct both *b = both_set_up(1);
	size_t n = sizeof(got);

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	both_answer(b, PADLINK_OK, big, RAPDU_MAX);
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
	both_tear_down(b);
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
		{ PADLINK_BAD, ERR_FORMAT }, { PADLINK_NOT_OFFERED, ERR_UNSUPPORTED },
	};
	struct both *b = both_set_up(1);
	uint8_t mem[SMALL];
	size_t n;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = sizeof(mem);
		both_answer(b, ends[i].status, NULL, 0);
		CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ends[i].r);
	}
	CU_ASSERT_EQUAL(b->peer.links, 1);
	both_tear_down(b);
}

static void
what_runs_when_the_pad_goes_ends_at_once(void)
{
	struct both *b = both_set_up(1);
	struct padlink_pin pin = { .first_s = 255, .next_s = 255, .max = 16, .end = PADLINK_END_OK,
	    .n = 4 };
	const long begin = peer_now_ms();
	uint16_t sw;

	b->peer.hangs_up = 1;
	CU_ASSERT_EQUAL(b->reader->ops->pin(b->reader, &pin, &sw), ERR_READER_GONE);
	CU_ASSERT_TRUE(peer_now_ms() - begin < PEER_BOUND_MS);
	both_tear_down(b);
}

static void
an_answer_of_another_kind_ends_the_link(void)
{
	struct both *b = both_set_up(1);
	uint8_t mem[SMALL];
	size_t n = sizeof(mem);

	both_answer(b, PADLINK_OK, "\x90\x00", 2);
	b->peer.answers_other = 1;
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ERR_READER_GONE);
	pthread_mutex_lock(&b->peer.lock);
	b->peer.answers_other = 0;
	pthread_mutex_unlock(&b->peer.lock);
	CU_ASSERT_TRUE(peer_becomes(b->reader, 1));
	n = sizeof(mem);
	OK(b->reader->ops->transmit(b->reader, mem, 4, mem, &n));
	both_answer(b, PADLINK_OK, "\x90", 1);
	n = sizeof(mem);
	CU_ASSERT_EQUAL(b->reader->ops->transmit(b->reader, mem, 4, mem, &n), ERR_READER_GONE);
	both_tear_down(b);
}

static void
an_input_that_lasts_too_long_is_cancelled(void)
{
	struct both *b = both_set_up(1);
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK };
	uint8_t keys[PADLINK_LINE_MAX];
	size_t n;

	b->peer.mute = 1;
	CU_ASSERT_EQUAL(b->reader->ops->input(b->reader, &in, keys, &n), ERR_TIMEOUT);
	CU_ASSERT_EQUAL(b->peer.asked[PADLINK_CANCEL], 1);
	CU_ASSERT_EQUAL(b->peer.links, 1);
	both_tear_down(b);
}

/* One digit and OK, a second each, after a second to begin; the slack is over that. */
static void
a_line_has_time_for_all_its_digits(void)
{
	struct both *b = both_set_up(1);
	struct padlink_input in = {
		.seconds = 1, .take = 0x0f, .mode = PADLINK_LINE_CLEAR, .next_s = 1, .max = 1,
	};
	const long begin = peer_now_ms();
	uint8_t keys[PADLINK_LINE_MAX];
	size_t n;

	b->peer.mute = 1;
	CU_ASSERT_EQUAL(b->reader->ops->input(b->reader, &in, keys, &n), ERR_TIMEOUT);
	CU_ASSERT_TRUE(peer_now_ms() - begin >= 6000);
	both_answer(b, PADLINK_OK, "1234567890123456", PADLINK_LINE_MAX);
	OK(b->reader->ops->input(b->reader, &in, keys, &n));
	CU_ASSERT_EQUAL(n, PADLINK_LINE_MAX);
	SAME(keys, "1234567890123456", n);
	both_tear_down(b);
}

static void
a_pad_that_talks_without_end_is_given_up(void)
{
	struct both *b = both_set_up(1);
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_OK };
	const long begin = peer_now_ms();
	uint8_t keys[PADLINK_LINE_MAX];
	size_t n;

	b->peer.babbles = 1;
	CU_ASSERT_EQUAL(b->reader->ops->input(b->reader, &in, keys, &n), ERR_READER_GONE);
	/* Time for the input, for the cancel, and for a busy machine. */
	CU_ASSERT(peer_now_ms() - begin < 4 * PEER_BOUND_MS);
	both_tear_down(b);
}

static const struct sentence sentences[] = {
	SENTENCE(each_request_goes_over_and_its_answer_comes_back),
	SENTENCE(the_longest_apdus_go_through),
	SENTENCE(each_status_is_an_error_of_its_own),
	SENTENCE(what_runs_when_the_pad_goes_ends_at_once),
	SENTENCE(an_answer_of_another_kind_ends_the_link),
	SENTENCE(an_input_that_lasts_too_long_is_cancelled),
	SENTENCE(a_line_has_time_for_all_its_digits),
	SENTENCE(a_pad_that_talks_without_end_is_given_up),
};

SUITE("reader_pad_request", sentences)
