#include "tests/usb/ccid.h"

#include <openssl/crypto.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/usb/ccid_pin.h"

/* Messages, USB CCID 1.1 6.1 to 6.3. */
enum {
	SET_PARAMETERS = 0x61, POWER_ON = 0x62, POWER_OFF = 0x63, GET_SLOT_STATUS = 0x65,
	SECURE = 0x69, GET_PARAMETERS = 0x6c, RESET_PARAMETERS = 0x6d, XFR_BLOCK = 0x6f,
	DATA_BLOCK = 0x80, SLOT_STATUS = 0x81, PARAMETERS = 0x82,
	NOTIFY_SLOT_CHANGE = 0x50,
};

/* bStatus: of the card, and of the command. */
enum {
	ICC_ACTIVE = 0, ICC_INACTIVE = 1, ICC_NONE = 2,
	COMMAND_FAILED = 0x40, COMMAND_EXTENDED = 0x80,
};

/* bError. Others are the first byte of a message that is wrong. */
enum {
	BAD_COMMAND = 0, BAD_LENGTH = 1, BAD_SLOT = 5, BAD_PROTOCOL = 7, BAD_LEVEL = 8,
	ICC_MUTE = 0xfe, HARDWARE_ERROR = 0xfb, PIN_CANCELLED = 0xef,
	PIN_TIMEOUT = 0xf0, SLOT_BUSY = 0xe0,
};

/* wLevelParameter and bChainParameter: which part of an APDU this is. */
enum { WHOLE = 0, BEGINS = 1, ENDS = 2, GOES_ON = 3, GO_ON = 0x10 };

/* What a command comes to, beside a bError. */
enum { DONE = 0x100, WAITS = 0x101 };

enum { SW_TIMEOUT = 0x6400, SW_CANCELLED = 0x6401, T1 = 1 };

static const uint8_t t1_defaults[7] = { 0x11, 0x10, 0x00, 0x4d, 0x00, 0xfe, 0x00 };

static void
put_le(uint8_t *p, size_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static size_t
get_le(const uint8_t *p, size_t n)
{
	size_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (size_t)p[i] << 8 * i;
	return v;
}

static uint8_t
card_status(const struct ccid *c)
{
	if (!c->pad.hello.card.present)
		return ICC_NONE;
	return c->powered ? ICC_ACTIVE : ICC_INACTIVE;
}

/* last: bChainParameter, bClockStatus or bProtocolNum. p may be NULL for n zero. */
static void
say(struct ccid *c, uint8_t type, uint8_t status, uint8_t error, uint8_t last, const uint8_t *p,
    size_t n)
{
	uint8_t *m = c->message;

	m[0] = type;
	put_le(m + 1, n, 4);
	m[5] = 0;	/* bSlot */
	m[6] = c->sequence;
	m[7] = (uint8_t)(card_status(c) | status);
	m[8] = error;
	m[9] = last;
	if (n > 0)
		memcpy(m + CCID_HEAD, p, n);
	c->message_n = CCID_HEAD + n;
	c->message_at = 0;
	c->empty = c->message_n % USB_PACKET == 0;
}

/* The next part of the response, as much as a message holds. */
static void
say_response(struct ccid *c)
{
	const int first = c->response_at == 0;
	const uint8_t *p = c->response + c->response_at;
	size_t n = c->response_n - c->response_at;
	int last = 1;

	if (n > CCID_MESSAGE_MAX - CCID_HEAD) {
		n = CCID_MESSAGE_MAX - CCID_HEAD;
		last = 0;
	}
	c->response_at += n;
	say(c, DATA_BLOCK, 0, 0, last ? first ? WHOLE : ENDS : first ? BEGINS : GOES_ON, p, n);
	if (last)
		c->response_n = c->response_at = 0;
}

static int
ask(struct ccid *c, uint8_t type, const void *p, size_t n)
{
	const int r = padside_ask(&c->pad, type, p, n);

	if (r != 0)
		return r == ERR_BUSY ? SLOT_BUSY : HARDWARE_ERROR;
	c->extend_at = usb_now_ms() + CCID_EXTEND_MS;
	return WAITS;
}

static int
power(struct ccid *c, uint8_t action)
{
	return ask(c, PADLINK_POWER, &action, 1);
}

static int
power_on(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	(void)p;
	(void)level;
	memcpy(c->parameters, t1_defaults, sizeof(c->parameters));
	return n != 0 ? BAD_LENGTH : power(c, PADLINK_POWER_UP);
}

static int
power_off(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	(void)p;
	(void)level;
	c->powered = 0;
	return n != 0 ? BAD_LENGTH : power(c, PADLINK_POWER_DOWN);
}

static int
slot_status(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	(void)p;
	(void)level;
	if (n != 0)
		return BAD_LENGTH;
	say(c, SLOT_STATUS, 0, 0, 0, NULL, 0);
	return DONE;
}

static int
xfr_block(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	int r;

	if (!c->powered)
		return ICC_MUTE;
	if (level == GO_ON) {
		if (n != 0 || c->response_n == 0)
			return BAD_LEVEL;
		say_response(c);
		return DONE;
	}
	if (level == WHOLE || level == BEGINS)
		c->command_n = 0;
	else if ((level != ENDS && level != GOES_ON) || c->command_n == 0)
		return BAD_LEVEL;
	if (n == 0 || n > sizeof(c->command) - c->command_n)
		return BAD_LENGTH;
	memcpy(c->command + c->command_n, p, n);
	c->command_n += n;
	c->response_n = c->response_at = 0;
	if (level == BEGINS || level == GOES_ON) {
		say(c, DATA_BLOCK, 0, 0, GO_ON, NULL, 0);
		return DONE;
	}
	r = ask(c, PADLINK_TRANSMIT, c->command, c->command_n);
	OPENSSL_cleanse(c->command, c->command_n);
	c->command_n = 0;
	return r;
}

static int
secure(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	uint8_t body[PADLINK_BODY_MAX], bad;
	struct padlink_pin pin;
	struct wr wr;

	if (level != WHOLE)
		return BAD_LEVEL;
	if (!c->powered)
		return ICC_MUTE;
	if (ccid_pin_get(p, n, &pin, &bad) != 0)
		return bad;
	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &pin);
	return wr_end(&wr) != 0 ? BAD_LENGTH : ask(c, PADLINK_PIN, body, wr.n);
}

