#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "simulator/device.h"
#include "tests/unit/deck.h"
#include "tests/unit/ownstack.h"
#include "tests/unit/suite.h"

enum { LINES = 64 };

/* A device with a driver at its other end, and a card with its disk beside it. */
struct bench {
	struct device dev;
	struct deck deck;
	uint32_t number;
	uint64_t now;
	uint8_t in[DEVICE_OUT_MAX];	/* the last answer, taken out of the device */
	struct padlink_msg got;
	uint8_t status;
	const uint8_t *rest;
	size_t rest_n;
	char log[LINES][80];
	size_t lines;
};

static void
log_line(void *arg, const char *line)
{
	struct bench *b = arg;

	if (b->lines < LINES)
		snprintf(b->log[b->lines++], sizeof(b->log[0]), "%s", line);
}

static int
save(void *arg, const uint8_t *p, size_t n)
{
	struct bench *b = arg;

	memcpy(b->deck.disk, p, n);
	b->deck.n = n;
	return 0;
}

static int
insert(struct bench *b)
{
	return device_insert(&b->dev, "a", b->deck.disk, b->deck.n, (struct card_store){ save, b });
}

static void
send(struct bench *b, uint8_t type, const void *body, size_t n)
{
	struct padlink_msg m = { .type = type, .number = ++b->number, .body = body, .n = n };

	device_message(&b->dev, &m, b->now);
}

/* Takes the next message out: its type, 0 when there is none. */
static uint8_t
receive(struct bench *b)
{
	const uint8_t *p;
	size_t n;
	int r;

	memset(&b->got, 0, sizeof(b->got));
	p = device_output(&b->dev, &n);
	if (n == 0)
		return 0;
	memcpy(b->in, p, n);
	r = padlink_frame(b->in, n, &b->got);
	if (r <= 0)
		abort();
	device_sent(&b->dev, (size_t)r);
	return b->got.type;
}

/* Takes the answer to the last request out: 1, or 0 when it is not there. */
static int
answered(struct bench *b)
{
	uint8_t type = receive(b);

	while (type == PADLINK_CARD)
		type = receive(b);
	if (type == 0)
		return 0;
	if (padlink_get_answer(b->got.body, b->got.n, type, &b->status, &b->rest, &b->rest_n) != 0)
		abort();
	return 1;
}

static uint8_t
ask(struct bench *b, uint8_t type, const void *body, size_t n)
{
	send(b, type, body, n);
	if (!answered(b) || b->got.number != b->number || b->got.type != type)
		abort();
	return b->status;
}

static uint8_t
power(struct bench *b, uint8_t action)
{
	return ask(b, PADLINK_POWER, &action, 1);
}

static void
start(struct bench **b)
{
	*b = calloc(1, sizeof(**b));
	CU_ASSERT_PTR_NOT_NULL_FATAL(*b);
	deck_new(&(*b)->deck);
	memset(&(*b)->dev, 0xa5, sizeof((*b)->dev));
	device_init(&(*b)->dev, log_line, *b);
}

static void
connected(struct bench **b)
{
	start(b);
	CU_ASSERT_EQUAL(ask(*b, PADLINK_HELLO, "\0\1", 2), PADLINK_OK);
}

/* With the card in, powered, and its share application selected. */
static void
ready(struct bench **b)
{
	connected(b);
	OK(insert(*b));
	CU_ASSERT_EQUAL(power(*b, PADLINK_POWER_UP), PADLINK_OK);
	CU_ASSERT_EQUAL(ask(*b, PADLINK_TRANSMIT, "\x00\xa4\x04\x0c\x0a" AID_SHARE, 5 + AID_LEN),
	    PADLINK_OK);
	SAME((*b)->rest, "\x90\x00", 2);
}

static void
end(struct bench *b)
{
	device_free(&b->dev);
	free(b);
}

static void
input(struct bench *b, const char *text)
{
	struct padlink_input i = { .seconds = 2, .n = (uint8_t)strlen(text),
		.take = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL };
	uint8_t body[PADLINK_TEXT_MAX + 8];
	struct wr wr;

	memcpy(i.text, text, i.n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_input(&wr, &i);
	send(b, PADLINK_INPUT, body, wr.n);
}

static void
pin(struct bench *b, uint8_t kind, uint8_t ins)
{
	struct padlink_pin v = { .kind = kind, .first_s = 30, .next_s = 10, .format = PADLINK_ASCII,
		.min = 6, .max = 16, .confirm = kind == PADLINK_PIN_MODIFY ? 3 : 0,
		.end = PADLINK_END_OK, .n = 4, .apdu = { 0, ins, 0, PIN_REF } };
	uint8_t body[64];
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &v);
	send(b, PADLINK_PIN, body, wr.n);
}

