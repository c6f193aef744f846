#include "ifdhandler/reader.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/cj_plug.h"
#include "tests/unit/suite.h"

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

static const struct sentence sentences[] = {
	SENTENCE(a_pin_entry_ends_with_a_status_word),
	SENTENCE(a_reader_that_shows_no_text_offers_none_any_more),
	SENTENCE(a_key_that_is_not_taken_does_nothing),
	SENTENCE(cancel_is_told_in_either_way),
	SENTENCE(a_line_has_digits_alone),
	SENTENCE(unplugging_ends_what_runs_and_all_that_follows),
};

SUITE("reader_cyberjack_person", sentences)
