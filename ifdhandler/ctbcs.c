#include "ifdhandler/ctbcs.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "ifdhandler/part10.h"

enum {
	CLA_CT = 0x20,
	UNIT_KERNEL = 0x00, UNIT_ICC1 = 0x01, UNIT_DISPLAY = 0x40, UNIT_KEYPAD = 0x50,
	ONE_KEY = 0x10,		/* INPUT's P2: a single key, not shown */
	STATUS_MANUFACTURER = 0x46, STATUS_ICC = 0x80, STATUS_UNITS = 0x81,
	ICC_NONE = 0x00, ICC_IN = 0x03, ICC_POWERED = 0x05,
	TAKE_ALL = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR,
};

/* A command's data objects. */
struct objects {
	const uint8_t *text;	/* NULL: none */
	uint8_t text_n;
	uint8_t seconds, keys;
	int has_seconds;
};

struct call {
	struct slot *slot;
	struct reader *reader;
	struct apdu a;
	struct objects o;
	struct wr *data;
};

/* The display takes lines and a beep; other control characters could be meant for a terminal. */
static int
showable(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < ' ' && p[i] != '\r' && p[i] != '\n' && p[i] != '\a') || p[i] == 0x7f)
			return 0;
	return 1;
}

static int
get_objects(const struct apdu *a, struct objects *o)
{
	unsigned seen = 0, bit;
	struct rd rd;
	struct tlv t;
	int r;

	memset(o, 0, sizeof(*o));
	o->seconds = CTBCS_SECONDS;
	o->keys = TAKE_ALL;
	if (a->nc == 1 && (a->ins == CTBCS_INS_REQUEST || a->ins == CTBCS_INS_EJECT)) {
		o->seconds = a->data[0];
		o->has_seconds = 1;
		return 0;
	}
	rd_init(&rd, a->data, a->nc);
	while ((r = tlv_next(&rd, &t)) == 1) {
		switch (t.tag) {
		case CTBCS_TEXT:
			bit = 1;
			if (t.n > PADLINK_TEXT_MAX || !showable(t.p, t.n))
				return ERR_FORMAT;
			o->text = t.p;
			o->text_n = (uint8_t)t.n;
			break;
		case CTBCS_TIME:
			bit = 2;
			if (t.n != 1)
				return ERR_FORMAT;
			o->seconds = t.p[0];
			o->has_seconds = 1;
			break;
		case CTBCS_KEYS:
			bit = 4;
			if (t.n != 1 || a->ins != CTBCS_INS_INPUT || t.p[0] == 0 ||
			    t.p[0] > TAKE_ALL)
				return ERR_FORMAT;
			o->keys = t.p[0];
			break;
		default:
			return ERR_FORMAT;
		}
		if ((seen & bit) != 0)
			return ERR_FORMAT;
		seen |= bit;
	}
	return r;
}

static int
show(struct reader *reader, uint8_t seconds, const void *text, uint8_t n)
{
	struct padlink_output out = { .seconds = seconds, .n = n };

	if (n > 0)
		memcpy(out.text, text, n);
	return reader->ops->output(reader, &out);
}

static int
run_reset(struct call *c, uint16_t *sw)
{
	*sw = SW_OK;
	return show(c->reader, 0, NULL, 0);
}

static int
run_output(struct call *c, uint16_t *sw)
{
	if (c->o.text == NULL) {
		*sw = SW_DATA;
		return 0;
	}
	*sw = SW_OK;
	return show(c->reader, c->o.has_seconds ? c->o.seconds : 0, c->o.text, c->o.text_n);
}

static int
run_input(struct call *c, uint16_t *sw)
{
	struct padlink_input in = { .seconds = c->o.seconds, .take = c->o.keys, .n = c->o.text_n };
	uint8_t key[PADLINK_LINE_MAX] = { 0 };
	size_t n = 0;
	int r;

	if (c->o.text == NULL || c->o.seconds == 0) {
		*sw = SW_DATA;
		return 0;
	}
	memcpy(in.text, c->o.text, c->o.text_n);
	r = c->reader->ops->input(c->reader, &in, key, &n);
	if (r == 0 && n == 1 && key[0] == PADLINK_KEY_CANCEL)
		r = ERR_CANCELLED;
	*sw = r == ERR_TIMEOUT ? SW_PAD_TIMEOUT : r == ERR_CANCELLED ? SW_PAD_CANCELLED : SW_OK;
	if (r == ERR_TIMEOUT || r == ERR_CANCELLED)
		return 0;
	if (r == 0)
		wr_bytes(c->data, key, n);
	return r;
}

/*
 * Waits until the card is there, or is not, a second at a time, so that Cancel
 * ends it. ERR_TIMEOUT, ERR_CANCELLED.
 */
