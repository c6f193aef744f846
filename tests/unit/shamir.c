#include "hsm/keys/shamir.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/ownstack.h"
#include "tests/unit/suite.h"

/* A product of one byte each, by the polynomial b*x at x = a. */
static uint8_t
product(uint8_t a, uint8_t b)
{
	const uint8_t poly[2] = { 0, b };
	uint8_t y = 0;

	OK(shamir_eval(poly, 1, 2, a, &y));
	return y;
}

static void
point(struct shamir_point *p, uint8_t x, const char *y)
{
	memset(p, 0, sizeof(*p));
	p->x = x;
	hex(y, p->y, sizeof(p->y));
}

static void
the_field_is_the_one_of_fips_197(void)
{
	uint8_t one;

	CU_ASSERT_EQUAL(product(0x57, 0x83), 0xc1);
	CU_ASSERT_EQUAL(product(0x57, 0x13), 0xfe);
	CU_ASSERT_EQUAL(product(3, 7), 9);
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++)
			if (product((uint8_t)a, (uint8_t)b) != product((uint8_t)b, (uint8_t)a))
				CU_FAIL("a product depends on the order");
	/* Each element but 0 has one inverse. */
	for (unsigned a = 1; a < 256; a++) {
		one = 0;
		for (unsigned b = 1; b < 256; b++)
			one = (uint8_t)(one + (product((uint8_t)a, (uint8_t)b) == 1));
		CU_ASSERT_EQUAL(one, 1);
	}
}

/* Any two points tell the line through them, for all slopes: division is right everywhere. */
static void
a_line_is_found_from_any_two_of_its_points(void)
{
	struct shamir_point p[2];
	uint8_t poly[2] = { 0x35, 0 }, got;

	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 1; b < a; b++) {
			poly[1] = (uint8_t)(a ^ b << 1);
			p[0].x = (uint8_t)a;
			p[1].x = (uint8_t)b;
			OK(shamir_eval(poly, 1, 2, p[0].x, p[0].y));
			OK(shamir_eval(poly, 1, 2, p[1].x, p[1].y));
			OK(shamir_combine(p, 2, 1, 0, &got));
			CU_ASSERT_EQUAL_FATAL(got, poly[0]);
		}
}

/*
 * SLIP-39's share sets are points of one polynomial; its x = 0 is a share like any other and the
 * secret stands at 255, so here 255 takes the place of 0 among the points.
 */
static const struct {
	const char *why;
	unsigned k;
	struct {
		uint8_t x;
		const char *y;
	} in[3], out[3];
} slip39[] = {
	{ "vector 23, 2 of 3", 2,
	    { { 2, "81e5473f4b7f66094f888d2f98fe0ded6a692dc72c65dc498d6e28bee6ebdfcc" },
	      { 1, "19e366e9b2e34851e52132c31c2b2c957321bf5ce6c9c1410ea1ddf5fef92c27" } },
	    { { 255, "0204622ff84267b5dae0ca4e0c1328d6611b96b92b11692e5a7542314f7a54ee" },
	      { 254, "83067d94af367d74bc8756e370a937fe9f2311396d7562dfd2301108477405b7" },
	      { 0, "98e17952e59752908346ae6e609133bd8d1938dca0adcab086e48eccf6f77d7e" } } },
	{ "vector 36, group 2, 3 shares", 3,
	    { { 1, "d127f1f9bc12e3856fb3983104783b71480d249d80101568def4a41100177dfb" },
	      { 4, "4bde8a604105f3a6c32f2f547131aafea756725a28e80a14d59d8f05c4adcca5" },
	      { 255, "09555b11c4d1cc8fc96163c81b110bbbd46c1bcb4c8488632de2dbb5c4bd9299" } },
	    { { 0, "82a363ed145a49a4e37311253c105846c0afb13b74e5ddda9cc25d7aae49bc89" },
	      { 254, "5ad1c9056c9966ae45a1eadc2379688c5cce8e6db87140d16fd422de6ae353eb" },
	      { 4, "4bde8a604105f3a6c32f2f547131aafea756725a28e80a14d59d8f05c4adcca5" } } },
	{ "vector 41, 16 bytes", 3,
	    { { 7, "3ed2fa64acf769131509ca05437606b1" },
	      { 9, "58ccc8f63e2232eb372d91241e61506b" },
	      { 255, "369fea28d93fc048e6173ce2cf366fa6" } },
	    { { 0, "0d5f0655e0645fad705c1e128887678f" },
	      { 7, "3ed2fa64acf769131509ca05437606b1" },
	      { 255, "369fea28d93fc048e6173ce2cf366fa6" } } },
};

