#include "ifdhandler/reader.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/cj_usb.h"
#include "tests/unit/suite.h"

enum { LONG_MS = 5000 };

static const char name[] = "usb:0c4b/0100:libudev:0:/dev/bus/usb/003/007";
static struct reader *reader;

static void
plug_in(const struct cj_answer *a, size_t n)
{
	cj_usb_answers(a, n);
	OK(reader_cyberjack_open(&reader, name));
}

#define PLUG_IN(answers) plug_in((answers), sizeof(answers) / sizeof((answers)[0]))

static void
plug_out(void)
{
	reader->ops->close(reader);
}

static int
power(enum reader_power action)
{
	uint8_t atr[PADLINK_ATR_MAX];
	size_t n = sizeof(atr);
	const int r = reader->ops->power(reader, action, atr, &n);

	if (r == 0 && action != READER_POWER_DOWN && (n != 5 || atr[0] != 0x3b))
		return ERR_INTERNAL;
	return r;
}

static int
transmit(void)
{
	uint8_t rsp[64];
	size_t n = sizeof(rsp);

	return reader->ops->transmit(reader, (const uint8_t *)"\x00\x84\x00\x00\x08", 5, rsp, &n);
}

static uint8_t
features(void)
{
	struct reader_properties p;

	reader->ops->properties(reader, &p);
	return p.features;
}

static void
it_tells_what_it_has(void)
{
	static const struct {
		const char *units;
		uint8_t features, lines;
	} kinds[] = {
		{ "8103014050 9000", PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT, 2 },
		{ "81020150 9000", PADLINK_HAS_DIRECT, 0 },
		{ "81020140 9000", 0, 2 },
		{ "810101 9000", 0, 0 },
		{ "6A86", PADLINK_HAS_DIRECT, 0 },
		{ "9000", PADLINK_HAS_DIRECT, 0 },
		{ "81030140 9000", PADLINK_HAS_DIRECT, 0 },
	};
	struct cj_answer a[] = { { "20130081", "", 0 }, { "20130046", "4605 4142 07 4344 9000", 0 } };
	struct reader_properties p;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		a[0].answer = kinds[i].units;
		PLUG_IN(a);
		reader->ops->properties(reader, &p);
		CU_ASSERT_EQUAL(p.features, kinds[i].features);
		CU_ASSERT_EQUAL(p.lines, kinds[i].lines);
		CU_ASSERT_STRING_EQUAL(p.usb_serial, "17?[2J?");
		CU_ASSERT_EQUAL(p.columns, kinds[i].lines != 0 ? 16 : 0);
		CU_ASSERT_STRING_EQUAL(p.firmware, "AB CD");
		CU_ASSERT_EQUAL(p.usb_vendor, 0x0c4b);
		CU_ASSERT_EQUAL(p.usb_product, 0x0100);
		CU_ASSERT_EQUAL(p.usb_bus, 3);
		CU_ASSERT_EQUAL(p.usb_address, 7);
		CU_ASSERT_EQUAL(p.usb_version, 0x0123);
		plug_out();
		CU_ASSERT_EQUAL(cj_usb_count("20110000"), 1);
		CU_ASSERT_STRING_EQUAL(cj_usb_heard("2015"), "20150107");
	}
}

static void
what_is_not_one_of_these_is_not_found(void)
{
	static const char *const names[] = {
		"usb:0c4b/0100:libudev:1:/dev/bus/usb/003/007", "usb:0c4b/0500:libudev:0:/dev/bus/usb/003/007",
		"usb:076b/0100:libudev:0:/dev/bus/usb/003/007", "cardinal:/run/x",
	};
	static const int refusals[] = { ERR_READER_GONE, ERR_DENIED, ERR_BUSY, ERR_IO };

	cj_usb_answers(NULL, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CU_ASSERT_EQUAL(reader_cyberjack_open(&reader, names[i]), ERR_NOT_FOUND);
	for (int again = 0; again < 10; again++)
		for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
			cj_usb_refuses(refusals[i]);
			CU_ASSERT_EQUAL(reader_cyberjack_open(&reader, name), refusals[i]);
		}
}