/* Digits, then '#' for OK and 'x' for Cancel. */
static void
press(struct bench *b, const char *keys)
{
	for (; *keys != '\0'; keys++)
		device_key(&b->dev, *keys == '#' ? PADLINK_KEY_OK : *keys == 'x' ?
		    PADLINK_KEY_CANCEL : (uint8_t)*keys, b->now);
}

static unsigned
sw(const struct bench *b)
{
	return b->rest_n >= 2 ?
	    (unsigned)(b->rest[b->rest_n - 2] << 8 | b->rest[b->rest_n - 1]) : 0;
}

static int
holds(const void *hay, size_t n, const void *needle, size_t m)
{
	return memmem(hay, n, needle, m) != NULL;
}

static int
is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return 0;
	return 1;
}

static const uint8_t as_values[] = { 1, 2, 3, 4, 5, 6 };

static int
no_pin_in(const struct device *d)
{
	return !holds(d, sizeof(*d), "123456", 6) && !holds(d, sizeof(*d), as_values, 6);
}

/* ------------------------------------------------------------------------------------------- */

static void
a_hello_tells_what_the_pad_is(void)
{
	struct padlink_hello_answer a;
	struct bench *b;
	uint8_t status;

	start(&b);
	OK(insert(b));
	send(b, PADLINK_HELLO, "\0\1", 2);
	CU_ASSERT_EQUAL(receive(b), PADLINK_HELLO);
	OK(padlink_get_hello_answer(b->got.body, b->got.n, &status, &a));
	CU_ASSERT_EQUAL(status, PADLINK_OK);
	CU_ASSERT_EQUAL(a.lines, 2);
	CU_ASSERT_EQUAL(a.columns, 16);
	CU_ASSERT_EQUAL(a.pin_min, 6);
	CU_ASSERT_EQUAL(a.pin_max, 16);
	CU_ASSERT_EQUAL(a.card.present, 1);
	CU_ASSERT_EQUAL(a.card.changes, 1);
	CU_ASSERT_STRING_EQUAL(a.firmware, "cardinal-pad");
	/* The card was told with it. */
	CU_ASSERT_EQUAL(receive(b), 0);
	end(b);
}

static void
nothing_comes_before_hello(void)
{
	struct bench *b;

	start(&b);
	OK(insert(b));
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_BAD);
	CU_ASSERT_EQUAL(ask(b, PADLINK_HELLO, "\0\2", 2), PADLINK_BAD);
	CU_ASSERT_EQUAL(ask(b, PADLINK_HELLO, "\0", 1), PADLINK_BAD);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_BAD);
	CU_ASSERT_EQUAL(ask(b, PADLINK_HELLO, "\0\1", 2), PADLINK_OK);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_OK);
	end(b);
}

static void
malformed_requests_are_bad(void)
{
	static const uint8_t types[] = { PADLINK_HELLO, PADLINK_POWER, PADLINK_PIN, PADLINK_OUTPUT,
		PADLINK_INPUT };
	struct padlink_msg m = { .type = 99, .number = 7, .body = (const uint8_t *)"", .n = 0 };
	struct bench *b;

	connected(&b);
	for (size_t i = 0; i < sizeof(types); i++)
		CU_ASSERT_EQUAL(ask(b, types[i], "", 0), PADLINK_BAD);
	device_message(&b->dev, &m, 0);
	CU_ASSERT_EQUAL(receive(b), 99);
	CU_ASSERT_EQUAL(b->got.n, 1);
	CU_ASSERT_EQUAL(b->got.body[0], PADLINK_BAD);
	end(b);
}

static void
a_card_is_powered_reset_and_asked(void)
{
	uint8_t up[ATR_MAX];
	struct bench *b;
	size_t n;

	connected(&b);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_NO_CARD);
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NO_CARD);
	OK(insert(b));
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NOT_POWERED);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_OK);
	n = b->rest_n;
	CU_ASSERT_TRUE(n > 2 && n <= ATR_MAX);
	memcpy(up, b->rest, n);
	CU_ASSERT_EQUAL(power(b, PADLINK_RESET), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, n);
	SAME(b->rest, up, n);
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\xff\0\0", 4), PADLINK_OK);
	CU_ASSERT_EQUAL(sw(b), SW_INS);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_DOWN), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 0);
	CU_ASSERT_FALSE(b->dev.slot.card.powered);
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NOT_POWERED);
	end(b);
}