static void
the_points_of_slip_39_lie_on_their_polynomials(void)
{
	uint8_t want[SHAMIR_LEN_MAX], got[SHAMIR_LEN_MAX];
	struct shamir_point p[3];
	size_t n = 0;

	for (size_t v = 0; v < sizeof(slip39) / sizeof(slip39[0]); v++) {
		for (unsigned i = 0; i < slip39[v].k; i++)
			point(&p[i], slip39[v].in[i].x, slip39[v].in[i].y);
		for (unsigned i = 0; i < 3; i++) {
			n = hex(slip39[v].out[i].y, want, sizeof(want));
			OK(shamir_combine(p, slip39[v].k, n, slip39[v].out[i].x, got));
			if (memcmp(got, want, n) != 0)
				CU_FAIL(slip39[v].why);
		}
	}
}

static const struct {
	unsigned k, n;
	const char *y[5];
} splits[] = {
	{ 2, 3, {
	    "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0",
	    "5b585d5e57545152434045464f4c494a6b686d6e67646162737075767f7c797a",
	    "fbf9fffdf3f1f7f5ebe9efede3e1e7e5dbd9dfddd3d1d7d5cbc9cfcdc3c1c7c5" } },
	{ 3, 5, {
	    "fafdf4efe6d9d0cbc2c5bcb7aea198938a8d847f7669605b52554c473e312823",
	    "2837167954ab8ae5d0cf351a7748a986c3dcfd3f126d4ca39689e8c7310e6f40",
	    "d2cbe095b6775c291a0383a6d5e43f1a59406b5370113aefdcc5be9b1322597c",
	    "61148b25ae76e947e4914ffa6a9f2d9870059ab63dd34cd477028633f90c883d",
	    "9be87dc94caa3f8b2e5df946c833bb04ea990cda5faf3a983d4ed06fdb20be01" } },
};

static void
known_coefficients_give_known_shares(void)
{
	uint8_t poly[3 * 32], want[32], got[32];

	for (unsigned i = 0; i < 32; i++) {
		poly[i] = (uint8_t)i;
		poly[32 + i] = (uint8_t)(0xa0 + i);
		poly[64 + i] = (uint8_t)(0x5a ^ 7 * i);
	}
	for (size_t s = 0; s < sizeof(splits) / sizeof(splits[0]); s++)
		for (unsigned x = 1; x <= splits[s].n; x++) {
			hex(splits[s].y[x - 1], want, sizeof(want));
			OK(shamir_eval(poly, 32, splits[s].k, (uint8_t)x, got));
			SAME(got, want, sizeof(want));
		}
}

/* FIPS 140-2 appendix A: k - 1 parts tell nothing but the length. Here by counting all cases. */
static void
one_share_of_2_of_3_says_nothing(void)
{
	static unsigned seen[3][256][256];
	uint8_t poly[2], y;

	memset(seen, 0, sizeof(seen));
	for (unsigned secret = 0; secret < 256; secret++)
		for (unsigned c = 0; c < 256; c++) {
			poly[0] = (uint8_t)secret;
			poly[1] = (uint8_t)c;
			for (unsigned x = 1; x <= 3; x++) {
				OK(shamir_eval(poly, 1, 2, (uint8_t)x, &y));
				seen[x - 1][secret][y]++;
			}
		}
	for (unsigned x = 0; x < 3; x++)
		for (unsigned secret = 0; secret < 256; secret++)
			for (unsigned v = 0; v < 256; v++)
				CU_ASSERT_EQUAL_FATAL(seen[x][secret][v], 1);
}

static void
two_shares_of_3_of_5_say_nothing(void)
{
	static const uint8_t secrets[] = { 0, 1, 0x5a, 0xff };
	static uint8_t y[5][65536], seen[65536];
	uint8_t poly[3];

	for (size_t s = 0; s < sizeof(secrets); s++) {
		poly[0] = secrets[s];
		for (unsigned c = 0; c < 65536; c++) {
			poly[1] = (uint8_t)c;
			poly[2] = (uint8_t)(c >> 8);
			for (unsigned x = 1; x <= 5; x++)
				OK(shamir_eval(poly, 1, 3, (uint8_t)x, &y[x - 1][c]));
		}
		for (unsigned a = 0; a < 5; a++)
			for (unsigned b = 0; b < a; b++) {
				memset(seen, 0, sizeof(seen));
				for (unsigned c = 0; c < 65536; c++)
					seen[y[a][c] << 8 | y[b][c]]++;
				for (unsigned v = 0; v < 65536; v++)
					CU_ASSERT_EQUAL_FATAL(seen[v], 1);
			}
	}
}

