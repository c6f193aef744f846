#include "tests/unit/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

static const unsigned both = OBJECT_PUBLIC | OBJECT_PRIVATE;

static void
what_is_added_comes_back_after_a_start(void)
{
	char text[64];
	uint64_t id[2];
	struct place p;

	token_enter(&p);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "a public one", NULL, &id[0]));
	OK(token_add(&p, 0, OBJECT_PRIVATE, "a private one", NULL, &id[1]));
	CU_ASSERT(id[0] >= 1 && id[1] > id[0]);
	for (unsigned i = 0; i < 2; i++) {
		OK(token_read(&p, 0, id[0], text));
		CU_ASSERT_STRING_EQUAL(text, "a public one");
		OK(token_read(&p, 0, id[1], text));
		CU_ASSERT_STRING_EQUAL(text, "a private one");
		CU_ASSERT_EQUAL(token_info(&p, 0).objects, 2);
		token_again(&p);
	}
	place_leave(&p);
}

static void
an_object_is_of_its_slot_alone(void)
{
	char text[64];
	struct place p;
	uint64_t id;

	token_enter(&p);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "mine", NULL, &id));
	CU_ASSERT_EQUAL(token_read(&p, 1, id, text), ERR_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(text, "");
	CU_ASSERT_EQUAL(token_find(&p, 1, both, NULL), 0);
	CU_ASSERT_EQUAL(token_find(&p, 1, both, "mine"), 0);
	CU_ASSERT_EQUAL(token_info(&p, 1).objects, 0);
	CU_ASSERT_EQUAL(token_read(&p, 0, id + 1, text), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_read(&p, 0, 0, text), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_read(&p, 0, UINT64_MAX, text), ERR_NOT_FOUND);
	place_leave(&p);
}

static void
while_a_slot_is_closed_its_public_objects_alone_are_there(void)
{
	uint64_t id[2], other;
	char text[64];
	struct place p;

	token_enter(&p);
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	OK(token_add(&p, 6, OBJECT_PUBLIC, "public", NULL, &id[0]));
	OK(token_add(&p, 6, OBJECT_PRIVATE, "private", NULL, &id[1]));
	OK(slot_leave(p.store, 6));
	for (unsigned i = 0; i < 2; i++) {
		OK(token_read(&p, 6, id[0], text));
		CU_ASSERT_EQUAL(token_read(&p, 6, id[1], text), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_find(&p, 6, OBJECT_PUBLIC, NULL), 1);
		CU_ASSERT_EQUAL(token_find(&p, 6, both, NULL), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_find(&p, 6, OBJECT_PRIVATE, "private"), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_add(&p, 6, OBJECT_PRIVATE, "more", NULL, &other),
		    ERR_NOT_NOW);
		CU_ASSERT_EQUAL(object_delete(p.store, id[1]), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(object_replace(p.store, id[0], OBJECT_PRIVATE,
		    (const uint8_t *)"x", 1, NULL, 0), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(object_replace(p.store, id[1], OBJECT_PUBLIC,
		    (const uint8_t *)"x", 1, NULL, 0), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(token_info(&p, 6).objects, 2);
		token_again(&p);
	}
	/* What was added to its public side meanwhile does not disturb its private one. */
	OK(token_add(&p, 6, OBJECT_PUBLIC, "second", NULL, &other));
	OK(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL));
	CU_ASSERT_EQUAL(token_find(&p, 6, both, NULL), 3);
	OK(token_read(&p, 6, id[1], text));
	CU_ASSERT_STRING_EQUAL(text, "private");
	place_leave(&p);
}

static int
replace(struct place *p, uint64_t id, enum object_domain domain, const char *text)
{
	const struct object_term terms[] = {
		{ 1, (const uint8_t *)text, strlen(text) }, { 3, (const uint8_t *)"all", 3 },
	};

	return object_replace(p->store, id, domain, (const uint8_t *)text, strlen(text), terms, 2);
}

static void
a_replaced_object_keeps_its_number_and_is_found_by_its_new_terms(void)
{
	char text[64];
	struct place p;
	uint64_t id, other;

	token_enter(&p);
	OK(token_add(&p, 1, OBJECT_PUBLIC, "before", "second", &id));
	OK(token_add(&p, 1, OBJECT_PUBLIC, "before", NULL, &other));
	OK(replace(&p, id, OBJECT_PUBLIC, "after"));
	CU_ASSERT_EQUAL(token_find(&p, 1, both, "before"), 1);
	CU_ASSERT_EQUAL(token_find(&p, 1, both, "after"), 1);
	OK(token_read(&p, 1, id, text));
	CU_ASSERT_STRING_EQUAL(text, "after");
	OK(replace(&p, id, OBJECT_PRIVATE, "hidden"));
	CU_ASSERT_EQUAL(token_find(&p, 1, OBJECT_PUBLIC, NULL), 1);
	CU_ASSERT_EQUAL(token_find(&p, 1, OBJECT_PRIVATE, "hidden"), 1);
	token_again(&p);
	OK(token_read(&p, 1, id, text));
	CU_ASSERT_STRING_EQUAL(text, "hidden");
	OK(replace(&p, id, OBJECT_PUBLIC, "seen"));
	CU_ASSERT_EQUAL(token_find(&p, 1, OBJECT_PRIVATE, NULL), 0);
	CU_ASSERT_EQUAL(token_info(&p, 1).objects, 2);
	CU_ASSERT_EQUAL(replace(&p, other + 1, OBJECT_PUBLIC, "nothing"), ERR_NOT_FOUND);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 0);
	place_leave(&p);
}

static void
a_deleted_object_leaves_nothing_and_its_number_is_not_used_again(void)
{
	char text[64];
	struct place p;
	uint64_t id, next;

	token_enter(&p);
	OK(token_add(&p, 1, OBJECT_PRIVATE, "to go", "too", &id));
	OK(object_delete(p.store, id));
	CU_ASSERT_EQUAL(object_delete(p.store, id), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_read(&p, 1, id, text), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_find(&p, 1, both, NULL), 0);
	CU_ASSERT_EQUAL(token_find(&p, 1, both, "to go"), 0);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 0);
	OK(token_add(&p, 1, OBJECT_PRIVATE, "next", NULL, &next));
	CU_ASSERT(next > id);
	place_leave(&p);
}