static void
there_are_sixteen_at_most(void)
{
	struct reader *readers[17];

	cj_usb_answers(NULL, 0);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < 16; i++)
			OK(reader_cyberjack_open(&readers[i], name));
		CU_ASSERT_EQUAL(reader_cyberjack_open(&readers[16], name), ERR_FULL);
		for (size_t i = 0; i < 16; i++)
			readers[i]->ops->close(readers[i]);
	}
}

static void
a_card_gets_power(void)
{
	static const struct {
		const char *why;
		struct cj_answer up, reset;
		int r;
	} cards[] = {
		{ "an asynchronous card", { "2012", "3B80018100 9001", 0 }, { "201101", "6F00", 0 }, 0 },
		{ "a synchronous card", { "2012", "3B80018100 9000", 0 }, { "201101", "6F00", 0 }, 0 },
		{ "no card", { "2012", "6200", 0 }, { "201101", "6F00", 0 }, ERR_NO_CARD },
		{ "none, in other words", { "2012", "64A1", 0 }, { "201101", "6F00", 0 }, ERR_NO_CARD },
		{ "it had power", { "2012", "6201", 0 }, { "201101", "3B80018100 9001", 0 }, 0 },
		{ "it had, and the ATR is told", { "2012", "3B80018100 6201", 0 }, { "201101", "6F00", 0 }, 0 },
		{ "mute", { "2012", "6F00", 0 }, { "201101", "6F00", 0 }, ERR_CARD_ANSWER },
		{ "mute after all", { "2012", "6201", 0 }, { "201101", "6201", 0 }, ERR_CARD_ANSWER },
		{ "no ATR", { "2012", "9001", 0 }, { "201101", "6F00", 0 }, ERR_CARD_ANSWER },
		{ "half an ATR", { "2012", "3B 9001", 0 }, { "201101", "6F00", 0 }, ERR_CARD_ANSWER },
		{ "34 bytes", { "2012", "3B0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20"
		    "21 9001", 0 }, { "201101", "6F00", 0 }, ERR_CARD_ANSWER },
		{ "a byte", { "2012", "90", 0 }, { "201101", "6F00", 0 }, ERR_IO },
	};

	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		const struct cj_answer a[] = { cards[i].up, cards[i].reset };

		PLUG_IN(a);
		if (power(READER_POWER_UP) != cards[i].r)
			CU_FAIL(cards[i].why);
		plug_out();
	}
}

static void
it_is_told_of_power_in_its_words(void)
{
	plug_in(NULL, 0);
	OK(power(READER_POWER_UP));
	CU_ASSERT_STRING_EQUAL(cj_usb_heard("2012"), "2012010100");
	OK(power(READER_RESET));
	CU_ASSERT_STRING_EQUAL(cj_usb_heard("201101"), "2011010100");
	OK(reader->ops->protocol(reader, 0));
	CU_ASSERT_STRING_EQUAL(cj_usb_heard("80"), "8060010003220101");
	OK(reader->ops->protocol(reader, 1));
	CU_ASSERT_STRING_EQUAL(cj_usb_heard("80"), "8060010003220102");
	OK(power(READER_POWER_DOWN));
	CU_ASSERT_STRING_EQUAL(cj_usb_heard("2015"), "20150100");
	plug_out();
}

static void
a_protocol_that_is_refused_leaves_the_card_as_it_is(void)
{
	static const struct cj_answer a[] = { { "8060", "6A80", 0 } };

	PLUG_IN(a);
	OK(power(READER_POWER_UP));
	OK(reader->ops->protocol(reader, 0));
	OK(transmit());
	plug_out();
}

