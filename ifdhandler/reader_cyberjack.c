#include <pthread.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/cj_device.h"
#include "ifdhandler/clock.h"
#include "ifdhandler/log.h"
#include "ifdhandler/reader.h"

enum {
	CYBERJACKS_MAX = 16,
	POWER_MS = 20000,
	TRANSMIT_MS = 60000,
	OUTPUT_MS = 5000,
	SLACK_MS = 5000,	/* over what a person was given */
	PIN_MAX_S = 600,
};

static const uint8_t request_card[] = { 0x20, 0x12, 0x01, 0x01, 0x00 };
static const uint8_t reset_card[] = { 0x20, 0x11, 0x01, 0x01, 0x00 };
static const uint8_t eject_card[] = { 0x20, 0x15, 0x01, 0x00 };

struct cyberjack {
	struct reader reader;
	int used;
	struct cj_device device;
};

static struct cyberjack cyberjacks[CYBERJACKS_MAX];
static pthread_mutex_t cyberjacks_lock = PTHREAD_MUTEX_INITIALIZER;

static struct cj_device *
of(struct reader *reader)
{
	return &((struct cyberjack *)reader)->device;
}

static int
power_on(struct cj_device *cj, const uint8_t *p, size_t n, uint8_t *atr, size_t *atr_n)
{
	uint8_t answer[CJ_ANSWER_MAX];
	size_t answer_n;
	uint16_t sw;
	int r;

	cj->powered = cj->seen_powered = 0;
	if ((r = cj_device_ask(cj, p, n, answer, &answer_n, &sw, POWER_MS)) != 0)
		return r;
	if (sw == CJ_SW_NOT_YET || sw == CJ_SW_NO_CARD)
		return ERR_NO_CARD;
	/* It had power already: then the ATR is asked for by a reset. */
	if (sw == CJ_SW_ALREADY && answer_n == 0 && p != reset_card)
		return power_on(cj, reset_card, sizeof(reset_card), atr, atr_n);
	if (((sw & 0xff00) != CJ_SW_OK && sw != CJ_SW_ALREADY) || answer_n < 2 ||
	    answer_n > PADLINK_ATR_MAX || answer_n > *atr_n)
		return ERR_CARD_ANSWER;
	memcpy(atr, answer, answer_n);
	*atr_n = answer_n;
	cj->powered = 1;
	/* Does it tell a card with power from one without? Or a new card would not be noticed. */
	return cj_device_look(cj) == ERR_READER_GONE ? ERR_READER_GONE : 0;
}

static int
cj_power(struct reader *reader, enum reader_power action, uint8_t *atr, size_t *n)
{
	struct cj_device *cj = of(reader);
	uint16_t sw;
	int r;

	if ((r = cj_device_take(cj)) != 0)
		return r;
	switch (action) {
	case READER_POWER_DOWN:
		cj->powered = cj->seen_powered = 0;
		r = cj_device_say(cj, eject_card, sizeof(eject_card), &sw, POWER_MS);
		*n = 0;
		break;
	case READER_RESET:
		r = power_on(cj, reset_card, sizeof(reset_card), atr, n);
		break;
	case READER_POWER_UP:
	default:
		r = power_on(cj, request_card, sizeof(request_card), atr, n);
	}
	if (r == ERR_NO_CARD)
		presence_set(&cj->presence, 0, 0);
	cj_device_give(cj);
	return r;
}

/*
 * The card speaks what it offers first, unless it is told. A reader that refuses leaves it at that,
 * and takes commands as before: no reason to refuse the card.
 */
static int
cj_protocol(struct reader *reader, unsigned t)
{
	const uint8_t choose[] = { 0x80, 0x60, 0x01, 0x00, 0x03, 0x22, 0x01, (uint8_t)(1 << t) };
	struct cj_device *cj = of(reader);
	uint16_t sw;
	int r;

	if ((r = cj_device_take(cj)) != 0)
		return r;
	r = cj_device_say(cj, choose, sizeof(choose), &sw, POWER_MS);
	cj_device_give(cj);
	if (r == 0 && (sw & 0xff00) != CJ_SW_OK)
		ifd_log("cyberJack: T=%u is not to be had: %04X", t, sw);
	return r;
}

