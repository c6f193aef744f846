#include <stdlib.h>
#include <string.h>

#include "simulator/device.h"
#include "tests/unit/deck.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { RUN_MAX = 512 };

/* A device, what its driver has asked and was answered, and a clock. */
struct scene {
	struct device dev;
	uint64_t now;
	uint32_t asked;
	uint32_t open, waits;	/* requests that are not answered: the last one, one before it */
};

static void
check(int good)
{
	if (!good)
		abort();
}

static int
is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n > 0)
		if (b[--n] != 0)
			return 0;
	return 1;
}

/* Takes what the device says: whole messages, one answer to each request. */
static void
drain(struct scene *s)
{
	struct padlink_msg m;
	const uint8_t *p, *rest;
	uint8_t status;
	size_t n, rest_n;
	int r;

	while (p = device_output(&s->dev, &n), n > 0) {
		check((r = padlink_frame(p, n, &m)) > 0);
		if (m.type != PADLINK_CARD || m.number != 0) {
			check(m.number != 0 && (m.number == s->open || m.number == s->waits));
			*(m.number == s->open ? &s->open : &s->waits) = 0;
			check(m.n > 0 && m.body[0] <= PADLINK_NOT_OFFERED);
			check(m.type == PADLINK_HELLO || m.body[0] != PADLINK_OK ||
			    padlink_get_answer(m.body, m.n, m.type, &status, &rest, &rest_n) == 0);
		}
		device_sent(&s->dev, (size_t)r);
	}
}

/* What has to be so at any moment. */
static void
look(struct scene *s)
{
	static const char *const prompts[] = { "Enter PIN", "Enter PUK", "Enter old PIN",
		"Enter new PIN", "Repeat new PIN" };
	const struct device *d = &s->dev;
	const struct entry *e = &d->pad.entry;
	int known = 0, secure = pad_secure(&d->pad);

	for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++)
		known |= strcmp(d->pad.lcd.now.line[0], prompts[i]) == 0;
	check((s->waits != 0) == (d->running != 0) && (s->waits == 0 || s->waits == d->number));
	check(secure == (d->running == PADLINK_PIN || d->started == DEVICE_PIN_RUNS));
	/* The lock sign is never beside a text of the host's, digits never without it. */
	check(!secure || known);
	check(secure || (is_zero(&e->now, sizeof(e->now)) && is_zero(&e->old, sizeof(e->old)) &&
	    is_zero(&e->pin, sizeof(e->pin))));
	check(!secure || (d->slot.has == SLOT_CARD && d->slot.powered));
	check(d->running == 0 || d->running == PADLINK_PIN || d->running == PADLINK_INPUT ||
	    (d->running == PADLINK_PIN_FINISH && d->started == DEVICE_PIN_RUNS));
	check(d->plugged || (d->running == 0 && d->started == DEVICE_PIN_NONE && !d->driver));
	check(d->pad.presses.n <= PRESSES_MAX && d->pad.queued <= PAD_QUEUE);
	check((device_deadline(d) > s->now) || !d->plugged);
}

static void
message(struct scene *s, uint8_t type, const uint8_t *p, size_t n)
{
	struct padlink_msg m = { .type = type, .number = s->asked + 1, .body = p, .n = n };

	if (!device_ready(&s->dev))
		return;
	s->asked++;
	/* CANCEL alone has no answer; another is answered or runs. */
	s->open = type == PADLINK_CANCEL ? 0 : s->asked;
	device_message(&s->dev, &m, s->now);
	drain(s);
	if (s->open != 0) {
		check(s->waits == 0);
		s->waits = s->open;
		s->open = 0;
	}
}

static void
nobody_asks(struct scene *s)
{
	s->open = s->waits = 0;
}

/* A PIN entry that the device can take, most of the time. */
static void
ask_pin(struct scene *s, struct rd *rd)
{
	const uint8_t type = rd_u8(rd) % 2 != 0 ? PADLINK_PIN : PADLINK_PIN_START, how = rd_u8(rd);
	struct padlink_pin v = { .kind = how & 1, .first_s = 2, .next_s = 1, .format = PADLINK_ASCII,
		.min = 2, .max = 2 + (how >> 6), .end = how >> 3 & 7, .n = 4,
		.apdu = { 0, (how & 1) != 0 ? how & 0x20 ? 0x2c : 0x24 : 0x20, 0, 0x81 } };
	uint8_t body[64];
	struct wr wr;

	if (v.kind == PADLINK_PIN_MODIFY)
		v.confirm = how >> 1 & 3;
	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &v);
	message(s, type, body, wr.n);
}

static int
save(void *arg, const uint8_t *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static void
act(struct scene *s, struct rd *rd, const struct deck *deck)
{
	static const uint8_t keys[] = { '1', '2', '3', PADLINK_KEY_OK, PADLINK_KEY_CLEAR,
		PADLINK_KEY_CANCEL, PADLINK_KEY_OK, '1' };
	const uint8_t what = rd_u8(rd);
	size_t n;

	switch (what % 16) {
	case 0: case 1: case 2: case 3:
		device_key(&s->dev, keys[(what >> 4) % sizeof(keys)], s->now);
		break;
	case 4:
		s->now += 100 * (uint64_t)(what >> 4);
		device_tick(&s->dev, s->now);
		break;
	case 5:
		if (device_deadline(&s->dev) != UINT64_MAX)
			s->now = device_deadline(&s->dev);
		device_tick(&s->dev, s->now);
		break;
	case 6:
		device_insert(&s->dev, "a", deck->disk, deck->n, (struct card_store){ save, NULL });
		break;
	case 7:
		device_remove(&s->dev);
		break;
	case 8:
		device_unplug(&s->dev);
		nobody_asks(s);
		break;
	case 9:
		device_plug(&s->dev);
		message(s, PADLINK_HELLO, (const uint8_t *)"\0\2", 2);
		break;
	case 10:
		if (what >> 4 == 0) {
			device_eof(&s->dev);
			nobody_asks(s);
		} else
			message(s, PADLINK_CANCEL, NULL, 0);
		break;
	case 11:
		ask_pin(s, rd);
		break;
	case 12:
		message(s, PADLINK_POWER, (const uint8_t[]){ 1 + (what >> 4) % 3 }, 1);
		break;
	case 13:
		message(s, 9 + (what >> 4) % 4, NULL, 0);
		break;
	default:
		n = what >> 4;
		if (n > rd->n)
			n = rd->n;
		message(s, (uint8_t)(what % 16 == 14 ? 5 + n % 2 : n), rd_view(rd, n), n);
	}
	drain(s);
	/* Time that has come is no state of its own. */
	device_tick(&s->dev, s->now);
	drain(s);
	look(s);
}

/* What people, a clock and a driver may do, in any order. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct deck deck;
	static struct scene s;
	struct rd rd;

	if (deck.n == 0)
		deck_new(&deck);
	device_init(&s.dev, NULL, NULL);
	s.now = s.asked = 0;
	nobody_asks(&s);
	rd_init(&rd, p, n);
	if (n > 0 && p[0] % 2 == 0)
		device_offer(&s.dev, rd_u8(&rd) >> 1 & 7);
	message(&s, PADLINK_HELLO, (const uint8_t *)"\0\2", 2);
	for (int i = 0; i < RUN_MAX && rd.n > 0; i++)
		act(&s, &rd, &deck);
	device_free(&s.dev);
	check(pad_end(&s.dev.pad) == PAD_NOTHING && is_zero(&s.dev.pad.entry, sizeof(struct entry)));
	return 0;
}
