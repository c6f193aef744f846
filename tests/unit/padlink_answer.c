#include "card-os/iso7816/err.h"
#include "simulator/padlink.h"
#include "tests/unit/suite.h"

static const struct {
	uint8_t type;
	const char *why, *hex;
	int r;
	size_t rest;
} answers[] = {
	{ PADLINK_POWER, "an ATR", "003B80", 0, 2 },
	{ PADLINK_POWER, "powered down", "00", 0, 0 },
	{ PADLINK_TRANSMIT, "a status word", "009000", 0, 2 },
	{ PADLINK_TRANSMIT, "half a status word", "0090", ERR_FORMAT, 0 },
	{ PADLINK_PIN, "a status word", "009000", 0, 2 },
	{ PADLINK_PIN, "a status word and data", "00009000", ERR_FORMAT, 0 },
	{ PADLINK_OUTPUT, "shown", "00", 0, 0 },
	{ PADLINK_OUTPUT, "shown and more", "0000", ERR_FORMAT, 0 },
	{ PADLINK_OUTPUT, "no text offered", "08", 0, 0 },
	{ PADLINK_INPUT, "a key", "000D", 0, 1 },
	{ PADLINK_INPUT, "a line of no digit", "00", 0, 0 },
	{ PADLINK_INPUT, "a line of 16", "0031323334353637383930313233343536", 0, 16 },
	{ PADLINK_INPUT, "a line of 17", "003132333435363738393031323334353637", ERR_FORMAT, 0 },
	{ PADLINK_INPUT, "no time left", "04", 0, 0 },
	{ PADLINK_INPUT, "no time left, and a key", "040D", ERR_FORMAT, 0 },
	{ PADLINK_INPUT, "not offered", "08", 0, 0 },
	{ PADLINK_INPUT, "not offered, and a key", "080D", ERR_FORMAT, 0 },
	{ PADLINK_INPUT, "an unknown status", "09", ERR_FORMAT, 0 },
	{ PADLINK_INPUT, "nothing", "", ERR_FORMAT, 0 },
	{ PADLINK_PIN_START, "begun", "00", 0, 0 },
	{ PADLINK_PIN_START, "begun and a key", "002B", ERR_FORMAT, 0 },
	{ PADLINK_PIN_START, "another runs", "06", 0, 0 },
	{ PADLINK_PIN_KEY, "a digit was pressed", "002B", 0, 1 },
	{ PADLINK_PIN_KEY, "no key", "00", ERR_FORMAT, 0 },
	{ PADLINK_PIN_KEY, "two keys", "002B2B", ERR_FORMAT, 0 },
	{ PADLINK_PIN_FINISH, "a status word", "006480", 0, 2 },
	{ PADLINK_PIN_FINISH, "half a status word", "0064", ERR_FORMAT, 0 },
	{ PADLINK_PIN_FINISH, "a status word and data", "00009000", ERR_FORMAT, 0 },
	{ PADLINK_PIN_FINISH, "nothing was started", "07", 0, 0 },
	{ PADLINK_PIN_ABORT, "ended", "00", 0, 0 },
	{ PADLINK_PIN_ABORT, "ended, and a status word", "006480", ERR_FORMAT, 0 },
	{ PADLINK_CANCEL, "what has no answer at all", "00", ERR_FORMAT, 0 },
	{ 13, "a type that is none", "00", ERR_FORMAT, 0 },
	{ PADLINK_CARD, "what has no answer", "00", ERR_FORMAT, 0 },
};

static void
an_answer_is_as_long_as_its_type_asks(void)
{
	const uint8_t *body;
	uint8_t p[32], status;
	size_t n, rest;

	body = p;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		n = hex(answers[i].hex, p, sizeof(p));
		if (padlink_get_answer(p, n, answers[i].type, &status, &body, &rest) !=
		    answers[i].r || rest != answers[i].rest ||
		    (rest > 0 ? body != p + 1 : answers[i].r != 0 && body != NULL))
			CU_FAIL(answers[i].why);
	}
}

static void
the_longest_response_fits_an_answer(void)
{
	static uint8_t rsp[RAPDU_MAX], p[PADLINK_MAX], all[PADLINK_MAX];
	struct padlink_msg m;
	struct wr wr, out;

	wr_init(&wr, p, sizeof(p));
	padlink_put_answer(&wr, PADLINK_OK, rsp, sizeof(rsp));
	OK(wr_end(&wr));
	wr_init(&out, all, sizeof(all));
	padlink_put(&out, PADLINK_TRANSMIT, 1, p, wr.n);
	OK(wr_end(&out));
	CU_ASSERT_EQUAL(padlink_frame(all, out.n, &m), (int)out.n);
	CU_ASSERT_EQUAL(m.n, 1 + RAPDU_MAX);
}

static const struct sentence sentences[] = {
	SENTENCE(an_answer_is_as_long_as_its_type_asks),
	SENTENCE(the_longest_response_fits_an_answer),
};

SUITE("padlink_answer", sentences)
