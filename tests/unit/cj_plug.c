#include "tests/unit/cj_plug.h"

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

struct reader *reader;

void
plug_in(const struct cj_answer *a, size_t n)
{
	cj_usb_answers(a, n);
	OK(reader_cyberjack_open(&reader, CJ_NAME));
}

void
plug_out(void)
{
	reader->ops->close(reader);
}

int
power(enum reader_power action)
{
	uint8_t atr[PADLINK_ATR_MAX];
	size_t n = sizeof(atr);
	const int r = reader->ops->power(reader, action, atr, &n);

	if (r == 0 && action != READER_POWER_DOWN && (n != 5 || atr[0] != 0x3b))
		return ERR_INTERNAL;
	return r;
}

int
transmit(void)
{
	uint8_t rsp[64];
	size_t n = sizeof(rsp);

	return reader->ops->transmit(reader, (const uint8_t *)"\x00\x84\x00\x00\x08", 5, rsp, &n);
}

uint8_t
features(void)
{
	struct reader_properties p;

	reader->ops->properties(reader, &p);
	return p.features;
}
