#include "ifdhandler/pad_entry.h"

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"

enum {
	BODY_MAX = PADLINK_TEMPLATE_MAX + 64,
	SHORT_MS = 5000,	/* what the pad answers at once */
	SLACK_MS = 3000,	/* over what a person was given */
	PERSON_MAX_S = 600,	/* pcscd's lock is held for no longer */
};

/* Clear could make it longer for ever, so it ends. */
int
pad_entry_ms(int seconds)
{
	return (seconds < PERSON_MAX_S ? seconds : PERSON_MAX_S) * 1000 + SLACK_MS;
}

/* All digits of all entries at their slowest. */
static int
pin_ms(const struct padlink_pin *pin)
{
	const int entries = 1 + ((pin->confirm & PADLINK_CONFIRM_NEW) != 0) +
	    ((pin->confirm & PADLINK_ASK_OLD) != 0);

	return pad_entry_ms(entries * (pin->first_s + (pin->max + 1) * pin->next_s));
}

static int
ask_with(struct pad_link *link, uint8_t type, const struct padlink_pin *pin, int ms, uint8_t *p,
    size_t *n)
{
	uint8_t mem[BODY_MAX];
	struct wr body;
	int r;

	wr_init(&body, mem, sizeof(mem));
	padlink_put_pin(&body, pin);
	r = wr_end(&body);
	return r != 0 ? r : pad_link_request(link, type, body.p, body.n, ms, p, n);
}

static uint16_t
sw_of(const uint8_t got[2])
{
	return (uint16_t)(got[0] << 8 | got[1]);
}

int
pad_entry_whole(struct pad_link *link, const struct padlink_pin *pin, uint16_t *sw)
{
	uint8_t got[2] = { 0, 0 };
	size_t n = sizeof(got);
	const int r = ask_with(link, PADLINK_PIN, pin, pin_ms(pin), got, &n);

	*sw = sw_of(got);
	return r;
}

int
pad_entry_start(struct pad_entry *e, struct pad_link *link, const struct padlink_pin *pin)
{
	size_t n = 0;
	int r;

	if ((r = ask_with(link, PADLINK_PIN_START, pin, SHORT_MS, NULL, &n)) != 0)
		return r;
	e->started = 1;
	e->ends = clock_after(pin_ms(pin));
	pthread_mutex_lock(&link->lock);
	e->link = link->answered;
	pthread_mutex_unlock(&link->lock);
	return 0;
}

static int
still_linked(const struct pad_entry *e, struct pad_link *link)
{
	int same;

	pthread_mutex_lock(&link->lock);
	same = link->linked && link->links == e->link;
	pthread_mutex_unlock(&link->lock);
	return same;
}

int
pad_entry_key(struct pad_entry *e, struct pad_link *link, uint8_t *key)
{
	size_t n = 1;
	int r = ERR_READER_GONE;

	*key = PADLINK_PRESSED_NONE;
	if (!e->started)
		return 0;
	if (still_linked(e, link))
		r = pad_link_request(link, PADLINK_PIN_KEY, NULL, 0, SHORT_MS, key, &n);
	if (r != ERR_READER_GONE)
		return r;
	*key = PADLINK_PRESSED_ABORTED;
	return 0;
}

int
pad_entry_finish(struct pad_entry *e, struct pad_link *link, uint16_t *sw)
{
	uint8_t got[2] = { 0, 0 };
	size_t n = sizeof(got);
	int r;

	if (!e->started)
		return ERR_NOT_NOW;
	e->started = 0;
	if (!still_linked(e, link))
		return ERR_READER_GONE;
	r = pad_link_request(link, PADLINK_PIN_FINISH, NULL, 0, clock_left(&e->ends) + SHORT_MS,
	    got, &n);
	*sw = sw_of(got);
	/* It had ended, and something since has made the pad forget how. */
	return r == ERR_FORMAT ? ERR_NOT_NOW : r;
}

int
pad_entry_abort(struct pad_entry *e, struct pad_link *link)
{
	size_t n = 0;

	if (!e->started || !still_linked(e, link))
		return 0;
	return pad_link_request(link, PADLINK_PIN_ABORT, NULL, 0, SHORT_MS, NULL, &n);
}
