#include "ifdhandler/cj_device.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/log.h"
#include "ifdhandler/thread.h"

enum {
	VENDOR = 0x0c4b, PRODUCT = 0x0100,
	INTERFACE = 0,
	STATUS_MS = 5000,
	CLOSE_MS = 2000,
	LOST_MS = 2000,		/* from try to try, when it does not answer */
	OFTEN_MS = 400,		/* from look to look at a slot of which it tells nothing */
	SELDOM_MS = 10000,	/* the same, when it does */
	LINES = 2, COLUMNS = 16,	/* no source tells them (docs/cyberjack.md) */
	DIGITS_MIN = 1, DIGITS_MAX = 16,
	UNIT_DISPLAY = 0x40, UNIT_KEYPAD = 0x50,
	STATUS_MANUFACTURER = 0x46, STATUS_ICC = 0x80, STATUS_UNITS = 0x81,
	ICC_NONE = 0x00, ICC_IN = 0x03, ICC_POWERED = 0x05,
};

static const uint8_t reset_reader[] = { 0x20, 0x11, 0x00, 0x00 };
static const uint8_t eject_at_end[] = { 0x20, 0x15, 0x01, 0x07 };
static const uint8_t get_card[] = { 0x20, 0x13, 0x00, STATUS_ICC, 0x00 };
static const uint8_t get_maker[] = { 0x20, 0x13, 0x00, STATUS_MANUFACTURER, 0x00 };
static const uint8_t get_units[] = { 0x20, 0x13, 0x00, STATUS_UNITS, 0x00 };

/* What is known of it. ------------------------------------------------------------------------ */

/* Whoever has taken the device has heard how it is. */
static void
set_away(struct cj_device *cj, int away)
{
	int before;

	pthread_mutex_lock(&cj->lock);
	before = cj->away;
	cj->away = away;
	pthread_mutex_unlock(&cj->lock);
	if (away) {
		cj->powered = cj->seen_powered = 0;
		presence_set(&cj->presence, 0, 0);
	}
	if (before != away)
		ifd_log("cyberJack %02x/%02x: %s", cj->properties.usb_bus,
		    cj->properties.usb_address, away ? "does not answer" : "answers");
}

void
cj_device_withdraw_text(struct cj_device *cj)
{
	pthread_mutex_lock(&cj->lock);
	cj->properties.features &= (uint8_t)~PADLINK_HAS_TEXT;
	pthread_mutex_unlock(&cj->lock);
	ifd_log("cyberJack: shows no text of the host's");
}

/* Commands, by whoever has taken the device. -------------------------------------------------- */

int
cj_device_command(struct cj_device *cj, uint8_t to, const uint8_t *p, size_t n, uint8_t *rsp,
    size_t *rsp_n, int ms)
{
	const int r = cj_link_command(&cj->link, to, p, n, rsp, rsp_n, ms);

	if (r == ERR_READER_GONE)
		set_away(cj, 1);
	return r;
}

/* To the reader itself: its answer's data and status word. */
int
cj_device_ask(struct cj_device *cj, const uint8_t *p, size_t n, uint8_t answer[CJ_ANSWER_MAX],
    size_t *answer_n, uint16_t *sw, int ms)
{
	int r;

	*answer_n = CJ_ANSWER_MAX;
	if ((r = cj_device_command(cj, CJ_CT, p, n, answer, answer_n, ms)) != 0)
		return r;
	return rapdu_decode(answer, answer_n, sw) != 0 ? ERR_IO : 0;
}

int
cj_device_say(struct cj_device *cj, const uint8_t *p, size_t n, uint16_t *sw, int ms)
{
	uint8_t answer[CJ_ANSWER_MAX];
	size_t answer_n;

	return cj_device_ask(cj, p, n, answer, &answer_n, sw, ms);
}

int
cj_device_reset(struct cj_device *cj)
{
	uint16_t sw;

	return cj_device_say(cj, reset_reader, sizeof(reset_reader), &sw, STATUS_MS);
}

