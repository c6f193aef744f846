#include "tests/usb/cyberjack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENTS = 0x81, OUT = 0x02, IN = 0x82,
	STALL_EVENTS = 1, STALL_OUT = 2, STALL_IN = 4,
	WTX_MS = 1000,		/* well within a block waiting time of 8 s */
	WTX_ENDLESS_MS = 20,
};

static const uint8_t device_descriptor[] = {
	18, 1, 0x10, 0x01, 0x00, 0x00, 0x00, 64, 0x4b, 0x0c, 0x00, 0x01, 0x30, 0x01, 1, 2, 0, 1,
};

static const uint8_t config_descriptor[] = {
	9, 2, 39, 0, 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 3, 0xff, 0x00, 0x00, 0,
	7, 5, EVENTS, 3, 8, 0, 10,
	7, 5, OUT, 2, USB_PACKET, 0, 0,
	7, 5, IN, 2, USB_PACKET, 0, 0,
};

static const char *const strings[] = { "REINER SCT", "cyberJack pinpad/e-com USB", NULL };

const char cyberjack_help[] =
    "  unplug, plug       off the bus and on it; unplugging the pad does it, too\n"
    "  stall 81|02|82     the endpoint halts\n"
    "  say HEX            a block of the reader's own accord, 4 bytes at least\n"
    "  queued             frames that the host has not read yet\n";

/* From command to answer. -------------------------------------------------------------------- */

static void
tell_card(struct cyberjack *j)
{
	const struct padlink_card *card = &j->pad.hello.card;

	if (card->changes == j->changes)
		return;
	/* Gone and back since: both are told. */
	if (card->present && card->changes - j->changes > 1)
		jack_link_say(&j->link, JACK_S_CARD_OUT);
	j->changes = card->changes;
	jack_link_say(&j->link, card->present ? JACK_S_CARD_IN : JACK_S_CARD_OUT);
}

static void
want_time(struct cyberjack *j)
{
	const uint64_t now = usb_now_ms();

	if (!j->link.working)
		j->wtx_ms = 0;
	else if (j->wtx_ms == 0 || now >= j->wtx_ms) {
		if (j->wtx_ms != 0)
			jack_link_say(&j->link, JACK_S_WTX);
		j->wtx_ms = now + (j->faults.endless ? WTX_ENDLESS_MS : WTX_MS);
	}
}

static void
count_status(struct cyberjack *j)
{
	static const uint8_t status[] = { 0x20, 0x13 };

	if (j->link.nad == 0x12 && j->link.cmd_n > 3 && j->link.cmd[3] == 0x80 &&
	    memcmp(j->link.cmd, status, sizeof(status)) == 0)
		j->faults.counts[COUNT_STATUS]++;
}

static void
work(struct cyberjack *j)
{
	if (jack_link_aborted(&j->link))
		jack_bcs_abort(&j->bcs);
	jack_bcs_tick(&j->bcs);
	if (!j->link.working && jack_bcs_ready(&j->bcs) && jack_link_take(&j->link)) {
		count_status(j);
		if (!j->faults.endless)
			jack_bcs_begin(&j->bcs, j->link.nad, j->link.cmd, j->link.cmd_n);
	}
	if (j->bcs.key >= 0) {
		jack_link_say(&j->link, (uint8_t)j->bcs.key);
		j->bcs.key = -1;
	}
	if (jack_bcs_done(&j->bcs)) {
		j->link.nad = j->bcs.nad;
		jack_link_answer(&j->link, j->bcs.rsp, j->bcs.rsp_n);
	}
	want_time(j);
}

/* USB. --------------------------------------------------------------------------------------- */

static int
usb_says_out(void *arg, uint8_t endpoint, const uint8_t *p, size_t n)
{
	struct cyberjack *j = arg;

	if (j->faults.frozen)
		return USB_NAK;
	if (endpoint != OUT || (j->stall & STALL_OUT) != 0) {
		j->stall &= ~STALL_OUT;
		return USB_STALL;
	}
	jack_link_hear(&j->link, p, n);
	work(j);
	return 0;
}

static int
usb_wants_in(void *arg, uint8_t endpoint, uint8_t *p)
{
	struct cyberjack *j = arg;
	const int stall = endpoint == EVENTS ? STALL_EVENTS : STALL_IN;
	int n;

	if (j->faults.frozen)
		return USB_NAK;
	if ((endpoint != EVENTS && endpoint != IN) || (j->stall & stall) != 0) {
		j->stall &= ~stall;
		return USB_STALL;
	}
	if (j->faults.storm && endpoint == IN && j->link.queued == 0)
		jack_link_say(&j->link, JACK_S_CARD_IN);
	n = endpoint == EVENTS ? jack_link_announce(&j->link, p) : jack_link_packet(&j->link, p);
	return n < 0 ? USB_NAK : n;
}

