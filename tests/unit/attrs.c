#include "hsm/pkcs11/attrs.h"

#include <string.h>

#include "tests/unit/suite.h"

/* One set over memory of exactly that many bytes, so that a byte too many is found. */
struct room {
	uint8_t p[256];
	struct attrs set;
};

static void
enter(struct room *r, size_t cap)
{
	memset(r->p, 0xee, sizeof(r->p));
	attrs_init(&r->set, r->p, cap);
}

static void
a_set_is_written_in_ascending_order_whatever_the_order_of_putting(void)
{
	static const char want[] =
	    "0000000000000000 00000008 0000000000000003"
	    "0000000000000001 00000001 01"
	    "0000000000000003 00000002 6b31"
	    "0000000000000100 00000000";
	uint8_t bytes[128];
	const size_t n = hex(want, bytes, sizeof(bytes));
	struct room r;

	enter(&r, n);
	attrs_put(&r.set, CKA_KEY_TYPE, NULL, 0);
	attrs_put_bool(&r.set, CKA_TOKEN, 7);
	attrs_put(&r.set, CKA_LABEL, "k1", 2);
	attrs_put_ulong(&r.set, CKA_CLASS, CKO_PRIVATE_KEY);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
	CU_ASSERT_EQUAL_FATAL(r.set.n, n);
	SAME(r.p, bytes, n);
}

static void
values_are_found_by_type_and_only_in_their_own_form(void)
{
	const uint8_t *p;
	struct room r;
	size_t n;

	enter(&r, sizeof(r.p));
	attrs_put_ulong(&r.set, CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_bool(&r.set, CKA_TOKEN, 1);
	attrs_put_bool(&r.set, CKA_PRIVATE, 0);
	attrs_put(&r.set, CKA_LABEL, "a label", 7);
	attrs_put(&r.set, CKA_SENSITIVE, "\x02", 1);
	attrs_put(&r.set, CKA_SIGN, "\x01\x01", 2);
	CU_ASSERT_EQUAL(attrs_ulong(&r.set, CKA_CLASS), CKO_SECRET_KEY);
	CU_ASSERT_EQUAL(attrs_ulong(&r.set, CKA_TOKEN), CK_UNAVAILABLE_INFORMATION);
	CU_ASSERT_EQUAL(attrs_ulong(&r.set, CKA_KEY_TYPE), CK_UNAVAILABLE_INFORMATION);
	CU_ASSERT_EQUAL(attrs_bool(&r.set, CKA_TOKEN), 1);
	CU_ASSERT_EQUAL(attrs_bool(&r.set, CKA_PRIVATE), 0);
	CU_ASSERT_EQUAL(attrs_bool(&r.set, CKA_WRAP), 0);
	CU_ASSERT_EQUAL(attrs_bool(&r.set, CKA_SENSITIVE), 0);
	CU_ASSERT_EQUAL(attrs_bool(&r.set, CKA_SIGN), 0);
	CU_ASSERT_EQUAL_FATAL(attrs_get(&r.set, CKA_LABEL, &p, &n), 1);
	CU_ASSERT_EQUAL(n, 7);
	SAME(p, "a label", 7);
	CU_ASSERT_EQUAL(attrs_get(&r.set, CKA_ID, &p, &n), 0);
	CU_ASSERT_PTR_NULL(p);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(attrs_has(&r.set, CKA_SIGN), 1);
	CU_ASSERT_EQUAL(attrs_has(&r.set, CKA_VERIFY), 0);
}

static void
equal_is_the_whole_value_and_nothing_else(void)
{
	struct room r;

	enter(&r, sizeof(r.p));
	attrs_put(&r.set, CKA_LABEL, "a label", 7);
	attrs_put(&r.set, CKA_ID, NULL, 0);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, "a label", 7), 1);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, "a labex", 7), 0);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, "a labe", 6), 0);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, "a label", 8), 0);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_ID, NULL, 0), 1);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_SUBJECT, NULL, 0), 0);
}