/* GET STATUS: 0 when it answered the object, whose value is put into v. */
static int
get_status(struct cj_device *cj, const uint8_t p[5], uint8_t *v, size_t *n)
{
	uint8_t answer[CJ_ANSWER_MAX];
	const uint8_t *value;
	size_t answer_n, value_n;
	uint16_t sw;
	int r;

	if ((r = cj_device_ask(cj, p, 5, answer, &answer_n, &sw, STATUS_MS)) != 0)
		return r;
	value = cj_status(answer, answer_n, p[3], &value_n);
	if (sw != CJ_SW_OK || value == NULL)
		return ERR_NOT_FOUND;
	if (value_n < *n)
		*n = value_n;
	memcpy(v, value, *n);
	return 0;
}

/*
 * A card that was pulled and put back between two looks has lost its power.
 * Where it had none, that something was moved must do; while it has power it
 * does not, since nobody has told how often a reader says so.
 */
int
cj_device_look(struct cj_device *cj)
{
	uint8_t state = ICC_NONE;
	size_t n = 1;
	int r, present, was_away, moved = cj->link.moved;

	cj->link.moved = 0;
	if ((r = get_status(cj, get_card, &state, &n)) != 0 || n == 0)
		return r;
	present = state != ICC_NONE;
	was_away = (cj->seen_powered && state == ICC_IN) || (moved && !cj->powered);
	cj->seen_powered = cj->powered && state == ICC_POWERED;
	if (was_away || !present)
		cj->powered = 0;
	presence_set(&cj->presence, present, was_away);
	return 0;
}

/* What kind of reader it is: with a display or without. */
static int
learn(struct cj_device *cj)
{
	uint8_t units[32], maker[PADLINK_FIRMWARE_MAX];
	size_t n = sizeof(units), maker_n = sizeof(maker);
	int r;

	if ((r = get_status(cj, get_units, units, &n)) != 0) {
		n = 1;		/* each that has this number has at least a keypad */
		units[0] = UNIT_KEYPAD;
	}
	if (r == ERR_READER_GONE)
		return r;
	if ((r = get_status(cj, get_maker, maker, &maker_n)) != 0)
		maker_n = 0;
	if (r == ERR_READER_GONE)
		return r;
	pthread_mutex_lock(&cj->lock);
	cj->properties.features = 0;
	cj->properties.lines = cj->properties.columns = 0;
	if (memchr(units, UNIT_KEYPAD, n) != NULL) {
		cj->properties.features = PADLINK_HAS_DIRECT;
		cj->properties.pin_min = DIGITS_MIN;
		cj->properties.pin_max = DIGITS_MAX;
	}
	if (memchr(units, UNIT_DISPLAY, n) != NULL) {
		cj->properties.lines = LINES;
		cj->properties.columns = COLUMNS;
		if (cj->properties.features != 0)
			cj->properties.features |= PADLINK_HAS_TEXT;
	}
	memset(cj->properties.firmware, 0, sizeof(cj->properties.firmware));
	for (size_t i = 0; i < maker_n; i++)
		cj->properties.firmware[i] =
		    (char)(maker[i] >= ' ' && maker[i] <= '~' ? maker[i] : ' ');
	pthread_mutex_unlock(&cj->lock);
	return 0;
}

/*
 * Begins, at first and when it answers again. One that does not do its first command is lost
 * yet: pcscd plugs no other reader in while it opens this one.
 */
static int
begin(struct cj_device *cj, int tries)
{
	int r;

	if ((r = cj_link_greet(&cj->link)) == ERR_READER_GONE ||
	    (r = cj_link_resynch(&cj->link, tries)) != 0)
		goto out;
	if ((r = cj_device_reset(cj)) == ERR_TIMEOUT) {
		cj->link.lost = 1;
		r = ERR_READER_GONE;
	}
	if (r == ERR_READER_GONE || (r = learn(cj)) != 0)
		goto out;
	cj->powered = cj->seen_powered = 0;
	r = cj_device_look(cj);
out:
	set_away(cj, r == ERR_READER_GONE);
	return r;
}