static void
a_broken_image_is_a_mute_card(void)
{
	struct bench *b;

	connected(&b);
	b->deck.disk[b->deck.n / 2] ^= 1;
	OK(insert(b));
	CU_ASSERT_EQUAL(receive(b), PADLINK_CARD);
	CU_ASSERT_TRUE(is_zero(&b->dev.slot.card, sizeof(b->dev.slot.card)));
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_MUTE);
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_MUTE);
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_NO_CARD);
	end(b);
}

static void
comings_and_goings_are_told_by_their_count(void)
{
	struct padlink_card c;
	struct bench *b;

	connected(&b);
	CU_ASSERT_EQUAL(device_remove(&b->dev), ERR_NO_CARD);
	OK(insert(b));
	CU_ASSERT_EQUAL(insert(b), ERR_EXISTS);
	CU_ASSERT_EQUAL(receive(b), PADLINK_CARD);
	OK(padlink_get_card(b->got.body, b->got.n, &c));
	CU_ASSERT_EQUAL(c.present, 1);
	CU_ASSERT_EQUAL(c.changes, 1);
	OK(device_remove(&b->dev));
	OK(insert(b));
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(receive(b), PADLINK_CARD);
	OK(padlink_get_card(b->got.body, b->got.n, &c));
	CU_ASSERT_EQUAL(c.present, 0);
	CU_ASSERT_EQUAL(c.changes, 4);
	CU_ASSERT_EQUAL(receive(b), 0);
	end(b);
}

static void
a_request_waits_for_its_key(void)
{
	struct bench *b;

	connected(&b);
	input(b, "Insert 1. card\npress OK/Cancel");
	CU_ASSERT_EQUAL(receive(b), 0);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), 2000);
	press(b, "1#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_OK);
	input(b, "Insert 1. card\npress OK/Cancel");
	b->now = 2000;
	device_tick(&b->dev, b->now);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_TIMEOUT);
	press(b, "x");
	input(b, "Insert 1. card\npress OK/Cancel");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_CANCEL);
	CU_ASSERT_EQUAL(b->got.number, b->number);
	end(b);
}

static void
a_request_whose_time_is_over_is_not_in_the_way(void)
{
	struct bench *b;
	uint8_t down = PADLINK_POWER_DOWN;

	connected(&b);
	input(b, "a");
	b->now = 2000;
	send(b, PADLINK_POWER, &down, 1);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_INPUT);
	CU_ASSERT_EQUAL(b->status, PADLINK_TIMEOUT);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_POWER);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	end(b);
}

static void
a_text_is_shown_and_answered_at_once(void)
{
	struct bench *b;

	connected(&b);
	CU_ASSERT_EQUAL(ask(b, PADLINK_OUTPUT, "\0\3a\nb", 5), PADLINK_OK);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "a");
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "b");
	end(b);
}

static void
what_a_card_answered_stays_nowhere_in_the_device(void)
{
	uint8_t challenge[8];
	struct bench *b;

	ready(&b);
	CU_ASSERT_EQUAL(ask(b, PADLINK_TRANSMIT, "\0\x84\0\0\x08", 5), PADLINK_OK);
	CU_ASSERT_EQUAL_FATAL(b->rest_n, 10);
	memcpy(challenge, b->rest, 8);
	CU_ASSERT_FALSE(holds(b->dev.body, sizeof(b->dev.body), challenge, 8));
	CU_ASSERT_FALSE(holds(b->dev.rsp, sizeof(b->dev.rsp), challenge, 8));
	CU_ASSERT_FALSE(holds(b->dev.out, sizeof(b->dev.out), challenge, 8));
	/* Nor when nobody has taken it. */
	send(b, PADLINK_TRANSMIT, "\0\x84\0\0\x08", 5);
	device_eof(&b->dev);
	CU_ASSERT_TRUE(is_zero(b->dev.out, sizeof(b->dev.out)));
	CU_ASSERT_EQUAL(ask(b, PADLINK_HELLO, "\0\1", 2), PADLINK_OK);
	end(b);
}

static void
a_device_that_is_done_with_is_all_zero(void)
{
	const struct image closed = { .fd = -1 };
	struct bench *b;

	ready(&b);
	device_free(&b->dev);
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	b->dev.slot.image = closed;
	b->dev.slot.image.fd = 0;
	CU_ASSERT_TRUE(is_zero(&b->dev, sizeof(b->dev)));
	free(b);
}

