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
	return of(reader)->present;
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
	(void)action;
	if (of(reader)->r != 0)
		return of(reader)->r;
	memcpy(atr, "\x3b\x80\x01\x81", 4);
	*n = 4;
	return 0;
}

static int
mem_transmit(struct reader *reader, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	(void)reader;
	(void)p;
	(void)n;
	memcpy(rsp, "\x90\x00", 2);
	*rsp_n = 2;
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
	if (m->r != 0)
		return m->r;
	if (m->key == 0 || m->inputs <= m->key_after)
		return ERR_TIMEOUT;
	keys[0] = m->key;
	*n = 1;
	return 0;
}

void
memreader_init(struct memreader *m)
{
	static const struct reader_ops ops = {
		mem_close, mem_properties, mem_present, mem_wait, mem_stop, mem_power, mem_transmit,
		mem_pin, mem_output, mem_input, NULL, NULL, NULL, NULL, NULL,
	};

	memset(m, 0, sizeof(*m));
	m->reader.ops = &ops;
	m->properties = (struct reader_properties){
		.lines = 2, .columns = 16, .pin_min = 6, .pin_max = 16,
		.features = PADLINK_HAS_DIRECT | PADLINK_HAS_TEXT, .firmware = "mem",
	};
}
