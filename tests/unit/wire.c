#include "tests/unit/letter.h"

#include <string.h>

#include "tests/unit/suite.h"

static int
same_set(const struct attrs *a, const struct attrs *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static int
same_bytes(const struct wire_bytes *a, const struct wire_bytes *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static int
same_found(const struct wire_found *a, const struct wire_found *b)
{
	return a->uid == b->uid && a->local == b->local && same_set(&a->view, &b->view);
}

static struct letter sent, got;
static uint8_t buf[WIRE_FRAME_MAX + 1], again[WIRE_FRAME_MAX];

/* Whatever arrived is what was sent: it has the same bytes when it is sent on. */
static void
every_request_arrives_as_it_was_sent(void)
{
	struct wr wr, wr2;

	for (uint8_t id = WIRE_HELLO; id < WIRE_CALLS; id++) {
		letter_fill(&sent, id);
		wr_init(&wr, buf, sizeof(buf));
		OK(wire_put_request(&wr, &sent.request));
		CU_ASSERT_EQUAL(buf[0], id);
		memset(&got, 0xff, sizeof(got));
		got.request.mech = &got.mech;
		OK(wire_get_request(buf, wr.n, &got.request));
		CU_ASSERT_EQUAL(got.request.id, id);
		wr_init(&wr2, again, sizeof(again));
		OK(wire_put_request(&wr2, &got.request));
		CU_ASSERT_EQUAL_FATAL(wr2.n, wr.n);
		SAME(buf, again, wr.n);
	}
}

static void
every_answer_arrives_as_it_was_sent(void)
{
	struct wr wr, wr2;

	for (uint8_t id = WIRE_HELLO; id < WIRE_CALLS; id++) {
		letter_fill(&sent, id);
		wr_init(&wr, buf, sizeof(buf));
		OK(wire_put_answer(&wr, id, &sent.answer));
		memset(&got, 0xff, sizeof(got));
		OK(wire_get_answer(buf, wr.n, id, &got.answer));
		CU_ASSERT_EQUAL(got.answer.rv, CKR_OK);
		wr_init(&wr2, again, sizeof(again));
		OK(wire_put_answer(&wr2, id, &got.answer));
		CU_ASSERT_EQUAL_FATAL(wr2.n, wr.n);
		SAME(buf, again, wr.n);
	}
}

static const struct wire_request *
carried(uint8_t id)
{
	struct wr wr;

	letter_fill(&sent, id);
	wr_init(&wr, buf, sizeof(buf));
	OK(wire_put_request(&wr, &sent.request));
	memset(&got, 0xff, sizeof(got));
	got.request.mech = &got.mech;
	OK(wire_get_request(buf, wr.n, &got.request));
	return &got.request;
}

static const struct wire_answer *
brought(uint8_t id)
{
	struct wr wr;

	letter_fill(&sent, id);
	wr_init(&wr, buf, sizeof(buf));
	OK(wire_put_answer(&wr, id, &sent.answer));
	memset(&got, 0xff, sizeof(got));
	OK(wire_get_answer(buf, wr.n, id, &got.answer));
	return &got.answer;
}

/* Two fields that were taken for each other would pass the round trips. */
static void
each_argument_is_in_its_own_place(void)
{
	const struct wire_request *s = &sent.request, *r;

	r = carried(WIRE_HELLO);
	CU_ASSERT_EQUAL(r->version, WIRE_VERSION);
	SAME(r->cookie, s->cookie, WIRE_COOKIE_LEN);
	CU_ASSERT_EQUAL(carried(WIRE_WAIT)->events, 5);
	r = carried(WIRE_LOGIN);
	CU_ASSERT_EQUAL(r->who.slot, 9);
	CU_ASSERT_EQUAL(r->who.rw, 0);
	CU_ASSERT_EQUAL(r->user, CKU_SO);
	CU_ASSERT_TRUE(r->has_pin && same_bytes(&r->pin, &s->pin));
	r = carried(WIRE_SET_PIN);
	CU_ASSERT_TRUE(r->has_pin && same_bytes(&r->pin, &s->pin));
	CU_ASSERT_TRUE(r->has_pin2 && r->pin2.n == 0);
	CU_ASSERT_TRUE(same_bytes(&carried(WIRE_INIT_TOKEN)->label, &s->label));
	r = carried(WIRE_IMPORT);
	CU_ASSERT_EQUAL(r->who.rw, 1);
	CU_ASSERT_TRUE(same_set(&r->set, &s->set) && same_set(&r->set2, &s->set2));
	r = carried(WIRE_GENERATE_PAIR);
	CU_ASSERT_TRUE(same_set(&r->set, &s->set) && same_set(&r->set2, &s->set2));
	CU_ASSERT_PTR_EQUAL(r->mech->info, mech_info(CKM_EC_KEY_PAIR_GEN));
	r = carried(WIRE_VERIFY);
	CU_ASSERT_TRUE(same_bytes(&r->data, &s->data) && same_bytes(&r->data2, &s->data2));
	r = carried(WIRE_WRAP);
	CU_ASSERT_TRUE(r->uid == 1 && r->uid2 == WIRE_SESSION + 2 && same_set(&r->set2, &s->set2));
	r = carried(WIRE_OP_BEGIN);
	CU_ASSERT_TRUE(r->uid == 1 && r->ticket == 3 && r->flags == CKF_SIGN);
	r = carried(WIRE_OP_UPDATE);
	CU_ASSERT_TRUE(r->op == 4 && same_bytes(&r->data, &s->data));
	r = carried(WIRE_FIND);
	CU_ASSERT_TRUE(r->uid == 1 && r->most == WIRE_FOUND_MAX && same_set(&r->set, &s->set));
	r = carried(WIRE_CLOSE);
	CU_ASSERT_EQUAL(r->closed_n, WIRE_CLOSE_MAX);
	SAME(r->closed, s->closed, sizeof(r->closed));
}

static void
each_result_is_in_its_own_place(void)
{
	const struct wire_answer *s = &sent.answer, *a;

	a = brought(WIRE_HELLO);
	SAME(a->cookie, s->cookie, WIRE_COOKIE_LEN);
	CU_ASSERT_TRUE(a->boot == 6 && a->policy == WIRE_POLICY_ALL);
	a = brought(WIRE_TOKEN);
	CU_ASSERT_TRUE(a->token.mode == 2 && a->token.flags == s->token.flags);
	CU_ASSERT_TRUE(a->token.min_pin == 8 && a->token.max_pin == 128);
	SAME(a->token.label, s->token.label, sizeof(a->token.label));
	SAME(a->token.serial, s->token.serial, sizeof(a->token.serial));
	CU_ASSERT_EQUAL(brought(WIRE_WAIT)->slot, 8);
	CU_ASSERT_EQUAL(brought(WIRE_REAUTH)->ticket, 7);
	CU_ASSERT_EQUAL(brought(WIRE_OP_BEGIN)->op, 8);
	CU_ASSERT_TRUE(same_bytes(&brought(WIRE_SIGN)->data, &s->data));
	a = brought(WIRE_GENERATE_PAIR);
	CU_ASSERT_TRUE(same_found(&a->object, &s->object));
	CU_ASSERT_TRUE(same_found(&a->object2, &s->object2));
	a = brought(WIRE_FIND);
	CU_ASSERT_EQUAL(a->more, 1);
	CU_ASSERT_EQUAL_FATAL(a->found_n, 3);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_TRUE(same_found(&a->found[i], &s->found[i]));
	a = brought(WIRE_OP_FINAL);
	CU_ASSERT_TRUE(a->more == 1 && same_bytes(&a->data, &s->data));
}

static void
a_null_pin_is_not_an_empty_one(void)
{
	struct wr wr;

	for (uint8_t has = 0; has < 2; has++) {
		letter_fill(&sent, WIRE_SET_PIN);
		sent.request.has_pin = has;
		sent.request.pin = bytes_of("", 0);
		wr_init(&wr, buf, sizeof(buf));
		OK(wire_put_request(&wr, &sent.request));
		got.request.mech = NULL;
		OK(wire_get_request(buf, wr.n, &got.request));
		CU_ASSERT_EQUAL(got.request.has_pin, has);
		CU_ASSERT_EQUAL(got.request.pin.n, 0);
		CU_ASSERT_EQUAL(got.request.has_pin2, 1);
	}
}

static void
every_call_has_a_name_of_its_own(void)
{
	for (uint8_t i = WIRE_HELLO; i < WIRE_CALLS; i++)
		for (uint8_t k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(wire_name(i), wire_name(k));
	CU_ASSERT_STRING_EQUAL(wire_name(0), "?");
	CU_ASSERT_STRING_EQUAL(wire_name(WIRE_CALLS), "?");
}

static const struct sentence sentences[] = {
	SENTENCE(every_request_arrives_as_it_was_sent),
	SENTENCE(every_answer_arrives_as_it_was_sent),
	SENTENCE(each_argument_is_in_its_own_place),
	SENTENCE(each_result_is_in_its_own_place),
	SENTENCE(a_null_pin_is_not_an_empty_one),
	SENTENCE(every_call_has_a_name_of_its_own),
};

SUITE("wire", sentences)
