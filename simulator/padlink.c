#include "simulator/padlink.h"

#include <string.h>

#include "card-os/iso7816/err.h"

int
padlink_frame(const uint8_t *p, size_t n, struct padlink_msg *m)
{
	struct rd rd;
	uint32_t length;

	memset(m, 0, sizeof(*m));
	if (n < 4)
		return 0;
	rd_init(&rd, p, n);
	length = rd_u32(&rd);
	if (length < PADLINK_HEAD - 4 || length > PADLINK_MAX - 4)
		return ERR_FORMAT;
	if (rd.n < length)
		return 0;
	m->type = rd_u8(&rd);
	m->number = rd_u32(&rd);
	m->n = length - (PADLINK_HEAD - 4);
	m->body = rd_view(&rd, m->n);
	return (int)length + 4;
}

void
padlink_put(struct wr *wr, uint8_t type, uint32_t number, const void *body, size_t n)
{
	if (n > PADLINK_BODY_MAX) {
		wr->err = ERR_SIZE;
		return;
	}
	wr_u32(wr, (uint32_t)(PADLINK_HEAD - 4 + n));
	wr_u8(wr, type);
	wr_u32(wr, number);
	wr_bytes(wr, body, n);
}

/* How much may follow the status PADLINK_OK. */
static const struct {
	uint8_t type;
	size_t min, max;
} answers[] = {
	{ PADLINK_HELLO, 0, PADLINK_BODY_MAX },	/* padlink_get_hello_answer looks closer */
	{ PADLINK_POWER, 0, PADLINK_ATR_MAX },	/* none after powering down */
	{ PADLINK_TRANSMIT, 2, RAPDU_MAX },
	{ PADLINK_PIN, 2, 2 },
	{ PADLINK_OUTPUT, 0, 0 },
	{ PADLINK_INPUT, 0, PADLINK_LINE_MAX },	/* OK alone: a line of no digit */
	{ PADLINK_PIN_START, 0, 0 },
	{ PADLINK_PIN_KEY, 1, 1 },
	{ PADLINK_PIN_FINISH, 2, 2 },
	{ PADLINK_PIN_ABORT, 0, 0 },
};

void
padlink_put_answer(struct wr *wr, uint8_t status, const void *p, size_t n)
{
	wr_u8(wr, status);
	if (status == PADLINK_OK)
		wr_bytes(wr, p, n);
}

int
padlink_get_answer(const uint8_t *p, size_t n, uint8_t type, uint8_t *status,
    const uint8_t **body, size_t *rest)
{
	struct rd rd;

	*body = NULL;
	*rest = 0;
	rd_init(&rd, p, n);
	*status = rd_u8(&rd);
	if (rd.err != 0 || *status > PADLINK_NOT_OFFERED)
		return ERR_FORMAT;
	if (*status != PADLINK_OK)
		return rd_end(&rd);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].type != type)
			continue;
		if (rd.n < answers[i].min || rd.n > answers[i].max)
			return ERR_FORMAT;
		*rest = rd.n;
		*body = rd_view(&rd, rd.n);
		return 0;
	}
	return ERR_FORMAT;
}

void
padlink_put_hello(struct wr *wr)
{
	wr_u16(wr, PADLINK_VERSION);
}

int
padlink_get_hello(const uint8_t *p, size_t n, uint16_t *version)
{
	struct rd rd;

	rd_init(&rd, p, n);
	*version = rd_u16(&rd);
	return rd_end(&rd);
}

static void
put_card(struct wr *wr, const struct padlink_card *c)
{
	wr_u8(wr, c->present);
	wr_u32(wr, c->changes);
}

static int
get_card(struct rd *rd, struct padlink_card *c)
{
	c->present = rd_u8(rd);
	c->changes = rd_u32(rd);
	return c->present > 1 ? ERR_FORMAT : 0;
}

void
padlink_put_card(struct wr *wr, const struct padlink_card *c)
{
	put_card(wr, c);
}

int
padlink_get_card(const uint8_t *p, size_t n, struct padlink_card *c)
{
	struct rd rd;
	int r;

	rd_init(&rd, p, n);
	if ((r = get_card(&rd, c)) != 0)
		return r;
	return rd_end(&rd);
}

void
padlink_put_hello_answer(struct wr *wr, uint8_t status, const struct padlink_hello_answer *a)
{
	wr_u8(wr, status);
	if (status != PADLINK_OK)
		return;
	wr_u8(wr, a->lines);
	wr_u8(wr, a->columns);
	wr_u8(wr, a->pin_min);
	wr_u8(wr, a->pin_max);
	wr_u8(wr, a->features);
	put_card(wr, &a->card);
	wr_text(wr, a->firmware);
}

int
padlink_get_hello_answer(const uint8_t *p, size_t n, uint8_t *status,
    struct padlink_hello_answer *a)
{
	struct rd rd;
	int r;

