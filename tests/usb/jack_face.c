#include "tests/usb/jack_run.h"

#include <string.h>

#include "tests/usb/jack_link.h"
#include "tests/usb/jack_pin.h"

enum {
	ICC1 = 0x01, DISPLAY = 0x40, KEYPAD = 0x50,
	TAG_MAKER = 0x46, TAG_UNITS = 0x81, STATUS_ICC = 0x80,
	DEFAULT_S = 15, NEXT_S = 5,
	LOOK_MS = 20,
	RAW = 0x10, RAW_CANCEL = 10, RAW_OK = 11, RAW_CLEAR = 12,
};

/* Display and keys. -------------------------------------------------------------------------- */

static void
told(struct jack_bcs *b)
{
	jack_bcs_finish_sw(b, b->pad->status == PADLINK_OK ? JACK_OK : jack_bcs_why(b->pad));
}

static void
show(struct jack_bcs *b, const uint8_t *text, size_t n, uint8_t seconds)
{
	struct padlink_output out = { .seconds = seconds, .n = (uint8_t)n };
	uint8_t body[sizeof(out) + 8];
	struct wr wr;

	if (n > 0)
		memcpy(out.text, text, n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_output(&wr, &out);
	b->shown = n > 0;
	jack_bcs_ask(b, PADLINK_OUTPUT, body, wr.n, told);
}

static void
reset_display(struct jack_bcs *b)
{
	if (b->shown && jack_bcs_has_text(b))
		show(b, NULL, 0, 0);
	else
		jack_bcs_finish_sw(b, JACK_OK);
}

void
jack_run_reset(struct jack_bcs *b, const struct jack_command *c)
{
	(void)c;
	jack_bcs_power(b, PADLINK_POWER_DOWN, reset_display);
}

void
jack_run_status(struct jack_bcs *b, const struct jack_command *c)
{
	static const uint8_t maker[] = "\x46\x0f" "DESCTECOM 00100";
	uint8_t units[] = { TAG_UNITS, 3, ICC1, DISPLAY, KEYPAD };
	uint8_t state[] = { STATUS_ICC, 1, 0 };

	switch (c->p2) {
	case TAG_MAKER:
		jack_bcs_finish(b, maker, sizeof(maker) - 1, JACK_OK);
		return;
	case STATUS_ICC:
		state[2] = !jack_bcs_card_in(b) ? 0x00 : b->powered ? 0x05 : 0x03;
		jack_bcs_finish(b, state, sizeof(state), JACK_OK);
		return;
	case TAG_UNITS:
		if (!jack_bcs_has_text(b))
			units[1] = 1;
		jack_bcs_finish(b, units, 2u + units[1], JACK_OK);
		return;
	default:
		jack_bcs_finish_sw(b, JACK_BAD_P1P2);
	}
}

void
jack_run_output(struct jack_bcs *b, const struct jack_command *c)
{
	if (!jack_bcs_has_text(b))
		jack_bcs_finish_sw(b, SW_CONDITIONS);
	else if (c->lc == 0 || c->le >= 0)
		jack_bcs_finish_sw(b, SW_LENGTH);
	else if (c->text_n == 0)
		jack_bcs_finish_sw(b, JACK_NO_TEXT);
	else
		show(b, c->text, c->text_n, b->has_seconds ? b->seconds : 0);
}

int
jack_bcs_input(struct jack_bcs *b, const struct padlink_input *in, void (*next)(struct jack_bcs *))
{
	uint8_t body[sizeof(*in) + 8];
	struct wr wr;

	wr_init(&wr, body, sizeof(body));
	padlink_put_input(&wr, in);
	if (wr_end(&wr) != 0)
		return 0;
	b->shown = 1;
	jack_bcs_ask(b, PADLINK_INPUT, body, wr.n, next);
	return 1;
}

static void
key_came(struct jack_bcs *b)
{
	static const uint8_t raw[][2] = {
		{ PADLINK_KEY_CANCEL, RAW_CANCEL }, { PADLINK_KEY_OK, RAW_OK },
		{ PADLINK_KEY_CLEAR, RAW_CLEAR },
	};
	uint8_t *keys = b->pad->answer;
	const size_t n = b->pad->answer_n;

	if (b->pad->status != PADLINK_OK) {
		jack_bcs_finish_sw(b, jack_bcs_why(b->pad));
		return;
	}
	if ((b->p2 & RAW) != 0) {
		for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
			if (keys[0] == raw[i][0])
				keys[0] = raw[i][1];
		if (keys[0] >= '0')
			keys[0] = (uint8_t)(keys[0] - '0');
	} else if (n == 1 && keys[0] == PADLINK_KEY_CANCEL) {
		jack_bcs_finish_sw(b, JACK_CANCELLED);
		return;
	}
	jack_bcs_finish(b, keys, n, JACK_OK);
}

void
jack_run_input(struct jack_bcs *b, const struct jack_command *c)
{
	static const uint8_t modes[] = {
		PADLINK_LINE_BLANK, PADLINK_LINE_CLEAR, PADLINK_LINE_STARS,
	};
	struct padlink_input in = {
		.seconds = b->has_seconds ? b->seconds : DEFAULT_S,
		.take = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL |
		    PADLINK_TAKE_CLEAR,
		.n = (uint8_t)c->text_n,
	};
	const int le = c->le == 0 ? APDU_NE_SHORT : c->le;

	if (!jack_bcs_has_text(b)) {
		jack_bcs_finish_sw(b, SW_CONDITIONS);
		return;
	}
	if ((c->p2 & 0x0f) > 2 || (c->p2 & 0xf0) > RAW || in.seconds == 0) {
		jack_bcs_finish_sw(b, JACK_BAD_P1P2);
		return;
	}
	if (c->le < 0 || ((c->p2 & RAW) != 0 && le != 1)) {
		jack_bcs_finish_sw(b, SW_LENGTH);
		return;
	}
	if (c->text_n > 0)
		memcpy(in.text, c->text, c->text_n);
	if ((c->p2 & RAW) == 0) {
		in.mode = modes[c->p2];
		in.next_s = NEXT_S;
		in.max = (uint8_t)(le < PADLINK_LINE_MAX ? le : PADLINK_LINE_MAX);
	}
	if (!jack_bcs_input(b, &in, key_came))
		jack_bcs_finish_sw(b, SW_DATA);
}

/* PINs. -------------------------------------------------------------------------------------- */

static void
pin_ended(struct jack_bcs *b)
{
	b->started = 0;
	if (b->pad->status == PADLINK_OK && b->pad->answer_n == 2)
		jack_bcs_finish_sw(b, (unsigned)b->pad->answer[0] << 8 | b->pad->answer[1]);
	else
		jack_bcs_finish_sw(b, jack_bcs_why(b->pad));
}

static void look_for_key(struct jack_bcs *);

/* The pad tells what was pressed; the entry goes on until its last OK, or what else ends it. */
static void
key_told(struct jack_bcs *b)
{
	const uint8_t key = b->pad->answer_n == 1 ? b->pad->answer[0] : PADLINK_PRESSED_ABORTED;

	switch (b->pad->status == PADLINK_OK ? key : PADLINK_PRESSED_ABORTED) {
	case PADLINK_PRESSED_DIGIT:
		b->key = JACK_S_KEY;
		break;
	case PADLINK_PRESSED_CLEARED:
		b->key = JACK_S_KEY_OTHER;
		break;
	case PADLINK_PRESSED_OK:
		b->key = JACK_S_KEY_OTHER;
		if (--b->entries > 0)
			break;
		jack_bcs_ask(b, PADLINK_PIN_FINISH, NULL, 0, pin_ended);
		return;
	case PADLINK_PRESSED_NONE:
		break;
	default:
		jack_bcs_ask(b, PADLINK_PIN_FINISH, NULL, 0, pin_ended);
		return;
	}
	b->look = look_for_key;
	b->at = usb_now_ms() + LOOK_MS;
}

static void
look_for_key(struct jack_bcs *b)
{
	if (usb_now_ms() < b->at || !padside_ready(b->pad))
		return;
	b->look = NULL;
	b->at = 0;
	jack_bcs_ask(b, PADLINK_PIN_KEY, NULL, 0, key_told);
}

static void
pin_started(struct jack_bcs *b)
{
	if (b->pad->status != PADLINK_OK) {
		b->started = 0;
		jack_bcs_finish_sw(b, jack_bcs_why(b->pad));
		return;
	}
	b->look = look_for_key;
	b->at = usb_now_ms() + LOOK_MS;
}

void
jack_run_pin(struct jack_bcs *b, const struct jack_command *c)
{
	uint8_t body[sizeof(struct padlink_pin) + 8];
	struct padlink_pin pin;
	struct wr wr;

	if (c->pin == NULL || jack_pin(c->ins, c->pin, c->pin_n, &pin) != 0) {
		jack_bcs_finish_sw(b, SW_DATA);
		return;
	}
	if (!jack_bcs_card_in(b) || !b->powered) {
		jack_bcs_finish_sw(b, jack_bcs_card_in(b) ? JACK_NO_POWER : JACK_NO_CARD);
		return;
	}
	if (b->has_seconds)
		pin.first_s = b->seconds;
	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &pin);
	b->shown = 1;
	b->entries = 1 + ((pin.confirm & PADLINK_CONFIRM_NEW) != 0) +
	    ((pin.confirm & PADLINK_ASK_OLD) != 0);
	/* In steps, where the pad can: the host is told of keys. */
	if ((b->pad->hello.features & PADLINK_HAS_START) != 0) {
		b->started = 1;
		jack_bcs_ask(b, PADLINK_PIN_START, body, wr.n, pin_started);
	} else if ((b->pad->hello.features & PADLINK_HAS_DIRECT) != 0)
		jack_bcs_ask(b, PADLINK_PIN, body, wr.n, pin_ended);
	else
		jack_bcs_finish_sw(b, SW_INS);
}