static int
wait_for_card(struct call *c, int present, const char *text)
{
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_CANCEL };
	uint8_t key[PADLINK_LINE_MAX];
	size_t n;
	int r = ERR_TIMEOUT;

	in.n = c->o.text != NULL ? c->o.text_n : (uint8_t)strlen(text);
	memcpy(in.text, c->o.text != NULL ? c->o.text : (const uint8_t *)text, in.n);
	for (unsigned s = 0; s < c->o.seconds; s++) {
		if ((r = c->reader->ops->input(c->reader, &in, key, &n)) == 0)
			r = ERR_CANCELLED;
		if (r != ERR_TIMEOUT)
			break;
		if (slot_look(c->slot) == present) {
			r = 0;
			break;
		}
	}
	if (c->o.seconds > 0 && r != ERR_READER_GONE)
		(void)show(c->reader, 0, NULL, 0);
	return r;
}

/* What a wait ended with, as a status word. */
static int
end_of_wait(int r, uint16_t *sw)
{
	switch (r) {
	case ERR_TIMEOUT:
		*sw = SW_CT_NOT_YET;
		return 0;
	case ERR_CANCELLED:
		*sw = SW_PAD_CANCELLED;
		return 0;
	default:
		*sw = SW_CT_ASYNC;
		return r;
	}
}

static int
run_request(struct call *c, uint16_t *sw)
{
	int r;

	if (slot_look(c->slot)) {
		*sw = SW_CT_ALREADY;
		return 0;
	}
	r = wait_for_card(c, 1, "Insert card");
	return end_of_wait(r, sw);
}

static int
run_eject(struct call *c, uint16_t *sw)
{
	int r = 0;

	if (slot_look(c->slot))
		r = wait_for_card(c, 0, "Remove card");
	return end_of_wait(r, sw);
}

/* Maker (a country and three letters), type, version: five letters each. */
static int
run_manufacturer(struct call *c, uint16_t *sw)
{
	tlv_put(c->data, STATUS_MANUFACTURER, "DECDLEPAD 00100", CTBCS_MANUFACTURER);
	*sw = SW_OK;
	return 0;
}

static int
run_icc(struct call *c, uint16_t *sw)
{
	const int present = slot_look(c->slot);

	tlv_put_u8(c->data, STATUS_ICC,
	    !present ? ICC_NONE : c->slot->powered ? ICC_POWERED : ICC_IN);
	*sw = SW_OK;
	return 0;
}

static int
run_units(struct call *c, uint16_t *sw)
{
	static const uint8_t units[] = { UNIT_ICC1, UNIT_DISPLAY, UNIT_KEYPAD };

	tlv_put(c->data, STATUS_UNITS, units, sizeof(units));
	*sw = SW_OK;
	return 0;
}

enum { ANY_P2 = -1 };

static const struct command {
	uint8_t ins, p1;
	int p2;
	int needs_pad;		/* a display or keypad */
	int has_objects;
	int (*run)(struct call *, uint16_t *sw);
} commands[] = {
	{ CTBCS_INS_RESET, UNIT_KERNEL, 0x00, 0, 0, run_reset },
	{ CTBCS_INS_REQUEST, UNIT_ICC1, ANY_P2, 0, 1, run_request },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_MANUFACTURER, 0, 0, run_manufacturer },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_ICC, 0, 0, run_icc },
	{ CTBCS_INS_STATUS, UNIT_ICC1, STATUS_ICC, 0, 0, run_icc },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_UNITS, 0, 0, run_units },
	{ CTBCS_INS_EJECT, UNIT_ICC1, ANY_P2, 0, 1, run_eject },
	{ CTBCS_INS_INPUT, UNIT_KEYPAD, ONE_KEY, 1, 1, run_input },
	{ CTBCS_INS_OUTPUT, UNIT_DISPLAY, 0x00, 1, 1, run_output },
};

/* The row, or NULL with the status word that says why there is none. */
static const struct command *
find_command(const struct apdu *a, uint16_t *sw)
{
	*sw = SW_INS;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].ins != a->ins)
			continue;
		*sw = SW_P1P2;
		if (commands[i].p1 == a->p1 &&
		    (commands[i].p2 == ANY_P2 || commands[i].p2 == a->p2))
			return &commands[i];
	}
	return NULL;
}

int
ctbcs_run(struct slot *slot, const struct reader_properties *properties, const uint8_t *p, size_t n,
    struct wr *wr)
{
	struct call c = { .slot = slot, .reader = slot->reader, .data = wr };
	const struct command *command;
	uint16_t sw;
	int r = 0;

	if (apdu_decode(p, n, &c.a) != 0)
		sw = SW_LENGTH;
	else if (c.a.cla != CLA_CT)
		sw = SW_CLA;
	else if ((command = find_command(&c.a, &sw)) == NULL)
		;
	else if (!command->has_objects && c.a.nc != 0)
		sw = SW_LENGTH;
	else if (get_objects(&c.a, &c.o) != 0)
		sw = SW_DATA;
	else if (command->needs_pad && (properties->features & PADLINK_HAS_TEXT) == 0)
		sw = SW_CONDITIONS;
	else if ((r = command->run(&c, &sw)) == ERR_FORMAT) {
		sw = SW_DATA;
		r = 0;
	}
	if (r != 0)
		return r;
	wr_u16(wr, sw);
	return wr_end(wr);
}