static void
all_60_orders_of_3_of_5_give_the_secret(void)
{
	uint8_t secret[32], got[32];
	struct shamir_point p[5], q[3];
	unsigned orders = 0;

	for (unsigned i = 0; i < 32; i++)
		secret[i] = (uint8_t)(i * 37 + 11);
	OK(shamir_split(secret, 32, 3, 5, p));
	for (unsigned a = 0; a < 5; a++)
		for (unsigned b = 0; b < 5; b++)
			for (unsigned c = 0; c < 5; c++) {
				if (a == b || b == c || a == c)
					continue;
				orders++;
				q[0] = p[a];
				q[1] = p[b];
				q[2] = p[c];
				OK(shamir_combine(q, 3, 32, 0, got));
				SAME(got, secret, 32);
				for (unsigned x = 1; x <= 5; x++) {
					OK(shamir_combine(q, 3, 32, (uint8_t)x, got));
					SAME(got, p[x - 1].y, 32);
				}
			}
	CU_ASSERT_EQUAL(orders, 60);
}

static void
every_k_n_and_length_comes_back(void)
{
	uint8_t secret[SHAMIR_LEN_MAX], got[SHAMIR_LEN_MAX + 1];
	struct shamir_point p[SHAMIR_N_MAX + 1];

	for (unsigned i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)(200 - i);
	for (unsigned n = 2; n <= SHAMIR_N_MAX; n++)
		for (unsigned k = 2; k <= n; k++) {
			p[n].x = 0xaa;
			OK(shamir_split(secret, 32, k, n, p));
			CU_ASSERT_EQUAL(p[n].x, 0xaa);
			OK(shamir_combine(p + n - k, k, 32, 0, got));
			SAME(got, secret, 32);
		}
	for (size_t len = 1; len <= SHAMIR_LEN_MAX; len++) {
		memset(got, 0xaa, sizeof(got));
		OK(shamir_split(secret, len, 2, 3, p));
		OK(shamir_combine(p, 2, len, 0, got));
		SAME(got, secret, len);
		CU_ASSERT_EQUAL(got[len], 0xaa);
	}
}

static void
two_splits_share_nothing(void)
{
	static const uint8_t secret[32] = { 0 };
	struct shamir_point p[2][3];

	OK(shamir_split(secret, 32, 2, 3, p[0]));
	OK(shamir_split(secret, 32, 2, 3, p[1]));
	CU_ASSERT_NOT_EQUAL(memcmp(p[0][0].y, p[1][0].y, 32), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(p[0][0].y, secret, 32), 0);
}

static unsigned
distinct(const uint8_t *v, size_t n)
{
	uint8_t seen[256] = { 0 };
	unsigned count = 0;

	for (size_t i = 0; i < n; i++) {
		count += seen[v[i]] == 0;
		seen[v[i]] = 1;
	}
	return count;
}

/* With a secret of zeros the shares tell the coefficients: 2048 bytes miss hardly one value. */
static void
every_coefficient_is_random(void)
{
	static const uint8_t secret[32] = { 0 };
	static uint8_t c[3][64 * 32];
	struct shamir_point p[5];

	for (unsigned i = 0; i < sizeof(c[0]); i++) {
		if (i % 32 == 0)
			OK(shamir_split(secret, 32, 2, 3, p));
		c[0][i] = p[0].y[i % 32];
	}
	for (unsigned i = 0; i < sizeof(c[0]); i++) {
		if (i % 32 == 0)
			OK(shamir_split(secret, 32, 3, 5, p));
		/* y1 = c1 + c2, y2 = 2 c1 + 4 c2: the sums leave 6 c2 and 6 c1. */
		c[1][i] = p[1].y[i % 32] ^ product(2, p[0].y[i % 32]);
		c[2][i] = p[1].y[i % 32] ^ product(4, p[0].y[i % 32]);
	}
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT(distinct(c[i], sizeof(c[i])) > 250);
}

static const struct {
	const char *why;
	unsigned k, n;
	size_t len;
	int r;
} bad_splits[] = {
	{ "k of 0", 0, 3, 32, ERR_ARG },
	{ "k of 1", 1, 3, 32, ERR_ARG },
	{ "k over n", 4, 3, 32, ERR_ARG },
	{ "n over the capacity", 2, SHAMIR_N_MAX + 1, 32, ERR_ARG },
	{ "no bytes", 2, 3, 0, ERR_ARG },
	{ "too many bytes", 2, 3, SHAMIR_LEN_MAX + 1, ERR_ARG },
	{ "the most of each", SHAMIR_N_MAX, SHAMIR_N_MAX, SHAMIR_LEN_MAX, 0 },
};

