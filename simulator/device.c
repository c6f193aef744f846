#include "simulator/device.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/trace.h"

static void
say(const struct device *d, const char *line)
{
	if (d->log != NULL)
		d->log(d->arg, line);
}

static void
put_message(struct device *d, uint8_t type, uint32_t number, const uint8_t *body, size_t n)
{
	struct wr wr;

	wr_init(&wr, d->out + d->out_n, sizeof(d->out) - d->out_n);
	padlink_put(&wr, type, number, body, n);
	if (wr_end(&wr) == 0)
		d->out_n += wr.n;
}

static void
answer(struct device *d, uint8_t type, uint32_t number, uint8_t status, const uint8_t *p, size_t n)
{
	struct wr wr;

	wr_init(&wr, d->body, sizeof(d->body));
	padlink_put_answer(&wr, status, p, n);
	put_message(d, type, number, d->body, wr.n);
	OPENSSL_cleanse(d->body, wr.n);
	OPENSSL_cleanse(d->body, wr.n);
}

/* The request that waited for a person is over. */
static void
finish(struct device *d, uint8_t status, const uint8_t *p, size_t n)
{
	uint8_t type = d->running;

	d->running = 0;
	answer(d, type, d->number, status, p, n);
}

/* Several comings and goings are one message: its counter tells. */
static void
tell_card(struct device *d)
{
	uint8_t body[8];
	struct wr wr;

	if (!d->card_due || !d->driver || sizeof(d->out) - d->out_n < PADLINK_HEAD + sizeof(body))
		return;
	d->card_due = 0;
	wr_init(&wr, body, sizeof(body));
	padlink_put_card(&wr, &d->slot.state);
	put_message(d, PADLINK_CARD, 0, body, wr.n);
}

void
device_init(struct device *d, void (*log)(void *, const char *), void *arg)
{
	memset(d, 0, sizeof(*d));
	slot_init(&d->slot);
	d->log = log;
	d->arg = arg;
	d->plugged = 1;
	pad_plug(&d->pad);
}

void
device_free(struct device *d)
{
	slot_remove(&d->slot);
	OPENSSL_cleanse(d, sizeof(*d));
	slot_init(&d->slot);
}

/* Requests. --------------------------------------------------------------------------------- */

static uint8_t
hello(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_hello_answer a = {
		.lines = LCD_LINES, .columns = LCD_COLUMNS,
		.pin_min = PIN_MIN, .pin_max = DIGITS_MAX,
		.features = PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT, .card = d->slot.state,
	};
	uint16_t version;
	struct wr wr;

	(void)now;
	if (padlink_get_hello(m->body, m->n, &version) != 0 || version != PADLINK_VERSION)
		return PADLINK_BAD;
	snprintf(a.firmware, sizeof(a.firmware), "%s", DEVICE_FIRMWARE);
	d->driver = 1;
	d->card_due = 0;
	wr_init(&wr, d->body, sizeof(d->body));
	padlink_put_hello_answer(&wr, PADLINK_OK, &a);
	put_message(d, m->type, m->number, d->body, wr.n);
	say(d, "driver connected");
	return PADLINK_OK;
}

static uint8_t
power(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t action, atr[ATR_MAX], status;
	size_t n;

	(void)now;
	if (padlink_get_power(m->body, m->n, &action) != 0)
		return PADLINK_BAD;
	if (action == PADLINK_POWER_DOWN) {
		slot_power_down(&d->slot);
		say(d, "power down");
		answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
		return PADLINK_OK;
	}
	if ((status = slot_power_up(&d->slot, atr, &n)) != PADLINK_OK)
		return status;
	say(d, action == PADLINK_RESET ? "reset" : "power up");
	answer(d, m->type, m->number, PADLINK_OK, atr, n);
	return PADLINK_OK;
}

/* One command to the card; its length, 0 when it does not answer. */
static size_t
run_command(struct device *d, const char *before, const uint8_t *cmd, size_t n)
{
	size_t rsp_n = slot_transmit(&d->slot, cmd, n, d->rsp);
	char line[TRACE_MAX];

	trace_apdu(line, before, cmd, n, d->rsp, rsp_n);
	say(d, line);
	return rsp_n;
}

