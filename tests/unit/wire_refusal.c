#include "tests/unit/letter.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static struct letter sent, got;
static uint8_t buf[WIRE_FRAME_MAX + 1];

/* In a block of its very length, so that a byte read behind it is found. */
static int
get_request(size_t n)
{
	uint8_t *p = malloc(n != 0 ? n : 1);
	int r;

	memcpy(p, buf, n);
	got.request.mech = &got.mech;
	r = wire_get_request(p, n, &got.request);
	free(p);
	return r;
}

static int
get_answer(size_t n, uint8_t id)
{
	uint8_t *p = malloc(n != 0 ? n : 1);
	int r;

	memcpy(p, buf, n);
	r = wire_get_answer(p, n, id, &got.answer);
	free(p);
	return r;
}

static void
a_message_of_any_other_length_is_refused(void)
{
	struct wr wr;

	for (uint8_t id = WIRE_HELLO; id < WIRE_CALLS; id++) {
		letter_fill(&sent, id);
		sent.request.closed_n = 2;
		wr_init(&wr, buf, WIRE_FRAME_MAX);
		OK(wire_put_request(&wr, &sent.request));
		buf[wr.n] = 0;
		for (size_t n = 0; n <= wr.n + 1; n++)
			CU_ASSERT_EQUAL(get_request(n), n == wr.n ? 0 : ERR_FORMAT);
		wr_init(&wr, buf, WIRE_FRAME_MAX);
		OK(wire_put_answer(&wr, id, &sent.answer));
		buf[wr.n] = 0;
		for (size_t n = 0; n <= wr.n + 1; n++)
			CU_ASSERT_EQUAL(get_answer(n, id), n == wr.n ? 0 : ERR_FORMAT);
	}
}

static void
an_error_is_answered_without_a_result(void)
{
	struct wr wr;

	for (uint8_t id = WIRE_HELLO; id < WIRE_CALLS; id++) {
		letter_fill(&sent, id);
		sent.answer.rv = CKR_PIN_INCORRECT;
		wr_init(&wr, buf, sizeof(buf));
		OK(wire_put_answer(&wr, id, &sent.answer));
		CU_ASSERT_EQUAL(wr.n, 8);
		OK(get_answer(wr.n, id));
		CU_ASSERT_EQUAL(got.answer.rv, CKR_PIN_INCORRECT);
		CU_ASSERT_EQUAL(got.answer.found_n, 0);
	}
}

static void
malformed_requests_are_refused(void)
{
	static const struct {
		const char *why, *bytes;
		int want;
	} table[] = {
		{ "(sound) slot 9", "02 09", 0 },
		{ "slot 10", "02 0a", ERR_FORMAT },
		{ "no call at all", "", ERR_FORMAT },
		{ "call 0", "00", ERR_FORMAT },
		{ "a call behind the last", "1f", ERR_FORMAT },
		{ "(sound) no PIN", "08 00 00", 0 },
		{ "a PIN that is neither there nor not", "08 00 02", ERR_FORMAT },
		{ "(sound) a PIN of no bytes", "08 00 01 00000000", 0 },
		{ "a PIN longer than its frame", "08 00 01 00000002 31", ERR_FORMAT },
		{ "a PIN of 129 bytes", "08 00 01 00000081 31", ERR_FORMAT },
		{ "a PIN of 4 GiB less one", "08 00 01 ffffffff 31", ERR_FORMAT },
		{ "(sound) a read-only session", "0d 00 00 0000000000000001", 0 },
		{ "a session neither R/O nor R/W", "0d 00 02 0000000000000001", ERR_FORMAT },
		{ "a label of 31 bytes", "07 01 01 00000000 0000001f"
		    "31313131313131313131313131313131313131313131313131313131313131", ERR_FORMAT },
		{ "(sound) one object closed", "0e 00 00000001 4000000000000000", 0 },
		{ "257 objects closed", "0e 00 00000101 4000000000000000", ERR_FORMAT },
		{ "more objects closed than there are", "0e 00 00000002 4000000000000000",
		    ERR_FORMAT },
		{ "(sound) one object wanted", "11 00 00000000 0000000000000000 00000001", 0 },
		{ "no object wanted", "11 00 00000000 0000000000000000 00000000", ERR_FORMAT },
		{ "129 objects wanted", "11 00 00000000 0000000000000000 00000081", ERR_FORMAT },
		{ "(sound) a search by class",
		    "11 00 00000014 0000000000000000 00000008 0000000000000003"
		    "0000000000000000 00000001", 0 },
		{ "a template with a piece missing",
		    "11 00 00000013 0000000000000000 00000008 00000000000000"
		    "0000000000000000 00000001", ERR_FORMAT },
		{ "a template of 24 KiB and one byte", "11 00 00006001", ERR_FORMAT },
		{ "an operation of no kind", "18 00 0000000000000001 0000000000000000"
		    "0000000000000000", ERR_FORMAT },
		{ "an operation of two kinds", "18 00 0000000000000001 0000000000000000"
		    "0000000000000900", ERR_FORMAT },
		{ "(sound) an update", "19 0000000000000001 00000001 00", 0 },
		{ "data of 64 KiB and one byte", "19 0000000000000001 00010001 00", ERR_FORMAT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, buf, sizeof(buf));

		if (get_request(n) != table[i].want)
			CU_FAIL(table[i].why);
	}
}

