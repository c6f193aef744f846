#include "tests/unit/device_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

static void
log_line(void *arg, const char *line)
{
	struct bench *b = arg;

	if (b->lines < BENCH_LINES)
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

int
bench_insert(struct bench *b)
{
	return device_insert(&b->dev, "a", b->deck.disk, b->deck.n, (struct card_store){ save, b });
}

void
bench_send(struct bench *b, uint8_t type, const void *body, size_t n)
{
	struct padlink_msg m = { .type = type, .number = ++b->number, .body = body, .n = n };

	device_message(&b->dev, &m, b->now);
}

uint8_t
bench_receive(struct bench *b)
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

int
bench_answered(struct bench *b)
{
	uint8_t type = bench_receive(b);

	while (type == PADLINK_CARD)
		type = bench_receive(b);
	if (type == 0)
		return 0;
	if (padlink_get_answer(b->got.body, b->got.n, type, &b->status, &b->rest, &b->rest_n) != 0)
		abort();
	return 1;
}

uint8_t
bench_ask(struct bench *b, uint8_t type, const void *body, size_t n)
{
	bench_send(b, type, body, n);
	if (!bench_answered(b) || b->got.number != b->number || b->got.type != type)
		abort();
	return b->status;
}

uint8_t
bench_power(struct bench *b, uint8_t action)
{
	return bench_ask(b, PADLINK_POWER, &action, 1);
}

void
bench_start(struct bench **b)
{
	*b = calloc(1, sizeof(**b));
	CU_ASSERT_PTR_NOT_NULL_FATAL(*b);
	deck_new(&(*b)->deck);
	memset(&(*b)->dev, 0xa5, sizeof((*b)->dev));
	device_init(&(*b)->dev, log_line, *b);
}

void
bench_connected(struct bench **b)
{
	bench_start(b);
	CU_ASSERT_EQUAL(bench_ask(*b, PADLINK_HELLO, "\0\2", 2), PADLINK_OK);
}

void
bench_ready(struct bench **b)
{
	bench_connected(b);
	OK(bench_insert(*b));
	CU_ASSERT_EQUAL(bench_power(*b, PADLINK_POWER_UP), PADLINK_OK);
	CU_ASSERT_EQUAL(bench_ask(*b, PADLINK_TRANSMIT, "\x00\xa4\x04\x0c\x0a" AID_SHARE,
	    5 + AID_LEN), PADLINK_OK);
	SAME((*b)->rest, "\x90\x00", 2);
}

void
bench_end(struct bench *b)
{
	device_free(&b->dev);
	free(b);
}

void
bench_input(struct bench *b, const char *text)
{
	struct padlink_input i = { .seconds = 2, .n = (uint8_t)strlen(text),
		.take = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL };
	uint8_t body[PADLINK_TEXT_MAX + 8];
	struct wr wr;

	memcpy(i.text, text, i.n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_input(&wr, &i);
	bench_send(b, PADLINK_INPUT, body, wr.n);
}

static void
send_pin(struct bench *b, uint8_t type, uint8_t kind, uint8_t ins)
{
	struct padlink_pin v = { .kind = kind, .first_s = 30, .next_s = 10, .format = PADLINK_ASCII,
		.min = 6, .max = 16, .confirm = kind == PADLINK_PIN_MODIFY ? 3 : 0,
		.end = PADLINK_END_OK, .n = 4, .apdu = { 0, ins, 0, PIN_REF } };
	uint8_t body[64];
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &v);
	bench_send(b, type, body, wr.n);
}

void
bench_pin(struct bench *b, uint8_t kind, uint8_t ins)
{
	send_pin(b, PADLINK_PIN, kind, ins);
}

void
bench_pin_start(struct bench *b, uint8_t kind, uint8_t ins)
{
	send_pin(b, PADLINK_PIN_START, kind, ins);
}

void
bench_press(struct bench *b, const char *keys)
{
	for (; *keys != '\0'; keys++)
		device_key(&b->dev, *keys == '#' ? PADLINK_KEY_OK : *keys == 'x' ?
		    PADLINK_KEY_CANCEL : *keys == 'c' ? PADLINK_KEY_CLEAR : (uint8_t)*keys,
		    b->now);
}

unsigned
bench_sw(const struct bench *b)
{
	return b->rest_n >= 2 ?
	    (unsigned)(b->rest[b->rest_n - 2] << 8 | b->rest[b->rest_n - 1]) : 0;
}

int
bench_holds(const void *hay, size_t n, const void *needle, size_t m)
{
	return memmem(hay, n, needle, m) != NULL;
}

int
bench_is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return 0;
	return 1;
}