static void
a_card_that_is_pulled_is_wiped(void)
{
	struct bench *b;

	ready(&b);
	OK(device_remove(&b->dev));
	CU_ASSERT_TRUE(is_zero(&b->dev.slot.card, sizeof(b->dev.slot.card)));
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_STRING_EQUAL(b->dev.slot.name, "");
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	/* Of standard input, which is descriptor 0, nobody took hold. */
	CU_ASSERT_NOT_EQUAL(fcntl(0, F_GETFD), -1);
	end(b);
}

static void
a_second_request_is_busy_and_cancel_gets_through(void)
{
	uint32_t first;
	struct bench *b;

	connected(&b);
	input(b, "a");
	first = b->number;
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_DOWN), PADLINK_BUSY);
	send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_INPUT);
	CU_ASSERT_EQUAL(b->got.number, first);
	CU_ASSERT_EQUAL(b->status, PADLINK_CANCELLED);
	send(b, PADLINK_CANCEL, "", 0);
	CU_ASSERT_EQUAL(receive(b), 0);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_DOWN), PADLINK_OK);
	end(b);
}

static void
the_first_operation_takes_the_idle_text_away(void)
{
	struct bench *b;

	connected(&b);
	OK(insert(b));
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_OK);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "REINER SCT");
	ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
	end(b);
}

static void
a_pin_goes_to_the_card_and_its_status_word_comes_back(void)
{
	struct bench *b;

	ready(&b);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_EQUAL(receive(b), 0);
	press(b, "123456");
	CU_ASSERT_EQUAL(receive(b), 0);
	press(b, "#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->got.number, b->number);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 2);
	CU_ASSERT_EQUAL(sw(b), SW_OK);
	CU_ASSERT_TRUE(no_pin_in(&b->dev));
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "654321#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(sw(b), 0x63c2);
	end(b);
}

static void
a_changed_pin_is_the_cards_new_one(void)
{
	struct bench *b;

	ready(&b);
	pin(b, PADLINK_PIN_MODIFY, 0x24);
	press(b, "123456#77777777#77777777#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(sw(b), SW_OK);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "77777777#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(sw(b), SW_OK);
	end(b);
}

static const struct {
	const char *keys;
	uint64_t wait;
	unsigned sw;
} ends[] = {
	{ "123456x", 0, 0x6401 },
	{ "123456", 10000, 0x6400 },
	{ "12345#", 0, 0x6403 },
};

static void
an_entry_that_fails_never_reaches_the_card(void)
{
	struct bench *b;

	ready(&b);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		pin(b, PADLINK_PIN_VERIFY, 0x20);
		press(b, ends[i].keys);
		b->now += ends[i].wait;
		device_tick(&b->dev, b->now);
		if (!answered(b) || sw(b) != ends[i].sw || !no_pin_in(&b->dev))
			CU_FAIL(ends[i].keys);
	}
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "000000#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(sw(b), 0x63c2);
	end(b);
}

static void
no_pin_is_asked_for_another_instruction(void)
{
	static const uint8_t ins[] = { 0xd6, 0x24 };
	struct bench *b;

	ready(&b);
	/* The second: somebody is asked for his PIN, and has a new one of the host's. */
	for (size_t i = 0; i < sizeof(ins); i++) {
		pin(b, PADLINK_PIN_VERIFY, ins[i]);
		CU_ASSERT_TRUE(answered(b));
		CU_ASSERT_EQUAL(sw(b), 0x6404);
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	}
	end(b);
}

static void
no_pin_is_asked_without_a_powered_card(void)
{
	struct bench *b;

	connected(&b);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NO_CARD);
	OK(insert(b));
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->status, PADLINK_NOT_POWERED);
	CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
	end(b);
}

static void
a_pin_half_entered_is_wiped_by_whatever_ends_it(void)
{
	struct bench *b;

	for (int way = 0; way < 4; way++) {
		ready(&b);
		pin(b, PADLINK_PIN_VERIFY, 0x20);
		press(b, "123456");
		CU_ASSERT_FALSE(no_pin_in(&b->dev));
		if (way == 0)
			device_remove(&b->dev);
		else if (way == 1)
			device_eof(&b->dev);
		else if (way == 2)
			device_unplug(&b->dev);
		else
			send(b, PADLINK_CANCEL, "", 0);
		CU_ASSERT_TRUE(no_pin_in(&b->dev));
		CU_ASSERT_FALSE(pad_secure(&b->dev.pad));
		CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
		CU_ASSERT_EQUAL(answered(b), way == 0 || way == 3);
		if (way == 0)
			CU_ASSERT_EQUAL(b->status, PADLINK_NO_CARD);
		end(b);
	}
}

