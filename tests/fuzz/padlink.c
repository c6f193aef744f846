#include <stdlib.h>
#include <string.h>

#include "simulator/padlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
get_hello(const uint8_t *p, size_t n, struct wr *wr)
{
	uint16_t version;

	if (padlink_get_hello(p, n, &version) == 0 && version == PADLINK_VERSION)
		padlink_put_hello(wr);
}

static void
get_hello_answer(const uint8_t *p, size_t n, struct wr *wr)
{
	struct padlink_hello_answer a;
	uint8_t status;

	if (padlink_get_hello_answer(p, n, &status, &a) == 0)
		padlink_put_hello_answer(wr, status, &a);
}

static void
get_power(const uint8_t *p, size_t n, struct wr *wr)
{
	uint8_t action;

	if (padlink_get_power(p, n, &action) == 0)
		padlink_put_power(wr, action);
}

static void
get_card(const uint8_t *p, size_t n, struct wr *wr)
{
	struct padlink_card c;

	if (padlink_get_card(p, n, &c) == 0)
		padlink_put_card(wr, &c);
}

static void
get_pin(const uint8_t *p, size_t n, struct wr *wr)
{
	struct padlink_pin v;

	if (padlink_get_pin(p, n, &v) == 0)
		padlink_put_pin(wr, &v);
}

static void
get_output(const uint8_t *p, size_t n, struct wr *wr)
{
	struct padlink_output o;

	if (padlink_get_output(p, n, &o) == 0)
		padlink_put_output(wr, &o);
}

static void
get_input(const uint8_t *p, size_t n, struct wr *wr)
{
	struct padlink_input i;

	if (padlink_get_input(p, n, &i) == 0)
		padlink_put_input(wr, &i);
}

static void
get_answer(const uint8_t *p, size_t n, struct wr *wr)
{
	const uint8_t *rest;
	uint8_t status;
	size_t rest_n;

	for (uint8_t type = 0; type <= PADLINK_PIN_ABORT; type++) {
		wr->n = 0;
		if (padlink_get_answer(p, n, type, &status, &rest, &rest_n) == 0)
			padlink_put_answer(wr, status, rest, rest_n);
	}
}

static void (*const gets[])(const uint8_t *, size_t, struct wr *) = {
	get_hello, get_hello_answer, get_power, get_card, get_pin, get_output, get_input, get_answer,
};

/* What a driver and the pad rely on, whoever sent it. */
static void
check(const struct padlink_msg *m)
{
	struct padlink_hello_answer a;
	struct padlink_input i;
	const uint8_t *rest;
	uint8_t status;
	size_t n;

	if (padlink_get_input(m->body, m->n, &i) == 0 &&
	    (i.max > PADLINK_LINE_MAX || (i.mode == PADLINK_ONE_KEY) != (i.max == 0) ||
	    (i.max == 0) != (i.next_s == 0)))
		abort();
	if (padlink_get_hello_answer(m->body, m->n, &status, &a) == 0 && a.features > 7)
		abort();
	if (padlink_get_answer(m->body, m->n, PADLINK_INPUT, &status, &rest, &n) == 0 &&
	    n > PADLINK_LINE_MAX)
		abort();
	if (padlink_get_answer(m->body, m->n, PADLINK_PIN_KEY, &status, &rest, &n) == 0 &&
	    (status == PADLINK_OK) != (n == 1))
		abort();
	if (padlink_get_answer(m->body, m->n, PADLINK_PIN_FINISH, &status, &rest, &n) == 0 &&
	    (status == PADLINK_OK) != (n == 2))
		abort();
}

/* A message in a frame; what any codec takes from its body, it writes again to the same bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t again[PADLINK_MAX];
	struct padlink_msg m;
	struct wr wr;
	int r;

	if ((r = padlink_frame(p, n, &m)) <= 0)
		return 0;
	wr_init(&wr, again, sizeof(again));
	padlink_put(&wr, m.type, m.number, m.body, m.n);
	if (wr_end(&wr) != 0 || wr.n != (size_t)r || memcmp(again, p, wr.n) != 0)
		abort();
	check(&m);
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		wr_init(&wr, again, sizeof(again));
		gets[i](m.body, m.n, &wr);
		if (wr_end(&wr) != 0 || (wr.n != 0 && (wr.n != m.n || memcmp(again, m.body, m.n) != 0)))
			abort();
	}
	return 0;
}
