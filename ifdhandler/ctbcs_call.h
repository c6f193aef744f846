#ifndef CARDINAL_CTBCS_CALL_H
#define CARDINAL_CTBCS_CALL_H

#include "ifdhandler/ctbcs.h"
#include "ifdhandler/ctbcs_objects.h"

/* One command that runs. */
struct ctbcs_call {
	struct slot *slot;
	struct reader *reader;
	const struct reader_properties *properties;
	struct apdu a;
	struct ctbcs_objects o;
	struct wr *data;	/* of the answer */
};

/* Units, and what P2 asks for. */
enum {
	UNIT_KERNEL = 0x00, UNIT_ICC1 = 0x01, UNIT_DISPLAY = 0x40, UNIT_KEYPAD = 0x50,
	STATUS_MANUFACTURER = 0x46, STATUS_ICC = 0x80, STATUS_UNITS = 0x81,
	ATR_NONE = 0, ATR_WHOLE = 1, ATR_HISTORICAL = 2,	/* what is answered of it */
	P2_ONE_KEY = 0x10,	/* INPUT: a single key, not shown; else how a line is */
	P2_LINE_BLANK = 0, P2_LINE_CLEAR = 1, P2_LINE_STARS = 2,
};

/*
 * Each 0 with *sw, or ERR_FORMAT (6A80), ERR_UNSUPPORTED, ERR_BUSY (both 6985), or what ends the
 * call without a status word.
 */
int ctbcs_reset(struct ctbcs_call *, uint16_t *sw);
int ctbcs_reset_icc(struct ctbcs_call *, uint16_t *sw);
int ctbcs_manufacturer(struct ctbcs_call *, uint16_t *sw);
int ctbcs_icc(struct ctbcs_call *, uint16_t *sw);
int ctbcs_units(struct ctbcs_call *, uint16_t *sw);
int ctbcs_request(struct ctbcs_call *, uint16_t *sw);
int ctbcs_eject(struct ctbcs_call *, uint16_t *sw);
int ctbcs_output(struct ctbcs_call *, uint16_t *sw);
int ctbcs_key(struct ctbcs_call *, uint16_t *sw);
int ctbcs_line(struct ctbcs_call *, uint16_t *sw);
int ctbcs_perform(struct ctbcs_call *, uint16_t *sw);
int ctbcs_modify(struct ctbcs_call *, uint16_t *sw);

#endif