static void
a_prompt_outlives_the_card(void)
{
	struct bench *b;

	ready(&b);
	input(b, "Insert 2. card");
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(b->dev.running, PADLINK_INPUT);
	press(b, "#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(b->rest[0], PADLINK_KEY_OK);
	end(b);
}

static void
a_driver_that_goes_leaves_a_dark_pad_and_no_power(void)
{
	struct bench *b;

	ready(&b);
	input(b, "a");
	device_eof(&b->dev);
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[0], "");
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_EQUAL(device_deadline(&b->dev), UINT64_MAX);
	CU_ASSERT_EQUAL(receive(b), 0);
	/* The next one begins with a HELLO of its own. */
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_BAD);
	end(b);
}

static void
an_unplugged_pad_is_deaf_and_keeps_its_card(void)
{
	struct bench *b;

	ready(&b);
	CU_ASSERT_EQUAL(device_plug(&b->dev), ERR_NOT_NOW);
	OK(device_unplug(&b->dev));
	CU_ASSERT_EQUAL(device_unplug(&b->dev), ERR_NOT_NOW);
	CU_ASSERT_TRUE(b->dev.hang_up);
	CU_ASSERT_FALSE(device_ready(&b->dev));
	send(b, PADLINK_HELLO, "\0\1", 2);
	CU_ASSERT_EQUAL(receive(b), 0);
	press(b, "#");
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_EQUAL(b->dev.slot.has, SLOT_CARD);
	OK(device_plug(&b->dev));
	CU_ASSERT_STRING_EQUAL(b->dev.pad.lcd.now.line[1], "cyberJack e-com");
	CU_ASSERT_EQUAL(ask(b, PADLINK_HELLO, "\0\1", 2), PADLINK_OK);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_OK);
	end(b);
}

static void
a_card_from_a_file_is_saved_there_and_locked(void)
{
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	static struct device other;
	struct image image;
	struct bench *b;
	uint8_t *again;
	size_t n;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/a.card", dir);
	connected(&b);
	CU_ASSERT_EQUAL(device_insert_file(&b->dev, "a", path), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(receive(b), 0);
	OK(image_create(path, b->deck.disk, b->deck.n));
	OK(device_insert_file(&b->dev, "a", path));
	CU_ASSERT_STRING_EQUAL(b->dev.slot.name, "a");
	CU_ASSERT_EQUAL(receive(b), PADLINK_CARD);
	CU_ASSERT_TRUE(is_zero(b->dev.slot.bytes, sizeof(b->dev.slot.bytes)));
	device_init(&other, NULL, NULL);
	CU_ASSERT_EQUAL(device_insert_file(&other, "a", path), ERR_BUSY);
	CU_ASSERT_EQUAL(power(b, PADLINK_POWER_UP), PADLINK_OK);
	ask(b, PADLINK_TRANSMIT, "\x00\xa4\x04\x0c\x0a" AID_SHARE, 5 + AID_LEN);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "000000#");
	CU_ASSERT_TRUE(answered(b));
	CU_ASSERT_EQUAL(sw(b), 0x63c2);
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	OK(image_open(&image, path));
	again = calloc(1, CARD_IMAGE_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	OK(image_read(&image, again, CARD_IMAGE_MAX, &n));
	CU_ASSERT_NOT_EQUAL(memcmp(again, b->deck.disk, n), 0);
	image_close(&image);
	free(again);
	CU_ASSERT_EQUAL(truncate(path, 10), 0);
	OK(device_insert_file(&other, "a", path));
	CU_ASSERT_EQUAL(other.slot.has, SLOT_MUTE);
	device_free(&other);
	/* Free gave the file back; and one too long for a card is mute, too. */
	CU_ASSERT_EQUAL(truncate(path, CARD_IMAGE_MAX + 1), 0);
	OK(device_insert_file(&b->dev, "a", path));
	CU_ASSERT_EQUAL(b->dev.slot.has, SLOT_MUTE);
	end(b);
}

static void
the_log_names_instructions_and_no_data(void)
{
	static const char *const want[] = { "driver connected", "card inserted", "power up",
		"SELECT 9000", "PIN entry begins", "PIN VERIFY 63C2", "PIN entry begins",
		"PIN entry ends 6401", "PIN entry refused 6404", "PIN entry begins",
		"cancelled by the host", "INS FF 6D00", "power down", "card removed", "driver gone",
		"unplugged", "plugged in" };
	struct bench *b;

	ready(&b);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "000000#");
	answered(b);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "123456x");
	answered(b);
	pin(b, PADLINK_PIN_VERIFY, 0xd6);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	send(b, PADLINK_CANCEL, "", 0);
	while (answered(b))
		;
	ask(b, PADLINK_TRANSMIT, "\0\xff\0\0", 4);
	power(b, PADLINK_POWER_DOWN);
	OK(device_remove(&b->dev));
	device_eof(&b->dev);
	OK(device_unplug(&b->dev));
	OK(device_plug(&b->dev));
	device_eof(&b->dev);
	CU_ASSERT_EQUAL(b->lines, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < b->lines; i++)
		CU_ASSERT_STRING_EQUAL(b->log[i], want[i]);
	end(b);
}