static void
a_split_outside_the_ranges_is_refused(void)
{
	static const uint8_t secret[SHAMIR_LEN_MAX + 1] = { 1 };
	struct shamir_point p[SHAMIR_N_MAX];

	for (size_t i = 0; i < sizeof(bad_splits) / sizeof(bad_splits[0]); i++)
		if (shamir_split(secret, bad_splits[i].len, bad_splits[i].k, bad_splits[i].n, p) !=
		    bad_splits[i].r)
			CU_FAIL(bad_splits[i].why);
	CU_ASSERT_EQUAL(shamir_eval(secret, 1, 0, 1, p[0].y), ERR_ARG);
	CU_ASSERT_EQUAL(shamir_eval(secret, 1, SHAMIR_N_MAX + 1, 1, p[0].y), ERR_ARG);
	CU_ASSERT_EQUAL(shamir_eval(secret, 0, 1, 1, p[0].y), ERR_ARG);
	CU_ASSERT_EQUAL(shamir_eval(secret, SHAMIR_LEN_MAX + 1, 1, 1, p[0].y), ERR_ARG);
}

static const struct {
	const char *why;
	uint8_t x[3];
	unsigned k;
	size_t len;
	int r;
} bad_points[] = {
	{ "nothing wrong", { 1, 2, 3 }, 3, 32, 0 },
	{ "no share", { 1, 2, 3 }, 0, 32, ERR_SHARES_FEW },
	{ "one share", { 1, 2, 3 }, 1, 32, ERR_SHARES_FEW },
	{ "x = 0 first", { 0, 2, 3 }, 3, 32, ERR_SHARE_X },
	{ "x = 0 last", { 1, 2, 0 }, 3, 32, ERR_SHARE_X },
	{ "the first twice", { 1, 1, 3 }, 3, 32, ERR_SHARE_TWICE },
	{ "the last is the first", { 1, 2, 1 }, 3, 32, ERR_SHARE_TWICE },
	{ "the last twice", { 1, 2, 2 }, 3, 32, ERR_SHARE_TWICE },
	{ "no bytes", { 1, 2, 3 }, 3, 0, ERR_ARG },
	{ "too many bytes", { 1, 2, 3 }, 3, SHAMIR_LEN_MAX + 1, ERR_ARG },
	{ "too many shares", { 1, 2, 3 }, SHAMIR_N_MAX + 1, 32, ERR_ARG },
};

static void
a_forged_or_repeated_point_is_refused_and_leaves_zeros(void)
{
	static const uint8_t zero[SHAMIR_LEN_MAX + 1];
	uint8_t out[SHAMIR_LEN_MAX + 1];
	struct shamir_point p[SHAMIR_N_MAX + 1];

	for (size_t i = 0; i < sizeof(bad_points) / sizeof(bad_points[0]); i++) {
		memset(out, 0xaa, sizeof(out));
		memset(p, 0x55, sizeof(p));
		for (unsigned j = 0; j < 3; j++)
			p[j].x = bad_points[i].x[j];
		if (shamir_combine(p, bad_points[i].k, bad_points[i].len, 0, out) != bad_points[i].r)
			CU_FAIL(bad_points[i].why);
		if (bad_points[i].r != 0)
			SAME(out, zero, bad_points[i].len);
	}
}

/* Secret, points, and the one coefficient, which they tell: s + c x. */
struct split {
	uint8_t secret[32], coefficient[32];
	struct shamir_point points[2];
};

static void
split_once(void *arg)
{
	struct split *s = arg;

	if (shamir_split(s->secret, sizeof(s->secret), 2, 2, s->points) != 0)
		return;
	for (size_t i = 0; i < sizeof(s->coefficient); i++)
		s->coefficient[i] = (uint8_t)(s->secret[i] ^ s->points[0].y[i]);
}

static void
a_split_leaves_no_coefficient_behind(void)
{
	static struct split s;

	memset(s.secret, 0x5a, sizeof(s.secret));
	CU_ASSERT_EQUAL(ownstack_keeps(split_once, &s, s.coefficient, sizeof(s.coefficient)), 0);
	CU_ASSERT_EQUAL(ownstack_keeps(split_once, &s, s.secret, sizeof(s.secret)), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(the_field_is_the_one_of_fips_197),
	SENTENCE(a_line_is_found_from_any_two_of_its_points),
	SENTENCE(the_points_of_slip_39_lie_on_their_polynomials),
	SENTENCE(known_coefficients_give_known_shares),
	SENTENCE(one_share_of_2_of_3_says_nothing),
	SENTENCE(two_shares_of_3_of_5_say_nothing),
	SENTENCE(all_60_orders_of_3_of_5_give_the_secret),
	SENTENCE(every_k_n_and_length_comes_back),
	SENTENCE(two_splits_share_nothing),
	SENTENCE(every_coefficient_is_random),
	SENTENCE(a_split_outside_the_ranges_is_refused),
	SENTENCE(a_forged_or_repeated_point_is_refused_and_leaves_zeros),
	SENTENCE(a_split_leaves_no_coefficient_behind),
};

SUITE("shamir", sentences)
