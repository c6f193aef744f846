#include "tests/rig/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"

/* The seam to cards, its in-process side: what the driver does, without driver and pcscd. */

static struct rig *
of(struct cards *c)
{
	return (struct rig *)c;
}

/* Whether a call may go on: fails as told, or as the world is. */
static int
enter(struct rig *g)
{
	if (rig_fails(&g->fault))
		return g->fault.err;
	if (g->cancelled)
		return ERR_CANCELLED;
	return g->device.plugged ? 0 : ERR_READER_GONE;
}

/* Takes the answer to the last message out of the device: 1 when it is there. */
static int
take_answer(struct rig *g, uint8_t type, uint8_t *status, uint8_t *body, size_t *n)
{
	struct padlink_msg m;
	const uint8_t *p;
	size_t have;
	int len, got = 0;

	while ((p = device_output(&g->device, &have), len = padlink_frame(p, have, &m)) > 0) {
		if (m.type == type && m.number == g->number && m.n >= 1) {
			*status = m.body[0];
			*n = m.n - 1;
			memcpy(body, m.body + 1, *n);
			got = 1;
		}
		device_sent(&g->device, (size_t)len);
	}
	return got;
}

/* One request. people: what the prompt is called while it waits, NULL when it cannot. */
static int
request(struct rig *g, uint8_t type, const uint8_t *body, size_t n, const char *people,
    uint8_t *status, uint8_t *answer, size_t *answer_n)
{
	struct padlink_msg m = { .type = type, .number = ++g->number, .body = body, .n = n };
	uint64_t next;

	device_message(&g->device, &m, g->clock);
	for (;;) {
		if (!g->device.plugged)
			return ERR_READER_GONE;
		if (take_answer(g, type, status, answer, answer_n))
			return 0;
		if (people != NULL) {
			rig_person(g, people);
			people = NULL;
			continue;
		}
		if ((next = device_deadline(&g->device)) == UINT64_MAX)
			abort();
		g->clock = next;
		device_tick(&g->device, g->clock);
	}
}

static uint8_t answer_mem[PADLINK_BODY_MAX];

static int
rig_list(struct cards *c, struct cards_reader *v, size_t max, size_t *n)
{
	struct rig *g = of(c);
	int r = enter(g);

	*n = 0;
	if (r != 0 || max == 0)
		return r;
	memset(v, 0, sizeof(*v));
	strcpy(v->name, "Cardinal PIN pad 0");
	v->pin_pad = !g->no_pin_pad;
	v->display = !g->no_display;
	v->present = g->device.slot.state.present;
	*n = 1;
	return 0;
}

static int
rig_open(struct cards *c, const char *name, struct cards_reader *got)
{
	struct rig *g = of(c);
	uint8_t body[8], status;
	struct wr wr;
	size_t n;
	int r;

	if ((r = rig_list(c, got, 1, &n)) != 0)
		return r;
	g->at = 0;
	if (name[0] != '\0' &&
	    (sscanf(name, "Cardinal PIN pad %u", &g->at) != 1 || g->at >= g->pads))
		return ERR_READER_NONE;
	got->name[strlen(got->name) - 1] = (char)('0' + g->at);
	wr_init(&wr, body, sizeof(body));
	padlink_put_hello(&wr);
	if ((r = request(g, PADLINK_HELLO, body, wr.n, NULL, &status, answer_mem, &n)) == 0)
		g->open = 1;
	return r;
}

static int
output(struct rig *g, const char *text)
{
	struct padlink_output o = { 0 };
	uint8_t body[PADLINK_TEXT_MAX + 8], status;
	struct wr wr;
	size_t n;

	o.n = (uint8_t)strlen(text);
	memcpy(o.text, text, o.n);
	wr_init(&wr, body, sizeof(body));
	padlink_put_output(&wr, &o);
	return request(g, PADLINK_OUTPUT, body, wr.n, NULL, &status, answer_mem, &n);
}

static void
rig_close(struct cards *c)
{
	struct rig *g = of(c);

	g->cancelled = 0;
	if (g->device.plugged)
		(void)output(g, "");
	g->open = 0;
}

