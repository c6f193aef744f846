#include "hsm/keys/lock.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "tests/unit/suite.h"

#define LEN(v) (sizeof(v) / sizeof((v)[0]))

enum { N = 122, SEALED = N + SEAL_OVERHEAD, USERS = 3 };

static const char bind[] = "slot 7, first token";
enum { BIND_N = sizeof(bind) - 1 };

/* People and the box that they open; what their cards agree on with the box's points. */
struct box {
	unsigned users;
	uint8_t scalar[USERS_MAX][P256_SCALAR];
	uint8_t point[USERS_MAX][USER_POINT], ephemeral[USERS_MAX][USER_POINT];
	struct lock_secrets z;
	uint8_t secret[N], sealed[SEALED], got[N];
};

static void
cards_answer(struct box *b)
{
	for (unsigned i = 0; i < b->users; i++)
		OK(p256_agree(b->scalar[i], b->ephemeral[i], b->z.z[i]));
}

static int
seal_box(struct box *b)
{
	return lock_seal((const uint8_t (*)[USER_POINT])b->point, b->users, bind, BIND_N, b->secret,
	    N, b->ephemeral, b->sealed);
}

static int
open_box(struct box *b)
{
	return lock_open((const uint8_t (*)[USER_POINT])b->point,
	    (const uint8_t (*)[USER_POINT])b->ephemeral, &b->z, b->users, bind, BIND_N, b->sealed,
	    SEALED, b->got, N);
}

static struct box
box_of(unsigned users)
{
	struct box b = { .users = users };

	memset(b.secret, 0x5e, sizeof(b.secret));
	for (unsigned i = 0; i < users; i++)
		OK(p256_generate(b.scalar[i], b.point[i]));
	OK(seal_box(&b));
	cards_answer(&b);
	return b;
}

static void
all_users_together_open_the_box(void)
{
	struct box b;

	for (unsigned users = 1; users <= USERS_MAX; users++) {
		b = box_of(users);
		OK(open_box(&b));
		SAME(b.got, b.secret, N);
		CU_ASSERT_PTR_NULL(memmem(b.sealed, SEALED, b.secret, 4));
	}
}

/* Put together of HMAC and SHA-256 alone, as docs/keys.md has it. */
static void
the_key_is_the_documented_one(void)
{
	struct box b = box_of(2);
	uint8_t about[1 + 4 * USER_POINT + BIND_N], info[14 + 32 + 1], prk[32], zero[32] = { 0 };
	struct seal_key key;
	unsigned n;

	about[0] = 2;
	memcpy(about + 1, b.point, 2 * USER_POINT);
	memcpy(about + 1 + 2 * USER_POINT, b.ephemeral, 2 * USER_POINT);
	memcpy(about + 1 + 4 * USER_POINT, bind, BIND_N);
	memcpy(info, "cardinal lock", 14);
	CU_ASSERT_EQUAL(EVP_Digest(about, sizeof(about), info + 14, NULL, EVP_sha256(), NULL), 1);
	info[46] = 1;
	CU_ASSERT_PTR_NOT_NULL(HMAC(EVP_sha256(), zero, 32, b.z.z[0], 64, prk, &n));
	CU_ASSERT_PTR_NOT_NULL(HMAC(EVP_sha256(), prk, 32, info, sizeof(info), key.key, &n));
	OK(seal_open(&key, bind, BIND_N, b.sealed, SEALED, b.got, N));
	SAME(b.got, b.secret, N);
}

static void
one_user_less(struct box *b)
{
	b->users--;
}

static void
a_user_whose_card_said_nothing(struct box *b)
{
	memset(b->z.z[2], 0, LOCK_SECRET);
}

static void
answers_in_another_order(struct box *b)
{
	uint8_t z[LOCK_SECRET];

	memcpy(z, b->z.z[0], sizeof(z));
	memcpy(b->z.z[0], b->z.z[1], sizeof(z));
	memcpy(b->z.z[1], z, sizeof(z));
}

static void
users_in_another_order(struct box *b)
{
	uint8_t p[USER_POINT];

	answers_in_another_order(b);
	memcpy(p, b->point[0], sizeof(p));
	memcpy(b->point[0], b->point[1], sizeof(p));
	memcpy(b->point[1], p, sizeof(p));
	memcpy(p, b->ephemeral[0], sizeof(p));
	memcpy(b->ephemeral[0], b->ephemeral[1], sizeof(p));
	memcpy(b->ephemeral[1], p, sizeof(p));
}

static void
a_card_of_somebody_else(struct box *b)
{
	uint8_t point[USER_POINT];

	OK(p256_generate(b->scalar[1], point));
	cards_answer(b);
}

static void
one_card_in_the_place_of_two(struct box *b)
{
	memcpy(b->scalar[1], b->scalar[0], P256_SCALAR);
	cards_answer(b);
}

static void
another_users_point(struct box *b)
{
	b->point[0][40] ^= 1;
}

static void
another_ephemeral_point(struct box *b)
{
	b->ephemeral[2][40] ^= 1;
}

static void
answers_to_the_sealing_before(struct box *b)
{
	struct lock_secrets before = b->z;

	OK(seal_box(b));
	b->z = before;
}

static void
the_box_before_with_answers_to_this_one(struct box *b)
{
	uint8_t before[SEALED];

	memcpy(before, b->sealed, sizeof(before));
	OK(seal_box(b));
	cards_answer(b);
	memcpy(b->sealed, before, sizeof(before));
}

static void
a_flipped_bit(struct box *b)
{
	b->sealed[SEALED / 2] ^= 1;
}