static void
putting_again_replaces_by_what_is_longer_shorter_and_as_long(void)
{
	static const struct {
		const char *value;
		size_t n;
	} table[] = { { "longer than before", 18 }, { "short", 5 }, { "SHORT", 5 }, { "", 0 } };
	const uint8_t *p;
	struct room r;
	size_t n;

	enter(&r, sizeof(r.p));
	attrs_put_ulong(&r.set, CKA_CLASS, CKO_DATA);
	attrs_put(&r.set, CKA_LABEL, "first", 5);
	attrs_put(&r.set, CKA_VALUE, "the last one", 12);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		attrs_put(&r.set, CKA_LABEL, table[i].value, table[i].n);
		CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
		CU_ASSERT_EQUAL(r.set.n, 3 * ATTRS_HEAD + 8 + 12 + table[i].n);
		CU_ASSERT_EQUAL(attrs_ulong(&r.set, CKA_CLASS), CKO_DATA);
		CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, table[i].value, table[i].n), 1);
		CU_ASSERT_EQUAL_FATAL(attrs_get(&r.set, CKA_VALUE, &p, &n), 1);
		CU_ASSERT_EQUAL(n, 12);
		SAME(p, "the last one", 12);
	}
}

static void
a_value_of_the_set_itself_can_be_put_under_any_type(void)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_CLASS, CKA_LABEL, CKA_VALUE, CKA_ID };
	const char value[] = "own bytes, long ones";
	const size_t whole = sizeof(value) - 1;
	const uint8_t *p;
	struct room r;
	size_t n;

	for (size_t from = 0; from < 4; from++)
		for (size_t to = 0; to < 4; to++)
			for (size_t cut = 0; cut < 12; cut += 5) {
				enter(&r, 4 * (ATTRS_HEAD + whole));
				for (size_t i = 0; i < 4; i++)
					attrs_put(&r.set, types[i], "0123", 4);
				attrs_put(&r.set, types[from], value, whole);
				CU_ASSERT_EQUAL_FATAL(attrs_get(&r.set, types[from], &p, &n), 1);
				attrs_put(&r.set, types[to], p + cut, n - cut);
				CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
				CU_ASSERT_EQUAL(attrs_equal(&r.set, types[to], value + cut,
				    whole - cut), 1);
				for (size_t i = 0; i < 4; i++)
					if (i != from && i != to)
						CU_ASSERT_EQUAL(attrs_equal(&r.set, types[i],
						    "0123", 4), 1);
				CU_ASSERT_EQUAL(attrs_read(&(struct attrs){ 0 }, r.set.p, r.set.n),
				    CKR_OK);
			}
}

static void
what_was_removed_cut_or_wiped_is_nowhere_in_the_memory(void)
{
	static const char secret[] = "a secret of 24 bytes....";
	struct room r;

	for (int way = 0; way < 4; way++) {
		struct attrs small;
		uint8_t bytes[32];

		enter(&r, sizeof(r.p));
		attrs_put(&r.set, CKA_LABEL, "l", 1);
		attrs_put(&r.set, CKA_VALUE, secret, 24);
		attrs_put(&r.set, CKA_ID, "i", 1);
		attrs_init(&small, bytes, sizeof(bytes));
		attrs_put(&small, CKA_ID, "i", 1);
		if (way == 0)
			attrs_remove(&r.set, CKA_VALUE);
		else if (way == 1)
			attrs_put(&r.set, CKA_VALUE, "x", 1);
		else if (way == 2)
			attrs_wipe(&r.set);
		else
			attrs_copy(&r.set, &small);
		for (size_t cut = 0; cut <= 16; cut++)
			CU_ASSERT_PTR_NULL(memmem(r.p, sizeof(r.p), secret + cut, 8));
		CU_ASSERT_EQUAL(attrs_has(&r.set, CKA_ID), way != 2);
		CU_ASSERT_EQUAL(attrs_has(&r.set, CKA_VALUE), way == 1);
	}
	attrs_remove(&r.set, CKA_URL);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
}

static void
the_first_failure_stays_and_nothing_is_written_after_it(void)
{
	struct room r;

	enter(&r, ATTRS_HEAD + 4);
	attrs_put(&r.set, CKA_LABEL, "12345", 5);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_HOST_MEMORY);
	attrs_put(&r.set, CKA_LABEL, "1234", 4);
	attrs_put(&r.set, CKA_LABEL, NULL, 4);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_HOST_MEMORY);
	CU_ASSERT_EQUAL(r.set.n, 0);
	CU_ASSERT_EQUAL(r.p[0], 0xee);

	enter(&r, ATTRS_HEAD + 4);
	attrs_put(&r.set, CKA_LABEL, NULL, 4);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_ATTRIBUTE_VALUE_INVALID);

	enter(&r, ATTRS_HEAD + 4);
	attrs_put(&r.set, CKA_LABEL, "1234", 4);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
	attrs_put(&r.set, CKA_LABEL, "abcd", 4);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_OK);
	attrs_put(&r.set, CKA_ID, NULL, 0);
	CU_ASSERT_EQUAL(attrs_end(&r.set), CKR_HOST_MEMORY);
	attrs_remove(&r.set, CKA_LABEL);
	CU_ASSERT_EQUAL(attrs_equal(&r.set, CKA_LABEL, "abcd", 4), 1);
}