static int
usb_keeps(void *arg)
{
	return ((const struct cyberjack *)arg)->faults.kept;
}

static int
usb_control_request(void *arg, const uint8_t setup[8], uint8_t *data, size_t n)
{
	const struct cyberjack *j = arg;

	(void)setup;
	(void)data;
	(void)n;
	return j->faults.frozen ? USB_NAK : USB_STALL;
}

static void
usb_was_reset(void *arg)
{
	struct cyberjack *j = arg;

	j->faults.counts[COUNT_RESETS]++;
	jack_link_reset(&j->link);
	j->stall = 0;
}

static size_t
usb_fds(void *arg, int *fds, size_t max, int *timeout_ms)
{
	struct cyberjack *j = arg;
	size_t n = 0;

	(void)max;
	if (!j->held && (fds[n] = padside_fd(&j->pad, timeout_ms)) >= 0)
		n++;
	n += usb_ctl_fds(&j->ctl, fds + n);
	usb_timeout(timeout_ms, j->bcs.at);
	usb_timeout(timeout_ms, j->wtx_ms);
	return n;
}

static void
usb_tick(void *arg)
{
	struct cyberjack *j = arg;

	if (j->ctl.listener >= 0)
		usb_ctl_tick(&j->ctl);
	/* Without the bus there is no power: the pad hears an end of file. */
	if (!j->held)
		padside_tick(&j->pad);
	else if (j->pad.fd >= 0)
		padside_close(&j->pad);
	if (j->pad.linked && !j->was_linked) {
		/* A reader that was plugged in: new, with whatever card is in it. */
		jack_bcs_init(&j->bcs, &j->pad);
		jack_link_reset(&j->link);
		j->link.aborted = 0;
		j->changes = j->pad.hello.card.changes;
	}
	j->was_linked = j->pad.linked;
	if (!j->pad.linked)
		return;
	tell_card(j);
	work(j);
}

static int
usb_plugged(void *arg)
{
	const struct cyberjack *j = arg;

	return j->pad.linked;
}

/* Faults. ------------------------------------------------------------------------------------ */

static int
say(struct cyberjack *j, const char *hex)
{
	uint8_t block[JACK_BLOCK_MAX];
	size_t n = 0;
	unsigned byte;

	for (; hex != NULL && hex[0] != '\0' && n < sizeof(block); hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1 || hex[1] == '\0')
			return -1;
		block[n++] = (uint8_t)byte;
	}
	if (n == 0)
		return -1;
	jack_link_raw(&j->link, block, n);
	return 0;
}

static int
command(void *arg, char *line, char *answer, size_t n)
{
	struct cyberjack *j = arg;
	char word[16] = "", second[USB_CTL_LINE] = "";

	(void)sscanf(line, "%15s %511s", word, second);
	if (strcmp(word, "unplug") == 0)
		j->held = 1;
	else if (strcmp(word, "plug") == 0)
		j->held = 0;
	else if (strcmp(word, "say") == 0)
		return say(j, second);
	else if (strcmp(word, "queued") == 0)
		snprintf(answer, n, "%zu", j->link.queued);
	else if (strcmp(word, "stall") == 0) {
		switch (strtol(second, NULL, 16)) {
		case EVENTS: j->stall |= STALL_EVENTS; break;
		case OUT: j->stall |= STALL_OUT; break;
		case IN: j->stall |= STALL_IN; break;
		default: return -1;
		}
	} else
		return jack_faults_command(&j->faults, line, answer, n);
	return 0;
}

int
cyberjack_init(struct cyberjack *j, const char *pad, const char *ctl)
{
	memset(j, 0, sizeof(*j));
	j->usb = (struct usb_function){
		.arg = j, .device = device_descriptor, .config = config_descriptor,
		.config_n = sizeof(config_descriptor), .strings = strings,
		.control = usb_control_request, .out = usb_says_out, .in = usb_wants_in,
		.reset = usb_was_reset, .fds = usb_fds, .tick = usb_tick, .keeps = usb_keeps,
		.plugged = usb_plugged,
	};
	padside_init(&j->pad, pad);
	jack_link_init(&j->link, &j->faults);
	jack_bcs_init(&j->bcs, &j->pad);
	j->ctl = (struct usb_ctl){ .listener = -1, .client = -1, .arg = j, .run = command };
	return ctl != NULL ? usb_ctl_open(&j->ctl, ctl) : 0;
}

void
cyberjack_free(struct cyberjack *j)
{
	padside_close(&j->pad);
	usb_ctl_close(&j->ctl);
}
