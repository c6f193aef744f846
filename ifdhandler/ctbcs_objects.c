#include "ifdhandler/ctbcs_objects.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/tlv.h"
#include "ifdhandler/reader.h"

enum {
	CONTROL_MAX = 3,	/* before the template: control byte, one or two positions */
	MESSAGES_MAX = 3, COUNT_READERS = 0xff,
	TAKE_ALL = PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR,
};

/* The display takes lines and a beep; other control characters could be meant for a terminal. */
static int
get_text(const struct tlv *t, struct ctbcs_objects *o)
{
	for (size_t i = 0; i < t->n; i++)
		if ((t->p[i] < ' ' && t->p[i] != '\r' && t->p[i] != '\n' && t->p[i] != '\a') ||
		    t->p[i] == 0x7f)
			return ERR_FORMAT;
	o->text = t->p;
	o->text_n = (uint8_t)t->n;
	return 0;
}

static int
get_digits(const struct tlv *t, struct ctbcs_objects *o)
{
	o->min = t->p[0];
	o->max = t->p[1];
	return 0;
}

static int
get_perform(const struct tlv *t, struct ctbcs_objects *o)
{
	o->perform = t->p;
	o->perform_n = t->n;
	return 0;
}

/* The pad has its own texts. */
static int
get_messages(const struct tlv *t, struct ctbcs_objects *o)
{
	(void)t;
	(void)o;
	return 0;
}

static int
get_count(const struct tlv *t, struct ctbcs_objects *o)
{
	(void)o;
	return t->p[0] > MESSAGES_MAX && t->p[0] != COUNT_READERS ? ERR_FORMAT : 0;
}

static int
get_time(const struct tlv *t, struct ctbcs_objects *o)
{
	o->seconds = t->p[0];
	return 0;
}

static int
get_keys(const struct tlv *t, struct ctbcs_objects *o)
{
	o->keys = t->p[0];
	return o->keys == 0 || o->keys > TAKE_ALL ? ERR_FORMAT : 0;
}

static const struct object {
	uint8_t tag, bit;
	size_t min, max;	/* bytes of the value */
	int (*get)(const struct tlv *, struct ctbcs_objects *);
} objects[] = {
	{ CTBCS_TEXT, CTBCS_HAS_TEXT, 0, PADLINK_TEXT_MAX, get_text },
	{ CTBCS_DIGITS, CTBCS_HAS_DIGITS, 2, 2, get_digits },
	{ CTBCS_COMMAND, CTBCS_HAS_COMMAND, 2, CONTROL_MAX + PADLINK_TEMPLATE_MAX, get_perform },
	{ CTBCS_MESSAGES, CTBCS_HAS_MESSAGES, 1, MESSAGES_MAX, get_messages },
	{ CTBCS_COUNT, CTBCS_HAS_COUNT, 1, 1, get_count },
	{ CTBCS_TIME, CTBCS_HAS_TIME, 1, 1, get_time },
	{ CTBCS_KEYS, CTBCS_HAS_KEYS, 1, 1, get_keys },
};

static const struct object *
find(uint32_t tag)
{
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (objects[i].tag == tag)
			return &objects[i];
	return NULL;
}

int
ctbcs_objects(const uint8_t *p, size_t n, unsigned may, struct ctbcs_objects *o)
{
	const struct object *row;
	struct rd rd;
	struct tlv t;
	int r;

	memset(o, 0, sizeof(*o));
	rd_init(&rd, p, n);
	while ((r = tlv_next(&rd, &t)) == 1) {
		if ((row = find(t.tag)) == NULL || (row->bit & may) == 0 ||
		    (row->bit & o->has) != 0 || t.n < row->min || t.n > row->max ||
		    row->get(&t, o) != 0)
			return ERR_FORMAT;
		o->has |= row->bit;
	}
	return r;
}
