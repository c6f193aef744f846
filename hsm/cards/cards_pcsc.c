#include "hsm/cards/cards_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"

enum {
	BUSY_SLICE_MS = 100,
	CHANGE_MS = 500,
	THERE_MS = 1000,
};

static int
status(struct cards_pcsc *p)
{
	return pcsc_status(&p->watch, p->reader);
}

/* Now and then: whether the pad of a virtual reader that shows no text is still there. */
static int
still_there(struct cards_pcsc *p)
{
	int r;

	if (!p->asks_pad || cards_now_ms() - p->asked < THERE_MS)
		return 0;
	p->asked = cards_now_ms();
	if (!p->conn.open && (r = cards_connect_reader(p, THERE_MS / 4, &p->cancelled)) != 0)
		return r == ERR_READER_GONE ? r : 0;
	return pcsc_pad_there(&p->conn, &p->features);
}

static void
pcsc_close(struct cards *c)
{
	const atomic_int never = 0;
	struct cards_pcsc *p = cards_of(c);

	/* Cancelled or not, or only now, nothing of ours stays on the display. */
	atomic_store(&p->cancelled, 0);
	if (p->reader[0] != '\0' && p->features.mct != 0 &&
	    (p->conn.open || cards_connect_reader(p, LIST_MS, &never) == 0))
		(void)pcsc_pad_show(&p->conn, &p->features, "");
	pcsc_disconnect(&p->conn);
	pcsc_watch_end(&p->watch);
	p->reader[0] = '\0';
	memset(&p->features, 0, sizeof(p->features));
}

static int
pcsc_present(struct cards *c)
{
	struct cards_pcsc *p = cards_of(c);

	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	return status(p);
}

static int
pcsc_wait(struct cards *c, int present, int timeout_ms)
{
	struct cards_pcsc *p = cards_of(c);
	SCARD_READERSTATE s = { .szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE };
	int64_t end = cards_now_ms() + timeout_ms, left;
	DWORD slice;
	int r, there;

	for (;;) {
		if (atomic_load(&p->cancelled))
			return ERR_CANCELLED;
		if ((r = pcsc_watch(&p->watch)) != 0)
			return r;
		/* In slices: a cancel that comes just before the call would not end it. */
		left = end - cards_now_ms();
		slice = left < 0 ? 0 : left < STATUS_SLICE_MS ? (DWORD)left : STATUS_SLICE_MS;
		r = pcsc_err(SCardGetStatusChange(p->watch.context, slice, &s, 1));
		if (r != 0 && r != ERR_TIMEOUT)
			return r;
		s.dwCurrentState = s.dwEventState;
		r = pcsc_presence(s.dwEventState);
		if (r == 0 && (there = still_there(p)) != 0)
			return there;
		if (r < 0 || (r == 1) != (present != 0) || cards_now_ms() >= end)
			return r;
	}
}

/* The card is not there: was it pulled, or did the reader go, which then shows nothing? */
static int
gone_or(struct cards_pcsc *p, int err)
{
	int r = 0;

	if (p->conn.open)
		r = p->asks_pad ? pcsc_pad_there(&p->conn, &p->features) :
		    pcsc_pad_show(&p->conn, &p->features, "");
	return r == ERR_READER_GONE ? r : err;
}

static int
pcsc_connect_card(struct cards *c)
{
	struct cards_pcsc *p = cards_of(c);

	SCARD_READERSTATE s = { .szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE };
	int r;

	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	pcsc_disconnect(&p->conn);
	if ((r = pcsc_watch(&p->watch)) != 0 ||
	    (r = pcsc_err(SCardGetStatusChange(p->watch.context, 0, &s, 1))) != 0)
		return r;
	r = pcsc_connect(&p->attempts, &p->conn, p->reader, 1, PCSC_BUSY_MS, &p->cancelled);
	if (r != ERR_CARD_ANSWER)
		return r;
	/*
	 * A mute card; or one that has just taken the place of another, which the service wanted to
	 * power. Then it notices that the first one has gone.
	 */
	s.dwCurrentState = s.dwEventState;
	if (SCardGetStatusChange(p->watch.context, CHANGE_MS, &s, 1) != SCARD_S_SUCCESS ||
	    pcsc_wait(c, 0, CHANGE_MS) != 1)
		return r;
	return pcsc_connect(&p->attempts, &p->conn, p->reader, 1, PCSC_BUSY_MS, &p->cancelled);
}

