#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/padlink.h"
#include "tests/unit/suite.h"

/*
 * Each get is followed by its put, into a struct that was not zero before: the
 * same bytes come out. What they return is what the get does.
 */
static int
same_again(const uint8_t *p, size_t n, const struct wr *wr)
{
	return wr_end(wr) == 0 && wr->n == n && memcmp(wr->p, p, n) == 0 ? 0 : ERR_INTERNAL;
}

static int
get_hello(const uint8_t *p, size_t n)
{
	uint8_t mem[64];
	uint16_t version;
	struct wr wr;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_hello(p, n, &version)) != 0)
		return r;
	padlink_put_hello(&wr);
	return same_again(p, n, &wr);
}

static int
get_hello_answer(const uint8_t *p, size_t n)
{
	struct padlink_hello_answer a;
	uint8_t mem[64], status;
	struct wr wr;
	int r;

	memset(&a, 0xa5, sizeof(a));
	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_hello_answer(p, n, &status, &a)) != 0)
		return r;
	if (status != PADLINK_OK && (a.lines != 0 || a.firmware[0] != '\0'))
		return ERR_INTERNAL;
	padlink_put_hello_answer(&wr, status, &a);
	return same_again(p, n, &wr);
}

static int
get_power(const uint8_t *p, size_t n)
{
	uint8_t mem[64], action;
	struct wr wr;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_power(p, n, &action)) != 0)
		return r;
	padlink_put_power(&wr, action);
	return same_again(p, n, &wr);
}

static int
get_card(const uint8_t *p, size_t n)
{
	struct padlink_card c;
	uint8_t mem[64];
	struct wr wr;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_card(p, n, &c)) != 0)
		return r;
	padlink_put_card(&wr, &c);
	return same_again(p, n, &wr);
}

static int
get_pin(const uint8_t *p, size_t n)
{
	struct padlink_pin v;

	return padlink_get_pin(p, n, &v);
}

static int
get_output(const uint8_t *p, size_t n)
{
	struct padlink_output o;
	uint8_t mem[128];
	struct wr wr;
	int r;

	memset(&o, 0xa5, sizeof(o));
	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_output(p, n, &o)) != 0)
		return r;
	if (o.n < sizeof(o.text) && o.text[o.n] != '\0')
		return ERR_INTERNAL;
	padlink_put_output(&wr, &o);
	return same_again(p, n, &wr);
}

static int
get_input(const uint8_t *p, size_t n)
{
	struct padlink_input i;
	uint8_t mem[128];
	struct wr wr;
	int r;

	memset(&i, 0xa5, sizeof(i));
	wr_init(&wr, mem, sizeof(mem));
	if ((r = padlink_get_input(p, n, &i)) != 0)
		return r;
	if (i.n < sizeof(i.text) && i.text[i.n] != '\0')
		return ERR_INTERNAL;
	padlink_put_input(&wr, &i);
	return same_again(p, n, &wr);
}