static int
rig_present(struct cards *c)
{
	struct rig *g = of(c);
	int r = enter(g);

	return r != 0 ? r : g->device.slot.state.present;
}

static int
rig_wait(struct cards *c, int present, int timeout_ms)
{
	struct rig *g = of(c);
	int r = enter(g);

	if (r != 0)
		return r;
	if (g->put != 0 && !present) {
		rig_insert(g, g->put);
		g->put = 0;
	}
	if (g->device.slot.state.present == present)
		g->clock += (uint64_t)timeout_ms;
	return g->device.slot.state.present;
}

static int
power(struct rig *g, uint8_t action)
{
	uint8_t status;
	size_t n;
	int r;

	if ((r = request(g, PADLINK_POWER, &action, 1, NULL, &status, answer_mem, &n)) != 0)
		return r;
	g->powered = status == PADLINK_OK && action == PADLINK_POWER_UP;
	if (status == PADLINK_NO_CARD)
		return ERR_NO_CARD;
	return status == PADLINK_OK ? 0 : ERR_CARD_ANSWER;
}

static int
rig_connect(struct cards *c)
{
	int r = enter(of(c));

	return r != 0 ? r : power(of(c), PADLINK_POWER_UP);
}

static void
rig_disconnect(struct cards *c)
{
	if (of(c)->powered && of(c)->device.plugged)
		(void)power(of(c), PADLINK_POWER_DOWN);
	of(c)->powered = 0;
}

/* A byte of the scalar, or of the modulus. */
enum { WORN = 20 };

static void
accident(struct rig *g, uint8_t ins, int after)
{
	if (g->after != after)
		return;
	if (ins == INS_PUT_DATA_ODD) {
		if (g->loads == g->pull_load)
			rig_take(g);
		if (g->loads == g->wear_load)
			rig_key(&g->device.slot.card.data, g->wear_key)[WORN] ^= 1;
		return;
	}
	if (g->updates == g->pull_at)
		rig_take(g);
	if (g->updates == g->unplug_at)
		(void)device_unplug(&g->device);
	if (g->updates == g->wear_at)
		rig_content(&g->device.slot.card.data, FID_SHARE)[g->wear_byte] ^= 1;
}

/* The last part of a chain, if it is one (ISO 7816-4:2005 5.1.1.1). */
static int
changes_card(const uint8_t *p)
{
	return (p[0] & 0x10) == 0 && (p[1] == INS_UPDATE_BINARY || p[1] == INS_PUT_DATA_ODD);
}

static int
rig_transmit(struct cards *c, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	static uint8_t tapped[CAPDU_MAX];
	struct rig *g = of(c);
	size_t room = *rsp_n;
	uint8_t status;
	int r;

	*rsp_n = 0;
	if ((r = enter(g)) != 0)
		return r;
	if (++g->apdus == g->stale_at)
		return ERR_CARD_REMOVED;
	if (g->tap != NULL && n <= sizeof(tapped)) {
		memcpy(tapped, p, n);
		g->tap(g->tap_arg, 0, tapped, &n);
		p = tapped;
	}
	if (changes_card(p)) {
		g->updates += p[1] == INS_UPDATE_BINARY;
		g->loads += p[1] == INS_PUT_DATA_ODD;
		accident(g, p[1], 0);
	}
	if (!g->device.plugged)
		return ERR_READER_GONE;
	if ((r = request(g, PADLINK_TRANSMIT, p, n, NULL, &status, answer_mem, &n)) != 0)
		return r;
	if (changes_card(p))
		accident(g, p[1], 1);
	if (status == PADLINK_NO_CARD || status == PADLINK_NOT_POWERED)
		return ERR_CARD_REMOVED;
	if (status != PADLINK_OK || n > room)
		return ERR_CARD_ANSWER;
	if (g->tap != NULL)
		g->tap(g->tap_arg, 1, answer_mem, &n);
	memcpy(rsp, answer_mem, n);
	*rsp_n = n;
	return 0;
}

