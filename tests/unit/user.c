#include "hsm/keys/user.h"

#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

static const struct user_head alice = {
	.mode = SHARE_TEST, .label = "cardinal-0001", .slot = 7, .user = 1, .users = 2, .copy = 1,
	.copies = 3, .date = 1760000000,
};

static struct user_keys
some_keys(void)
{
	struct user_keys keys;
	uint8_t scalar[P256_SCALAR];

	memset(keys.modulus, 0xab, sizeof(keys.modulus));
	OK(p256_generate(scalar, keys.point));
	return keys;
}

static void
a_record_stands_as_it_is_documented(void)
{
	uint8_t want[SLOT_USER_LEN], got[SLOT_USER_LEN];
	struct user_head h = alice, again;

	h.mode = SHARE_LIVE;
	memset(h.print, 0x11, sizeof(h.print));
	hex("534c5455 01 02 63617264696e616c2d30303031000000 07 01 02 01 03 0000000068e77800"
	    "11111111111111111111111111111111 00000000000000000000000000", want, sizeof(want));
	OK(user_head_encode(&h, got));
	SAME(got, want, sizeof(want));
	OK(user_head_decode(want, sizeof(want), &again));
	CU_ASSERT_STRING_EQUAL(again.label, "cardinal-0001");
	CU_ASSERT_EQUAL(again.slot, 7);
	CU_ASSERT_EQUAL(again.users, 2);
	CU_ASSERT_EQUAL(again.copies, 3);
	CU_ASSERT_EQUAL(again.date, 1760000000);
	OK(user_head_encode(&again, got));
	SAME(got, want, sizeof(want));
}