static void
the_reader_answers_for_a_card_that_does_not(void)
{
	static const struct {
		const char *answer;
		int powered, r;
	} answers[] = {
		{ "64A1", 1, 0 }, { "@64A1", 1, ERR_NO_CARD }, { "@64A2", 1, ERR_NO_CARD },
		{ "@64A2", 0, ERR_NOT_NOW }, { "@6F00", 1, ERR_CARD_ANSWER }, { "90", 1, ERR_CARD_ANSWER },
	};
	struct cj_answer a[] = { { "0084", "", 0 } };

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		a[0].answer = answers[i].answer;
		PLUG_IN(a);
		if (answers[i].powered)
			OK(power(READER_POWER_UP));
		if (transmit() != answers[i].r)
			CU_FAIL(answers[i].answer);
		plug_out();
	}
}

/* Looks until it is so; a moved card is found by another thread. */
static int
becomes(int present)
{
	for (int i = 0; i < 500; i++) {
		if (reader->ops->present(reader) == present)
			return 1;
		reader->ops->wait(reader, 10);
	}
	return 0;
}

static void
a_moved_card_is_looked_for(void)
{
	static const struct cj_answer a[] = {
		{ "20130080", "800103 9000", 1 }, { "20130080", "800100 9000", 1 },
		{ "20130080", "800103 9000", 1 }, { "20130080", "800100 9000", 0 },
	};

	PLUG_IN(a);
	CU_ASSERT_EQUAL(reader->ops->present(reader), 1);
	cj_usb_say("E5");
	CU_ASSERT_TRUE(becomes(0));
	cj_usb_say("F5");
	CU_ASSERT_TRUE(becomes(1));
	CU_ASSERT_EQUAL(cj_usb_count("20130080"), 3);
	cj_usb_say("C4");
	cj_usb_say("F5");
	CU_ASSERT_TRUE(becomes(0));
	plug_out();
}

static void
a_card_that_was_swapped_is_absent_once(void)
{
	static const struct {
		const char *why;
		int power;
		const char *then;
		int absent;
	} cards[] = {
		{ "it has lost its power", 1, "800103 9000", 1 },
		{ "it has power still", 1, "800105 9000", 0 },
		{ "it had none", 0, "800103 9000", 1 },
	};
	struct cj_answer a[] = {
		{ "20130080", "800103 9000", 1 }, { "20130080", "", 0 }, { "20130080", "", 0 },
	};

	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
		a[1].answer = cards[i].power ? "800105 9000" : cards[i].then;
		a[1].times = cards[i].power ? 1 : 0;
		a[2].answer = cards[i].then;
		PLUG_IN(a);
		CU_ASSERT_EQUAL(reader->ops->present(reader), 1);
		if (cards[i].power)
			OK(power(READER_POWER_UP));
		cj_usb_say("E5");
		/* A command waits until the watcher has looked. */
		(void)transmit();
		(void)transmit();
		if (cards[i].absent ? !becomes(0) : reader->ops->present(reader) != 1)
			CU_FAIL(cards[i].why);
		CU_ASSERT_TRUE(becomes(1));
		plug_out();
	}
}

static int
enter(uint16_t *sw)
{
	const struct padlink_pin pin = {
		.kind = PADLINK_PIN_VERIFY, .first_s = 30, .next_s = 10, .format = PADLINK_ASCII,
		.min = 6, .max = 16, .end = PADLINK_END_OK, .n = 4, .apdu = { 0x00, 0x20, 0x00, 0x81 },
	};

	return reader->ops->pin(reader, &pin, sw);
}

static void
a_pin_entry_ends_with_a_status_word(void)
{
	static const struct {
		const char *answer;
		uint16_t sw;
	} ends[] = {
		{ "9000", 0x9000 }, { "63C2", 0x63c2 }, { "6400", 0x6400 }, { "6401", 0x6401 },
		{ "64A1", 0x64a1 }, { "6985", 0x6985 }, { "6D00", 0x6d00 },
	};
	struct cj_answer a[] = { { "2018", "", 0 } };
	uint16_t sw;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		a[0].answer = ends[i].answer;
		PLUG_IN(a);
		OK(enter(&sw));
		CU_ASSERT_EQUAL(sw, ends[i].sw);
		/* It may be the card's, so it takes nothing from what is offered. */
		CU_ASSERT_EQUAL(features(), PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT);
		CU_ASSERT_STRING_EQUAL(cj_usb_heard("2018"), "201801000B80011E5206010600200081");
		plug_out();
	}
}