static int
rig_prompt(struct cards *c, const char *text, unsigned seconds, enum cards_key *key)
{
	struct rig *g = of(c);
	struct padlink_input i = { .seconds = 1, .take = PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL };
	uint8_t body[PADLINK_TEXT_MAX + 8], status;
	const char *people = text;
	struct wr wr;
	size_t n;
	int r;

	*key = CARDS_NO_KEY;
	if ((r = enter(g)) != 0)
		return r;
	g->texts++;
	if (g->no_display || (g->refuse_from != 0 && g->texts >= g->refuse_from))
		return ERR_UNSUPPORTED;
	if (seconds == 0)
		return output(g, text);
	i.n = (uint8_t)strlen(text);
	memcpy(i.text, text, i.n);
	if (strchr(text, '\n') != NULL && strlen(g->where) + 1 < sizeof(g->where))
		g->where[strlen(g->where)] = (char)('0' + g->at);
	for (; seconds > 0; seconds--) {
		wr_init(&wr, body, sizeof(body));
		padlink_put_input(&wr, &i);
		if ((r = request(g, PADLINK_INPUT, body, wr.n, people, &status, answer_mem, &n)) != 0)
			return r;
		people = NULL;
		if (g->cancelled)
			return ERR_CANCELLED;
		if (status == PADLINK_OK) {
			*key = answer_mem[0] == PADLINK_KEY_OK ? CARDS_OK : CARDS_CANCEL;
			return 0;
		}
		if (g->powered && !g->device.slot.state.present)
			return ERR_CARD_REMOVED;
	}
	return 0;
}

static int
rig_pin(struct cards *c, uint8_t ref, int modify, unsigned first_s, unsigned next_s, uint16_t *sw)
{
	struct rig *g = of(c);
	const uint8_t header[] = { 0, modify ? INS_CHANGE_REFERENCE : INS_VERIFY, 0, ref };
	struct padlink_pin pin = {
		.kind = modify ? PADLINK_PIN_MODIFY : PADLINK_PIN_VERIFY,
		.first_s = (uint8_t)first_s, .next_s = (uint8_t)next_s, .format = PADLINK_ASCII,
		.min = PIN_MIN, .max = PIN_MAX, .end = PADLINK_END_OK, .n = sizeof(header),
	};
	uint8_t body[PADLINK_TEMPLATE_MAX + 32], status;
	struct wr wr;
	size_t n;
	int r;

	*sw = 0;
	if ((r = enter(g)) != 0)
		return r;
	if (modify)
		pin.confirm = PADLINK_ASK_OLD | PADLINK_CONFIRM_NEW;
	memcpy(pin.apdu, header, sizeof(header));
	wr_init(&wr, body, sizeof(body));
	padlink_put_pin(&wr, &pin);
	if ((r = request(g, PADLINK_PIN, body, wr.n, modify ? "Enter old PIN" : "Enter PIN", &status,
	    answer_mem, &n)) != 0)
		return r;
	if (g->cancelled)
		return ERR_CANCELLED;
	/* docs/reader.md 2: what the driver says for the pad. */
	if (status == PADLINK_NO_CARD || status == PADLINK_NOT_POWERED) {
		*sw = 0x64a1;
		return 0;
	}
	if (status != PADLINK_OK || n != 2)
		return ERR_IO;
	*sw = (uint16_t)(answer_mem[0] << 8 | answer_mem[1]);
	return 0;
}

static void
rig_cancel(struct cards *c)
{
	of(c)->cancelled = 1;
}

static const struct cards_ops ops = {
	.list = rig_list,
	.open = rig_open,
	.close = rig_close,
	.present = rig_present,
	.wait = rig_wait,
	.connect = rig_connect,
	.disconnect = rig_disconnect,
	.transmit = rig_transmit,
	.prompt = rig_prompt,
	.pin = rig_pin,
	.cancel = rig_cancel,
};

void
rig_cards_init(struct rig *g)
{
	g->cards.ops = &ops;
}