static void
pcsc_disconnect_card(struct cards *c)
{
	struct cards_pcsc *p = cards_of(c);

	if (p->conn.card)
		pcsc_disconnect(&p->conn);
}

static int
pcsc_transmit(struct cards *c, const uint8_t *command, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct cards_pcsc *p = cards_of(c);
	DWORD got = (DWORD)*rsp_n;
	int r;

	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	if (!p->conn.card)
		return ERR_NO_CARD;
	r = pcsc_err(SCardTransmit(p->conn.handle, SCARD_PCI_T1, command, (DWORD)n, NULL, rsp,
	    &got));
	*rsp_n = r == 0 ? got : 0;
	if (r == ERR_IO && status(p) == 0)
		r = ERR_CARD_REMOVED;
	if (r == ERR_NO_CARD || r == ERR_CARD_REMOVED)
		r = gone_or(p, ERR_CARD_REMOVED);
	return r;
}

/* A second of waiting for a key; then pcscd has its lock back and a card may have gone. */
static int
ask_once(struct cards_pcsc *p, const char *text, int beep, enum cards_key *key)
{
	int r = pcsc_pad_key(&p->conn, &p->features, text, beep, key);

	if (r != 0 || *key != CARDS_NO_KEY)
		return r;
	r = status(p);
	if (r == 0 && p->conn.card)
		return ERR_CARD_REMOVED;
	return r < 0 ? r : 0;
}

static int
pcsc_prompt(struct cards *c, const char *text, unsigned seconds, enum cards_key *key)
{
	struct cards_pcsc *p = cards_of(c);
	int64_t start = cards_now_ms(), end = start + (int64_t)seconds * 1000, busy = start;
	int shown = 0, r;

	*key = CARDS_NO_KEY;
	if (p->features.mct == 0)
		return ERR_UNSUPPORTED;
	do {
		if (atomic_load(&p->cancelled))
			return ERR_CANCELLED;
		if ((r = cards_some_connection(p)) != 0)
			return r;
		r = seconds == 0 ? pcsc_pad_show(&p->conn, &p->features, text) :
		    ask_once(p, text, !shown, key);
		if (r == ERR_BUSY && cards_now_ms() - busy < PCSC_BUSY_MS) {
			/* Another program talks to the card just now. */
			cards_pause_ms(BUSY_SLICE_MS);
			continue;
		}
		if (r != 0 || seconds == 0)
			return r;
		shown = 1;
		busy = cards_now_ms();
	} while (*key == CARDS_NO_KEY && (!shown || cards_now_ms() < end));
	return atomic_load(&p->cancelled) ? ERR_CANCELLED : 0;
}

static int
pcsc_pin(struct cards *c, uint8_t ref, int modify, unsigned first_s, unsigned next_s, uint16_t *sw)
{
	struct cards_pcsc *p = cards_of(c);
	int r;

	*sw = 0;
	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	if (!p->conn.card)
		return ERR_NO_CARD;
	r = pcsc_pad_pin(&p->conn, &p->features, ref, modify, first_s, next_s, sw);
	if (r == ERR_NO_CARD || r == ERR_IO)
		return gone_or(p, ERR_CARD_REMOVED);
	return r == 0 && atomic_load(&p->cancelled) ? ERR_CANCELLED : r;
}

static void
pcsc_cancel(struct cards *c)
{
	atomic_store(&cards_of(c)->cancelled, 1);
}

static const struct cards_ops ops = {
	.list = cards_list,
	.open = cards_open,
	.close = pcsc_close,
	.present = pcsc_present,
	.wait = pcsc_wait,
	.connect = pcsc_connect_card,
	.disconnect = pcsc_disconnect_card,
	.transmit = pcsc_transmit,
	.prompt = pcsc_prompt,
	.pin = pcsc_pin,
	.cancel = pcsc_cancel,
};

int
cards_pcsc_new(struct cards **out)
{
	struct cards_pcsc *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	p->cards.ops = &ops;
	*out = &p->cards;
	return 0;
}

void
cards_pcsc_free(struct cards *c)
{
	if (c == NULL)
		return;
	pcsc_close(c);
	pcsc_let_go(&cards_of(c)->attempts);
	free(cards_of(c));
}
