#include "tests/unit/client.h"

#include <string.h>

#include "tests/unit/suite.h"

static const char *const labels[] = { "zero", "one", "two", "three" };

static void
make(struct client *c, int token, int private, unsigned i, size_t n)
{
	static const uint8_t zeros[ATTRS_MAX];
	const uint8_t id = (uint8_t)i;
	struct attrs *a;

	client_ask(c, WIRE_CREATE, 1);
	a = client_set(c);
	attrs_put_ulong(a, CKA_CLASS, CKO_DATA);
	attrs_put_bool(a, CKA_TOKEN, token);
	attrs_put_bool(a, CKA_PRIVATE, private);
	attrs_put(a, CKA_LABEL, labels[i % 4], strlen(labels[i % 4]));
	attrs_put(a, CKA_APPLICATION, &id, 1);
	attrs_put(a, CKA_VALUE, zeros, n);
	OK(client_call(c));
}

/* One after another, each once, whatever number is asked for at a time. */
static void
a_search_goes_on_where_it_stopped(void)
{
	static const uint32_t steps[] = { 1, 2, 3, 7, WIRE_FOUND_MAX };
	struct solo w;

	solo_enter(&w);
	for (unsigned i = 0; i < 12; i++)
		make(w.c, i % 3 != 0, i % 2 != 0, i, 10);
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		uint64_t last = 0;
		size_t n = 0;

		do {
			client_ask(w.c, WIRE_FIND, 1)->most = steps[k];
			w.c->request.uid = last;
			OK(client_call(w.c));
			CU_ASSERT_TRUE(w.c->answer.found_n <= steps[k]);
			for (size_t i = 0; i < w.c->answer.found_n; i++, n++) {
				const struct wire_found *const f = &w.c->answer.found[i];

				CU_ASSERT_TRUE(f->uid > last);
				CU_ASSERT_EQUAL(f->local, f->uid >= WIRE_SESSION);
				last = f->uid;
			}
		} while (w.c->answer.more);
		CU_ASSERT_EQUAL(n, 12);
	}
	solo_leave(&w);
}

static size_t
matches(struct client *c, CK_ATTRIBUTE_TYPE type, const void *p, size_t n, int token)
{
	client_ask(c, WIRE_FIND, 1)->most = WIRE_FOUND_MAX;
	if (p != NULL)
		attrs_put(client_set(c), type, p, n);
	if (token >= 0)
		attrs_put_bool(client_set(c), CKA_TOKEN, token);
	OK(client_call(c));
	CU_ASSERT_EQUAL(c->answer.more, 0);
	return c->answer.found_n;
}

static void
a_search_finds_what_has_all_of_its_values(void)
{
	static const uint8_t class[8] = { 0 };
	struct solo w;

	solo_enter(&w);
	for (unsigned i = 0; i < 12; i++)
		make(w.c, i % 3 != 0, i % 2 != 0, i, 10);
	CU_ASSERT_EQUAL(matches(w.c, 0, NULL, 0, -1), 12);
	CU_ASSERT_EQUAL(matches(w.c, 0, NULL, 0, 1), 8);
	CU_ASSERT_EQUAL(matches(w.c, 0, NULL, 0, 0), 4);
	CU_ASSERT_EQUAL(matches(w.c, CKA_LABEL, "two", 3, -1), 3);
	CU_ASSERT_EQUAL(matches(w.c, CKA_LABEL, "two", 3, 1), 2);
	CU_ASSERT_EQUAL(matches(w.c, CKA_LABEL, "tw", 2, -1), 0);
	CU_ASSERT_EQUAL(matches(w.c, CKA_LABEL, "", 0, -1), 0);
	CU_ASSERT_EQUAL(matches(w.c, CKA_CLASS, class, 8, -1), 12);
	/* Not indexed, compared all the same. */
	CU_ASSERT_EQUAL(matches(w.c, CKA_APPLICATION, "\x07", 1, -1), 1);
	CU_ASSERT_EQUAL(matches(w.c, CKA_APPLICATION, "\x0c", 1, -1), 0);
	OK(client_logout(w.c, 1));
	CU_ASSERT_EQUAL(matches(w.c, 0, NULL, 0, -1), 6);
	CU_ASSERT_EQUAL(matches(w.c, CKA_LABEL, "one", 3, -1), 0);
	solo_leave(&w);
}

static void
large_objects_come_in_as_many_answers_as_they_need(void)
{
	struct solo w;

	solo_enter(&w);
	for (unsigned i = 0; i < 20; i++)
		make(w.c, i % 2 == 0, 1, 1, 20000);
	CU_ASSERT_EQUAL(client_count(w.c, 1, "one"), 20);
	client_ask(w.c, WIRE_FIND, 1)->most = WIRE_FOUND_MAX;
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(w.c->answer.more, 1);
	CU_ASSERT_TRUE(w.c->answer.found_n >= 7 && w.c->answer.found_n < 20);
	solo_leave(&w);
}

