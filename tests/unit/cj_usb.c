#include "tests/unit/cj_usb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/cj_frame.h"
#include "ifdhandler/clock.h"
#include "ifdhandler/usb.h"
#include "tests/unit/suite.h"

enum { HEARD_MAX = 512, HEX_MAX = 600, ANSWERS_MAX = 32 };

/* What each reader says that has a display, and a card in it. */
static const struct cj_answer usual[] = {
	{ "20130081", "810301 4050 9000", 0 },
	{ "20130046", "460F 44455445535430303030302031 2E30 9000", 0 },
	{ "20130080", "800103 9000", 0 },
	{ "201201", "3B80018100 9001", 0 },
	{ "201101", "3B80018100 9001", 0 },
	{ "20", "9000", 0 },
	{ "", "9000", 0 },
};

static struct cj_answer answers[ANSWERS_MAX];
static size_t answers_n;
static char heard[HEARD_MAX][HEX_MAX];
static size_t heard_n;
static int refuses, keeps;
static struct usb *open_usb;
/* The tests' thread and the watcher's look at heard; the device's lock guards it. */

void
cj_usb_answers(const struct cj_answer *a, size_t n)
{
	heard_n = 0;
	refuses = 0;
	if (n > ANSWERS_MAX)
		abort();
	if (n > 0)
		memcpy(answers, a, n * sizeof(*a));
	answers_n = n;
}

void
cj_usb_keeps(void)
{
	keeps = 1;
}

void
cj_usb_refuses(int r)
{
	refuses = r;
}

const char *
cj_usb_heard(const char *command)
{
	for (size_t i = heard_n; i > 0; i--)
		if (strncmp(heard[i - 1], command, strlen(command)) == 0)
			return heard[i - 1];
	return "";
}

int
cj_usb_count(const char *command)
{
	int n = 0;

	for (size_t i = 0; i < heard_n; i++)
		n += strncmp(heard[i], command, strlen(command)) == 0;
	return n;
}

/* The lock is held. */
static void
put(struct usb *usb, uint8_t nad, uint8_t pcb, const uint8_t *inf, size_t n)
{
	const struct cj_block b = { nad, pcb, (uint8_t)n, inf };
	uint8_t frame[CJ_FRAME_MAX];
	struct wr wr;

	wr_init(&wr, frame, sizeof(frame));
	cj_put(&wr, &b);
	if (wr_end(&wr) != 0 || usb->n + wr.n > sizeof(usb->fifo))
		abort();
	memcpy(usb->fifo + usb->n, frame, wr.n);
	usb->n += wr.n;
	pthread_cond_broadcast(&usb->changed);
}

void
cj_usb_say(const char *pcb)
{
	uint8_t p;

	hex(pcb, &p, 1);
	pthread_mutex_lock(&open_usb->lock);
	put(open_usb, 0x2e, p, NULL, 0);
	pthread_mutex_unlock(&open_usb->lock);
}

static const char *
find(const char *command)
{
	for (size_t i = 0; i < answers_n; i++) {
		struct cj_answer *a = &answers[i];

		if (a->times < 0 || strncmp(command, a->command, strlen(a->command)) != 0)
			continue;
		if (a->times > 0 && --a->times == 0)
			a->times = -1;
		return a->answer;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strncmp(command, usual[i].command, strlen(usual[i].command)) == 0)
			return usual[i].answer;
	return "";
}

static void
run(struct usb *usb, const struct cj_block *b)
{
	uint8_t *const ns = usb->in_packet, from, rsp[CJ_INF_MAX];	/* its number lies there */
	const char *answer;
	size_t n;

	if (heard_n == HEARD_MAX)
		abort();
	heard[heard_n][0] = '\0';
	for (size_t i = 0; i < b->n; i++)
		sprintf(heard[heard_n] + 2 * i, "%02X", b->inf[i]);
	answer = find(heard[heard_n++]);
	if (answer == NULL) {
		usb->gone = 1;
		return;
	}
	from = answer[0] == '@' ? CJ_CT : b->nad >> 4;
	n = hex(answer + (answer[0] == '@'), rsp, sizeof(rsp));
	put(usb, (uint8_t)(CJ_HOST << 4 | from), *ns ? CJ_I_SEQUENCE : 0, rsp, n);
	*ns ^= 1;
}