static const struct {
	const char *why;
	void (*change)(struct box *);
} wrong[] = {
	{ "one user less", one_user_less },
	{ "a card that said nothing", a_user_whose_card_said_nothing },
	{ "answers in another order", answers_in_another_order },
	{ "users in another order", users_in_another_order },
	{ "a card of somebody else", a_card_of_somebody_else },
	{ "one card for two", one_card_in_the_place_of_two },
	{ "another user's point", another_users_point },
	{ "another ephemeral point", another_ephemeral_point },
	{ "answers to the sealing before", answers_to_the_sealing_before },
	{ "the box before", the_box_before_with_answers_to_this_one },
	{ "a flipped bit", a_flipped_bit },
};

static void
anything_else_opens_nothing(void)
{
	static const uint8_t nothing[N];
	struct box b;

	for (size_t i = 0; i < LEN(wrong); i++) {
		b = box_of(USERS);
		wrong[i].change(&b);
		memset(b.got, 0xaa, N);
		if (open_box(&b) != ERR_MAC)
			CU_FAIL(wrong[i].why);
		SAME(b.got, nothing, N);
	}
}

static void
a_box_is_bound_to_its_place(void)
{
	struct box b = box_of(1);
	const uint8_t (*points)[USER_POINT] = (const uint8_t (*)[USER_POINT])b.point;
	const uint8_t (*ephemeral)[USER_POINT] = (const uint8_t (*)[USER_POINT])b.ephemeral;

	CU_ASSERT_EQUAL(lock_open(points, ephemeral, &b.z, 1, "slot 8, first token", BIND_N,
	    b.sealed, SEALED, b.got, N), ERR_MAC);
	CU_ASSERT_EQUAL(lock_open(points, ephemeral, &b.z, 1, bind, BIND_N - 1, b.sealed, SEALED,
	    b.got, N), ERR_MAC);
	CU_ASSERT_EQUAL(lock_open(points, ephemeral, &b.z, 1, bind, BIND_N, b.sealed, SEALED - 1,
	    b.got, N), ERR_FORMAT);
	OK(lock_open(points, ephemeral, &b.z, 1, bind, BIND_N, b.sealed, SEALED, b.got, N));
}

static void
each_sealing_has_points_of_its_own(void)
{
	struct box a = box_of(2), b = a;

	OK(seal_box(&b));
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_NOT_EQUAL(memcmp(a.ephemeral[i], b.ephemeral[i], USER_POINT), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(b.ephemeral[0], b.ephemeral[1], USER_POINT), 0);
}

static void
the_point_of_nobody_seals_nothing(void)
{
	static const struct box nothing;
	struct box b = box_of(2);

	b.point[1][64] ^= 1;
	CU_ASSERT_EQUAL(seal_box(&b), ERR_FORMAT);
	SAME(b.sealed, nothing.sealed, SEALED);
	SAME(b.ephemeral, nothing.ephemeral, 2 * USER_POINT);
}

static const struct {
	const char *why;
	unsigned users;
	size_t bind_n, n;
} refused[] = {
	{ "no users", 0, BIND_N, N },
	{ "six users", USERS_MAX + 1, BIND_N, N },
	{ "bound to nothing", 1, 0, N },
	{ "bound to too much", 1, SEAL_MAX + 1, N },
	{ "no secret", 1, BIND_N, 0 },
	{ "too long a secret", 1, BIND_N, SEAL_MAX + 1 },
};

static void
what_is_out_of_range_is_refused(void)
{
	static uint8_t long_bind[SEAL_MAX + 1], secret[SEAL_MAX + 1];
	static uint8_t sealed[SEAL_MAX + 1 + SEAL_OVERHEAD];
	struct box b = box_of(1);
	const uint8_t (*points)[USER_POINT] = (const uint8_t (*)[USER_POINT])b.point;

	for (size_t i = 0; i < LEN(refused); i++) {
		if (lock_seal(points, refused[i].users, long_bind, refused[i].bind_n, secret,
		    refused[i].n, b.ephemeral, sealed) != ERR_ARG)
			CU_FAIL(refused[i].why);
		if (lock_open(points, (const uint8_t (*)[USER_POINT])b.ephemeral, &b.z,
		    refused[i].users, long_bind, refused[i].bind_n, sealed,
		    refused[i].n + SEAL_OVERHEAD, secret, refused[i].n) != ERR_ARG)
			CU_FAIL(refused[i].why);
	}
}

static void
the_longest_secret_fits(void)
{
	static uint8_t secret[SEAL_MAX], got[SEAL_MAX], sealed[SEAL_MAX + SEAL_OVERHEAD];
	struct box b = box_of(1);
	const uint8_t (*points)[USER_POINT] = (const uint8_t (*)[USER_POINT])b.point;

	memset(secret, 0x77, sizeof(secret));
	OK(lock_seal(points, 1, secret, SEAL_MAX, secret, SEAL_MAX, b.ephemeral, sealed));
	cards_answer(&b);
	OK(lock_open(points, (const uint8_t (*)[USER_POINT])b.ephemeral, &b.z, 1, secret, SEAL_MAX,
	    sealed, sizeof(sealed), got, SEAL_MAX));
	SAME(got, secret, sizeof(got));
}

static const struct sentence sentences[] = {
	SENTENCE(all_users_together_open_the_box),
	SENTENCE(the_key_is_the_documented_one),
	SENTENCE(anything_else_opens_nothing),
	SENTENCE(a_box_is_bound_to_its_place),
	SENTENCE(each_sealing_has_points_of_its_own),
	SENTENCE(the_point_of_nobody_seals_nothing),
	SENTENCE(what_is_out_of_range_is_refused),
	SENTENCE(the_longest_secret_fits),
};

SUITE("lock", sentences)
