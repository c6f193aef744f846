#include "hsm/pkcs11/cache.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

/* One with an AES key; more bytes than it has are said where the bound is looked at. */
static struct cached *
one(uint64_t uid, size_t size)
{
	static const uint8_t value[16] = { 1 };
	uint8_t room[256];
	struct attrs a;
	struct cached *k;

	attrs_init(&a, room, sizeof(room));
	attrs_put_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_put_ulong(&a, CKA_KEY_TYPE, CKK_AES);
	attrs_put(&a, CKA_VALUE, value, sizeof(value));
	attrs_put_bool(&a, CKA_SIGN, 1);
	attrs_put_bool(&a, CKA_PRIVATE, 1);
	OK(attrs_end(&a));
	OK(cached_new(NULL, &a, &k));
	CU_ASSERT_EQUAL(k->may, CKF_SIGN);
	CU_ASSERT_EQUAL(k->private, 1);
	k->uid = uid;
	k->slot = (unsigned)(uid % 10);
	if (size != 0)
		k->size = size;
	return k;
}

static void
put(struct cache *c, uint64_t uid, size_t size)
{
	struct cached *k = one(uid, size);

	cache_put(c, k, cache_drops(c));
	cached_free(k);
}

static int
has(struct cache *c, uint64_t uid)
{
	struct cached *k = cache_find(c, uid, 0, (unsigned)(uid % 10), 0);

	cached_free(k);
	return k != NULL;
}

static void
a_key_is_found_by_all_that_it_is_bound_to(void)
{
	struct cache *c = cache_new(CACHE_BYTES);
	struct cached *k;

	put(c, 21, 0);
	CU_ASSERT_TRUE(has(c, 21));
	CU_ASSERT_PTR_NULL(cache_find(c, 22, 0, 1, 0));
	CU_ASSERT_PTR_NULL(cache_find(c, 21, 7, 1, 0));
	CU_ASSERT_PTR_NULL(cache_find(c, 21, 0, 2, 0));
	CU_ASSERT_PTR_NULL(cache_find(c, 21, 0, 1, 1));
	/* One that is in use stays until it is given back. */
	k = cache_find(c, 21, 0, 1, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	cache_drop(c, 21);
	CU_ASSERT_FALSE(has(c, 21));
	CU_ASSERT_EQUAL(k->uid, 21);
	CU_ASSERT_PTR_NOT_NULL(k->key);
	cached_free(k);
	CU_ASSERT_EQUAL(cache_bytes(c), 0);
	cache_free(c);
}

static void
what_was_read_before_a_drop_does_not_stay(void)
{
	struct cache *c = cache_new(CACHE_BYTES);
	const uint64_t before = cache_drops(c);
	struct cached *k = one(5, 0);

	cache_drop(c, 5);
	cache_put(c, k, before);
	CU_ASSERT_FALSE(has(c, 5));
	cache_put(c, k, cache_drops(c));
	CU_ASSERT_TRUE(has(c, 5));
	cached_free(k);
	cache_free(c);
}

/* All in one shard, which has a sixteenth of the bytes. */
static void
the_least_recently_used_go_first(void)
{
	struct cache *c = cache_new(16 * 1000);

	for (uint64_t i = 0; i < 3; i++)
		put(c, 16 * i, 300);
	CU_ASSERT_TRUE(has(c, 0));
	put(c, 48, 300);
	CU_ASSERT_TRUE(has(c, 0));
	CU_ASSERT_FALSE(has(c, 16));
	CU_ASSERT_TRUE(has(c, 32));
	CU_ASSERT_TRUE(has(c, 48));
	CU_ASSERT_EQUAL(cache_bytes(c), 900);
	/* In the place of the one of that number, and one that is too large not at all. */
	put(c, 48, 400);
	CU_ASSERT_EQUAL(cache_bytes(c), 1000);
	put(c, 64, 1001);
	CU_ASSERT_FALSE(has(c, 64));
	CU_ASSERT_EQUAL(cache_bytes(c), 1000);
	cache_relieve(c);
	CU_ASSERT_TRUE(cache_bytes(c) <= 500);
	cache_free(c);
}

static void
a_slot_that_is_closed_takes_its_keys_along(void)
{
	struct cache *c = cache_new(CACHE_BYTES);

	for (uint64_t i = 0; i < 200; i++)
		put(c, i, 100);
	cache_drop_slot(c, 3);
	for (uint64_t i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(has(c, i), i % 10 != 3);
	CU_ASSERT_EQUAL(cache_bytes(c), 18000);
	cache_free(c);
}

static const struct sentence sentences[] = {
	SENTENCE(a_key_is_found_by_all_that_it_is_bound_to),
	SENTENCE(what_was_read_before_a_drop_does_not_stay),
	SENTENCE(the_least_recently_used_go_first),
	SENTENCE(a_slot_that_is_closed_takes_its_keys_along),
};

SUITE("cache", sentences)