int
usb_write(void *arg, const uint8_t *p, size_t n)
{
	struct usb *usb = arg;
	struct cj_block b;

	pthread_mutex_lock(&usb->lock);
	if (!usb->gone && cj_get(p + CJ_HEAD, n - CJ_HEAD, &b) == 0) {
		if (b.pcb == CJ_S_RESYNCH) {
			usb->in_packet[0] = 0;
			put(usb, 0x2e, CJ_S_RESYNCHED, NULL, 0);
		} else if ((b.pcb & CJ_R) == 0) {
			run(usb, &b);
		}
	}
	n = (size_t)usb->gone;
	pthread_mutex_unlock(&usb->lock);
	return n != 0 ? ERR_READER_GONE : 0;
}

int
usb_read(void *arg, uint8_t *p, size_t *n, int ms)
{
	const struct timespec end = clock_after(ms);
	struct usb *usb = arg;
	int r = 0;

	pthread_mutex_lock(&usb->lock);
	while (usb->n == 0 && !usb->gone && r == 0)
		if (pthread_cond_timedwait(&usb->changed, &usb->lock, &end) == ETIMEDOUT)
			r = ERR_TIMEOUT;
	if (usb->n < *n)
		*n = usb->n;
	r = usb->gone ? ERR_READER_GONE : *n == 0 ? ERR_TIMEOUT : 0;
	if (r == 0) {
		memcpy(p, usb->fifo, *n);
		memmove(usb->fifo, usb->fifo + *n, usb->n - *n);
		usb->n -= *n;
	}
	pthread_mutex_unlock(&usb->lock);
	return r;
}

void
usb_drop(void *arg)
{
	struct usb *usb = arg;

	pthread_mutex_lock(&usb->lock);
	usb->n = 0;
	pthread_mutex_unlock(&usb->lock);
}

void
usb_take(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	while (usb->taken || (usb->poked && !usb->unwatched))
		pthread_cond_wait(&usb->changed, &usb->lock);
	usb->taken = 1;
	pthread_mutex_unlock(&usb->lock);
}

void
usb_give(struct usb *usb, int poke)
{
	pthread_mutex_lock(&usb->lock);
	usb->taken = 0;
	usb->poked |= poke;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

/* Time is not for it: it looks when something has come, or when it was poked. */
int
usb_watch(struct usb *usb, int ms)
{
	int r;

	(void)ms;
	pthread_mutex_lock(&usb->lock);
	while (!usb->unwatched && (usb->taken || !(usb->n > 0 || usb->poked ||
	    usb->gone != usb->told)))
		pthread_cond_wait(&usb->changed, &usb->lock);
	r = usb->unwatched ? ERR_CLOSED : usb->gone ? ERR_READER_GONE : 0;
	if (r != ERR_CLOSED)
		usb->taken = 1;
	usb->poked = 0;
	usb->told = usb->gone;
	pthread_mutex_unlock(&usb->lock);
	return r;
}

void
usb_end_watch(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	usb->unwatched = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

void
usb_removed(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	usb->gone = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

int
usb_name_parse(const char *s, struct usb_name *name)
{
	unsigned vendor, product;

	memset(name, 0, sizeof(*name));
	if (sscanf(s, "usb:%4x/%4x:libudev:%u:", &vendor, &product, &name->interface) != 3)
		return ERR_FORMAT;
	name->vendor = (uint16_t)vendor;
	name->product = (uint16_t)product;
	name->bus = 3;
	name->address = 7;
	return 0;
}

int
usb_open(struct usb *usb, const struct usb_name *name, const struct usb_endpoints *endpoints)
{
	pthread_condattr_t attr;

	(void)name;
	(void)endpoints;
	if (refuses != 0)
		return refuses;
	memset(usb, 0, sizeof(*usb));
	usb->version = 0x0123;
	memcpy(usb->serial, CJ_USB_SERIAL, sizeof(CJ_USB_SERIAL));
	pthread_mutex_init(&usb->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&usb->changed, &attr);
	pthread_condattr_destroy(&attr);
	open_usb = usb;
	return 0;
}

int
usb_close(struct usb *usb)
{
	const int kept = keeps;

	keeps = 0;
	pthread_cond_destroy(&usb->changed);
	pthread_mutex_destroy(&usb->lock);
	return kept ? ERR_BUSY : 0;
}