static void
a_transaction_is_there_whole_or_not_at_all(void)
{
	struct record rec = { .ceremony = "slot", .step = "made", .outcome = "ok" };
	struct place p;
	uint64_t id[3];
	size_t events;
	char text[64];

	token_enter(&p);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "before", NULL, &id[2]));
	events = place_events(&p);
	for (int r = ERR_IO; r <= 0; r += -ERR_IO) {
		OK(objects_begin(p.store));
		CU_ASSERT_EQUAL(objects_begin(p.store), ERR_NOT_NOW);
		OK(token_add(&p, 0, OBJECT_PUBLIC, "one half", NULL, &id[0]));
		OK(token_add(&p, 0, OBJECT_PRIVATE, "the other", NULL, &id[1]));
		OK(replace(&p, id[2], OBJECT_PUBLIC, "changed"));
		OK(store_record(p.store, &rec));
		OK(token_read(&p, 0, id[0], text));
		CU_ASSERT_EQUAL(slot_leave(p.store, 0), ERR_NOT_NOW);
		CU_ASSERT_EQUAL(objects_end(p.store, r), r);
		CU_ASSERT_EQUAL(token_info(&p, 0).objects, r == 0 ? 3 : 1);
		CU_ASSERT_EQUAL(token_find(&p, 0, both, NULL), r == 0 ? 3 : 1);
		OK(token_read(&p, 0, id[2], text));
		CU_ASSERT_STRING_EQUAL(text, r == 0 ? "changed" : "before");
		CU_ASSERT_EQUAL(place_events(&p), events + (r == 0));
		token_again(&p);
		CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
		CU_ASSERT_EQUAL(token_info(&p, 0).objects, r == 0 ? 3 : 1);
	}
	CU_ASSERT_EQUAL(objects_end(p.store, 0), ERR_NOT_NOW);
	place_leave(&p);
}

