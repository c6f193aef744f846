#include <pthread.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/pad_entry.h"
#include "ifdhandler/reader.h"

enum {
	PADS_MAX = 16,
	SMALL_BODY = PADLINK_TEXT_MAX + 16,
	POWER_MS = 10000,
	TRANSMIT_MS = 60000,
	SHORT_MS = 5000,	/* what the pad answers at once */
};

struct pad {
	struct reader reader;
	int used;
	struct pad_entry entry;
	struct pad_link link;
};

static struct pad pads[PADS_MAX];
static pthread_mutex_t pads_lock = PTHREAD_MUTEX_INITIALIZER;

static struct pad_link *
link_of(struct reader *reader)
{
	return &((struct pad *)reader)->link;
}

static int
ask(struct reader *reader, uint8_t type, const struct wr *body, int ms, uint8_t *p, size_t *n)
{
	const int r = wr_end(body);

	return r != 0 ? r : pad_link_request(link_of(reader), type, body->p, body->n, ms, p, n);
}

static int
pad_power(struct reader *reader, enum reader_power action, uint8_t *atr, size_t *n)
{
	static const uint8_t actions[] = {
		[READER_POWER_UP] = PADLINK_POWER_UP,
		[READER_POWER_DOWN] = PADLINK_POWER_DOWN,
		[READER_RESET] = PADLINK_RESET,
	};
	uint8_t mem[SMALL_BODY];
	struct wr body;

	wr_init(&body, mem, sizeof(mem));
	padlink_put_power(&body, actions[action]);
	return ask(reader, PADLINK_POWER, &body, POWER_MS, atr, n);
}

static int
pad_transmit(struct reader *reader, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	return pad_link_request(link_of(reader), PADLINK_TRANSMIT, p, n, TRANSMIT_MS, rsp, rsp_n);
}

static int
pad_pin(struct reader *reader, const struct padlink_pin *pin, uint16_t *sw)
{
	return pad_entry_whole(link_of(reader), pin, sw);
}

static int
pad_pin_start(struct reader *reader, const struct padlink_pin *pin)
{
	return pad_entry_start(&((struct pad *)reader)->entry, link_of(reader), pin);
}

static int
pad_pin_key(struct reader *reader, uint8_t *key)
{
	return pad_entry_key(&((struct pad *)reader)->entry, link_of(reader), key);
}

static int
pad_pin_finish(struct reader *reader, uint16_t *sw)
{
	return pad_entry_finish(&((struct pad *)reader)->entry, link_of(reader), sw);
}

static int
pad_pin_abort(struct reader *reader)
{
	return pad_entry_abort(&((struct pad *)reader)->entry, link_of(reader));
}

static int
pad_output(struct reader *reader, const struct padlink_output *o)
{
	size_t n = 0;
	uint8_t mem[SMALL_BODY];
	struct wr body;

	wr_init(&body, mem, sizeof(mem));
	padlink_put_output(&body, o);
	return ask(reader, PADLINK_OUTPUT, &body, SHORT_MS, NULL, &n);
}

static int
pad_input(struct reader *reader, const struct padlink_input *i, uint8_t *keys, size_t *n)
{
	/* Of a line, all its digits and OK at their slowest. */
	const int s = i->seconds + (i->mode == PADLINK_ONE_KEY ? 0 : (i->max + 1) * i->next_s);
	uint8_t mem[SMALL_BODY];
	struct wr body;

	*n = PADLINK_LINE_MAX;
	wr_init(&body, mem, sizeof(mem));
	padlink_put_input(&body, i);
	return ask(reader, PADLINK_INPUT, &body, pad_entry_ms(s), keys, n);
}

static int
pad_present(struct reader *reader)
{
	return presence_look(&link_of(reader)->presence);
}

static void
pad_wait(struct reader *reader, int timeout_ms)
{
	presence_wait(&link_of(reader)->presence, timeout_ms);
}

static void
pad_stop(struct reader *reader)
{
	presence_stop(&link_of(reader)->presence);
}

static void
pad_properties(struct reader *reader, struct reader_properties *p)
{
	struct pad_link *link = link_of(reader);

	memset(p, 0, sizeof(*p));
	pthread_mutex_lock(&link->lock);
	p->lines = link->hello.lines;
	p->columns = link->hello.columns;
	p->pin_min = link->hello.pin_min;
	p->pin_max = link->hello.pin_max;
	p->features = link->hello.features;
	memcpy(p->firmware, link->hello.firmware, sizeof(p->firmware));
	pthread_mutex_unlock(&link->lock);
}

static struct pad *
take(void)
{
	struct pad *pad = NULL;

	pthread_mutex_lock(&pads_lock);
	for (size_t i = 0; i < PADS_MAX && pad == NULL; i++)
		if (!pads[i].used)
			pad = &pads[i];
	if (pad != NULL)
		pad->used = 1;
	pthread_mutex_unlock(&pads_lock);
	return pad;
}

static void
give_back(struct pad *pad)
{
	pthread_mutex_lock(&pads_lock);
	pad->used = 0;
	pthread_mutex_unlock(&pads_lock);
}

static void
pad_close(struct reader *reader)
{
	struct pad *pad = (struct pad *)reader;

	pad_link_close(&pad->link);
	give_back(pad);
}

static const struct reader_ops pad_ops = {
	pad_close, pad_properties, pad_present, pad_wait, pad_stop, pad_power, NULL, pad_transmit,
	pad_pin, pad_output, pad_input, pad_pin_start, pad_pin_key, pad_pin_finish, pad_pin_abort,
	NULL,
};

int
reader_pad_open(struct reader **reader, const char *path)
{
	/* What a pad of this version is; each says so itself when it is there. */
	static const struct padlink_hello_answer usual = {
		.lines = 2, .columns = 16, .pin_min = 6, .pin_max = 16,
		.features = PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT,
		.firmware = "cardinal-pad",
	};
	struct pad *pad = take();
	int r;

	if (pad == NULL)
		return ERR_FULL;
	pad->reader.ops = &pad_ops;
	pad->entry.started = 0;
	if ((r = pad_link_open(&pad->link, path, &usual)) != 0) {
		give_back(pad);
		return r;
	}
	*reader = &pad->reader;
	return 0;
}