/* Each refused body is a good one that is wrong in one place. */
static const struct {
	int (*get)(const uint8_t *, size_t);
	const char *why, *hex;
	int r;
} bodies[] = {
	{ get_hello, "a hello", "0002", 0 },
	{ get_hello, "half a version", "00", ERR_FORMAT },
	{ get_hello, "a byte after the version", "000200", ERR_FORMAT },
	{ get_hello_answer, "an answer", "00 02 10 06 10 07 01 00000007 0003 616263", 0 },
	{ get_hello_answer, "nothing offered", "00 02 10 06 10 00 01 00000007 0003 616263", 0 },
	{ get_hello_answer, "a name of none", "00 02 10 06 10 07 00 00000000 0000", 0 },
	{ get_hello_answer, "one length of PINs", "00 02 10 06 06 07 01 00000007 0003 616263", 0 },
	{ get_hello_answer, "busy", "06", 0 },
	{ get_hello_answer, "not offered", "08", 0 },
	{ get_hello_answer, "no status", "", ERR_FORMAT },
	{ get_hello_answer, "an unknown status", "09", ERR_FORMAT },
	{ get_hello_answer, "busy and more", "0600", ERR_FORMAT },
	{ get_hello_answer, "an unknown feature", "00 02 10 06 10 08 01 00000007 0003 616263",
	    ERR_FORMAT },
	{ get_hello_answer, "version 1, without features", "00 02 10 06 10 01 00000007 0003 616263",
	    ERR_FORMAT },
	{ get_hello_answer, "present 2", "00 02 10 06 10 07 02 00000007 0003 616263", ERR_FORMAT },
	{ get_hello_answer, "min over max", "00 02 10 11 10 07 01 00000007 0003 616263", ERR_FORMAT },
	{ get_hello_answer, "a name of the first and the last that can be printed",
	    "00 02 10 06 10 07 01 00000007 0002 207E", 0 },
	{ get_hello_answer, "a name with DEL", "00 02 10 06 10 07 01 00000007 0002 207F", ERR_FORMAT },
	{ get_hello_answer, "a control character", "00 02 10 06 10 07 01 00000007 0003 610A63",
	    ERR_FORMAT },
	{ get_hello_answer, "a name of 32",
	    "00 02 10 06 10 07 01 00000007 0020"
	    "6161616161616161616161616161616161616161616161616161616161616161",
	    ERR_FORMAT },
	{ get_hello_answer, "a name of 31",
	    "00 02 10 06 10 07 01 00000007 001F"
	    "61616161616161616161616161616161616161616161616161616161616161", 0 },
	{ get_hello_answer, "a byte too many", "00 02 10 06 10 07 01 00000007 0003 61626300",
	    ERR_FORMAT },
	{ get_power, "up", "01", 0 },
	{ get_power, "reset", "03", 0 },
	{ get_power, "action 0", "00", ERR_FORMAT },
	{ get_power, "action 4", "04", ERR_FORMAT },
	{ get_power, "no action", "", ERR_FORMAT },
	{ get_power, "two actions", "0101", ERR_FORMAT },
	{ get_card, "a card", "01 00000001", 0 },
	{ get_card, "present 2", "02 00000001", ERR_FORMAT },
	{ get_card, "a short count", "01 000001", ERR_FORMAT },
	{ get_card, "a long count", "01 0000000001", ERR_FORMAT },
	{ get_pin, "verify", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0004 00200081", 0 },
	{ get_pin, "modify", "01 1E 0A 02 00 0000 08 00 0000 00 08 06 10 03 02 0004 00240081", 0 },
	{ get_pin, "the widest", "01 FF FF 01 01 0078 0F 0F 0078 FF FF FF FF 03 07 0004 00200081", 0 },
	{ get_pin, "kind 2", "02 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "format 3", "00 1E 0A 03 00 0000 00 00 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "right 2", "00 1E 0A 02 02 0000 00 00 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "PIN at 121", "00 1E 0A 02 00 0079 00 00 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "block of 16", "00 1E 0A 02 00 0000 10 00 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "length of 16 bits", "00 1E 0A 02 00 0000 08 10 0000 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "length at 121", "00 1E 0A 02 00 0000 08 04 0079 00 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "verify with old", "00 1E 0A 02 00 0000 00 00 0000 01 00 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "verify with new", "00 1E 0A 02 00 0000 00 00 0000 00 01 06 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "verify to confirm", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 01 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "confirm 4", "01 1E 0A 02 00 0000 00 00 0000 00 00 06 10 04 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "min over max", "00 1E 0A 02 00 0000 00 00 0000 00 00 11 10 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "max 0", "00 1E 0A 02 00 0000 00 00 0000 00 00 00 00 00 02 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "no end", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 00 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "the end by time alone",
	    "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 04 0004 00200081", ERR_FORMAT },
	{ get_pin, "end 8", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 0A 0004 00200081",
	    ERR_FORMAT },
	{ get_pin, "a header of 3", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0003 002000",
	    ERR_FORMAT },
	{ get_pin, "a byte short", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0005 00200081",
	    ERR_FORMAT },
	{ get_pin, "a byte over", "00 1E 0A 02 00 0000 00 00 0000 00 00 06 10 00 02 0004 0020008100",
	    ERR_FORMAT },
	{ get_output, "two lines", "00 03 410A42", 0 },
	{ get_output, "no text", "0500", 0 },
	{ get_output, "a byte short", "00 03 410A", ERR_FORMAT },
	{ get_output, "a byte over", "00 01 410A", ERR_FORMAT },
	{ get_output, "no count", "00", ERR_FORMAT },
	{ get_input, "any key", "FF 0F 00 00 00 01 41", 0 },
	{ get_input, "a second for OK", "01 02 00 00 00 01 41", 0 },
	{ get_input, "no text", "01 0F 00 00 00 00", 0 },
	{ get_input, "no time", "00 0F 00 00 00 01 41", ERR_FORMAT },
	{ get_input, "no key", "01 00 00 00 00 01 41", ERR_FORMAT },
	{ get_input, "an unknown key", "01 10 00 00 00 01 41", ERR_FORMAT },
	{ get_input, "a key and a time to the next", "01 0F 00 01 00 01 41", ERR_FORMAT },
	{ get_input, "a key and a count of digits", "01 0F 00 00 01 01 41", ERR_FORMAT },
	{ get_input, "a byte short", "01 01 00 00 00 01", ERR_FORMAT },
	{ get_input, "a byte over", "01 01 00 00 00 01 4141", ERR_FORMAT },
	{ get_input, "as version 1 had it", "01 0F 01 41", ERR_FORMAT },
	{ get_input, "a line, blank", "0F 0F 01 05 01 01 41", 0 },
	{ get_input, "a line, to be read", "0F 0F 02 01 10 01 41", 0 },
	{ get_input, "a line of stars", "FF 0F 03 FF 10 00", 0 },
	{ get_input, "an unknown mode", "0F 0F 04 05 10 01 41", ERR_FORMAT },
	{ get_input, "a line without time", "00 0F 02 05 10 01 41", ERR_FORMAT },
	{ get_input, "a line without Clear", "0F 07 02 05 10 01 41", ERR_FORMAT },
	{ get_input, "a line without digits", "0F 0E 02 05 10 01 41", ERR_FORMAT },
	{ get_input, "a line and no time to the next", "0F 0F 02 00 10 01 41", ERR_FORMAT },
	{ get_input, "a line of no digit", "0F 0F 02 05 00 01 41", ERR_FORMAT },
	{ get_input, "a line of 17", "0F 0F 02 05 11 01 41", ERR_FORMAT },
};

static void
a_body_has_its_exact_length_and_its_ranges(void)
{
	uint8_t p[128];
	size_t n;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		n = hex(bodies[i].hex, p, sizeof(p));
		if (bodies[i].get(p, n) != bodies[i].r)
			CU_FAIL(bodies[i].why);
	}
}