static int
show(const char *text)
{
	struct padlink_output o = { .n = (uint8_t)strlen(text) };

	memcpy(o.text, text, o.n);
	return reader->ops->output(reader, &o);
}

static int
ask(uint8_t take, uint8_t seconds, uint8_t *key)
{
	const struct padlink_input i = { .seconds = seconds, .take = take, .n = 1, .text = "?" };
	uint8_t keys[PADLINK_LINE_MAX] = { 0 };
	size_t n = 0;
	const int r = reader->ops->input(reader, &i, keys, &n);

	*key = keys[0];
	return r == 0 && n != 1 ? ERR_INTERNAL : r;
}

static void
a_reader_that_shows_no_text_offers_none_any_more(void)
{
	static const char *const refusals[] = { "6985", "6A81", "6A82", "6A86", "6D00", "6E00" };
	struct cj_answer a[] = { { "2017", "", 0 }, { "2016", "", 0 } };
	uint8_t key;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		a[0].answer = a[1].answer = refusals[i];
		PLUG_IN(a);
		CU_ASSERT_EQUAL(show("A"), ERR_UNSUPPORTED);
		CU_ASSERT_EQUAL(features(), PADLINK_HAS_DIRECT);
		plug_out();
		PLUG_IN(a);
		CU_ASSERT_EQUAL(ask(PADLINK_TAKE_OK, 1, &key), ERR_UNSUPPORTED);
		CU_ASSERT_EQUAL(features(), PADLINK_HAS_DIRECT);
		plug_out();
	}
	a[0].answer = "6A80";
	PLUG_IN(a);
	CU_ASSERT_EQUAL(show("A"), ERR_FORMAT);
	CU_ASSERT_EQUAL(features(), PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT);
	plug_out();
}

static void
a_key_that_is_not_taken_does_nothing(void)
{
	static const struct cj_answer a[] = {
		{ "2016", "05 9000", 1 }, { "2016", "0A 9000", 1 }, { "2016", "6401", 1 },
		{ "2016", "EE 9000", 1 }, { "2016", "0B 9000", 1 }, { "2016", "6400", 0 },
	};
	uint8_t key;

	PLUG_IN(a);
	OK(ask(PADLINK_TAKE_OK, 5, &key));
	CU_ASSERT_EQUAL(key, PADLINK_KEY_OK);
	CU_ASSERT_EQUAL(cj_usb_count("2016"), 5);
	CU_ASSERT_EQUAL(ask(PADLINK_TAKE_OK, 5, &key), ERR_TIMEOUT);
	plug_out();
}

static void
cancel_is_told_in_either_way(void)
{
	static const struct cj_answer a[] = { { "2016", "0A 9000", 1 }, { "2016", "6401", 0 } };
	uint8_t key;

	PLUG_IN(a);
	OK(ask(PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL, 5, &key));
	CU_ASSERT_EQUAL(key, PADLINK_KEY_CANCEL);
	CU_ASSERT_EQUAL(ask(PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL, 5, &key), ERR_CANCELLED);
	plug_out();
}

static void
a_line_has_digits_alone(void)
{
	static const struct {
		const char *answer;
		int r;
		size_t n;
	} lines[] = {
		{ "31323334 9000", 0, 4 }, { "9000", 0, 0 }, { "3132333435 9000", ERR_IO, 0 },
		{ "310D 9000", ERR_IO, 0 }, { "6401", ERR_CANCELLED, 0 }, { "6400", ERR_TIMEOUT, 0 },
		{ "90", ERR_IO, 0 },
	};
	const struct padlink_input i = {
		.seconds = 1, .mode = PADLINK_LINE_CLEAR, .max = 4, .next_s = 5, .n = 1, .text = "?",
	};
	struct cj_answer a[] = { { "2016", "", 0 } };
	uint8_t keys[PADLINK_LINE_MAX];
	size_t n;

	for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
		a[0].answer = lines[k].answer;
		PLUG_IN(a);
		n = 0;
		CU_ASSERT_EQUAL(reader->ops->input(reader, &i, keys, &n), lines[k].r);
		CU_ASSERT_EQUAL(n, lines[k].n);
		plug_out();
	}
}

