#include "tests/unit/memreader.h"

#include <string.h>

#include "card-os/iso7816/err.h"

static struct memreader *
of(struct reader *reader)
{
	return (struct memreader *)reader;
}

static void
mem_close(struct reader *reader)
{
	of(reader)->closed++;
}

static void
mem_properties(struct reader *reader, struct reader_properties *p)
{
	*p = of(reader)->properties;
}

static int
mem_present(struct reader *reader)
{
	struct memreader *m = of(reader);

	m->looks++;
	if (m->looks_after != 0 && m->looks >= m->looks_after)
		m->present = 1;
	return m->present;
}

static void
mem_wait(struct reader *reader, int timeout_ms)
{
	(void)timeout_ms;
	of(reader)->waits++;
}

static void
mem_stop(struct reader *reader)
{
	of(reader)->stopped++;
}

static int
mem_power(struct reader *reader, enum reader_power action, uint8_t *atr, size_t *n)
{
	if (of(reader)->r != 0)
		return of(reader)->r;
	of(reader)->resets += action == READER_RESET;
	memcpy(atr, of(reader)->atr, of(reader)->atr_n);
	*n = of(reader)->atr_n;
	return 0;
}

static int
mem_transmit(struct reader *reader, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct memreader *m = of(reader);

	if (m->r != 0)
		return m->r;
	m->apdu_n = n < sizeof(m->apdu) ? n : sizeof(m->apdu);
	memcpy(m->apdu, p, m->apdu_n);
	if (*rsp_n < m->answer_n)
		return ERR_SIZE;
	*rsp_n = m->answer_n;
	memset(rsp, 0, m->answer_n);
	memcpy(rsp, m->answer, m->answer_n < sizeof(m->answer) ? m->answer_n : sizeof(m->answer));
	return 0;
}

static int
mem_pin(struct reader *reader, const struct padlink_pin *pin, uint16_t *sw)
{
	struct memreader *m = of(reader);

	m->pins++;
	m->pin = *pin;
	*sw = m->sw;
	return m->r;
}

static int
mem_output(struct reader *reader, const struct padlink_output *o)
{
	struct memreader *m = of(reader);

	m->outputs++;
	m->output = *o;
	return m->r;
}

static int
mem_input(struct reader *reader, const struct padlink_input *i, uint8_t *keys, size_t *n)
{
	struct memreader *m = of(reader);

	m->inputs++;
	m->input = *i;
	if (m->comes_after != 0 && m->inputs >= m->comes_after)
		m->present = 1;
	if (m->goes_after != 0 && m->inputs >= m->goes_after)
		m->present = 0;
	if (m->r != 0 || m->input_r != 0)
		return m->r != 0 ? m->r : m->input_r;
	if (i->mode != PADLINK_ONE_KEY) {
		if (m->line == NULL)
			return ERR_TIMEOUT;
		*n = strlen(m->line);
		memcpy(keys, m->line, *n);
		return 0;
	}
	if (m->key == 0 || m->inputs <= m->key_after)
		return ERR_TIMEOUT;
	keys[0] = m->key;
	*n = 1;
	return 0;
}

static int
mem_pin_start(struct reader *reader, const struct padlink_pin *pin)
{
	struct memreader *m = of(reader);

	m->starts++;
	m->pin = *pin;
	return m->r;
}

static int
mem_pin_key(struct reader *reader, uint8_t *key)
{
	struct memreader *m = of(reader);

	m->keys++;
	*key = m->pressed;
	return m->r;
}

static int
mem_pin_finish(struct reader *reader, uint16_t *sw)
{
	struct memreader *m = of(reader);

	m->finishes++;
	*sw = m->sw;
	return m->r;
}

static int
mem_pin_abort(struct reader *reader)
{
	of(reader)->aborts++;
	return of(reader)->r;
}

void
memreader_init(struct memreader *m)
{
	static const struct reader_ops ops = {
		mem_close, mem_properties, mem_present, mem_wait, mem_stop, mem_power, NULL,
		mem_transmit, mem_pin, mem_output, mem_input, mem_pin_start, mem_pin_key, mem_pin_finish,
		mem_pin_abort, NULL,
	};

	memset(m, 0, sizeof(*m));
	m->reader.ops = &ops;
	/* TA1, TD1, TD2, TA3, TB3, two historical bytes, TCK. */
	memcpy(m->atr, "\x3b\x92\x11\x81\x31\xfe\x45\xca\xfe\xbc", MEMREADER_ATR);
	m->atr_n = MEMREADER_ATR;
	m->answer[0] = 0x90;
	m->answer_n = 2;
	m->properties = (struct reader_properties){
		.lines = 2, .columns = 16, .pin_min = 6, .pin_max = 16,
		.features = PADLINK_HAS_DIRECT | PADLINK_HAS_START | PADLINK_HAS_TEXT,
		.firmware = "mem",
	};
}
