#include "hsm/admin/wiped.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/unit/suite.h"

/* What free() gets: whether the bytes behind the head are wiped by then. */
static const char *watched;
static int freed, clean;

void __real_free(void *);
void __wrap_free(void *);

void
__wrap_free(void *p)
{
	if (watched != NULL && p != NULL && watched - (char *)p >= 0 && watched - (char *)p < 64) {
		freed++;
		clean = 1;
		for (size_t i = 0; i < 8; i++)
			clean &= watched[i] == 0;
		watched = NULL;
	}
	__real_free(p);
}

static void
watch(const char *p)
{
	watched = p;
	freed = clean = 0;
}

static void
what_is_freed_is_wiped_first(void)
{
	char *p = wiped_malloc(8), *q;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memcpy(p, "12345678", 8);
	watch(p);
	wiped_release(p);
	CU_ASSERT(freed == 1 && clean == 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p = wiped_strdup("12345678"));
	watch(p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(q = wiped_realloc(p, 100));
	CU_ASSERT(freed == 1 && clean == 1);
	CU_ASSERT_STRING_EQUAL(q, "12345678");
	watch(q);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p = wiped_realloc(q, 4));
	CU_ASSERT(freed == 1 && clean == 1);
	SAME(p, "1234", 4);
	wiped_release(p);
	wiped_release(NULL);
}

static void
texts_of_json_are_wiped_too(void)
{
	json_t *j;
	char *text;

	wiped_json();
	CU_ASSERT_PTR_NOT_NULL_FATAL(j = json_pack("{s:s}", "code", "12345678"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(text = json_dumps(j, JSON_COMPACT));
	CU_ASSERT_STRING_EQUAL(text, "{\"code\":\"12345678\"}");
	watch(json_string_value(json_object_get(j, "code")));
	json_decref(j);
	CU_ASSERT(freed == 1 && clean == 1);
	watch(text);
	wiped_free(text);
	CU_ASSERT(freed == 1 && clean == 1);
}

static void
memory_that_cannot_be_had_is_null(void)
{
	char *p = wiped_calloc(4, 2);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	SAME(p, "\0\0\0\0\0\0\0", 8);
	wiped_release(p);
	CU_ASSERT_PTR_NULL(wiped_malloc(SIZE_MAX));
	CU_ASSERT_PTR_NULL(wiped_calloc(SIZE_MAX / 2, 3));
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_freed_is_wiped_first),
	SENTENCE(texts_of_json_are_wiped_too),
	SENTENCE(memory_that_cannot_be_had_is_null),
};

SUITE("wiped", sentences)