static void
a_text_has_64_bytes_at_most(void)
{
	uint8_t p[2 + 65] = { 0, 64 };

	OK(get_output(p, 2 + 64));
	p[1] = 65;
	CU_ASSERT_EQUAL(get_output(p, 2 + 65), ERR_FORMAT);
}

static void
a_template_has_261_bytes_at_most(void)
{
	struct padlink_pin v = { .max = 1, .end = PADLINK_END_OK, .n = PADLINK_TEMPLATE_MAX }, got;
	uint8_t p[300] = { 0 };
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put_pin(&wr, &v);
	OK(padlink_get_pin(p, wr.n, &got));
	SAME(&got, &v, sizeof(v));
	/* The count is the last thing before the template. */
	p[wr.n - PADLINK_TEMPLATE_MAX - 1]++;
	CU_ASSERT_EQUAL(padlink_get_pin(p, wr.n + 1, &got), ERR_FORMAT);
}

static void
every_field_of_a_pin_entry_comes_through(void)
{
	const struct padlink_pin v = {
		.kind = PADLINK_PIN_MODIFY, .first_s = 30, .next_s = 10, .format = PADLINK_BCD,
		.right = 1, .pin_bits = 8, .block = 9, .length_bits = 4, .length_at = 5,
		.offset_old = 6, .offset_new = 7, .min = 11, .max = 12, .confirm = 3, .end = 6,
		.n = 5, .apdu = { 1, 2, 3, 4, 5 },
	};
	struct padlink_pin got;
	uint8_t p[64];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put_pin(&wr, &v);
	OK(wr_end(&wr));
	OK(padlink_get_pin(p, wr.n, &got));
	SAME(&got, &v, sizeof(v));
}