static void
a_set_has_so_many_attributes_and_so_many_bytes_and_no_more(void)
{
	static uint8_t p[2 * ATTRS_MAX], value[ATTRS_MAX];
	struct attrs set;

	attrs_init(&set, p, sizeof(p));
	for (CK_ULONG i = 0; i < ATTRS_COUNT_MAX; i++)
		attrs_put_bool(&set, i, 1);
	attrs_put_bool(&set, 0, 0);
	CU_ASSERT_EQUAL(attrs_end(&set), CKR_OK);
	attrs_put_bool(&set, ATTRS_COUNT_MAX, 1);
	CU_ASSERT_EQUAL(attrs_end(&set), CKR_HOST_MEMORY);

	attrs_init(&set, p, sizeof(p));
	attrs_put(&set, CKA_VALUE, value, ATTRS_MAX - ATTRS_HEAD);
	CU_ASSERT_EQUAL(attrs_end(&set), CKR_OK);
	attrs_put(&set, CKA_VALUE, value, ATTRS_MAX - ATTRS_HEAD + 1);
	CU_ASSERT_EQUAL(attrs_end(&set), CKR_HOST_MEMORY);

	attrs_init(&set, p, sizeof(p));
	attrs_put(&set, CKA_VALUE, value, (size_t)-1);
	CU_ASSERT_EQUAL(attrs_end(&set), CKR_HOST_MEMORY);
}

static void
a_merge_puts_over_and_a_copy_puts_in_the_place(void)
{
	struct room a, b;

	enter(&a, sizeof(a.p));
	enter(&b, sizeof(b.p));
	attrs_put(&a.set, CKA_LABEL, "old", 3);
	attrs_put(&a.set, CKA_ID, "id", 2);
	attrs_put(&b.set, CKA_LABEL, "newer", 5);
	attrs_put_bool(&b.set, CKA_TOKEN, 1);
	attrs_merge(&a.set, &b.set);
	CU_ASSERT_EQUAL(attrs_end(&a.set), CKR_OK);
	CU_ASSERT_EQUAL(attrs_equal(&a.set, CKA_LABEL, "newer", 5), 1);
	CU_ASSERT_EQUAL(attrs_equal(&a.set, CKA_ID, "id", 2), 1);
	CU_ASSERT_EQUAL(attrs_bool(&a.set, CKA_TOKEN), 1);
	attrs_copy(&a.set, &b.set);
	CU_ASSERT_EQUAL(a.set.n, b.set.n);
	SAME(a.p, b.p, b.set.n);
	attrs_init(&a.set, a.p, b.set.n - 1);
	attrs_copy(&a.set, &b.set);
	CU_ASSERT_EQUAL(attrs_end(&a.set), CKR_HOST_MEMORY);
	attrs_put(&b.set, CKA_VALUE, NULL, 1);
	attrs_init(&a.set, a.p, sizeof(a.p));
	attrs_copy(&a.set, &b.set);
	CU_ASSERT_EQUAL(attrs_end(&a.set), CKR_ATTRIBUTE_VALUE_INVALID);
	attrs_init(&a.set, a.p, sizeof(a.p));
	attrs_merge(&a.set, &b.set);
	CU_ASSERT_EQUAL(attrs_end(&a.set), CKR_ATTRIBUTE_VALUE_INVALID);
}