static void
a_mechanism_that_cannot_do_it_is_refused(void)
{
	static const uint8_t with[] = { WIRE_GENERATE, WIRE_GENERATE_PAIR, WIRE_SIGN, WIRE_VERIFY,
		WIRE_ENCRYPT, WIRE_DECRYPT, WIRE_OP_BEGIN, WIRE_DERIVE, WIRE_WRAP, WIRE_UNWRAP };
	struct wr wr;

	for (size_t i = 0; i < sizeof(with); i++) {
		letter_fill(&sent, with[i]);
		memset(&sent.mech, 0, sizeof(sent.mech));
		sent.mech.info = mech_info(CKM_SHA256);
		wr_init(&wr, buf, sizeof(buf));
		OK(wire_put_request(&wr, &sent.request));
		CU_ASSERT_EQUAL(get_request(wr.n), ERR_FORMAT);
	}
	letter_fill(&sent, WIRE_SIGN);
	wr_init(&wr, buf, sizeof(buf));
	OK(wire_put_request(&wr, &sent.request));
	got.request.mech = NULL;
	CU_ASSERT_EQUAL(wire_get_request(buf, wr.n, &got.request), ERR_FORMAT);
}

static void
malformed_answers_are_refused(void)
{
	static const struct {
		const char *why;
		uint8_t id;
		const char *bytes;
		int want;
	} table[] = {
		{ "(sound) done", WIRE_LOGIN, "0000000000000000", 0 },
		{ "nothing", WIRE_LOGIN, "", ERR_FORMAT },
		{ "an answer to no call", 0, "0000000000000000", ERR_FORMAT },
		{ "an answer to a call behind the last", WIRE_CALLS, "0000000000000000", ERR_FORMAT },
		{ "a result behind an error", WIRE_WAIT, "0000000000000005 00", ERR_FORMAT },
		{ "(sound) an event", WIRE_WAIT, "0000000000000000 09", 0 },
		{ "an event in slot 10", WIRE_WAIT, "0000000000000000 0a", ERR_FORMAT },
		{ "(sound) nothing found", WIRE_FIND, "0000000000000000 00000000 00", 0 },
		{ "more than more", WIRE_FIND, "0000000000000000 00000000 02", ERR_FORMAT },
		{ "129 found", WIRE_FIND, "0000000000000000 00000081 00", ERR_FORMAT },
		{ "one more found than there are", WIRE_FIND, "0000000000000000 00000001 00",
		    ERR_FORMAT },
		{ "(sound) an object", WIRE_GET, "0000000000000000 0000000000000001 01 00000000", 0 },
		{ "an object of no kind", WIRE_GET, "0000000000000000 0000000000000001 02 00000000",
		    ERR_FORMAT },
		{ "attributes that are none", WIRE_GET,
		    "0000000000000000 0000000000000001 01 00000001 00", ERR_FORMAT },
		{ "(sound) a signature", WIRE_SIGN, "0000000000000000 00000001 00", 0 },
		{ "a result of 64 KiB, 256 bytes and one", WIRE_SIGN, "0000000000000000 00010101 00",
		    ERR_FORMAT },
		{ "a policy that nobody knows", WIRE_HELLO, "0000000000000000"
		    "00000000000000000000000000000000 0000000000000001 08", ERR_FORMAT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, buf, sizeof(buf));

		if (get_answer(n, table[i].id) != table[i].want)
			CU_FAIL(table[i].why);
	}
}

static void
what_is_too_large_is_not_sent(void)
{
	static uint8_t large[WIRE_RESULT_MAX + 1];
	struct wr wr;

	letter_fill(&sent, WIRE_OP_UPDATE);
	sent.request.data = bytes_of(large, WIRE_DATA_MAX);
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	OK(wire_put_request(&wr, &sent.request));
	sent.request.data.n++;
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_request(&wr, &sent.request), ERR_SIZE);
	sent.answer.data = bytes_of(large, WIRE_RESULT_MAX);
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	OK(wire_put_answer(&wr, WIRE_OP_UPDATE, &sent.answer));
	sent.answer.data.n++;
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_answer(&wr, WIRE_OP_UPDATE, &sent.answer), ERR_SIZE);
	letter_fill(&sent, WIRE_CLOSE);
	sent.request.closed_n = WIRE_CLOSE_MAX + 1;
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_request(&wr, &sent.request), ERR_SIZE);
	letter_fill(&sent, WIRE_LOGIN);
	sent.request.pin = bytes_of(large, WIRE_PIN_MAX + 1);
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_request(&wr, &sent.request), ERR_SIZE);
	letter_fill(&sent, WIRE_FIND);
	sent.answer.found_n = WIRE_FOUND_MAX + 1;
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_answer(&wr, WIRE_FIND, &sent.answer), ERR_SIZE);
	sent.request.id = WIRE_CALLS;
	wr_init(&wr, buf, WIRE_FRAME_MAX);
	CU_ASSERT_EQUAL(wire_put_request(&wr, &sent.request), ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(a_message_of_any_other_length_is_refused),
	SENTENCE(an_error_is_answered_without_a_result),
	SENTENCE(malformed_requests_are_refused),
	SENTENCE(a_mechanism_that_cannot_do_it_is_refused),
	SENTENCE(malformed_answers_are_refused),
	SENTENCE(what_is_too_large_is_not_sent),
};

SUITE("wire_refusal", sentences)
