#include "simulator/device_inner.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "simulator/trace.h"

void
device_say(const struct device *d, const char *line)
{
	if (d->log != NULL)
		d->log(d->arg, line);
}

void
device_put(struct device *d, uint8_t type, uint32_t number, const uint8_t *body, size_t n)
{
	struct wr wr;

	wr_init(&wr, d->out + d->out_n, sizeof(d->out) - d->out_n);
	padlink_put(&wr, type, number, body, n);
	if (wr_end(&wr) == 0)
		d->out_n += wr.n;
}

void
device_answer(struct device *d, uint8_t type, uint32_t number, uint8_t status, const uint8_t *p,
    size_t n)
{
	struct wr wr;

	wr_init(&wr, d->body, sizeof(d->body));
	padlink_put_answer(&wr, status, p, n);
	device_put(d, type, number, d->body, wr.n);
	OPENSSL_cleanse(d->body, wr.n);
}

void
device_finish(struct device *d, uint8_t status, const uint8_t *p, size_t n)
{
	uint8_t type = d->running;

	d->running = 0;
	device_answer(d, type, d->number, status, p, n);
}

size_t
device_command(struct device *d, const char *before, const uint8_t *cmd, size_t n)
{
	size_t rsp_n = slot_transmit(&d->slot, cmd, n, d->rsp);
	char line[TRACE_MAX];

	trace_apdu(line, before, cmd, n, d->rsp, rsp_n);
	device_say(d, line);
	return rsp_n;
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
	device_put(d, PADLINK_CARD, 0, body, wr.n);
}

void
device_init(struct device *d, void (*log)(void *, const char *), void *arg)
{
	memset(d, 0, sizeof(*d));
	slot_init(&d->slot);
	d->log = log;
	d->arg = arg;
	d->plugged = 1;
	d->features = PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT;
	pad_plug(&d->pad);
}

void
device_offer(struct device *d, uint8_t features)
{
	d->features = features;
}

void
device_free(struct device *d)
{
	slot_remove(&d->slot);
	OPENSSL_cleanse(d, sizeof(*d));
	slot_init(&d->slot);
}

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
	device_pin_cancelled(d);
	device_finish(d, PADLINK_CANCELLED, NULL, 0);
	device_say(d, "cancelled by the host");
}

void
device_message(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t status;

	device_tick(d, now);
	if (!device_ready(d))
		return;
	if (m->type == PADLINK_CANCEL) {
		cancel(d);
		return;
	}
	if ((status = device_request(d, m, now)) != PADLINK_OK)
		device_answer(d, m->type, m->number, status, NULL, 0);
}

/* People, time, and what they end. ---------------------------------------------------------- */

void
device_settle(struct device *d)
{
	switch (pad_end(&d->pad)) {
	case PAD_NOTHING:
		return;
	case PAD_KEY:
		device_finish(d, PADLINK_OK, &d->pad.key, 1);
		return;
	case PAD_NO_KEY:
		device_finish(d, PADLINK_TIMEOUT, NULL, 0);
		return;
	case PAD_LINE:
		device_finish(d, PADLINK_OK, (const uint8_t *)d->pad.typed.digits,
		    d->pad.typed.n);
		OPENSSL_cleanse(&d->pad.typed, sizeof(d->pad.typed));
		return;
	case PAD_PIN:
		device_pin_complete(d);
		return;
	case PAD_PIN_SW:
		device_pin_ended(d);
		return;
	}
}

void
device_key(struct device *d, uint8_t key, uint64_t now)
{
	if (!d->plugged)
		return;
	pad_key(&d->pad, key, now);
	device_settle(d);
}

void
device_tick(struct device *d, uint64_t now)
{
	pad_tick(&d->pad, now);
	device_settle(d);
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
		device_say(d, line);
	} else {
		device_say(d, d->slot.state.present ? "card inserted" : "card removed");
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
	device_pin_pulled(d);
	return 0;
}

static void
forget_driver(struct device *d)
{
	slot_power_down(&d->slot);
	pad_clear(&d->pad);
	d->driver = 0;
	d->running = 0;
	d->started = DEVICE_PIN_NONE;
	OPENSSL_cleanse(d->out, sizeof(d->out));
	d->out_n = 0;
}

void
device_eof(struct device *d)
{
	if (d->driver)
		device_say(d, "driver gone");
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
	device_say(d, "unplugged");
	return 0;
}

int
device_plug(struct device *d)
{
	if (d->plugged)
		return ERR_NOT_NOW;
	d->plugged = 1;
	pad_plug(&d->pad);
	device_say(d, "plugged in");
	return 0;
}
