#include <openssl/crypto.h>
#include <stdio.h>

#include "simulator/device_inner.h"

static uint8_t
hello(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_hello_answer a = {
		.lines = LCD_LINES, .columns = LCD_COLUMNS,
		.pin_min = PIN_MIN, .pin_max = DIGITS_MAX,
		.features = d->features, .card = d->slot.state,
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
	device_put(d, m->type, m->number, d->body, wr.n);
	device_say(d, "driver connected");
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
	device_pin_power(d);
	if (action == PADLINK_POWER_DOWN) {
		slot_power_down(&d->slot);
		device_say(d, "power down");
		device_answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
		return PADLINK_OK;
	}
	if ((status = slot_power_up(&d->slot, atr, &n)) != PADLINK_OK)
		return status;
	device_say(d, action == PADLINK_RESET ? "reset" : "power up");
	device_answer(d, m->type, m->number, PADLINK_OK, atr, n);
	return PADLINK_OK;
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
	if ((n = device_command(d, "", m->body, m->n)) < 2)
		return PADLINK_MUTE;
	device_answer(d, m->type, m->number, PADLINK_OK, d->rsp, n);
	OPENSSL_cleanse(d->rsp, n);
	return PADLINK_OK;
}

static uint8_t
output(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_output o;

	if (padlink_get_output(m->body, m->n, &o) != 0)
		return PADLINK_BAD;
	pad_output(&d->pad, &o, now);
	device_answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
	return PADLINK_OK;
}

static uint8_t
input(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	struct padlink_input i;

	if (padlink_get_input(m->body, m->n, &i) != 0)
		return PADLINK_BAD;
	d->running = PADLINK_INPUT;
	d->number = m->number;
	pad_input(&d->pad, &i, now);
	device_settle(d);
	return PADLINK_OK;
}

static const struct {
	uint8_t type;
	uint8_t needs;			/* PADLINK_HAS_*, 0: every pad has it */
	int meanwhile;			/* also while an entry runs that was started */
	uint8_t (*run)(struct device *, const struct padlink_msg *, uint64_t now);
} requests[] = {
	{ PADLINK_HELLO, 0, 0, hello },
	{ PADLINK_POWER, 0, 1, power },
	{ PADLINK_TRANSMIT, 0, 0, transmit },
	{ PADLINK_PIN, PADLINK_HAS_DIRECT, 0, device_pin },
	{ PADLINK_OUTPUT, PADLINK_HAS_TEXT, 0, output },
	{ PADLINK_INPUT, PADLINK_HAS_TEXT, 0, input },
	{ PADLINK_PIN_START, PADLINK_HAS_START, 0, device_pin_start },
	{ PADLINK_PIN_KEY, PADLINK_HAS_START, 1, device_pin_key },
	{ PADLINK_PIN_FINISH, PADLINK_HAS_START, 1, device_pin_finish },
	{ PADLINK_PIN_ABORT, PADLINK_HAS_START, 1, device_pin_abort },
};

uint8_t
device_request(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	if (!d->driver && m->type != PADLINK_HELLO)
		return PADLINK_BAD;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].type != m->type)
			continue;
		if ((requests[i].needs & ~d->features) != 0)
			return PADLINK_NOT_OFFERED;
		/* Nobody shows a text, or turns the card to another PIN, while one is entered. */
		if (d->running != 0 ||
		    (d->started == DEVICE_PIN_RUNS && !requests[i].meanwhile))
			return PADLINK_BUSY;
		return requests[i].run(d, m, now);
	}
	return PADLINK_BAD;
}
