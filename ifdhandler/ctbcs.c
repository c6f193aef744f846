#include "ifdhandler/ctbcs.h"

#include "card-os/iso7816/err.h"
#include "ifdhandler/ctbcs_call.h"

enum { CLA_CT = 0x20 };

enum {
	ANY_P2 = -1,
	NONE = 0,
	TEXT_TIME = CTBCS_HAS_TEXT | CTBCS_HAS_TIME,
	OF_PIN = CTBCS_HAS_COMMAND | CTBCS_HAS_DIGITS | CTBCS_HAS_MESSAGES | CTBCS_HAS_COUNT |
	    CTBCS_HAS_TIME,
};

static const struct command {
	uint8_t ins, p1;
	int p2;
	uint8_t needs;		/* PADLINK_HAS_* */
	uint8_t seconds;	/* without a time */
	unsigned may;		/* objects that it takes; without any it takes no data */
	int (*run)(struct ctbcs_call *, uint16_t *sw);
} commands[] = {
	{ CTBCS_INS_RESET, UNIT_KERNEL, ATR_NONE, 0, 0, NONE, ctbcs_reset },
	{ CTBCS_INS_RESET, UNIT_ICC1, ATR_NONE, 0, 0, NONE, ctbcs_reset_icc },
	{ CTBCS_INS_RESET, UNIT_ICC1, ATR_WHOLE, 0, 0, NONE, ctbcs_reset_icc },
	{ CTBCS_INS_RESET, UNIT_ICC1, ATR_HISTORICAL, 0, 0, NONE, ctbcs_reset_icc },
	{ CTBCS_INS_REQUEST, UNIT_ICC1, ANY_P2, 0, CTBCS_SECONDS, TEXT_TIME, ctbcs_request },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_MANUFACTURER, 0, 0, NONE, ctbcs_manufacturer },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_ICC, 0, 0, NONE, ctbcs_icc },
	{ CTBCS_INS_STATUS, UNIT_ICC1, STATUS_ICC, 0, 0, NONE, ctbcs_icc },
	{ CTBCS_INS_STATUS, UNIT_KERNEL, STATUS_UNITS, 0, 0, NONE, ctbcs_units },
	{ CTBCS_INS_EJECT, UNIT_ICC1, ANY_P2, 0, CTBCS_SECONDS, TEXT_TIME, ctbcs_eject },
	{ CTBCS_INS_INPUT, UNIT_KEYPAD, P2_ONE_KEY, PADLINK_HAS_TEXT, CTBCS_SECONDS,
	    TEXT_TIME | CTBCS_HAS_KEYS, ctbcs_key },
	{ CTBCS_INS_INPUT, UNIT_KEYPAD, P2_LINE_BLANK, PADLINK_HAS_TEXT, CTBCS_SECONDS, TEXT_TIME,
	    ctbcs_line },
	{ CTBCS_INS_INPUT, UNIT_KEYPAD, P2_LINE_CLEAR, PADLINK_HAS_TEXT, CTBCS_SECONDS, TEXT_TIME,
	    ctbcs_line },
	{ CTBCS_INS_INPUT, UNIT_KEYPAD, P2_LINE_STARS, PADLINK_HAS_TEXT, CTBCS_SECONDS, TEXT_TIME,
	    ctbcs_line },
	{ CTBCS_INS_OUTPUT, UNIT_DISPLAY, 0x00, PADLINK_HAS_TEXT, 0, TEXT_TIME, ctbcs_output },
	{ CTBCS_INS_PERFORM, UNIT_ICC1, 0x00, PADLINK_HAS_DIRECT, 0, OF_PIN, ctbcs_perform },
	{ CTBCS_INS_MODIFY, UNIT_ICC1, 0x00, PADLINK_HAS_DIRECT, 0, OF_PIN, ctbcs_modify },
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

/* The objects, or, of REQUEST and EJECT, the one byte of data that means a time. */
static int
get_objects(struct ctbcs_call *c, const struct command *command)
{
	const int waits = c->a.ins == CTBCS_INS_REQUEST || c->a.ins == CTBCS_INS_EJECT;
	int r;

	if (waits && c->a.nc == 1) {
		c->o.seconds = c->a.data[0];
		return 0;
	}
	r = ctbcs_objects(c->a.data, c->a.nc, command->may, &c->o);
	if ((c->o.has & CTBCS_HAS_TIME) == 0)
		c->o.seconds = command->seconds;
	return r;
}

/* What a command may end with beside success and a reader that has gone. */
static const struct {
	int r;
	uint16_t sw;
} ends[] = {
	{ ERR_FORMAT, SW_DATA },
	{ ERR_UNSUPPORTED, SW_CONDITIONS },
	{ ERR_BUSY, SW_CONDITIONS },	/* a PIN entry was started */
};

int
ctbcs_run(struct slot *slot, const struct reader_properties *properties, const uint8_t *p,
    size_t n, struct wr *wr)
{
	struct ctbcs_call c = {
		.slot = slot, .reader = slot->reader, .properties = properties, .data = wr,
	};
	const struct command *command;
	uint16_t sw = 0;
	int r = 0;

	if (apdu_decode(p, n, &c.a) != 0)
		sw = SW_LENGTH;
	else if (c.a.cla != CLA_CT)
		sw = SW_CLA;
	else if ((command = find_command(&c.a, &sw)) == NULL)
		;
	else if (command->may == NONE && c.a.nc != 0)
		sw = SW_LENGTH;
	else if (get_objects(&c, command) != 0)
		sw = SW_DATA;
	else if ((properties->features & command->needs) != command->needs)
		sw = SW_CONDITIONS;
	else
		r = command->run(&c, &sw);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].r == r) {
			sw = ends[i].sw;
			r = 0;
		}
	if (r != 0)
		return r;
	wr_u16(wr, sw);
	return wr_end(wr);
}
