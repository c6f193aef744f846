#include "tests/unit/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE, two = 2;
static CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
static CK_ULONG list[] = { CKM_AES_ECB, CKM_AES_GCM };
static CK_ULONG many[129];
static CK_DATE date = { { '2', '0', '2', '4' }, { '0', '2' }, { '2', '9' } };
static CK_DATE month13 = { { '2', '0', '2', '4' }, { '1', '3' }, { '2', '9' } };
static uint8_t large[ATTRS_MAX + 1];

#define UNKNOWN_LENGTH CK_UNAVAILABLE_INFORMATION

static const struct {
	const char *why;
	CK_ATTRIBUTE list[3];
	CK_ULONG n;
	CK_RV want;
	const char *set;	/* what comes of it */
} rows[] = {
	{ "nothing", { { 0 } }, 0, CKR_OK, "" },
	{ "each kind", { { CKA_TOKEN, &yes, 1 }, { CKA_CLASS, &secret, sizeof(secret) },
	    { CKA_LABEL, "k1", 2 } }, 3, CKR_OK, "TOKEN=1 CLASS=secret LABEL='k1" },
	{ "lists and dates", { { CKA_ALLOWED_MECHANISMS, list, sizeof(list) },
	    { CKA_START_DATE, &date, sizeof(date) } }, 2, CKR_OK,
	    "ALLOWED_MECHANISMS=aes-ecb,aes-gcm START_DATE='20240229" },
	{ "empty ones", { { CKA_LABEL, NULL, 0 }, { CKA_END_DATE, NULL, 0 },
	    { CKA_ALLOWED_MECHANISMS, NULL, 0 } }, 3, CKR_OK,
	    "LABEL= END_DATE= ALLOWED_MECHANISMS=" },
	{ "an empty one at an address", { { CKA_ID, "x", 0 } }, 1, CKR_OK, "ID=" },
	{ "zeros in front of a modulus", { { CKA_MODULUS, "\0\0\xc3", 3 },
	    { CKA_PUBLIC_EXPONENT, "\0", 1 }, { CKA_ID, "\0\1", 2 } }, 3, CKR_OK,
	    "MODULUS=c3 PUBLIC_EXPONENT=00 ID=0001" },
	{ "the same twice", { { CKA_TOKEN, &yes, 1 }, { CKA_TOKEN, &yes, 1 } }, 2, CKR_OK,
	    "TOKEN=1" },
	/* PKCS #11 Base 2.40, 4.1.1, 6 */
	{ "different ones of one type", { { CKA_TOKEN, &yes, 1 }, { CKA_TOKEN, &no, 1 } }, 2,
	    CKR_TEMPLATE_INCONSISTENT, NULL },
	{ "a longer one of one type", { { CKA_LABEL, "a", 1 }, { CKA_LABEL, "ab", 2 } }, 2,
	    CKR_TEMPLATE_INCONSISTENT, NULL },
	/* 4.1.1, 1 */
	{ "a template in a template", { { CKA_WRAP_TEMPLATE, NULL, 0 } }, 1,
	    CKR_ATTRIBUTE_TYPE_INVALID, NULL },
	{ "a vendor's", { { CKA_VENDOR_DEFINED, "x", 1 } }, 1, CKR_ATTRIBUTE_TYPE_INVALID, NULL },
	{ "the last type", { { ~0UL, "x", 1 } }, 1, CKR_ATTRIBUTE_TYPE_INVALID, NULL },
	/* 4.1.1, 2 */
	{ "a bool of four bytes", { { CKA_TOKEN, &list, 4 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "a bool of none", { { CKA_TOKEN, NULL, 0 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "neither true nor false", { { CKA_TOKEN, &two, 1 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "a class of four bytes", { { CKA_CLASS, &secret, 4 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID,
	    NULL },
	{ "a class of none", { { CKA_CLASS, NULL, 0 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "two classes", { { CKA_CLASS, list, sizeof(list) } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "one and a half mechanisms", { { CKA_ALLOWED_MECHANISMS, list, sizeof(list[0]) + 4 } }, 1,
	    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "128 mechanisms", { { CKA_ALLOWED_MECHANISMS, many, 128 * sizeof(many[0]) } }, 1, CKR_OK,
	    NULL },
	{ "129 mechanisms", { { CKA_ALLOWED_MECHANISMS, many, sizeof(many) } }, 1,
	    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "no such month", { { CKA_END_DATE, &month13, sizeof(month13) } }, 1,
	    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "half a date", { { CKA_END_DATE, &date, 4 } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	/* What an application does that is wrong. */
	{ "no length", { { CKA_LABEL, "x", UNKNOWN_LENGTH } }, 1, CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "no value, no length", { { CKA_LABEL, NULL, UNKNOWN_LENGTH } }, 1,
	    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
	{ "no value, but a length", { { CKA_LABEL, NULL, 1 } }, 1, CKR_ARGUMENTS_BAD, NULL },
	{ "no bool, but its length", { { CKA_TOKEN, NULL, 1 } }, 1, CKR_ARGUMENTS_BAD, NULL },
	{ "a length that wraps", { { CKA_LABEL, "x", UNKNOWN_LENGTH - 1 } }, 1, CKR_HOST_MEMORY, NULL },
	{ "more than a set holds", { { CKA_VALUE, large, sizeof(large) } }, 1, CKR_HOST_MEMORY, NULL },
	{ "as much as a set holds", { { CKA_VALUE, large, ATTRS_MAX - ATTRS_HEAD } }, 1, CKR_OK,
	    NULL },
	{ "and a byte", { { CKA_VALUE, large, ATTRS_MAX - ATTRS_HEAD + 1 } }, 1, CKR_HOST_MEMORY,
	    NULL },
	{ "together more than a set holds", { { CKA_VALUE, large, ATTRS_MAX / 2 },
	    { CKA_ID, large, ATTRS_MAX / 2 } }, 2, CKR_HOST_MEMORY, NULL },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* At an address of their own of exactly their length, so that a byte too many is found. */
static CK_ATTRIBUTE *
exactly(const CK_ATTRIBUTE *from, CK_ULONG n)
{
	CK_ATTRIBUTE *const p = malloc(n * sizeof(*p) + 1);

	memcpy(p, from, n * sizeof(*p));
	return p;
}

static void
templates_become_sets_or_are_refused_by_name(void)
{
	static struct sheet s, want;
	CK_RV rv;

	for (size_t i = 0; i < ROWS; i++) {
		CK_ATTRIBUTE *const t = exactly(rows[i].list, rows[i].n);

		sheet(&s, "");
		rv = rules_template(t, rows[i].n, &s.set);
		if (rv != rows[i].want || (rv != CKR_OK && s.set.n != 0)) {
			fprintf(stderr, "%s: %lx\n", rows[i].why, rv);
			CU_FAIL(rows[i].why);
		}
		if (rows[i].set != NULL) {
			sheet(&want, rows[i].set);
			if (s.set.n != want.set.n || memcmp(s.p, want.p, want.set.n) != 0)
				CU_FAIL(rows[i].why);
		}
		free(t);
	}
}

static void
a_template_is_not_looked_at_when_it_is_no_template(void)
{
	CK_ATTRIBUTE one = { CKA_TOKEN, &yes, 1 }, *const full = calloc(ATTRS_COUNT_MAX, sizeof(one));
	struct sheet s;
	int nothing;

	for (size_t i = 0; i < ATTRS_COUNT_MAX; i++)
		full[i] = one;
	sheet(&s, "");
	CU_ASSERT_EQUAL(rules_template(NULL, 1, &s.set), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(rules_template(NULL, 0, &s.set), CKR_OK);
	CU_ASSERT_EQUAL(rules_template(&one, UNKNOWN_LENGTH, &s.set), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(rules_template(&one, ATTRS_COUNT_MAX + 1, &s.set), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(rules_search(NULL, 1, &s.set, &nothing), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(rules_search(&one, ATTRS_COUNT_MAX + 1, &s.set, &nothing), CKR_ARGUMENTS_BAD);
	CU_ASSERT_EQUAL(s.set.n, 0);
	CU_ASSERT_EQUAL(rules_template(full, ATTRS_COUNT_MAX, &s.set), CKR_OK);
	free(full);
}

static void
numbers_are_read_and_written_wherever_they_lie(void)
{
	uint8_t p[1 + sizeof(list)], out[1 + sizeof(list)];
	struct sheet s;
	CK_ATTRIBUTE t = { CKA_ALLOWED_MECHANISMS, p + 1, sizeof(list) };
	const uint8_t *value;
	size_t n;

	memcpy(p + 1, list, sizeof(list));
	sheet(&s, "");
	OK(rules_template(&t, 1, &s.set));
	CU_ASSERT_EQUAL_FATAL(attrs_get(&s.set, CKA_ALLOWED_MECHANISMS, &value, &n), 1);
	CU_ASSERT_EQUAL(n, 16);
	CU_ASSERT_EQUAL(rules_native_length(CKA_ALLOWED_MECHANISMS, n), sizeof(list));
	rules_native(CKA_ALLOWED_MECHANISMS, value, n, out + 1);
	SAME(out + 1, list, sizeof(list));
}

static void
values_go_back_to_the_form_of_the_application(void)
{
	CK_ULONG v = 0;
	CK_BBOOL b = 7;
	uint8_t bytes[4] = "....";

	CU_ASSERT_EQUAL(rules_native_length(CKA_CLASS, 8), sizeof(CK_ULONG));
	rules_native(CKA_CLASS, (const uint8_t *)"\0\0\0\0\0\0\1\2", 8, &v);
	CU_ASSERT_EQUAL(v, 0x102);
	CU_ASSERT_EQUAL(rules_native_length(CKA_TOKEN, 1), 1);
	rules_native(CKA_TOKEN, (const uint8_t *)"\1", 1, &b);
	CU_ASSERT_EQUAL(b, CK_TRUE);
	CU_ASSERT_EQUAL(rules_native_length(CKA_LABEL, 3), 3);
	rules_native(CKA_LABEL, (const uint8_t *)"abc", 3, bytes);
	SAME(bytes, "abc.", 4);
	CU_ASSERT_EQUAL(rules_native_length(CKA_VENDOR_DEFINED, 3), 3);
	CU_ASSERT_EQUAL(rules_native_length(CKA_LABEL, 0), 0);
	rules_native(CKA_LABEL, NULL, 0, NULL);
	/* A number of a length that none has, as somebody hostile may send it. */
	CU_ASSERT_EQUAL(rules_native_length(CKA_CLASS, 3), 3);
	rules_native(CKA_CLASS, (const uint8_t *)"abc", 3, bytes);
	SAME(bytes, "abc.", 4);
}

static void
a_search_for_more_than_any_object_has_finds_nothing(void)
{
	CK_ATTRIBUTE t = { CKA_VALUE, large, sizeof(large) };
	struct sheet s;
	int nothing;

	sheet(&s, "");
	OK(rules_search(&t, 1, &s.set, &nothing));
	CU_ASSERT_EQUAL(nothing, 1);
}

static void
a_search_for_what_cannot_be_finds_nothing_and_is_no_error(void)
{
	struct sheet s;
	int nothing;
	CK_RV rv;

	for (size_t i = 0; i < ROWS; i++) {
		sheet(&s, "");
		rv = rules_search(rows[i].list, rows[i].n, &s.set, &nothing);
		/* A set that is full is the caller's, and no value is what an application did wrong. */
		if (rows[i].want == CKR_ARGUMENTS_BAD) {
			CU_ASSERT_EQUAL(rv, CKR_ARGUMENTS_BAD);
		} else if (rv == CKR_HOST_MEMORY) {
			CU_ASSERT_EQUAL(rows[i].want, CKR_HOST_MEMORY);
		} else if (rv != CKR_OK || nothing != (rows[i].want != CKR_OK)) {
			CU_FAIL(rows[i].why);
		}
	}
}

static const struct sentence sentences[] = {
	SENTENCE(templates_become_sets_or_are_refused_by_name),
	SENTENCE(a_template_is_not_looked_at_when_it_is_no_template),
	SENTENCE(numbers_are_read_and_written_wherever_they_lie),
	SENTENCE(values_go_back_to_the_form_of_the_application),
	SENTENCE(a_search_for_more_than_any_object_has_finds_nothing),
	SENTENCE(a_search_for_what_cannot_be_finds_nothing_and_is_no_error),
};

SUITE("rules_template", sentences)
