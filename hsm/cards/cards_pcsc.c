#include "hsm/cards/cards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/pcsc_list.h"
#include "hsm/cards/pcsc_pad.h"
#include "hsm/cards/reader_name.h"

enum {
	LIST_MS = 1000,
	OPEN_MS = 2000,		/* pcscd takes a second to say that a reader does not answer */
	STATUS_SLICE_MS = 250,
	BUSY_SLICE_MS = 100,
	CHANGE_MS = 500,
};

struct cards_pcsc {
	struct cards cards;
	char reader[CARDS_NAME_MAX];	/* the one that is open */
	struct pad_features features;
	struct pcsc conn;		/* with the card, or direct; one: two lock each other out */
	struct pcsc_attempts attempts;	/* to connect; they outlive close */
	struct pcsc_watch watch;
	atomic_int cancelled;
};

static struct cards_pcsc *
of(struct cards *c)
{
	return (struct cards_pcsc *)c;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
pause_ms(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static int
status(struct cards_pcsc *p)
{
	return pcsc_status(&p->watch, p->reader);
}

static int
pcsc_list(struct cards *c, struct cards_reader *v, size_t max, size_t *n)
{
	struct cards_pcsc *p = of(c);
	char names[CARDS_READERS_MAX][CARDS_NAME_MAX];
	size_t i, have;
	int r;

	*n = 0;
	r = pcsc_names(&p->watch, names, &have);
	for (i = 0; r == 0 && i < have && *n < max; i++)
		if ((r = pcsc_look(&p->watch, &p->attempts, names[i], &p->cancelled, &v[*n])) == 0)
			++*n;
	return r;
}

static int
connect_reader(struct cards_pcsc *p, int ms, const atomic_int *cancelled)
{
	return pcsc_connect(&p->attempts, &p->conn, p->reader, 0, ms, cancelled);
}

/* A connection of some kind: with the card if there is one, else to the reader alone. */
static int
some_connection(struct cards_pcsc *p)
{
	return p->conn.open ? 0 : connect_reader(p, PCSC_BUSY_MS, &p->cancelled);
}

/* A virtual reader without its pad answers questions, but it shows nothing. */
static int
try_reader(struct cards_pcsc *p, const struct cards_reader *v, struct cards_reader *got)
{
	int r;

	if (v->busy)
		return ERR_BUSY;
	if (v->gone)
		return ERR_READER_GONE;
	if (!v->pin_pad)
		return ERR_NO_PIN_PAD;
	*got = *v;
	memcpy(p->reader, v->name, sizeof(p->reader));
	if ((r = some_connection(p)) == 0 &&
	    (r = pcsc_pad_features(&p->conn, &p->features, &got->display)) == 0 &&
	    p->features.mct != 0)
		r = pcsc_pad_show(&p->conn, &p->features, "");
	/* It has no display, or none for us. */
	if (r == ERR_UNSUPPORTED || r == ERR_IO)
		got->display = r = 0;
	if (r != 0) {
		pcsc_disconnect(&p->conn);
		p->reader[0] = '\0';
	}
	return r;
}

/* Only the one that is meant is looked at: others may be in the midst of something. */
static int
try_named(struct cards_pcsc *p, const char names[][CARDS_NAME_MAX], size_t n, const char *name,
    struct cards_reader *got)
{
	struct cards_reader v;
	size_t which;
	int r;

	if (reader_named(names, n, name, &which) != 0)
		return ERR_READER_NONE;
	if ((r = pcsc_look(&p->watch, &p->attempts, names[which], &p->cancelled, &v)) != 0)
		return r;
	return try_reader(p, &v, got);
}

/* The first that will do; else why the best of them will not. */
static int
try_readers(struct cards_pcsc *p, const char *name, struct cards_reader *got)
{
	static const int worst_first[] = {
		ERR_READER_NONE, ERR_NO_PIN_PAD, ERR_READER_GONE, ERR_BUSY,
	};
	char names[CARDS_READERS_MAX][CARDS_NAME_MAX];
	size_t n, i, j, best = 0;
	int r;

	if ((r = pcsc_names(&p->watch, names, &n)) != 0)
		return r;
	if (name[0] != '\0')
		return try_named(p, names, n, name, got);
	for (i = 0; i < n; i++) {
		if ((r = try_named(p, names, n, names[i], got)) == 0)
			return 0;
		for (j = 0; j < sizeof(worst_first) / sizeof(worst_first[0]); j++)
			if (worst_first[j] == r && j > best)
				best = j;
	}
	return r == 0 || best > 0 ? worst_first[best] : r;
}

static int
pcsc_open(struct cards *c, const char *name, struct cards_reader *got)
{
	struct cards_pcsc *p = of(c);
	int64_t end = now_ms() + OPEN_MS;
	int r;

	/* The driver looks for a pad that was plugged in just now four times a second. */
	do {
		memset(got, 0, sizeof(*got));
		if (atomic_exchange(&p->cancelled, 0))
			return ERR_CANCELLED;
		if ((r = try_readers(p, name, got)) == ERR_READER_GONE)
			pause_ms(STATUS_SLICE_MS);
	} while (r == ERR_READER_GONE && now_ms() < end);
	return r;
}

static void
pcsc_close(struct cards *c)
{
	const atomic_int never = 0;
	struct cards_pcsc *p = of(c);

	/* Cancelled or not, or only now, nothing of ours stays on the display. */
	atomic_store(&p->cancelled, 0);
	if (p->reader[0] != '\0' && p->features.mct != 0 &&
	    (p->conn.open || connect_reader(p, LIST_MS, &never) == 0))
		(void)pcsc_pad_show(&p->conn, &p->features, "");
	pcsc_disconnect(&p->conn);
	pcsc_watch_end(&p->watch);
	p->reader[0] = '\0';
	memset(&p->features, 0, sizeof(p->features));
}

static int
pcsc_present(struct cards *c)
{
	struct cards_pcsc *p = of(c);

	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	return status(p);
}

static int
pcsc_wait(struct cards *c, int present, int timeout_ms)
{
	struct cards_pcsc *p = of(c);
	SCARD_READERSTATE s = { .szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE };
	int64_t end = now_ms() + timeout_ms, left;
	DWORD slice;
	int r;

	for (;;) {
		if (atomic_load(&p->cancelled))
			return ERR_CANCELLED;
		if ((r = pcsc_watch(&p->watch)) != 0)
			return r;
		/* In slices: a cancel that comes just before the call would not end it. */
		left = end - now_ms();
		slice = left < 0 ? 0 : left < STATUS_SLICE_MS ? (DWORD)left : STATUS_SLICE_MS;
		r = pcsc_err(SCardGetStatusChange(p->watch.context, slice, &s, 1));
		if (r != 0 && r != ERR_TIMEOUT)
			return r;
		s.dwCurrentState = s.dwEventState;
		r = pcsc_presence(s.dwEventState);
		if (r < 0 || (r == 1) != (present != 0) || now_ms() >= end)
			return r;
	}
}

/* The card is not there: was it pulled, or did the reader go, which then shows nothing? */
static int
gone_or(struct cards_pcsc *p, int err)
{
	if (!p->conn.open || pcsc_pad_show(&p->conn, &p->features, "") != ERR_READER_GONE)
		return err;
	return ERR_READER_GONE;
}

static int
pcsc_connect_card(struct cards *c)
{
	struct cards_pcsc *p = of(c);

	SCARD_READERSTATE s = { .szReader = p->reader, .dwCurrentState = SCARD_STATE_UNAWARE };
	int r;

	if (atomic_load(&p->cancelled))
		return ERR_CANCELLED;
	pcsc_disconnect(&p->conn);
	if ((r = pcsc_watch(&p->watch)) != 0 || (r = pcsc_err(SCardGetStatusChange(p->watch.context, 0, &s, 1))) != 0)
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
	struct cards_pcsc *p = of(c);

	if (p->conn.card)
		pcsc_disconnect(&p->conn);
}

static int
pcsc_transmit(struct cards *c, const uint8_t *command, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct cards_pcsc *p = of(c);
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
	struct cards_pcsc *p = of(c);
	int64_t start = now_ms(), end = start + (int64_t)seconds * 1000, busy = start;
	int shown = 0, r;

	*key = CARDS_NO_KEY;
	if (p->features.mct == 0)
		return ERR_UNSUPPORTED;
	do {
		if (atomic_load(&p->cancelled))
			return ERR_CANCELLED;
		if ((r = some_connection(p)) != 0)
			return r;
		r = seconds == 0 ? pcsc_pad_show(&p->conn, &p->features, text) :
		    ask_once(p, text, !shown, key);
		if (r == ERR_BUSY && now_ms() - busy < PCSC_BUSY_MS) {
			/* Another program talks to the card just now. */
			pause_ms(BUSY_SLICE_MS);
			continue;
		}
		if (r != 0 || seconds == 0)
			return r;
		shown = 1;
		busy = now_ms();
	} while (*key == CARDS_NO_KEY && (!shown || now_ms() < end));
	return atomic_load(&p->cancelled) ? ERR_CANCELLED : 0;
}

static int
pcsc_pin(struct cards *c, uint8_t ref, int modify, unsigned first_s, unsigned next_s, uint16_t *sw)
{
	struct cards_pcsc *p = of(c);
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
	atomic_store(&of(c)->cancelled, 1);
}

static const struct cards_ops ops = {
	.list = pcsc_list,
	.open = pcsc_open,
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
	pcsc_let_go(&of(c)->attempts);
	free(of(c));
}