static void
what_is_refused_in_a_transaction_takes_nothing_else_back(void)
{
	struct place p;
	uint64_t id;

	token_enter(&p);
	OK(objects_begin(p.store));
	OK(token_add(&p, 0, OBJECT_PUBLIC, "good", NULL, &id));
	CU_ASSERT_EQUAL(object_delete(p.store, id + 1), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(token_add(&p, 6, OBJECT_PRIVATE, "closed", NULL, &id), ERR_NOT_NOW);
	OK(objects_end(p.store, 0));
	CU_ASSERT_EQUAL(token_info(&p, 0).objects, 1);
	place_leave(&p);
}

static void
sizes_are_bounded(void)
{
	static uint8_t big[OBJECT_MAX + 1], back[OBJECT_MAX];
	struct object_term terms[OBJECT_TERMS_MAX + 1];
	enum object_domain domain;
	struct place p;
	uint64_t id, found[2];
	size_t n;

	token_enter(&p);
	for (unsigned i = 0; i < OBJECT_TERMS_MAX + 1; i++)
		terms[i] = (struct object_term){ i, big, i };
	memset(big, 0x5a, sizeof(big));
	CU_ASSERT_EQUAL(object_add(p.store, 0, OBJECT_PUBLIC, big, 0, NULL, 0, &id), ERR_ARG);
	CU_ASSERT_EQUAL(object_add(p.store, 0, OBJECT_PUBLIC, big, sizeof(big), NULL, 0, &id),
	    ERR_SIZE);
	CU_ASSERT_EQUAL(object_add(p.store, 0, OBJECT_PUBLIC, big, 1, terms,
	    OBJECT_TERMS_MAX + 1, &id), ERR_ARG);
	CU_ASSERT_EQUAL(object_add(p.store, 0, (enum object_domain)3, big, 1, NULL, 0, &id),
	    ERR_ARG);
	CU_ASSERT_EQUAL(token_info(&p, 0).objects, 0);
	OK(object_add(p.store, 0, OBJECT_PRIVATE, big, OBJECT_MAX, terms, OBJECT_TERMS_MAX, &id));
	n = OBJECT_MAX - 1;
	CU_ASSERT_EQUAL(object_read(p.store, 0, id, &domain, back, &n), ERR_SIZE);
	CU_ASSERT_EQUAL(n, OBJECT_MAX);
	OK(object_read(p.store, 0, id, &domain, back, &n));
	CU_ASSERT_EQUAL(domain, OBJECT_PRIVATE);
	SAME(back, big, OBJECT_MAX);
	OK(object_find(p.store, 0, both, terms, OBJECT_TERMS_MAX, 0, found, 2, &n));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(object_find(p.store, 0, both, terms, OBJECT_TERMS_MAX + 1, 0, found, 2, &n),
	    ERR_ARG);
	CU_ASSERT_EQUAL(object_find(p.store, 0, 4, terms, 1, 0, found, 2, &n), ERR_ARG);
	token_again(&p);
	OK(object_read(p.store, 0, id, &domain, back, &(size_t){ OBJECT_MAX }));
	place_leave(&p);
}

/* Finding. ------------------------------------------------------------------ */

enum { MANY = 60 };

/* Kind 1 is i % 2, kind 2 is i % 3, kind 3 is i % 5; the domain is i / 7 % 2. */
static size_t
number_terms(const unsigned *v, struct object_term terms[3], uint8_t digits[3])
{
	size_t n = 0;

	for (unsigned k = 0; k < 3; k++)
		if (v[k] != 9) {
			digits[n] = (uint8_t)v[k];
			terms[n] = (struct object_term){ k + 1, &digits[n], 1 };
			n++;
		}
	return n;
}

static int
fits(unsigned i, unsigned domains, const unsigned *v)
{
	return (domains & (i / 7 % 2 == 0 ? OBJECT_PUBLIC : OBJECT_PRIVATE)) != 0 &&
	    (v[0] == 9 || v[0] == i % 2) && (v[1] == 9 || v[1] == i % 3) &&
	    (v[2] == 9 || v[2] == i % 5);
}

/* Every search, in steps of every small size, against a look at all of them. */
static void
check_find(struct place *p, const uint64_t *ids, unsigned domains, const unsigned *v)
{
	struct object_term terms[3];
	uint64_t found[MANY + 1], after = 0;
	uint8_t digits[3];
	size_t n, want = 0, terms_n = number_terms(v, terms, digits), step = 1 + (v[0] + v[1]) % 4;

	for (unsigned i = 0; i < MANY; i++) {
		if (!fits(i, domains, v))
			continue;
		if (want % step == 0)
			OK(object_find(p->store, 0, domains, terms, terms_n, after, found, step, &n));
		CU_ASSERT_FATAL(want % step < n);
		CU_ASSERT_EQUAL(found[want % step], ids[i]);
		after = ids[i];
		want++;
	}
	OK(object_find(p->store, 0, domains, terms, terms_n, after, found, 1, &n));
	CU_ASSERT_EQUAL(n, 0);
	OK(object_find(p->store, 0, domains, terms, terms_n, 0, found, MANY + 1, &n));
	CU_ASSERT_EQUAL(n, want);
}

static void
a_search_finds_those_that_have_all_terms_in_order_and_no_other(void)
{
	struct object_term terms[3];
	uint64_t ids[MANY], found;
	struct place p;
	uint8_t digits[3];
	size_t n;

	token_enter(&p);
	OK(objects_begin(p.store));
	for (unsigned i = 0; i < MANY; i++) {
		const unsigned v[] = { i % 2, i % 3, i % 5 };

		n = number_terms(v, terms, digits);
		OK(object_add(p.store, 0, i / 7 % 2 == 0 ? OBJECT_PUBLIC : OBJECT_PRIVATE,
		    digits, 3, terms, n, &ids[i]));
	}
	OK(objects_end(p.store, 0));
	for (unsigned domains = 0; domains <= both; domains++)
		for (unsigned a = 0; a < 3; a++)
			for (unsigned b = 0; b < 4; b++)
				for (unsigned c = 0; c < 6; c++) {
					const unsigned v[] = { a == 2 ? 9 : a, b == 3 ? 9 : b,
						c == 5 ? 9 : c };

					check_find(&p, ids, domains, v);
				}
	n = 7;
	OK(object_find(p.store, 0, both, NULL, 0, 0, &found, 0, &n));
	CU_ASSERT_EQUAL(n, 0);
	OK(object_find(p.store, 0, both, NULL, 0, UINT64_MAX, &found, 1, &n));
	CU_ASSERT_EQUAL(n, 0);
	place_leave(&p);
}

static void
a_term_given_twice_is_one(void)
{
	const struct object_term twice[] = { { 1, (const uint8_t *)"x", 1 },
		{ 1, (const uint8_t *)"x", 1 }, { 2, (const uint8_t *)"x", 1 } };
	struct place p;
	uint64_t id, found[2];
	size_t n;

	token_enter(&p);
	OK(object_add(p.store, 0, OBJECT_PUBLIC, (const uint8_t *)"r", 1, twice, 3, &id));
	OK(object_find(p.store, 0, both, twice, 3, 0, found, 2, &n));
	CU_ASSERT_EQUAL(n, 1);
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
	OK(object_delete(p.store, id));
	token_again(&p);
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
	place_leave(&p);
}

static void
the_files_show_neither_records_nor_terms(void)
{
	struct place p;
	uint64_t id;

	token_enter(&p);
	OK(token_add(&p, 0, OBJECT_PUBLIC, "a very public record", "its name", &id));
	OK(token_add(&p, 0, OBJECT_PRIVATE, "a very private record", "its name", &id));
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", "a very p", 8), 0);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", "its name", 8), 0);
	token_again(&p);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db", "a very p", 8), 0);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db", "its name", 8), 0);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_added_comes_back_after_a_start),
	SENTENCE(an_object_is_of_its_slot_alone),
	SENTENCE(while_a_slot_is_closed_its_public_objects_alone_are_there),
	SENTENCE(a_replaced_object_keeps_its_number_and_is_found_by_its_new_terms),
	SENTENCE(a_deleted_object_leaves_nothing_and_its_number_is_not_used_again),
	SENTENCE(a_transaction_is_there_whole_or_not_at_all),
	SENTENCE(what_is_refused_in_a_transaction_takes_nothing_else_back),
	SENTENCE(sizes_are_bounded),
	SENTENCE(a_search_finds_those_that_have_all_terms_in_order_and_no_other),
	SENTENCE(a_term_given_twice_is_one),
	SENTENCE(the_files_show_neither_records_nor_terms),
};

SUITE("objects", sentences)