static void
say_parameters(struct ccid *c)
{
	say(c, PARAMETERS, 0, 0, T1, c->parameters, sizeof(c->parameters));
}

static int
get_parameters(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	(void)p;
	(void)level;
	if (n != 0)
		return BAD_LENGTH;
	say_parameters(c);
	return DONE;
}

static int
reset_parameters(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	memcpy(c->parameters, t1_defaults, sizeof(c->parameters));
	return get_parameters(c, p, n, level);
}

/* Its cards speak T=1. The low byte of `level` is bProtocolNum. */
static int
set_parameters(struct ccid *c, const uint8_t *p, size_t n, size_t level)
{
	if ((level & 0xff) != T1)
		return BAD_PROTOCOL;
	if (n != sizeof(c->parameters))
		return BAD_LENGTH;
	memcpy(c->parameters, p, n);
	say_parameters(c);
	return DONE;
}

static const struct command {
	uint8_t type, answer;
	int (*run)(struct ccid *, const uint8_t *, size_t n, size_t level);
} commands[] = {
	{ POWER_ON, DATA_BLOCK, power_on },
	{ POWER_OFF, SLOT_STATUS, power_off },
	{ GET_SLOT_STATUS, SLOT_STATUS, slot_status },
	{ XFR_BLOCK, DATA_BLOCK, xfr_block },
	{ SECURE, DATA_BLOCK, secure },
	{ GET_PARAMETERS, PARAMETERS, get_parameters },
	{ SET_PARAMETERS, PARAMETERS, set_parameters },
	{ RESET_PARAMETERS, PARAMETERS, reset_parameters },
	{ 0, SLOT_STATUS, NULL },	/* any other is refused */
};

static const struct command *
command_of(uint8_t type)
{
	size_t i = 0;

	while (commands[i].type != 0 && commands[i].type != type)
		i++;
	return &commands[i];
}

static void
fail(struct ccid *c, uint8_t type, int error)
{
	say(c, command_of(type)->answer, COMMAND_FAILED, (uint8_t)error, 0, NULL, 0);
}

/* One transfer is one message. */
static int
out(void *arg, uint8_t endpoint, const uint8_t *p, size_t n)
{
	struct ccid *c = arg;
	const struct command *command;
	int r;

	if (endpoint != CCID_OUT || n < CCID_HEAD)
		return USB_STALL;
	if (c->message_n > 0 || c->running != 0)
		return USB_NAK;		/* bMaxCCIDBusySlots: one command at a time */
	c->sequence = p[6];
	command = command_of(p[0]);
	if (get_le(p + 1, 4) != n - CCID_HEAD || n > CCID_MESSAGE_MAX)
		r = BAD_LENGTH;
	else if (p[5] != 0)
		r = BAD_SLOT;
	else if (command->run == NULL)
		r = BAD_COMMAND;
	else
		r = command->run(c, p + CCID_HEAD, n - CCID_HEAD,
		    p[0] == SET_PARAMETERS ? p[7] : get_le(p + 8, 2));
	if (r == WAITS)
		c->running = p[0];
	else if (r != DONE)
		fail(c, p[0], r);
	return 0;
}