static uint8_t
transmit(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t state = slot_status(&d->slot);
	size_t n;

	(void)now;
	pad_wake(&d->pad);
	if (state != PADLINK_OK)
		return state;
	if ((n = run_command(d, "", m->body, m->n)) < 2)
		return PADLINK_MUTE;
	answer(d, m->type, m->number, PADLINK_OK, d->rsp, n);
	OPENSSL_cleanse(d->rsp, n);
	return PADLINK_OK;
}

static void
put_sw(uint8_t p[2], uint16_t sw)
{
	p[0] = (uint8_t)(sw >> 8);
	p[1] = (uint8_t)sw;
}

static uint8_t
pin(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t state = slot_status(&d->slot), sw[2];

	if (padlink_get_pin(m->body, m->n, &d->pin) != 0 || pinblock_room(&d->pin) < 0)
		return PADLINK_BAD;
	if (state != PADLINK_OK)
		return state;
	if (!pinblock_allows(d->pin.kind, d->pin.apdu[1])) {
		put_sw(sw, SW_PIN_COMMAND);
		answer(d, m->type, m->number, PADLINK_OK, sw, sizeof(sw));
		say(d, "PIN entry refused 6404");
		return PADLINK_OK;
	}
	if (pad_pin(&d->pad, &d->pin, now) != 0)
		return PADLINK_BAD;
	d->running = PADLINK_PIN;
	d->number = m->number;
	say(d, "PIN entry begins");
	return PADLINK_OK;
}

static uint8_t
output(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_output o;

	if (padlink_get_output(m->body, m->n, &o) != 0)
		return PADLINK_BAD;
	pad_output(&d->pad, &o, now);
	answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
	return PADLINK_OK;
}

static void settle(struct device *);

static uint8_t
input(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_input i;

	if (padlink_get_input(m->body, m->n, &i) != 0)
		return PADLINK_BAD;
	d->running = PADLINK_INPUT;
	d->number = m->number;
	pad_input(&d->pad, &i, now);
	settle(d);
	return PADLINK_OK;
}

/* run answers by itself and returns PADLINK_OK, or the status that is to be answered. */
static const struct {
	uint8_t type;
	uint8_t (*run)(struct device *, const struct padlink_msg *, uint64_t now);
} requests[] = {
	{ PADLINK_HELLO, hello },
	{ PADLINK_POWER, power },
	{ PADLINK_TRANSMIT, transmit },
	{ PADLINK_PIN, pin },
	{ PADLINK_OUTPUT, output },
	{ PADLINK_INPUT, input },
};

int
device_ready(const struct device *d)
{
	return d->plugged && sizeof(d->out) - d->out_n >= PADLINK_MAX;
}

static void
cancel(struct device *d)
{
	if (d->running == 0)
		return;
	pad_stop(&d->pad);
	finish(d, PADLINK_CANCELLED, NULL, 0);
	say(d, "cancelled by the host");
}

void
device_message(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t status = PADLINK_BAD;

	device_tick(d, now);
	if (!device_ready(d))
		return;
	if (m->type == PADLINK_CANCEL) {
		cancel(d);
		return;
	}
	if (d->running != 0)
		status = PADLINK_BUSY;
	else if (d->driver || m->type == PADLINK_HELLO)
		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
			if (requests[i].type == m->type)
				status = requests[i].run(d, m, now);
	if (status != PADLINK_OK)
		answer(d, m->type, m->number, status, NULL, 0);
}

/* People, time, and what they end. ---------------------------------------------------------- */

static void
pin_is_complete(struct device *d)
{
	uint8_t cmd[PADLINK_TEMPLATE_MAX];
	struct wr wr;
	size_t n = 0;
	int r;

	wr_init(&wr, cmd, sizeof(cmd));
	r = pinblock_complete(&d->pin, &d->pad.entry.old, &d->pad.entry.pin, &wr);
	entry_wipe(&d->pad.entry);
	if (r == 0)
		n = run_command(d, "PIN ", cmd, wr.n);
	OPENSSL_cleanse(cmd, sizeof(cmd));
	/* Of what the card sends, the status word alone is the driver's. */
	if (n < 2)
		finish(d, PADLINK_MUTE, NULL, 0);
	else
		finish(d, PADLINK_OK, d->rsp + n - 2, 2);
	OPENSSL_cleanse(d->rsp, n);
}

