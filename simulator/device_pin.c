#include <openssl/crypto.h>
#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "simulator/device_inner.h"
#include "simulator/trace.h"

static void
put_sw(uint8_t p[2], uint16_t sw)
{
	p[0] = (uint8_t)(sw >> 8);
	p[1] = (uint8_t)sw;
}

/* Begins: PADLINK_OK, or why not; *allowed is 0 for an instruction that takes no PIN. */
static uint8_t
begin(struct device *d, const struct padlink_msg *m, uint64_t now, int *allowed)
{
	uint8_t state = slot_status(&d->slot);

	/* How the last one ended must not be taken for the end of this one. */
	d->started = DEVICE_PIN_NONE;
	if (padlink_get_pin(m->body, m->n, &d->pin) != 0 || pinblock_room(&d->pin) < 0)
		return PADLINK_BAD;
	if (state != PADLINK_OK)
		return state;
	*allowed = pinblock_allows(&d->pin);
	if (!*allowed) {
		device_say(d, "PIN entry refused 6404");
		return PADLINK_BAD;
	}
	if (pad_pin(&d->pad, &d->pin, now) != 0)
		return PADLINK_BAD;
	device_say(d, "PIN entry begins");
	return PADLINK_OK;
}

uint8_t
device_pin(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	int allowed = 1;
	uint8_t sw[2], status = begin(d, m, now, &allowed);

	if (!allowed) {
		put_sw(sw, SW_PIN_COMMAND);
		device_answer(d, m->type, m->number, PADLINK_OK, sw, sizeof(sw));
		return PADLINK_OK;
	}
	if (status != PADLINK_OK)
		return status;
	d->running = PADLINK_PIN;
	d->number = m->number;
	return PADLINK_OK;
}

uint8_t
device_pin_start(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	int allowed = 1;
	uint8_t status = begin(d, m, now, &allowed);

	if (status != PADLINK_OK)
		return status;
	d->started = DEVICE_PIN_RUNS;
	device_answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
	return PADLINK_OK;
}

uint8_t
device_pin_key(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	uint8_t what = PADLINK_PRESSED_NONE;

	(void)now;
	if (m->n != 0)
		return PADLINK_BAD;
	if (d->started != DEVICE_PIN_NONE)
		what = presses_take(&d->pad.presses);
	device_answer(d, m->type, m->number, PADLINK_OK, &what, 1);
	return PADLINK_OK;
}

/* FINISH is answered, and the entry forgotten. */
static void
tell_end(struct device *d)
{
	uint8_t sw[2];

	put_sw(sw, d->pin_sw);
	d->started = DEVICE_PIN_NONE;
	device_finish(d, d->pin_status, sw, sizeof(sw));
}

/* The status word is the driver's with PADLINK_OK alone. */
static void
over(struct device *d, uint8_t status, uint16_t sw)
{
	uint8_t p[2];

	if (d->started != DEVICE_PIN_RUNS) {
		put_sw(p, sw);
		device_finish(d, status, p, sizeof(p));
		return;
	}
	d->started = DEVICE_PIN_ENDED;
	d->pin_status = status;
	d->pin_sw = sw;
	if (d->running == PADLINK_PIN_FINISH)
		tell_end(d);
}

uint8_t
device_pin_finish(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	(void)now;
	if (m->n != 0 || d->started == DEVICE_PIN_NONE)
		return PADLINK_BAD;
	d->running = PADLINK_PIN_FINISH;
	d->number = m->number;
	if (d->started == DEVICE_PIN_ENDED)
		tell_end(d);
	return PADLINK_OK;
}

static void
say_end(const struct device *d, uint16_t sw)
{
	char line[TRACE_MAX];

	snprintf(line, sizeof(line), "PIN entry ends %04X", sw);
	device_say(d, line);
}

static void
break_off(struct device *d, uint16_t sw)
{
	if (d->started != DEVICE_PIN_RUNS)
		return;
	pad_stop(&d->pad);
	presses_add(&d->pad.presses, PADLINK_PRESSED_ABORTED);
	say_end(d, sw);
	over(d, PADLINK_OK, sw);
}

uint8_t
device_pin_abort(struct device *d, const struct padlink_msg *m, uint64_t now)
{
	(void)now;
	if (m->n != 0)
		return PADLINK_BAD;
	break_off(d, SW_PIN_ABORTED);
	device_answer(d, m->type, m->number, PADLINK_OK, NULL, 0);
	return PADLINK_OK;
}

void
device_pin_power(struct device *d)
{
	if (d->started == DEVICE_PIN_RUNS)
		break_off(d, SW_PIN_ABORTED);
	else
		d->started = DEVICE_PIN_NONE;
}

void
device_pin_pulled(struct device *d)
{
	break_off(d, SW_PIN_NO_CARD);
	if (d->running != PADLINK_PIN)
		return;
	pad_stop(&d->pad);
	device_finish(d, PADLINK_NO_CARD, NULL, 0);
}

void
device_pin_cancelled(struct device *d)
{
	if (d->running == PADLINK_PIN_FINISH)
		d->started = DEVICE_PIN_NONE;
}

void
device_pin_complete(struct device *d)
{
	uint8_t cmd[PADLINK_TEMPLATE_MAX];
	struct wr wr;
	size_t n = 0;
	int r;

	wr_init(&wr, cmd, sizeof(cmd));
	r = pinblock_complete(&d->pin, &d->pad.entry.old, &d->pad.entry.pin, &wr);
	entry_wipe(&d->pad.entry);
	if (r == 0)
		n = device_command(d, "PIN ", cmd, wr.n);
	OPENSSL_cleanse(cmd, sizeof(cmd));
	/* Of what the card sends, the status word alone is the driver's. */
	if (n < 2)
		over(d, PADLINK_MUTE, 0);
	else
		over(d, PADLINK_OK, (uint16_t)(d->rsp[n - 2] << 8 | d->rsp[n - 1]));
	OPENSSL_cleanse(d->rsp, n);
}

void
device_pin_ended(struct device *d)
{
	say_end(d, d->pad.entry.sw);
	over(d, PADLINK_OK, d->pad.entry.sw);
}