static void *
wait_long(void *arg)
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	reader->ops->wait(reader, LONG_MS);
	clock_gettime(CLOCK_MONOTONIC, &after);
	*(int *)arg = after.tv_sec - before.tv_sec < LONG_MS / 1000 - 1;
	return NULL;
}

static void
stop_ends_a_wait(void)
{
	pthread_t t;
	int soon = 0;

	plug_in(NULL, 0);
	reader->ops->wait(reader, 0);
	pthread_create(&t, NULL, wait_long, &soon);
	reader->ops->stop(reader);
	pthread_join(t, NULL);
	CU_ASSERT_TRUE(soon);
	plug_out();
}

static void *
wait_for_ever(void *arg)
{
	reader->ops->wait(reader, 600000);
	return arg;
}

/* So pcscd ends its thread. */
static void
who_waits_can_be_cancelled(void)
{
	pthread_t t;
	void *r;

	plug_in(NULL, 0);
	reader->ops->wait(reader, 0);
	OK(pthread_create(&t, NULL, wait_for_ever, NULL));
	pthread_cancel(t);
	pthread_join(t, &r);
	CU_ASSERT_PTR_EQUAL(r, PTHREAD_CANCELED);
	/* No lock is left behind. */
	CU_ASSERT_EQUAL(reader->ops->present(reader), 1);
	plug_out();
}

static void
unplugging_ends_what_runs_and_all_that_follows(void)
{
	static const struct cj_answer a[] = { { "2018", NULL, 0 } };
	uint16_t sw;
	uint8_t key;

	PLUG_IN(a);
	CU_ASSERT_EQUAL(enter(&sw), ERR_READER_GONE);
	CU_ASSERT_EQUAL(transmit(), ERR_READER_GONE);
	CU_ASSERT_EQUAL(power(READER_POWER_UP), ERR_READER_GONE);
	CU_ASSERT_EQUAL(show("A"), ERR_READER_GONE);
	CU_ASSERT_EQUAL(ask(PADLINK_TAKE_OK, 5, &key), ERR_READER_GONE);
	CU_ASSERT_EQUAL(reader->ops->present(reader), 0);
	plug_out();
	CU_ASSERT_EQUAL(cj_usb_count("2015"), 0);
}

static void
pcscd_may_tell_that_it_was_unplugged(void)
{
	plug_in(NULL, 0);
	CU_ASSERT_EQUAL(reader->ops->present(reader), 1);
	reader->ops->removed(reader);
	CU_ASSERT_TRUE(becomes(0));
	CU_ASSERT_EQUAL(transmit(), ERR_READER_GONE);
	plug_out();
}

static const struct sentence sentences[] = {
	SENTENCE(it_tells_what_it_has),
	SENTENCE(what_is_not_one_of_these_is_not_found),
	SENTENCE(there_are_sixteen_at_most),
	SENTENCE(a_card_gets_power),
	SENTENCE(it_is_told_of_power_in_its_words),
	SENTENCE(a_protocol_that_is_refused_leaves_the_card_as_it_is),
	SENTENCE(the_reader_answers_for_a_card_that_does_not),
	SENTENCE(a_moved_card_is_looked_for),
	SENTENCE(a_card_that_was_swapped_is_absent_once),
	SENTENCE(a_pin_entry_ends_with_a_status_word),
	SENTENCE(a_reader_that_shows_no_text_offers_none_any_more),
	SENTENCE(a_key_that_is_not_taken_does_nothing),
	SENTENCE(cancel_is_told_in_either_way),
	SENTENCE(a_line_has_digits_alone),
	SENTENCE(stop_ends_a_wait),
	SENTENCE(who_waits_can_be_cancelled),
	SENTENCE(unplugging_ends_what_runs_and_all_that_follows),
	SENTENCE(pcscd_may_tell_that_it_was_unplugged),
};

SUITE("reader_cyberjack", sentences)