/* The watcher. -------------------------------------------------------------------------------- */

/* It hears what the reader says by itself, and looks whether a card is there. */
static void *
watch(void *arg)
{
	struct cj_device *cj = arg;
	int r, ms = 0, gone = 0;

	while ((r = usb_watch(&cj->usb, ms)) != ERR_CLOSED) {
		if (r == ERR_READER_GONE) {
			gone = 1;
			set_away(cj, 1);
		} else if (cj->link.lost) {
			(void)begin(cj, 1);
		} else if (cj_link_hear(&cj->link) == 0) {
			cj->tells |= cj->link.moved;
			if (cj->link.moved || r == ERR_TIMEOUT)
				(void)cj_device_look(cj);
		}
		ms = gone ? -1 : cj->link.lost ? LOST_MS : cj->tells ? SELDOM_MS : OFTEN_MS;
		usb_give(&cj->usb, 0);
	}
	return NULL;
}

static int
is_away(struct cj_device *cj)
{
	int away;

	pthread_mutex_lock(&cj->lock);
	away = cj->away;
	pthread_mutex_unlock(&cj->lock);
	return away;
}

/* What pcscd asks waits for the watcher, but not for a reader that does not answer. */
int
cj_device_take(struct cj_device *cj)
{
	if (is_away(cj))
		return ERR_READER_GONE;
	usb_take(&cj->usb);
	return 0;
}

void
cj_device_give(struct cj_device *cj)
{
	usb_give(&cj->usb, cj->link.moved || cj->link.lost);
}

/* Life. -------------------------------------------------------------------------------------- */

static void
describe(struct cj_device *cj, const struct usb_name *name)
{
	struct reader_properties *p = &cj->properties;

	p->usb_vendor = name->vendor;
	p->usb_product = name->product;
	p->usb_bus = name->bus;
	p->usb_address = name->address;
	p->usb_version = cj->usb.version;
	memcpy(p->usb_serial, cj->usb.serial, sizeof(p->usb_serial));
	/* Programs print it: nothing of it is for their terminal. */
	for (char *c = p->usb_serial; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	p->features = PADLINK_HAS_DIRECT;
	p->pin_min = DIGITS_MIN;
	p->pin_max = DIGITS_MAX;
}

static void
end(struct cj_device *cj)
{
	if (usb_close(&cj->usb) != 0) {
		ifd_log("cyberJack: a transfer never ended");
		cj->kept = 1;
	}
	presence_free(&cj->presence);
	pthread_mutex_destroy(&cj->lock);
}

int
cj_device_open(struct cj_device *cj, const char *name)
{
	static const struct usb_endpoints endpoints = {
		.events_in = 0x81, .in = 0x82, .out = 0x02,
	};
	struct usb_name device;
	struct cj_wire wire;
	int r;

	memset(cj, 0, sizeof(*cj));
	if (usb_name_parse(name, &device) != 0 || device.vendor != VENDOR ||
	    device.product != PRODUCT || device.interface != INTERFACE)
		return ERR_NOT_FOUND;
	if ((r = usb_open(&cj->usb, &device, &endpoints)) != 0)
		return r;
	pthread_mutex_init(&cj->lock, NULL);
	presence_init(&cj->presence);
	wire = (struct cj_wire){ &cj->usb, usb_write, usb_read, usb_drop };
	cj_link_init(&cj->link, &wire);
	describe(cj, &device);
	/* One that does not answer yet is opened too: pcscd would not try a second time. */
	(void)begin(cj, CJ_RESYNCH_TRIES);
	if ((r = thread_start(&cj->watcher, watch, cj)) != 0)
		end(cj);
	return r;
}

void
cj_device_close(struct cj_device *cj)
{
	uint16_t sw;

	usb_end_watch(&cj->usb);
	pthread_join(cj->watcher, NULL);
	if (!is_away(cj) &&
	    cj_device_say(cj, eject_at_end, sizeof(eject_at_end), &sw, CLOSE_MS) !=
	    ERR_READER_GONE)
		(void)cj_link_greet(&cj->link);
	end(cj);
}