static void
answers_that_nobody_takes_stop_the_driver_not_the_pad(void)
{
	struct bench *b;
	uint8_t down = PADLINK_POWER_DOWN;
	int sent = 0;

	connected(&b);
	while (device_ready(&b->dev) && sent < 1000) {
		send(b, PADLINK_POWER, &down, 1);
		sent++;
	}
	CU_ASSERT_TRUE(sent < 1000);
	send(b, PADLINK_POWER, &down, 1);
	CU_ASSERT_FALSE(device_ready(&b->dev));
	while (receive(b) != 0)
		sent--;
	CU_ASSERT_EQUAL(sent, 0);
	CU_ASSERT_TRUE(device_ready(&b->dev));
	end(b);
}

static void
enter_pin(void *arg)
{
	press(arg, "#");
}

/* Where no card answers, no deeper call writes over what was left. */
static void
a_pin_leaves_nothing_on_the_stack(void)
{
	struct bench *b;

	ready(&b);
	pin(b, PADLINK_PIN_VERIFY, 0x20);
	press(b, "9753186420");
	slot_power_down(&b->dev.slot);
	CU_ASSERT_EQUAL(ownstack_keeps(enter_pin, b, "9753186420", 10), 0);
	CU_ASSERT_EQUAL(ownstack_keeps(enter_pin, b, "\11\7\5\3\1\10\6\4\2\0", 10), 0);
	end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(a_hello_tells_what_the_pad_is),
	SENTENCE(nothing_comes_before_hello),
	SENTENCE(malformed_requests_are_bad),
	SENTENCE(a_card_is_powered_reset_and_asked),
	SENTENCE(a_broken_image_is_a_mute_card),
	SENTENCE(comings_and_goings_are_told_by_their_count),
	SENTENCE(a_request_waits_for_its_key),
	SENTENCE(a_request_whose_time_is_over_is_not_in_the_way),
	SENTENCE(a_text_is_shown_and_answered_at_once),
	SENTENCE(what_a_card_answered_stays_nowhere_in_the_device),
	SENTENCE(a_device_that_is_done_with_is_all_zero),
	SENTENCE(a_card_that_is_pulled_is_wiped),
	SENTENCE(a_second_request_is_busy_and_cancel_gets_through),
	SENTENCE(the_first_operation_takes_the_idle_text_away),
	SENTENCE(a_pin_goes_to_the_card_and_its_status_word_comes_back),
	SENTENCE(a_changed_pin_is_the_cards_new_one),
	SENTENCE(an_entry_that_fails_never_reaches_the_card),
	SENTENCE(no_pin_is_asked_for_another_instruction),
	SENTENCE(no_pin_is_asked_without_a_powered_card),
	SENTENCE(a_pin_half_entered_is_wiped_by_whatever_ends_it),
	SENTENCE(a_prompt_outlives_the_card),
	SENTENCE(a_driver_that_goes_leaves_a_dark_pad_and_no_power),
	SENTENCE(an_unplugged_pad_is_deaf_and_keeps_its_card),
	SENTENCE(a_card_from_a_file_is_saved_there_and_locked),
	SENTENCE(the_log_names_instructions_and_no_data),
	SENTENCE(answers_that_nobody_takes_stop_the_driver_not_the_pad),
	SENTENCE(a_pin_leaves_nothing_on_the_stack),
};

SUITE("device", sentences)