static void
what_is_not_one_whole_set_is_refused(void)
{
	static const struct {
		const char *why, *bytes;
		CK_RV want;
	} table[] = {
		{ "nothing at all is the empty set", "", CKR_OK },
		{ "one without a value", "0000000000000003 00000000", CKR_OK },
		{ "two", "0000000000000003 00000001 61 0000000000000011 00000002 6262", CKR_OK },
		{ "the last type there is", "ffffffffffffffff 00000000", CKR_OK },
		{ "half a type", "00000000000000", CKR_ARGUMENTS_BAD },
		{ "half a length", "0000000000000003 000000", CKR_ARGUMENTS_BAD },
		{ "a value one byte short", "0000000000000003 00000002 61", CKR_ARGUMENTS_BAD },
		{ "a length that overflows", "0000000000000003 ffffffff 61", CKR_ARGUMENTS_BAD },
		{ "a byte behind the last", "0000000000000003 00000001 6100", CKR_ARGUMENTS_BAD },
		{ "a type twice", "0000000000000003 00000000 0000000000000003 00000000",
		    CKR_ARGUMENTS_BAD },
		{ "descending", "0000000000000011 00000000 0000000000000003 00000000",
		    CKR_ARGUMENTS_BAD },
		{ "type 0 behind another", "0000000000000003 00000000 0000000000000000 00000000",
		    CKR_ARGUMENTS_BAD },
	};
	uint8_t bytes[64];
	struct attrs set;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const size_t n = hex(table[i].bytes, bytes, sizeof(bytes));

		if (attrs_read(&set, bytes, n) != table[i].want)
			CU_FAIL(table[i].why);
		if (table[i].want != CKR_OK && set.n != 0)
			CU_FAIL(table[i].why);
	}
}

static void
more_than_a_set_can_have_is_not_read(void)
{
	static uint8_t p[ATTRS_MAX + 1];
	struct attrs set;
	size_t n = 0;

	for (unsigned i = 0; i <= ATTRS_COUNT_MAX; i++, n += ATTRS_HEAD)
		p[n + 7] = (uint8_t)i;
	CU_ASSERT_EQUAL(attrs_read(&set, p, n - ATTRS_HEAD), CKR_OK);
	CU_ASSERT_EQUAL(attrs_read(&set, p, n), CKR_ARGUMENTS_BAD);
	memset(p, 0, sizeof(p));
	p[10] = (ATTRS_MAX - ATTRS_HEAD) >> 8;
	p[11] = (ATTRS_MAX - ATTRS_HEAD) & 0xff;
	CU_ASSERT_EQUAL(attrs_read(&set, p, ATTRS_MAX), CKR_OK);
	p[11]++;
	CU_ASSERT_EQUAL(attrs_read(&set, p, ATTRS_MAX + 1), CKR_ARGUMENTS_BAD);
}

static void
a_set_for_reading_is_never_written(void)
{
	uint8_t bytes[32], before[32];
	const size_t n = hex("0000000000000003 00000001 61", bytes, sizeof(bytes));
	struct attrs set, other;
	struct room r;

	memcpy(before, bytes, n);
	for (int way = 0; way < 4; way++) {
		OK(attrs_read(&set, bytes, n));
		enter(&r, sizeof(r.p));
		attrs_put(&r.set, CKA_ID, "x", 1);
		other = r.set;
		if (way == 0)
			attrs_put(&set, CKA_LABEL, "b", 1);
		else if (way == 1)
			attrs_remove(&set, CKA_LABEL);
		else if (way == 2)
			attrs_copy(&set, &other);
		else
			attrs_wipe(&set);
		SAME(bytes, before, n);
		CU_ASSERT_EQUAL(attrs_end(&set), way == 3 ? CKR_OK : CKR_HOST_MEMORY);
		CU_ASSERT_EQUAL(set.n, way == 3 ? 0 : n);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(a_set_is_written_in_ascending_order_whatever_the_order_of_putting),
	SENTENCE(values_are_found_by_type_and_only_in_their_own_form),
	SENTENCE(equal_is_the_whole_value_and_nothing_else),
	SENTENCE(putting_again_replaces_by_what_is_longer_shorter_and_as_long),
	SENTENCE(a_value_of_the_set_itself_can_be_put_under_any_type),
	SENTENCE(what_was_removed_cut_or_wiped_is_nowhere_in_the_memory),
	SENTENCE(the_first_failure_stays_and_nothing_is_written_after_it),
	SENTENCE(a_set_has_so_many_attributes_and_so_many_bytes_and_no_more),
	SENTENCE(a_merge_puts_over_and_a_copy_puts_in_the_place),
	SENTENCE(what_is_not_one_whole_set_is_refused),
	SENTENCE(more_than_a_set_can_have_is_not_read),
	SENTENCE(a_set_for_reading_is_never_written),
};

SUITE("attrs", sentences)
