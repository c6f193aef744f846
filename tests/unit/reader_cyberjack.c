#include "ifdhandler/reader.h"

#include <pthread.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/cj_plug.h"
#include "tests/unit/suite.h"

enum { LONG_MS = 5000 };

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
			CU_ASSERT_EQUAL(reader_cyberjack_open(&reader, CJ_NAME), refusals[i]);
		}
}

static void
there_are_sixteen_at_most(void)
{
	struct reader *readers[17];

	cj_usb_answers(NULL, 0);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < 16; i++)
			OK(reader_cyberjack_open(&readers[i], CJ_NAME));
		CU_ASSERT_EQUAL(reader_cyberjack_open(&readers[16], CJ_NAME), ERR_FULL);
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
pcscd_may_tell_that_it_was_unplugged(void)
{
	plug_in(NULL, 0);
	CU_ASSERT_EQUAL(reader->ops->present(reader), 1);
	reader->ops->removed(reader);
	CU_ASSERT_TRUE(becomes(0));
	CU_ASSERT_EQUAL(transmit(), ERR_READER_GONE);
	plug_out();
}

/* More of a stack than there are addresses for. */
static int
open_without_a_thread(void)
{
	pthread_attr_t usual, huge;
	int r;

	pthread_getattr_default_np(&usual);
	pthread_attr_init(&huge);
	pthread_attr_setstacksize(&huge, (size_t)1 << 47);
	pthread_setattr_default_np(&huge);
	r = reader_cyberjack_open(&reader, CJ_NAME);
	pthread_setattr_default_np(&usual);
	pthread_attr_destroy(&huge);
	pthread_attr_destroy(&usual);
	return r;
}

/* How many can be opened beside each other. */
static size_t
places(void)
{
	struct reader *readers[17];
	size_t n = 0, opened;

	while (n < 17 && reader_cyberjack_open(&readers[n], CJ_NAME) == 0)
		n++;
	opened = n;
	while (n > 0) {
		n--;
		readers[n]->ops->close(readers[n]);
	}
	return opened;
}

/* The last one here, since those places are lost. */
static void
memory_that_the_kernel_keeps_is_never_used_again(void)
{
	plug_in(NULL, 0);
	plug_out();
	CU_ASSERT_EQUAL(open_without_a_thread(), ERR_NOMEM);
	CU_ASSERT_EQUAL(places(), 16);
	plug_in(NULL, 0);
	cj_usb_keeps();
	plug_out();
	CU_ASSERT_EQUAL(places(), 15);
	cj_usb_keeps();
	CU_ASSERT_EQUAL(open_without_a_thread(), ERR_NOMEM);
	CU_ASSERT_EQUAL(places(), 14);
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
	SENTENCE(stop_ends_a_wait),
	SENTENCE(who_waits_can_be_cancelled),
	SENTENCE(pcscd_may_tell_that_it_was_unplugged),
	SENTENCE(memory_that_the_kernel_keeps_is_never_used_again),
};

SUITE("reader_cyberjack", sentences)