/* Objects that would just fit, were there nothing around them. */
static void
an_answer_is_never_larger_than_a_frame(void)
{
	struct solo w;
	size_t around;

	solo_enter(&w);
	make(w.c, 1, 1, 0, 1);
	around = w.c->answer.object.view.n - 1;
	for (unsigned i = 0; i < 8; i++)
		make(w.c, 1, 1, 4, WIRE_FRAME_MAX / 8 - 1 - around);
	CU_ASSERT_EQUAL(w.c->answer.object.view.n, WIRE_FRAME_MAX / 8 - 1);
	client_ask(w.c, WIRE_FIND, 1)->most = WIRE_FOUND_MAX;
	w.c->request.uid = 1;
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(w.c->answer.found_n, 7);
	CU_ASSERT_EQUAL(w.c->answer.more, 1);
	solo_leave(&w);
}

static void
more_objects_than_a_batch_are_all_looked_at(void)
{
	struct solo w;

	solo_enter(&w);
	for (unsigned i = 0; i < 150; i++)
		make(w.c, 1, 1, 1, 4);
	make(w.c, 1, 1, 250, 4);
	CU_ASSERT_EQUAL(matches(w.c, CKA_APPLICATION, "\xfa", 1, -1), 1);
	CU_ASSERT_EQUAL(client_count(w.c, 1, NULL), 151);
	solo_leave(&w);
}

static size_t
found_by(struct client *c, const char *label, const char *id)
{
	client_ask(c, WIRE_FIND, 1)->most = WIRE_FOUND_MAX;
	if (label != NULL)
		attrs_put(client_set(c), CKA_LABEL, label, strlen(label));
	if (id != NULL)
		attrs_put(client_set(c), CKA_ID, id, strlen(id));
	OK(client_call(c));
	return c->answer.found_n;
}

static void
name(struct client *c, uint64_t uid, const char *label, const char *id)
{
	client_ask(c, WIRE_SET, 1)->uid = uid;
	attrs_put(client_set(c), CKA_LABEL, label, strlen(label));
	attrs_put(client_set(c), CKA_ID, id, strlen(id));
	OK(client_call(c));
}

static void
a_session_object_is_found_by_what_it_is_called_now(void)
{
	uint64_t key[2];
	struct solo w;

	solo_enter(&w);
	/* Without an ID, which an empty one is not. */
	make(w.c, 0, 0, 1, 10);
	for (size_t i = 0; i < 2; i++) {
		key[i] = client_aes(w.c, 1, 0);
		CU_ASSERT(key[i] > WIRE_SESSION);
	}
	CU_ASSERT_EQUAL(found_by(w.c, NULL, ""), 2);
	CU_ASSERT_EQUAL(found_by(w.c, "one", ""), 0);
	name(w.c, key[0], "a", "1");
	name(w.c, key[1], "a", "2");
	CU_ASSERT_EQUAL(found_by(w.c, "a", NULL), 2);
	CU_ASSERT_EQUAL(found_by(w.c, "a", "2"), 1);
	CU_ASSERT_EQUAL(w.c->answer.found[0].uid, key[1]);
	CU_ASSERT_EQUAL(found_by(w.c, NULL, "1"), 1);
	CU_ASSERT_EQUAL(w.c->answer.found[0].uid, key[0]);
	name(w.c, key[0], "b", "2");
	CU_ASSERT_EQUAL(found_by(w.c, "a", NULL), 1);
	CU_ASSERT_EQUAL(found_by(w.c, "b", NULL), 1);
	CU_ASSERT_EQUAL(found_by(w.c, NULL, "2"), 2);
	client_ask(w.c, WIRE_DESTROY, 1)->uid = key[0];
	OK(client_call(w.c));
	CU_ASSERT_EQUAL(found_by(w.c, NULL, "2"), 1);
	CU_ASSERT_EQUAL(w.c->answer.found[0].uid, key[1]);
	CU_ASSERT_EQUAL(found_by(w.c, NULL, NULL), 2);
	solo_leave(&w);
}

static const struct sentence sentences[] = {
	SENTENCE(a_search_goes_on_where_it_stopped),
	SENTENCE(a_search_finds_what_has_all_of_its_values),
	SENTENCE(large_objects_come_in_as_many_answers_as_they_need),
	SENTENCE(an_answer_is_never_larger_than_a_frame),
	SENTENCE(a_session_object_is_found_by_what_it_is_called_now),
	SENTENCE(more_objects_than_a_batch_are_all_looked_at),
};

SUITE("server_find", sentences)