static const struct {
	const char *why;
	size_t at, n;
	const char *bytes;
	int r;
} bad_heads[] = {
	{ "nothing wrong", 0, 0, "", 0 },
	{ "magic, first byte", 0, 1, "s", ERR_FORMAT },
	{ "magic, last byte", 3, 1, "u", ERR_FORMAT },
	{ "version 0", 4, 1, "\0", ERR_VERSION },
	{ "version 2", 4, 1, "\2", ERR_VERSION },
	{ "mode 0", 5, 1, "\0", ERR_FORMAT },
	{ "mode 3", 5, 1, "\3", ERR_FORMAT },
	{ "no label", 6, 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", ERR_FORMAT },
	{ "label that goes on after its end", 21, 1, "x", ERR_FORMAT },
	{ "label with a control character", 6, 1, "\n", ERR_FORMAT },
	{ "label that is not ASCII", 6, 1, "\xe9", ERR_FORMAT },
	{ "label of 16 characters", 6, 16, "0123456789abcdef", 0 },
	{ "slot 0", 22, 1, "\0", 0 },
	{ "slot 9", 22, 1, "\x09", 0 },
	{ "slot 10", 22, 1, "\x0a", ERR_FORMAT },
	{ "user 0", 23, 1, "\0", ERR_FORMAT },
	{ "user at the number of users", 23, 1, "\2", 0 },
	{ "user over the number of users", 23, 1, "\3", ERR_FORMAT },
	{ "no users", 24, 1, "\0", ERR_FORMAT },
	{ "five users", 24, 1, "\5", 0 },
	{ "six users", 24, 1, "\6", ERR_FORMAT },
	{ "copy 0", 25, 1, "\0", ERR_FORMAT },
	{ "copy at the number of copies", 25, 1, "\3", 0 },
	{ "copy over the number of copies", 25, 1, "\4", ERR_FORMAT },
	{ "no copies", 26, 1, "\0", ERR_FORMAT },
	{ "nine copies", 26, 1, "\x09", 0 },
	{ "ten copies", 26, 1, "\x0a", ERR_FORMAT },
	{ "no zero after the print", 51, 1, "\1", ERR_FORMAT },
	{ "no zero at the end", 63, 1, "\1", ERR_FORMAT },
};

static void
a_malformed_record_is_refused(void)
{
	static const struct user_head zero;
	uint8_t p[SLOT_USER_LEN + 1] = { 0 }, again[SLOT_USER_LEN];
	struct user_head h;
	int r;

	for (size_t i = 0; i < LEN(bad_heads); i++) {
		OK(user_head_encode(&alice, p));
		memcpy(p + bad_heads[i].at, bad_heads[i].bytes, bad_heads[i].n);
		r = user_head_decode(p, SLOT_USER_LEN, &h);
		if (r != bad_heads[i].r)
			CU_FAIL(bad_heads[i].why);
		if (r != 0) {
			SAME(&h, &zero, sizeof(h));
			continue;
		}
		OK(user_head_encode(&h, again));
		SAME(again, p, sizeof(again));
		CU_ASSERT_EQUAL(user_head_decode(p, SLOT_USER_LEN - 1, &h), ERR_FORMAT);
		CU_ASSERT_EQUAL(user_head_decode(p, SLOT_USER_LEN + 1, &h), ERR_FORMAT);
	}
}

static void
zeros_are_nobody(void)
{
	static const uint8_t nobody[SLOT_USER_LEN];
	struct user_head h;

	CU_ASSERT_EQUAL(user_head_decode(nobody, sizeof(nobody), &h), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(user_head_decode(nobody, sizeof(nobody) - 1, &h), ERR_FORMAT);
}

static void
a_record_that_cannot_be_read_is_not_written(void)
{
	static const uint8_t nothing[SLOT_USER_LEN];
	uint8_t p[SLOT_USER_LEN];
	struct user_head h = alice;

	memset(h.label, 's', sizeof(h.label));
	memset(p, 0xaa, sizeof(p));
	CU_ASSERT_EQUAL(user_head_encode(&h, p), ERR_ARG);
	SAME(p, nothing, sizeof(p));
	h = alice;
	h.copy = 0;
	CU_ASSERT_EQUAL(user_head_encode(&h, p), ERR_ARG);
	h = alice;
	h.slot = USER_SLOT_MAX + 1;
	CU_ASSERT_EQUAL(user_head_encode(&h, p), ERR_ARG);
}

static void
a_print_is_the_hash_of_both_keys(void)
{
	struct user_keys keys = some_keys();
	uint8_t print[USER_PRINT_LEN], hash[32];
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	CU_ASSERT_EQUAL(EVP_DigestInit_ex(md, EVP_sha256(), NULL), 1);
	CU_ASSERT_EQUAL(EVP_DigestUpdate(md, keys.modulus, USER_MODULUS), 1);
	CU_ASSERT_EQUAL(EVP_DigestUpdate(md, keys.point, USER_POINT), 1);
	CU_ASSERT_EQUAL(EVP_DigestFinal_ex(md, hash, NULL), 1);
	EVP_MD_CTX_free(md);
	OK(user_print(&keys, print));
	SAME(print, hash, sizeof(print));
}

static const struct {
	const char *why;
	size_t at;
	uint8_t flip;
} bad_keys[] = {
	{ "an even modulus", USER_MODULUS - 1, 1 },
	{ "a modulus of 2047 bits", 0, 0x80 },
	{ "a point off the curve", offsetof(struct user_keys, point) + 1, 1 },
	{ "a compressed point", offsetof(struct user_keys, point), 4 ^ 2 },
};

static void
keys_that_nobody_can_have_are_refused(void)
{
	struct user_keys keys = some_keys();

	OK(user_keys_check(&keys));
	for (size_t i = 0; i < LEN(bad_keys); i++) {
		((uint8_t *)&keys)[bad_keys[i].at] ^= bad_keys[i].flip;
		if (user_keys_check(&keys) != ERR_FORMAT)
			CU_FAIL(bad_keys[i].why);
		((uint8_t *)&keys)[bad_keys[i].at] ^= bad_keys[i].flip;
	}
}

/* y and p - y, p of P-256 (SP 800-186 3.2.1.3). */
static void
negate(uint8_t y[32])
{
	uint8_t p[32];
	int borrow = 0, d;

	hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", p, sizeof(p));
	for (size_t i = 32; i-- > 0;) {
		d = p[i] - y[i] - borrow;
		borrow = d < 0;
		y[i] = (uint8_t)d;
	}
}

static void
two_users_meet_when_they_share_one_key(void)
{
	struct user_keys a = some_keys(), b = some_keys();

	CU_ASSERT_EQUAL(user_keys_meet(&a, &b), 1);
	b.modulus[5] ^= 1;
	CU_ASSERT_EQUAL(user_keys_meet(&a, &b), 0);
	memcpy(b.point, a.point, sizeof(b.point));
	CU_ASSERT_EQUAL(user_keys_meet(&a, &b), 1);
}

static void
a_point_and_its_negative_are_one_key(void)
{
	struct user_keys a = some_keys(), b = a;

	b.modulus[5] ^= 1;
	negate(b.point + 33);
	OK(user_keys_check(&b));
	CU_ASSERT_NOT_EQUAL(memcmp(a.point, b.point, sizeof(a.point)), 0);
	CU_ASSERT_EQUAL(user_keys_meet(&a, &b), 1);
}

static const struct sentence sentences[] = {
	SENTENCE(a_record_stands_as_it_is_documented),
	SENTENCE(a_malformed_record_is_refused),
	SENTENCE(zeros_are_nobody),
	SENTENCE(a_record_that_cannot_be_read_is_not_written),
	SENTENCE(a_print_is_the_hash_of_both_keys),
	SENTENCE(keys_that_nobody_can_have_are_refused),
	SENTENCE(two_users_meet_when_they_share_one_key),
	SENTENCE(a_point_and_its_negative_are_one_key),
};

SUITE("user", sentences)
