#include "ifdhandler/ctbcs_call.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/pin.h"

/* OUTPUT and INPUT. */

enum {
	TAKE_ALL = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR,
};

int
ctbcs_output(struct ctbcs_call *c, uint16_t *sw)
{
	struct padlink_output out = { 0 };

	if ((c->o.has & CTBCS_HAS_TEXT) == 0)
		return ERR_FORMAT;
	*sw = SW_OK;
	out.seconds = c->o.seconds;
	out.n = c->o.text_n;
	memcpy(out.text, c->o.text, c->o.text_n);
	return c->reader->ops->output(c->reader, &out);
}

static int
ask(struct ctbcs_call *c, struct padlink_input *in, uint16_t *sw)
{
	uint8_t keys[PADLINK_LINE_MAX] = { 0 };
	size_t n = 0;
	int r;

	if ((c->o.has & CTBCS_HAS_TEXT) == 0 || c->o.seconds == 0)
		return ERR_FORMAT;
	in->seconds = c->o.seconds;
	in->n = c->o.text_n;
	memcpy(in->text, c->o.text, c->o.text_n);
	r = c->reader->ops->input(c->reader, in, keys, &n);
	if (r == 0 && n == 1 && keys[0] == PADLINK_KEY_CANCEL)
		r = ERR_CANCELLED;
	*sw = r == ERR_TIMEOUT ? SW_PAD_TIMEOUT : r == ERR_CANCELLED ? SW_PAD_CANCELLED : SW_OK;
	if (r == 0)
		wr_bytes(c->data, keys, n);
	explicit_bzero(keys, sizeof(keys));
	return r == ERR_TIMEOUT || r == ERR_CANCELLED ? 0 : r;
}

int
ctbcs_key(struct ctbcs_call *c, uint16_t *sw)
{
	struct padlink_input in = {
		.take = (c->o.has & CTBCS_HAS_KEYS) != 0 ? c->o.keys : TAKE_ALL,
	};

	if (c->a.ne > 1 && c->a.ne != APDU_NE_SHORT) {
		*sw = SW_LENGTH;
		return 0;
	}
	return ask(c, &in, sw);
}

/* Le is how many digits there may be; without one, and with 00, as many as a line has. */
int
ctbcs_line(struct ctbcs_call *c, uint16_t *sw)
{
	static const uint8_t modes[] = {
		[P2_LINE_BLANK] = PADLINK_LINE_BLANK,
		[P2_LINE_CLEAR] = PADLINK_LINE_CLEAR,
		[P2_LINE_STARS] = PADLINK_LINE_STARS,
	};
	const size_t most = c->a.ne == 0 || c->a.ne == APDU_NE_SHORT ? PADLINK_LINE_MAX : c->a.ne;
	struct padlink_input in = {
		.take = TAKE_ALL, .mode = modes[c->a.p2], .next_s = CTBCS_NEXT_S,
	};

	if (most > PADLINK_LINE_MAX) {
		*sw = SW_LENGTH;
		return 0;
	}
	in.max = (uint8_t)most;
	return ask(c, &in, sw);
}