static int
in(void *arg, uint8_t endpoint, uint8_t *packet)
{
	struct ccid *c = arg;
	size_t n = c->message_n - c->message_at;

	if (endpoint == CCID_EVENT && c->event) {
		c->event = 0;
		packet[0] = NOTIFY_SLOT_CHANGE;
		packet[1] = (uint8_t)(2 | (c->pad.hello.card.present ? 1 : 0));
		return 2;
	}
	if (endpoint != CCID_IN || (n == 0 && !c->empty))
		return USB_NAK;
	if (n > USB_PACKET)
		n = USB_PACKET;
	memcpy(packet, c->message + c->message_at, n);
	c->message_at += n;
	if (n == 0)
		c->empty = 0;
	if (c->message_at == c->message_n && !c->empty)
		c->message_n = c->message_at = 0;
	return (int)n;
}

/* What the pad says of a request that it did not do. */
static const struct {
	uint8_t status, error;
} refusals[] = {
	{ PADLINK_NO_CARD, ICC_MUTE },
	{ PADLINK_NOT_POWERED, ICC_MUTE },
	{ PADLINK_MUTE, ICC_MUTE },
	{ PADLINK_BUSY, SLOT_BUSY },
	{ PADLINK_NOT_OFFERED, BAD_COMMAND },
};

static int
error_of(uint8_t status)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == status)
			return refusals[i].error;
	return HARDWARE_ERROR;
}

static void
answered(struct ccid *c)
{
	const uint8_t type = c->running, *p = c->pad.answer;
	const size_t n = c->pad.answer_n;
	size_t sw;

	c->running = 0;
	if (c->pad.status != PADLINK_OK) {
		fail(c, type, error_of(c->pad.status));
		return;
	}
	if (type == POWER_OFF) {
		say(c, SLOT_STATUS, 0, 0, 0, NULL, 0);
		return;
	}
	if (type == POWER_ON)
		c->powered = 1;
	sw = type == SECURE && n == 2 ? (size_t)p[0] << 8 | p[1] : 0;
	if (sw == SW_TIMEOUT || sw == SW_CANCELLED) {
		fail(c, type, sw == SW_TIMEOUT ? PIN_TIMEOUT : PIN_CANCELLED);
		return;
	}
	memcpy(c->response, p, n);
	c->response_n = n;
	c->response_at = 0;
	say_response(c);
}

static void
tick(void *arg)
{
	struct ccid *c = arg;

	padside_tick(&c->pad);
	if (c->pad.hello.card.changes != c->changes) {
		c->changes = c->pad.hello.card.changes;
		c->powered = 0;
		c->event = 1;
	}
	if (c->running == 0 || c->message_n > 0)
		return;
	if (padside_answered(&c->pad)) {
		answered(c);
	} else if (usb_now_ms() >= c->extend_at) {
		/* 6.2.1: bError is a multiplier of the card's waiting time. */
		say(c, command_of(c->running)->answer, COMMAND_EXTENDED, 1, 0, NULL, 0);
		c->extend_at = usb_now_ms() + CCID_EXTEND_MS;
	}
}

static size_t
fds(void *arg, int *p, size_t max, int *timeout_ms)
{
	struct ccid *c = arg;

	if (max == 0)
		return 0;
	if (c->running != 0 && c->message_n == 0)
		usb_timeout(timeout_ms, c->extend_at);
	p[0] = padside_fd(&c->pad, timeout_ms);
	return p[0] >= 0 ? 1 : 0;
}

static void
reset(void *arg)
{
	struct ccid *c = arg;

	c->message_n = c->message_at = 0;
	c->empty = 0;
	c->command_n = c->response_n = c->response_at = 0;
	if (c->running != 0)
		padside_drop(&c->pad);
	c->running = 0;
	c->event = c->pad.hello.card.present != 0;
}

static int
plugged(void *arg)
{
	const struct ccid *c = arg;

	return c->pad.linked;
}

void
ccid_init(struct ccid *c, const char *pad)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->parameters, t1_defaults, sizeof(c->parameters));
	c->usb = (struct usb_function){
		.arg = c,
		.device = ccid_device,
		.config = ccid_config,
		.config_n = sizeof(ccid_config),
		.strings = ccid_strings,
		.out = out,
		.in = in,
		.reset = reset,
		.fds = fds,
		.tick = tick,
		.plugged = plugged,
	};
	padside_init(&c->pad, pad);
}

void
ccid_close(struct ccid *c)
{
	padside_close(&c->pad);
}