static void
pin_has_ended(struct device *d)
{
	char line[TRACE_MAX];
	uint8_t sw[2];

	put_sw(sw, d->pad.entry.sw);
	snprintf(line, sizeof(line), "PIN entry ends %04X", d->pad.entry.sw);
	say(d, line);
	finish(d, PADLINK_OK, sw, sizeof(sw));
}

/* Answers what has ended at the pad. */
static void
settle(struct device *d)
{
	switch (pad_end(&d->pad)) {
	case PAD_NOTHING:
		return;
	case PAD_KEY:
		finish(d, PADLINK_OK, &d->pad.key, 1);
		return;
	case PAD_NO_KEY:
		finish(d, PADLINK_TIMEOUT, NULL, 0);
		return;
	case PAD_PIN:
		pin_is_complete(d);
		return;
	case PAD_PIN_SW:
		pin_has_ended(d);
		return;
	}
}

void
device_key(struct device *d, uint8_t key, uint64_t now)
{
	if (!d->plugged)
		return;
	pad_key(&d->pad, key, now);
	settle(d);
}

void
device_tick(struct device *d, uint64_t now)
{
	pad_tick(&d->pad, now);
	settle(d);
}

uint64_t
device_deadline(const struct device *d)
{
	return pad_deadline(&d->pad);
}

const uint8_t *
device_output(struct device *d, size_t *n)
{
	tell_card(d);
	*n = d->out_n;
	return d->out;
}

void
device_sent(struct device *d, size_t n)
{
	memmove(d->out, d->out + n, d->out_n - n);
	d->out_n -= n;
	/* Answers of the card have been here. */
	OPENSSL_cleanse(d->out + d->out_n, n);
}

/* Card and plug. ---------------------------------------------------------------------------- */

static void
card_changed(struct device *d)
{
	char line[TRACE_MAX];

	d->card_due = 1;
	if (d->slot.has == SLOT_MUTE) {
		snprintf(line, sizeof(line), "mute card inserted: %s", err_str(d->slot.why));
		say(d, line);
	} else {
		say(d, d->slot.state.present ? "card inserted" : "card removed");
	}
}

int
device_insert(struct device *d, const char *name, const uint8_t *image, size_t n,
    struct card_store store)
{
	int r = slot_insert(&d->slot, name, image, n, store);

	if (r == 0)
		card_changed(d);
	return r;
}

int
device_insert_file(struct device *d, const char *name, const char *path)
{
	int r = slot_insert_file(&d->slot, name, path);

	if (r == 0)
		card_changed(d);
	return r;
}

int
device_remove(struct device *d)
{
	int r;

	if ((r = slot_remove(&d->slot)) != 0)
		return r;
	card_changed(d);
	/* A prompt does not depend on the card, an entered PIN does. */
	if (d->running == PADLINK_PIN) {
		pad_stop(&d->pad);
		finish(d, PADLINK_NO_CARD, NULL, 0);
	}
	return 0;
}

static void
forget_driver(struct device *d)
{
	slot_power_down(&d->slot);
	pad_clear(&d->pad);
	d->driver = 0;
	d->running = 0;
	OPENSSL_cleanse(d->out, sizeof(d->out));
	d->out_n = 0;
}

void
device_eof(struct device *d)
{
	if (d->driver)
		say(d, "driver gone");
	forget_driver(d);
}

int
device_unplug(struct device *d)
{
	if (!d->plugged)
		return ERR_NOT_NOW;
	forget_driver(d);
	d->plugged = 0;
	d->hang_up = 1;
	say(d, "unplugged");
	return 0;
}

int
device_plug(struct device *d)
{
	if (d->plugged)
		return ERR_NOT_NOW;
	d->plugged = 1;
	pad_plug(&d->pad);
	say(d, "plugged in");
	return 0;
}