	memset(a, 0, sizeof(*a));
	rd_init(&rd, p, n);
	*status = rd_u8(&rd);
	if (rd.err != 0 || *status > PADLINK_NOT_OFFERED)
		return ERR_FORMAT;
	if (*status != PADLINK_OK)
		return rd_end(&rd);
	a->lines = rd_u8(&rd);
	a->columns = rd_u8(&rd);
	a->pin_min = rd_u8(&rd);
	a->pin_max = rd_u8(&rd);
	a->features = rd_u8(&rd);
	if ((r = get_card(&rd, &a->card)) != 0)
		return r;
	rd_text(&rd, a->firmware, sizeof(a->firmware));
	for (const char *c = a->firmware; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			return ERR_FORMAT;
	if (a->pin_min > a->pin_max ||
	    a->features > (PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT))
		return ERR_FORMAT;
	return rd_end(&rd);
}

void
padlink_put_power(struct wr *wr, uint8_t action)
{
	wr_u8(wr, action);
}

int
padlink_get_power(const uint8_t *p, size_t n, uint8_t *action)
{
	struct rd rd;

	rd_init(&rd, p, n);
	*action = rd_u8(&rd);
	if (*action < PADLINK_POWER_UP || *action > PADLINK_RESET)
		return ERR_FORMAT;
	return rd_end(&rd);
}

void
padlink_put_pin(struct wr *wr, const struct padlink_pin *v)
{
	wr_u8(wr, v->kind);
	wr_u8(wr, v->first_s);
	wr_u8(wr, v->next_s);
	wr_u8(wr, v->format);
	wr_u8(wr, v->right);
	wr_u16(wr, v->pin_bits);
	wr_u8(wr, v->block);
	wr_u8(wr, v->length_bits);
	wr_u16(wr, v->length_at);
	wr_u8(wr, v->offset_old);
	wr_u8(wr, v->offset_new);
	wr_u8(wr, v->min);
	wr_u8(wr, v->max);
	wr_u8(wr, v->confirm);
	wr_u8(wr, v->end);
	wr_u16(wr, v->n);
	wr_bytes(wr, v->apdu, v->n);
}

static int
pin_in_range(const struct padlink_pin *v)
{
	if (v->kind > PADLINK_PIN_MODIFY || v->format > PADLINK_ASCII || v->right > 1)
		return 0;
	if (v->kind == PADLINK_PIN_VERIFY &&
	    (v->offset_old != 0 || v->offset_new != 0 || v->confirm != 0))
		return 0;
	if (v->pin_bits > 8 * PADLINK_BLOCK_MAX || v->length_at > 8 * PADLINK_BLOCK_MAX ||
	    v->block > PADLINK_BLOCK_MAX || v->length_bits > 15)
		return 0;
	if (v->max == 0 || v->min > v->max)
		return 0;
	if (v->confirm > (PADLINK_CONFIRM_NEW | PADLINK_ASK_OLD))
		return 0;
	if (v->end > (PADLINK_END_MAX | PADLINK_END_OK | PADLINK_END_TIMEOUT) ||
	    (v->end & (PADLINK_END_MAX | PADLINK_END_OK)) == 0)
		return 0;
	return v->n >= 4 && v->n <= PADLINK_TEMPLATE_MAX;
}

int
padlink_get_pin(const uint8_t *p, size_t n, struct padlink_pin *v)
{
	struct rd rd;

	memset(v, 0, sizeof(*v));
	rd_init(&rd, p, n);
	v->kind = rd_u8(&rd);
	v->first_s = rd_u8(&rd);
	v->next_s = rd_u8(&rd);
	v->format = rd_u8(&rd);
	v->right = rd_u8(&rd);
	v->pin_bits = rd_u16(&rd);
	v->block = rd_u8(&rd);
	v->length_bits = rd_u8(&rd);
	v->length_at = rd_u16(&rd);
	v->offset_old = rd_u8(&rd);
	v->offset_new = rd_u8(&rd);
	v->min = rd_u8(&rd);
	v->max = rd_u8(&rd);
	v->confirm = rd_u8(&rd);
	v->end = rd_u8(&rd);
	v->n = rd_u16(&rd);
	if (rd.err != 0 || !pin_in_range(v))
		return ERR_FORMAT;
	rd_bytes(&rd, v->apdu, v->n);
	return rd_end(&rd);
}

static void
put_text(struct wr *wr, const char *text, uint8_t n)
{
	wr_u8(wr, n);
	wr_bytes(wr, text, n);
}

static int
get_text(struct rd *rd, char text[PADLINK_TEXT_MAX], uint8_t *n)
{
	*n = rd_u8(rd);
	if (*n > PADLINK_TEXT_MAX)
		return ERR_FORMAT;
	rd_bytes(rd, text, *n);
	return rd_end(rd);
}

void
padlink_put_output(struct wr *wr, const struct padlink_output *o)
{
	wr_u8(wr, o->seconds);
	put_text(wr, o->text, o->n);
}

int
padlink_get_output(const uint8_t *p, size_t n, struct padlink_output *o)
{
	struct rd rd;

	memset(o, 0, sizeof(*o));
	rd_init(&rd, p, n);
	o->seconds = rd_u8(&rd);
	return get_text(&rd, o->text, &o->n);
}

void
padlink_put_input(struct wr *wr, const struct padlink_input *i)
{
	wr_u8(wr, i->seconds);
	wr_u8(wr, i->take);
	wr_u8(wr, i->mode);
	wr_u8(wr, i->next_s);
	wr_u8(wr, i->max);
	put_text(wr, i->text, i->n);
}

int
padlink_get_input(const uint8_t *p, size_t n, struct padlink_input *i)
{
	const uint8_t all =
	    PADLINK_TAKE_DIGITS | PADLINK_TAKE_OK | PADLINK_TAKE_CANCEL | PADLINK_TAKE_CLEAR;
	struct rd rd;

	memset(i, 0, sizeof(*i));
	rd_init(&rd, p, n);
	i->seconds = rd_u8(&rd);
	i->take = rd_u8(&rd);
	i->mode = rd_u8(&rd);
	i->next_s = rd_u8(&rd);
	i->max = rd_u8(&rd);
	if (i->seconds == 0 || i->take == 0 || i->take > all || i->mode > PADLINK_LINE_STARS)
		return ERR_FORMAT;
	if (i->mode == PADLINK_ONE_KEY ? i->next_s != 0 || i->max != 0 :
	    i->take != all || i->next_s == 0 || i->max == 0 || i->max > PADLINK_LINE_MAX)
		return ERR_FORMAT;
	return get_text(&rd, i->text, &i->n);
}
