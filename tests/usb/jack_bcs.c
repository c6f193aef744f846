#include "tests/usb/jack_bcs.h"

#include <string.h>

#include "tests/usb/jack_run.h"

enum {
	CLA = 0x20,
	KERNEL = 0x00, ICC1 = 0x01, DISPLAY = 0x40, KEYPAD = 0x50,
	TAG_TEXT = 0x50, TAG_PIN = 0x52, TAG_TIME = 0x80,
};

void
jack_bcs_finish(struct jack_bcs *b, const void *p, size_t n, unsigned sw)
{
	if (n > 0)
		memmove(b->rsp, p, n);
	b->rsp[n] = (uint8_t)(sw >> 8);
	b->rsp[n + 1] = (uint8_t)sw;
	b->rsp_n = n + 2;
	b->next = NULL;
	b->look = NULL;
	b->at = 0;
	b->done = 1;
}

void
jack_bcs_finish_sw(struct jack_bcs *b, unsigned sw)
{
	jack_bcs_finish(b, NULL, 0, sw);
}

void
jack_bcs_ask(struct jack_bcs *b, uint8_t type, const uint8_t *body, size_t n,
    void (*next)(struct jack_bcs *))
{
	b->next = next;
	if (padside_ask(b->pad, type, body, n) != 0)
		jack_bcs_finish_sw(b, SW_CONDITIONS);
}

/* What the pad did not do, as a status word. */
unsigned
jack_bcs_why(const struct padside *pad)
{
	switch (pad->status) {
	case PADLINK_NO_CARD: return JACK_NO_CARD;
	case PADLINK_NOT_POWERED: return JACK_NO_POWER;
	case PADLINK_TIMEOUT: return JACK_TIME_OVER;
	case PADLINK_CANCELLED: return JACK_CANCELLED;
	case PADLINK_MUTE: return JACK_TIME_OVER;
	case PADLINK_BAD: return SW_DATA;
	default: return SW_CONDITIONS;
	}
}

int
jack_bcs_has_text(const struct jack_bcs *b)
{
	return (b->pad->hello.features & PADLINK_HAS_TEXT) != 0;
}

int
jack_bcs_card_in(const struct jack_bcs *b)
{
	return b->pad->hello.card.present;
}

/* Commands. ---------------------------------------------------------------------------------- */

enum { ANY = -1 };

static const struct {
	uint8_t cla, ins;
	int p1, p2;
	void (*run)(struct jack_bcs *, const struct jack_command *);
} commands[] = {
	{ CLA, 0x11, KERNEL, 0, jack_run_reset },
	{ CLA, 0x11, ICC1, ANY, jack_run_reset_card },
	{ CLA, 0x12, ICC1, ANY, jack_run_request },
	{ CLA, 0x13, ANY, ANY, jack_run_status },
	{ CLA, 0x15, ICC1, ANY, jack_run_eject },
	{ CLA, 0x16, KEYPAD, ANY, jack_run_input },
	{ CLA, 0x17, DISPLAY, 0, jack_run_output },
	{ CLA, 0x18, ICC1, 0, jack_run_pin },
	{ CLA, 0x19, ICC1, 0, jack_run_pin },
	{ 0x80, 0x60, ICC1, 0, jack_run_protocol },
};

/* 0, or a status word. */
static unsigned
get_objects(struct jack_bcs *b, struct jack_command *c)
{
	const uint8_t *p = c->data;
	size_t left = c->lc, n;

	b->has_seconds = 0;
	if (c->cla != CLA || left == 0)
		return 0;
	if (left == 1) {
		b->seconds = p[0];
		b->has_seconds = 1;
		return 0;
	}
	while (left >= 2) {
		n = p[1];
		if (n > left - 2)
			return SW_LENGTH;
		switch (p[0]) {
		case TAG_TIME:
			if (n != 1)
				return SW_LENGTH;
			b->seconds = p[2];
			b->has_seconds = 1;
			break;
		case TAG_TEXT:
			if (n > PADLINK_TEXT_MAX)
				return SW_LENGTH;
			c->text = p + 2;
			c->text_n = n;
			break;
		case TAG_PIN:
			c->pin = p + 2;
			c->pin_n = n;
			break;
		default:
			return SW_DATA;
		}
		p += 2 + n;
		left -= 2 + n;
	}
	return left == 0 ? 0 : SW_LENGTH;
}

/* 0, or a status word. */
static unsigned
decode(struct jack_bcs *b, const uint8_t *p, size_t n, struct jack_command *c)
{
	if (n < 4)
		return SW_LENGTH;
	*c = (struct jack_command){ .cla = p[0], .ins = p[1], .p1 = p[2], .p2 = p[3], .le = -1 };
	if (n == 5)
		c->le = p[4];
	else if (n > 5) {
		c->lc = p[4];
		c->data = p + 5;
		if (n == 5 + c->lc + 1)
			c->le = p[n - 1];
		else if (n != 5 + c->lc)
			return SW_LENGTH;
	}
	return get_objects(b, c);
}

void
jack_bcs_begin(struct jack_bcs *b, uint8_t nad, const uint8_t *p, size_t n)
{
	int known = 0;
	struct jack_command c;
	unsigned sw;

	b->nad = nad;
	b->done = 0;
	b->key = -1;
	if (nad == JACK_ICC) {
		jack_run_card(b, p, n);
		return;
	}
	if ((sw = decode(b, p, n, &c)) != 0) {
		jack_bcs_finish_sw(b, sw);
		return;
	}
	b->p2 = c.p2;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].cla != c.cla || commands[i].ins != c.ins)
			continue;
		known = 1;
		if ((commands[i].p1 == ANY || commands[i].p1 == c.p1) &&
		    (commands[i].p2 == ANY || commands[i].p2 == c.p2)) {
			commands[i].run(b, &c);
			return;
		}
	}
	jack_bcs_finish_sw(b, known ? JACK_BAD_P1P2 : c.cla == CLA ? SW_INS : SW_CLA);
}

/* Life. -------------------------------------------------------------------------------------- */

void
jack_bcs_init(struct jack_bcs *b, struct padside *pad)
{
	memset(b, 0, sizeof(*b));
	b->pad = pad;
	b->key = -1;
}

int
jack_bcs_ready(const struct jack_bcs *b)
{
	return b->next == NULL && !b->aborting && padside_ready(b->pad);
}

int
jack_bcs_done(struct jack_bcs *b)
{
	const int was = b->done;

	b->done = 0;
	return was;
}

/* The answers of both are awaited, so that the pad is free for the next command. */
static void
abort_ended(struct jack_bcs *b)
{
	b->next = NULL;
	b->aborting = 0;
	b->started = 0;
}

static void
abort_finishes(struct jack_bcs *b)
{
	jack_bcs_ask(b, PADLINK_PIN_FINISH, NULL, 0, abort_ended);
}

void
jack_bcs_tick(struct jack_bcs *b)
{
	void (*next)(struct jack_bcs *) = b->next;

	if (b->powered && b->changes != b->pad->hello.card.changes)
		b->powered = 0;
	if (b->aborting && next == NULL && padside_ready(b->pad))
		jack_bcs_ask(b, PADLINK_PIN_ABORT, NULL, 0, abort_finishes);
	else if (padside_answered(b->pad) && next != NULL)
		next(b);
	else if (b->look != NULL)
		b->look(b);
}

void
jack_bcs_abort(struct jack_bcs *b)
{
	padside_drop(b->pad);
	b->aborting = b->started;
	b->next = NULL;
	b->look = NULL;
	b->at = 0;
	b->done = 0;
	b->key = -1;
}
