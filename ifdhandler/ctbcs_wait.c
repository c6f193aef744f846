#include "ifdhandler/ctbcs_call.h"

#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/pin.h"

/* REQUEST ICC and EJECT ICC. */

enum { LOOKS = 20, LOOK_NS = 1000000000 / LOOKS };	/* in a second */
enum { P2_QUIET = 0xf0 };	/* the reader shows nothing of its own */

/* pcscd's polling thread alone may use the reader's own wait. */
static int
look_for_a_second(struct slot *slot, int present)
{
	const struct timespec t = { .tv_nsec = LOOK_NS };

	for (int i = 0; i < LOOKS; i++) {
		(void)nanosleep(&t, NULL);
		if (slot_look(slot) == present)
			return 0;
	}
	return ERR_TIMEOUT;
}

/* Whether the reader is still there is seen by its answer to INPUT, also by one that refuses. */
static int
wait_a_second(struct slot *slot, const struct padlink_input *in, int present)
{
	uint8_t key[PADLINK_LINE_MAX];
	size_t n = 0;
	int r;

	if ((r = slot->reader->ops->input(slot->reader, in, key, &n)) == 0)
		return ERR_CANCELLED;
	if (r == ERR_UNSUPPORTED)
		return look_for_a_second(slot, present);
	return r == ERR_TIMEOUT && slot_look(slot) == present ? 0 : r;
}

/*
 * Until the card is there (1) or not (0), showing the objects' text or that one, and the display
 * is clear. Cancel ends it; a reader that shows no text and reports no key waits without. 0,
 * ERR_TIMEOUT, ERR_CANCELLED, ERR_READER_GONE. It looks at least once.
 */
static int
wait_for_card(struct slot *slot, const struct ctbcs_objects *o, int present, const char *text)
{
	static const struct padlink_output blank;
	struct padlink_input in = { .seconds = 1, .take = PADLINK_TAKE_CANCEL };
	const int given = (o->has & CTBCS_HAS_TEXT) != 0;
	int r = ERR_TIMEOUT;

	if (slot_look(slot) == present)
		return 0;
	in.n = given ? o->text_n : (uint8_t)strlen(text);
	memcpy(in.text, given ? (const char *)o->text : text, in.n);
	for (unsigned s = 0; s < o->seconds && r == ERR_TIMEOUT; s++)
		r = wait_a_second(slot, &in, present);
	if (o->seconds > 0)
		(void)slot->reader->ops->output(slot->reader, &blank);
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

/* Powers no card, so there is no ATR to answer: that is pcscd's, and in its status. */
int
ctbcs_request(struct ctbcs_call *c, uint16_t *sw)
{
	const char *text = (c->a.p2 & 0xf0) == P2_QUIET ? "" : "Insert card";

	if (((c->a.p2 & 0xf0) != 0 && (c->a.p2 & 0xf0) != P2_QUIET) ||
	    (c->a.p2 & 0x0f) > ATR_HISTORICAL) {
		*sw = SW_P1P2;
		return 0;
	}
	if (slot_look(c->slot)) {
		*sw = SW_CT_ALREADY;
		return 0;
	}
	return end_of_wait(wait_for_card(c->slot, &c->o, 1, text), sw);
}

int
ctbcs_eject(struct ctbcs_call *c, uint16_t *sw)
{
	return end_of_wait(wait_for_card(c->slot, &c->o, 0, "Remove card"), sw);
}