static int
cj_transmit(struct reader *reader, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct cj_device *cj = of(reader);
	size_t data;
	uint16_t sw;
	int r;

	if ((r = cj_device_take(cj)) != 0)
		return r;
	r = cj_device_command(cj, CJ_ICC, p, n, rsp, rsp_n, TRANSMIT_MS);
	data = *rsp_n;
	if (r == 0 && rapdu_decode(rsp, &data, &sw) != 0)
		r = ERR_CARD_ANSWER;
	/* The reader answers for a card that is not there, or says nothing. */
	if (r == 0 && cj->link.from == CJ_CT) {
		/* Without the power that it had: it is another card, to be powered anew. */
		r = sw == CJ_SW_NO_CARD || (sw == CJ_SW_NOT_POWERED && cj->powered) ? ERR_NO_CARD :
		    sw == CJ_SW_NOT_POWERED ? ERR_NOT_NOW : ERR_CARD_ANSWER;
		cj->link.moved = 1;	/* look what there is */
	}
	if (r == ERR_NO_CARD)
		presence_set(&cj->presence, 0, 0);
	cj_device_give(cj);
	return r;
}

/* All digits of all entries at their slowest. Clear could make it longer for ever, so it ends. */
static int
pin_ms(const struct padlink_pin *pin)
{
	const int entries = 1 + ((pin->confirm & PADLINK_CONFIRM_NEW) != 0) +
	    ((pin->confirm & PADLINK_ASK_OLD) != 0);
	const int s = entries * (pin->first_s + (pin->max + 1) * pin->next_s);

	return (s < PIN_MAX_S ? s : PIN_MAX_S) * 1000 + SLACK_MS;
}

/* What a person does not end is ended for them: the next command must not meet a PIN entry. */
static int
ask_person(struct cj_device *cj, const struct wr *p, uint8_t answer[CJ_ANSWER_MAX],
    size_t *answer_n, uint16_t *sw, int ms)
{
	int r;

	if (wr_end(p) != 0)
		return ERR_FORMAT;
	r = cj_device_ask(cj, p->p, p->n, answer, answer_n, sw, ms);
	if (r == ERR_TIMEOUT && cj_device_reset(cj) == ERR_READER_GONE)
		r = ERR_READER_GONE;
	return r;
}

static int
cj_pin(struct reader *reader, const struct padlink_pin *pin, uint16_t *sw)
{
	struct cj_device *cj = of(reader);
	uint8_t mem[CJ_COMMAND_MAX], answer[CJ_ANSWER_MAX];
	size_t answer_n;
	struct wr wr;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	if ((r = cj_put_pin(&wr, pin)) != 0 || (r = cj_device_take(cj)) != 0)
		return r;
	r = ask_person(cj, &wr, answer, &answer_n, sw, pin_ms(pin));
	if (r == 0 && (*sw == CJ_SW_NO_CARD || *sw == CJ_SW_NOT_POWERED))
		cj->link.moved = 1;
	cj_device_give(cj);
	return r;
}

/* What the reader says to a text: whether it takes such from the host at all is its firmware's. */
static int
told_text(struct cj_device *cj, uint16_t sw)
{
	static const struct {
		uint16_t sw;
		int r;
	} ends[] = {
		{ CJ_SW_OK, 0 },
		{ CJ_SW_TIMEOUT, ERR_TIMEOUT },
		{ CJ_SW_CANCELLED, ERR_CANCELLED },
		{ SW_DATA, ERR_FORMAT },
		{ SW_LENGTH, ERR_FORMAT },
		{ SW_CONDITIONS, ERR_UNSUPPORTED },
		{ SW_NO_FUNCTION, ERR_UNSUPPORTED },
		{ SW_NO_FILE, ERR_UNSUPPORTED },
		{ SW_P1P2, ERR_UNSUPPORTED },
		{ SW_INS, ERR_UNSUPPORTED },
		{ SW_CLA, ERR_UNSUPPORTED },
	};
	int r = ERR_IO;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].sw == sw)
			r = ends[i].r;
	if (r == ERR_UNSUPPORTED)
		cj_device_withdraw_text(cj);
	return r;
}

static int
cj_output(struct reader *reader, const struct padlink_output *o)
{
	struct cj_device *cj = of(reader);
	uint8_t mem[CJ_COMMAND_MAX];
	uint16_t sw;
	struct wr wr;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	cj_put_output(&wr, o);
	if ((r = cj_device_take(cj)) != 0)
		return r;
	if ((r = cj_device_say(cj, wr.p, wr.n, &sw, OUTPUT_MS)) == 0)
		r = told_text(cj, sw);
	cj_device_give(cj);
	return r;
}

