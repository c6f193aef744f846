#include "ifdhandler/ctbcs.h"

#include <stdlib.h>

#include "tests/unit/memreader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The first byte sets the scene. Each command gets a status word, the pad a text that it takes. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct memreader m;
	static struct slot slot;
	uint8_t got[64], mem[PADLINK_TEMPLATE_MAX + 64];
	struct padlink_output out;
	struct padlink_input in;
	struct padlink_pin pin;
	struct wr wr, body;

	if (n == 0)
		return 0;
	memreader_init(&m);
	m.present = p[0] & 1;
	m.comes_after = p[0] & 2 ? 3 : 0;
	m.line = p[0] & 16 ? "123456" : p[0] & 4 ? "\x1b" : NULL;
	m.sw = 0x9000;
	m.key = p[0] & 4 ? PADLINK_KEY_CANCEL : p[0] & 8 ? '5' : 0;
	slot.reader = &m.reader;
	slot.powered = m.present && (p[0] & 32) != 0;
	if ((p[0] & 64) != 0)
		m.properties.features = 0;
	wr_init(&wr, got, sizeof(got));
	if (ctbcs_run(&slot, &m.properties, p + 1, n - 1, &wr) != 0 || wr.n < 2)
		abort();
	wr_init(&body, mem, sizeof(mem));
	if (m.outputs > 0) {
		padlink_put_output(&body, &m.output);
		if (wr_end(&body) != 0 || padlink_get_output(body.p, body.n, &out) != 0)
			abort();
	}
	wr_init(&body, mem, sizeof(mem));
	if (m.inputs > 0) {
		padlink_put_input(&body, &m.input);
		if (wr_end(&body) != 0 || padlink_get_input(body.p, body.n, &in) != 0)
			abort();
	}
	wr_init(&body, mem, sizeof(mem));
	if (m.pins > 0) {
		padlink_put_pin(&body, &m.pin);
		if (wr_end(&body) != 0 || padlink_get_pin(body.p, body.n, &pin) != 0)
			abort();
	}
	if (m.properties.features == 0 && m.pins > 0)
		abort();
	return 0;
}
