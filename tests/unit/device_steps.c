#include "tests/unit/device_steps.h"

#include <string.h>

#include "tests/unit/suite.h"

static const uint8_t as_values[] = { 1, 2, 3, 4, 5, 6 };

int
steps_no_pin_in(const struct device *d)
{
	return !bench_holds(d, sizeof(*d), "123456", 6) &&
	    !bench_holds(d, sizeof(*d), as_values, 6);
}

uint8_t
steps_ask(struct bench *b, uint8_t type)
{
	return bench_ask(b, type, "", 0);
}

void
steps_begin(struct bench *b, uint8_t kind)
{
	bench_pin_start(b, kind, kind == PADLINK_PIN_MODIFY ? 0x24 : 0x20);
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(b->got.type, PADLINK_PIN_START);
	CU_ASSERT_EQUAL(b->status, PADLINK_OK);
	CU_ASSERT_TRUE(pad_secure(&b->dev.pad));
}

unsigned
steps_finish(struct bench *b)
{
	CU_ASSERT_EQUAL(steps_ask(b, PADLINK_PIN_FINISH), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 2);
	return bench_sw(b);
}

/* What KEY tells until it tells none, as letters: digit, 0 cleared, OK, x, timeout, aborted. */
int
steps_told(struct bench *b, const char *want)
{
	static const uint8_t v[] = { 0x2b, 0x0a, 0x0d, 0x1b, 0x0e, 0x40 };
	static const char letters[] = "*0#xta";
	char got[80] = "";
	size_t n = 0;

	while (steps_ask(b, PADLINK_PIN_KEY) == PADLINK_OK && b->rest[0] != 0 && n + 1 < sizeof(got))
		for (size_t i = 0; i < sizeof(v); i++)
			if (v[i] == b->rest[0])
				got[n++] = letters[i];
	got[n] = '\0';
	return strcmp(got, want) == 0;
}
