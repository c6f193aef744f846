#include "tests/usb/jack_run.h"

#include <string.h>

enum { P2_HISTORICAL = 2, P2_KEEP = 4 };

void
jack_bcs_power(struct jack_bcs *b, uint8_t action, void (*next)(struct jack_bcs *))
{
	b->powered = 0;
	jack_bcs_ask(b, PADLINK_POWER, &action, 1, next);
}

static void
powered_up(struct jack_bcs *b)
{
	const uint8_t *atr = b->pad->answer;
	size_t n = b->pad->answer_n, historical;

	if (b->pad->status != PADLINK_OK) {
		jack_bcs_finish_sw(b, jack_bcs_why(b->pad));
		return;
	}
	b->powered = 1;
	b->changes = b->pad->hello.card.changes;
	if (b->p2 == 0)
		n = 0;
	else if (b->p2 == P2_HISTORICAL && n > 1) {
		historical = atr[1] & 0x0f;
		/* TCK stands behind them in every card that has T=1. */
		if (historical + 2 < n)
			atr += n - 1 - historical;
		n = historical;
	}
	jack_bcs_finish(b, atr, n, JACK_ASYNC);
}

static void
transmitted(struct jack_bcs *b)
{
	if (b->pad->status == PADLINK_OK && b->pad->answer_n >= 2) {
		memcpy(b->rsp, b->pad->answer, b->pad->answer_n);
		b->rsp_n = b->pad->answer_n;
		b->next = NULL;
		b->done = 1;
		return;
	}
	/* The reader says this, not the card. */
	b->nad = JACK_CT;
	jack_bcs_finish_sw(b, jack_bcs_why(b->pad));
}

void
jack_run_card(struct jack_bcs *b, const uint8_t *p, size_t n)
{
	if (jack_bcs_card_in(b) && b->powered) {
		jack_bcs_ask(b, PADLINK_TRANSMIT, p, n, transmitted);
		return;
	}
	b->nad = JACK_CT;
	jack_bcs_finish_sw(b, jack_bcs_card_in(b) ? JACK_NO_POWER : JACK_NO_CARD);
}

void
jack_run_protocol(struct jack_bcs *b, const struct jack_command *c)
{
	/* Cardinal's cards have T=1 alone. */
	static const uint8_t t1[] = { 0x22, 0x01, 0x02 };

	if (!jack_bcs_card_in(b) || !b->powered)
		jack_bcs_finish_sw(b, jack_bcs_card_in(b) ? JACK_NO_POWER : JACK_NO_CARD);
	else
		jack_bcs_finish_sw(b, c->lc == sizeof(t1) && memcmp(c->data, t1, sizeof(t1)) == 0 ?
		    JACK_OK : SW_DATA);
}

void
jack_run_reset_card(struct jack_bcs *b, const struct jack_command *c)
{
	(void)c;
	if (!jack_bcs_card_in(b))
		jack_bcs_finish_sw(b, JACK_NO_CARD);
	else
		jack_bcs_power(b, b->powered ? PADLINK_RESET : PADLINK_POWER_UP, powered_up);
}

/* Waiting for a card, or for its end. -------------------------------------------------------- */

static void
card_came(struct jack_bcs *b)
{
	if (jack_bcs_card_in(b))
		jack_bcs_power(b, PADLINK_POWER_UP, powered_up);
	else if (b->pad->status == PADLINK_OK)
		jack_bcs_finish_sw(b, JACK_CANCELLED);
	else
		jack_bcs_finish_sw(b, JACK_NOT_IN_TIME);
}

static void
card_went(struct jack_bcs *b)
{
	if (!jack_bcs_card_in(b))
		jack_bcs_finish_sw(b, JACK_ASYNC);
	else if (b->pad->status == PADLINK_OK)
		jack_bcs_finish_sw(b, JACK_CANCELLED);
	else
		jack_bcs_finish_sw(b, JACK_NOT_IN_TIME);
}

static void
look_for_card(struct jack_bcs *b)
{
	if ((jack_bcs_card_in(b) != 0) != (b->next == card_came))
		return;
	b->look = NULL;
	padside_cancel(b->pad);
}

static void
wait_for_card(struct jack_bcs *b, const char *text, void (*next)(struct jack_bcs *))
{
	struct padlink_input in = { .seconds = b->seconds, .take = PADLINK_TAKE_CANCEL };

	in.n = (uint8_t)strlen(text);
	memcpy(in.text, text, in.n);
	b->look = look_for_card;
	if (!jack_bcs_has_text(b) || !jack_bcs_input(b, &in, next))
		jack_bcs_finish_sw(b, JACK_NOT_IN_TIME);
}

void
jack_run_request(struct jack_bcs *b, const struct jack_command *c)
{
	(void)c;
	if (jack_bcs_card_in(b) && b->powered)
		jack_bcs_finish_sw(b, JACK_ALREADY);
	else if (jack_bcs_card_in(b))
		jack_bcs_power(b, PADLINK_POWER_UP, powered_up);
	else if (!b->has_seconds || b->seconds == 0)
		jack_bcs_finish_sw(b, JACK_NOT_IN_TIME);
	else
		wait_for_card(b, "Insert card", card_came);
}

static void
powered_down(struct jack_bcs *b)
{
	if ((b->p2 & P2_KEEP) != 0 || !b->has_seconds)
		jack_bcs_finish_sw(b, JACK_OK);
	else if (!jack_bcs_card_in(b))
		jack_bcs_finish_sw(b, JACK_ASYNC);
	else if (b->seconds == 0)
		jack_bcs_finish_sw(b, JACK_NOT_IN_TIME);
	else
		wait_for_card(b, "Remove card", card_went);
}

void
jack_run_eject(struct jack_bcs *b, const struct jack_command *c)
{
	(void)c;
	jack_bcs_power(b, PADLINK_POWER_DOWN, powered_down);
}