/* The keys of one INPUT: what the host takes, or ERR_TIMEOUT for a key that it does not. */
static int
take_keys(const struct padlink_input *i, const uint8_t *p, size_t n, uint8_t *keys, size_t *keys_n)
{
	if (n > PADLINK_LINE_MAX || (i->mode == PADLINK_ONE_KEY ? n != 1 : n > i->max))
		return ERR_IO;
	for (size_t k = 0; k < n; k++) {
		keys[k] = cj_key(p[k]);
		if (i->mode == PADLINK_ONE_KEY ? (cj_takes(keys[k]) & i->take) == 0 :
		    cj_takes(keys[k]) != PADLINK_TAKE_DIGITS)
			return i->mode == PADLINK_ONE_KEY ? ERR_TIMEOUT : ERR_IO;
	}
	*keys_n = n;
	return 0;
}

/* Until a key comes that is taken: the reader itself takes them all, Cancel included. */
static int
input(struct cj_device *cj, const struct padlink_input *i, uint8_t *keys, size_t *n)
{
	const struct timespec end = clock_after(i->seconds * 1000);
	int left = i->seconds * 1000, line_ms = i->mode == PADLINK_ONE_KEY ? 0 :
	    i->max * i->next_s * 1000, r;
	uint8_t mem[CJ_COMMAND_MAX], answer[CJ_ANSWER_MAX];
	size_t answer_n;
	struct wr wr;
	uint16_t sw;

	do {
		wr_init(&wr, mem, sizeof(mem));
		cj_put_input(&wr, i, (uint8_t)((left + 999) / 1000));
		r = ask_person(cj, &wr, answer, &answer_n, &sw, left + line_ms + SLACK_MS);
		if (r != 0)
			return r;
		if ((r = told_text(cj, sw)) == ERR_TIMEOUT)
			return r;
		if (r == ERR_CANCELLED && (i->mode != PADLINK_ONE_KEY ||
		    (i->take & PADLINK_TAKE_CANCEL) != 0))
			return r;
		if (r == 0)
			r = take_keys(i, answer, answer_n, keys, n);
		else if (r == ERR_CANCELLED)
			r = ERR_TIMEOUT;
	} while (r == ERR_TIMEOUT && (left = clock_left(&end)) > 0);
	return r;
}

static int
cj_input(struct reader *reader, const struct padlink_input *i, uint8_t *keys, size_t *n)
{
	struct cj_device *cj = of(reader);
	int r;

	if ((r = cj_device_take(cj)) != 0)
		return r;
	r = input(cj, i, keys, n);
	cj_device_give(cj);
	return r;
}

static int
cj_present(struct reader *reader)
{
	return presence_look(&of(reader)->presence);
}

static void
cj_wait(struct reader *reader, int timeout_ms)
{
	presence_wait(&of(reader)->presence, timeout_ms);
}

static void
cj_stop(struct reader *reader)
{
	presence_stop(&of(reader)->presence);
}

static void
cj_properties(struct reader *reader, struct reader_properties *p)
{
	struct cj_device *cj = of(reader);

	pthread_mutex_lock(&cj->lock);
	*p = cj->properties;
	pthread_mutex_unlock(&cj->lock);
}

static void
cj_removed(struct reader *reader)
{
	usb_removed(&of(reader)->usb);
}

static struct cyberjack *
find_free(void)
{
	struct cyberjack *cj = NULL;

	pthread_mutex_lock(&cyberjacks_lock);
	for (size_t i = 0; i < CYBERJACKS_MAX && cj == NULL; i++)
		if (!cyberjacks[i].used)
			cj = &cyberjacks[i];
	if (cj != NULL)
		cj->used = 1;
	pthread_mutex_unlock(&cyberjacks_lock);
	return cj;
}

/* Memory that the kernel keeps is lost. */
static void
give_back(struct cyberjack *cj)
{
	pthread_mutex_lock(&cyberjacks_lock);
	cj->used = cj->device.kept;
	pthread_mutex_unlock(&cyberjacks_lock);
}

static void
cj_close(struct reader *reader)
{
	cj_device_close(of(reader));
	give_back((struct cyberjack *)reader);
}

static const struct reader_ops cyberjack_ops = {
	cj_close, cj_properties, cj_present, cj_wait, cj_stop, cj_power, cj_protocol,
	cj_transmit, cj_pin, cj_output, cj_input, NULL, NULL, NULL, NULL, cj_removed,
};

int
reader_cyberjack_open(struct reader **reader, const char *name)
{
	struct cyberjack *cj = find_free();
	int r;

	if (cj == NULL)
		return ERR_FULL;
	cj->reader.ops = &cyberjack_ops;
	if ((r = cj_device_open(&cj->device, name)) != 0) {
		give_back(cj);
		return r;
	}
	*reader = &cj->reader;
	return 0;
}
