#include "hsm/cards/cards_parts.h"

#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/reader_name.h"

enum { OPEN_MS = 2000 };	/* pcscd takes a second to say that a reader does not answer */

struct cards_pcsc *
cards_of(struct cards *c)
{
	return (struct cards_pcsc *)c;
}

int64_t
cards_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
cards_pause_ms(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

int
cards_connect_reader(struct cards_pcsc *p, int ms, const atomic_int *cancelled)
{
	return pcsc_connect(&p->attempts, &p->conn, p->reader, 0, ms, cancelled);
}

int
cards_some_connection(struct cards_pcsc *p)
{
	return p->conn.open ? 0 : cards_connect_reader(p, PCSC_BUSY_MS, &p->cancelled);
}

int
cards_list(struct cards *c, struct cards_reader *v, size_t max, size_t *n)
{
	struct cards_pcsc *p = cards_of(c);
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

/* A virtual reader whose pad has gone is told by this, too. */
static int
try_display(struct cards_pcsc *p, struct cards_reader *got)
{
	int r;

	p->asks_pad = 0;
	if (p->features.mct == 0)
		return 0;
	r = pcsc_pad_show(&p->conn, &p->features, "");
	if (r != ERR_UNSUPPORTED && r != ERR_IO)
		return r;
	/* It has no display, or none for us. */
	got->display = 0;
	p->asks_pad = reader_is_virtual(p->reader);
	return p->asks_pad ? pcsc_pad_there(&p->conn, &p->features) : 0;
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
	if ((r = cards_some_connection(p)) == 0 &&
	    (r = pcsc_pad_features(&p->conn, &p->features, &got->display)) == 0)
		r = try_display(p, got);
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

int
cards_open(struct cards *c, const char *name, struct cards_reader *got)
{
	struct cards_pcsc *p = cards_of(c);
	int64_t end = cards_now_ms() + OPEN_MS;
	int r;

	/* The driver looks for a pad that was plugged in just now four times a second. */
	do {
		memset(got, 0, sizeof(*got));
		if (atomic_exchange(&p->cancelled, 0))
			return ERR_CANCELLED;
		if ((r = try_readers(p, name, got)) == ERR_READER_GONE)
			cards_pause_ms(STATUS_SLICE_MS);
	} while (r == ERR_READER_GONE && cards_now_ms() < end);
	return r;
}