static void
every_field_of_a_hello_answer_comes_through(void)
{
	const struct padlink_hello_answer v = {
		.lines = 2, .columns = 16, .pin_min = 4, .pin_max = 15,
		.features = PADLINK_HAS_START | PADLINK_HAS_TEXT, .card = { 1, 99 },
		.firmware = "cardinal-pad",
	};
	struct padlink_hello_answer got;
	uint8_t p[64], status = 9;
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put_hello_answer(&wr, PADLINK_OK, &v);
	OK(padlink_get_hello_answer(p, wr.n, &status, &got));
	CU_ASSERT_EQUAL(status, PADLINK_OK);
	CU_ASSERT_EQUAL(got.lines, 2);
	CU_ASSERT_EQUAL(got.columns, 16);
	CU_ASSERT_EQUAL(got.pin_min, 4);
	CU_ASSERT_EQUAL(got.pin_max, 15);
	CU_ASSERT_EQUAL(got.features, PADLINK_HAS_START | PADLINK_HAS_TEXT);
	CU_ASSERT_EQUAL(got.card.present, 1);
	CU_ASSERT_EQUAL(got.card.changes, 99);
	CU_ASSERT_STRING_EQUAL(got.firmware, "cardinal-pad");
}

static void
every_field_of_a_line_comes_through(void)
{
	const struct padlink_input v = {
		.seconds = 15, .take = 0xf, .mode = PADLINK_LINE_STARS, .next_s = 5, .max = 12, .n = 3,
		.text = "abc",
	};
	struct padlink_input got;
	uint8_t p[64];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put_input(&wr, &v);
	OK(wr_end(&wr));
	OK(padlink_get_input(p, wr.n, &got));
	SAME(&got, &v, sizeof(v));
}

static void
a_refused_hello_is_its_status_alone(void)
{
	const struct padlink_hello_answer v = { .lines = 2 };
	uint8_t p[4];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put_hello_answer(&wr, PADLINK_BUSY, &v);
	CU_ASSERT_EQUAL(wr.n, 1);
	CU_ASSERT_EQUAL(p[0], PADLINK_BUSY);
}

static const struct {
	const char *why, *hex;
	int r;
} frames[] = {
	{ "nothing yet", "", 0 },
	{ "half a length", "0000", 0 },
	{ "a length alone", "00000005", 0 },
	{ "a byte short", "00000005 07 000000", 0 },
	{ "no body", "00000005 07 00000001", 9 },
	{ "a body", "00000007 01 00000001 0001", 11 },
	{ "a message and a half", "00000005 07 00000001 00000005 07", 9 },
	{ "too short for a head", "00000004", ERR_FORMAT },
	{ "the longest", "00010015", 0 },
	{ "a byte too long", "00010016", ERR_FORMAT },
	{ "as long as can be", "FFFFFFFF", ERR_FORMAT },
};

static void
a_message_is_taken_when_it_is_whole(void)
{
	struct padlink_msg m;
	uint8_t p[32];
	size_t n;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		n = hex(frames[i].hex, p, sizeof(p));
		memset(&m, 0xa5, sizeof(m));
		if (padlink_frame(p, n, &m) != frames[i].r || (frames[i].r <= 0 && m.body != NULL))
			CU_FAIL(frames[i].why);
	}
}

static void
a_message_is_framed_as_it_is_read(void)
{
	struct padlink_msg m;
	uint8_t p[32];
	struct wr wr;

	wr_init(&wr, p, sizeof(p));
	padlink_put(&wr, PADLINK_POWER, 0x01020304, "\x01", 1);
	CU_ASSERT_EQUAL(wr.n, 10);
	SAME(p, "\0\0\0\x06\x02\x01\x02\x03\x04\x01", 10);
	CU_ASSERT_EQUAL(padlink_frame(p, wr.n, &m), 10);
	CU_ASSERT_EQUAL(m.type, PADLINK_POWER);
	CU_ASSERT_EQUAL(m.number, 0x01020304);
	CU_ASSERT_EQUAL(m.n, 1);
	CU_ASSERT_EQUAL(m.body[0], 1);
	padlink_put(&wr, PADLINK_TRANSMIT, 1, NULL, PADLINK_BODY_MAX + 1);
	CU_ASSERT_EQUAL(wr_end(&wr), ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(a_body_has_its_exact_length_and_its_ranges),
	SENTENCE(a_text_has_64_bytes_at_most),
	SENTENCE(a_template_has_261_bytes_at_most),
	SENTENCE(every_field_of_a_pin_entry_comes_through),
	SENTENCE(every_field_of_a_hello_answer_comes_through),
	SENTENCE(every_field_of_a_line_comes_through),
	SENTENCE(a_refused_hello_is_its_status_alone),
	SENTENCE(a_message_is_taken_when_it_is_whole),
	SENTENCE(a_message_is_framed_as_it_is_read),
};

SUITE("padlink", sentences)
