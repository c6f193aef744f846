#include "hsm/keys/share.h"

#include <stddef.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/keys/secmem.h"
#include "tests/unit/ownstack.h"
#include "tests/unit/suite.h"

static const struct share_header head_2of3 = {
	.mode = SHARE_TEST, .set = { 0xca, 0xfe, 1, 2, 3, 4, 5, 6 }, .label = "cardinal-0001",
	.key_name = "MBK", .k = 2, .n = 3, .date = 1760000000,
};

/* A set of 2 of 3 and its key. */
static void
make_set(struct mbk *mbk, struct share *v, struct share_set *set)
{
	for (unsigned i = 0; i < MBK_LEN; i++)
		mbk->key[i] = (uint8_t)i;
	OK(share_split(mbk, &head_2of3, v, set));
}

static void
the_check_value_is_the_one_of_x9_24(void)
{
	struct mbk mbk;
	uint8_t kcv[KCV_LEN];

	for (unsigned i = 0; i < MBK_LEN; i++)
		mbk.key[i] = (uint8_t)i;
	OK(mbk_kcv(&mbk, kcv));
	SAME(kcv, "\x37\x78\x22\xc0\x93", KCV_LEN);
}

static void
two_new_keys_differ_and_a_wiped_one_is_zero(void)
{
	static const struct mbk zero;
	struct mbk a, b;

	OK(mbk_make(&a));
	OK(mbk_make(&b));
	CU_ASSERT_NOT_EQUAL(memcmp(&a, &b, sizeof(a)), 0);
	mbk_wipe(&a);
	SAME(&a, &zero, sizeof(a));
}

static void
secret_memory_comes_zeroed_and_goes_wiped(void)
{
	uint8_t *p;

	CU_ASSERT_PTR_NULL(secmem_alloc(32));
	OK(secmem_init());
	OK(secmem_init());
	p = secmem_alloc(100);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(p[i], 0);
	memset(p, 0xaa, 100);
	secmem_free(&p, 100);
	CU_ASSERT_PTR_NULL(p);
	secmem_free(&p, 100);
	CU_ASSERT_PTR_NULL(secmem_alloc(2 * SECMEM_SIZE));
}

static void
any_k_shares_give_the_key_and_more_do_too(void)
{
	struct share v[3], w[3];
	struct share_set set;
	struct mbk mbk, got;
	unsigned bad;

	make_set(&mbk, v, &set);
	CU_ASSERT_EQUAL(set.head.x, 0);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(v[i].head.x, i + 1);
		OK(share_check(&v[i]));
		OK(share_of_set(&v[i], &set));
		OK(share_header_of_set(&v[i].head, &set));
	}
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++) {
			if (i == j)
				continue;
			w[0] = v[i];
			w[1] = v[j];
			w[2] = v[3 - i - j];
			OK(share_combine(w, 2, &got, &bad));
			SAME(&got, &mbk, sizeof(mbk));
			OK(share_combine(w, 3, &got, &bad));
			SAME(&got, &mbk, sizeof(mbk));
		}
}

static void
a_split_needs_a_head_that_a_card_can_hold(void)
{
	struct share v[3];
	struct share_set set;
	struct share_header h = head_2of3;
	struct mbk mbk = { { 0 } };

	h.k = 1;
	CU_ASSERT_EQUAL(share_split(&mbk, &h, v, &set), ERR_ARG);
	h = head_2of3;
	h.mode = 0;
	CU_ASSERT_EQUAL(share_split(&mbk, &h, v, &set), ERR_ARG);
	h = head_2of3;
	h.label[0] = '\0';
	CU_ASSERT_EQUAL(share_split(&mbk, &h, v, &set), ERR_ARG);
}

/*
 * What is done to the two shares (x = 1 and 2) before they are combined: the second may become a
 * copy of the first, bytes are flipped, a forger may make the second's check value right again.
 */
#define AT(i, field) ((i) * sizeof(struct share) + offsetof(struct share, field))
enum { COPY = 1, FORGE = 2 };

struct harm {
	unsigned what;
	struct {
		size_t at;
		uint8_t flip;
	} flips[2];
};

static void
harm(struct share *v, const struct harm *h)
{
	if (h->what & COPY)
		v[1] = v[0];
	for (unsigned i = 0; i < 2; i++)
		((uint8_t *)v)[h->flips[i].at] ^= h->flips[i].flip;
	if (h->what & FORGE)
		OK(share_salt(&v[1]));
}

static const struct {
	const char *why;
	struct harm harm;
	int r;
	unsigned bad;	/* index, 2 for none */
} bad_sets[] = {
	{ "the same card twice", { COPY, { { 0 } } }, ERR_SHARE_TWICE, 1 },
	{ "another set", { 0, { { AT(1, head.set), 1 } } }, ERR_SHARE_SET, 1 },
	{ "another set's card of the same number", { COPY, { { AT(1, head.set[7]), 1 } } },
	    ERR_SHARE_SET, 1 },
	{ "another HSM", { 0, { { AT(1, head.label), 1 } } }, ERR_SHARE_HSM, 1 },
	{ "x = 0", { 0, { { AT(1, head.x), 2 } } }, ERR_SHARE_X, 1 },
	{ "x over n", { 0, { { AT(1, head.x), 2 ^ 4 } } }, ERR_SHARE_X, 1 },
	{ "TEST with LIVE", { 0, { { AT(1, head.mode), 3 } } }, ERR_SHARE_TEST, 1 },
	{ "another key's name", { 0, { { AT(1, head.key_name), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "another date", { 0, { { AT(1, head.date), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "the first share damaged", { 0, { { AT(0, y[0]), 1 } } }, ERR_SHARE_DAMAGED, 0 },
	{ "the second damaged in its last bit", { 0, { { AT(1, y[MBK_LEN - 1]), 0x80 } } },
	    ERR_SHARE_DAMAGED, 1 },
	{ "a damaged salt", { 0, { { AT(1, salt), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "a damaged check value", { 0, { { AT(1, check[CHECK_LEN - 1]), 1 } } },
	    ERR_SHARE_DAMAGED, 1 },
	{ "too few for the first", { 0, { { AT(0, head.k), 1 } } }, ERR_SHARES_FEW, 2 },
	{ "a forged key's name", { FORGE, { { AT(1, head.key_name), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "a forged date", { FORGE, { { AT(1, head.date), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "a forged k", { FORGE, { { AT(1, head.k), 1 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "a forged n", { FORGE, { { AT(1, head.n), 4 } } }, ERR_SHARE_DAMAGED, 1 },
	{ "a forged check value of the key", { FORGE, { { AT(1, head.kcv[4]), 1 } } },
	    ERR_SHARE_DAMAGED, 1 },
	{ "a forged share", { FORGE, { { AT(1, y[0]), 1 } } }, ERR_SHARE_KCV, 2 },
	{ "a forged number", { FORGE, { { AT(1, head.x), 1 } } }, ERR_SHARE_KCV, 2 },
	{ "set before label", { 0, { { AT(1, head.set), 1 }, { AT(1, head.label), 1 } } },
	    ERR_SHARE_SET, 1 },
	{ "label before x", { 0, { { AT(1, head.label), 1 }, { AT(1, head.x), 2 } } },
	    ERR_SHARE_HSM, 1 },
	{ "x before mode", { 0, { { AT(1, head.x), 2 }, { AT(1, head.mode), 3 } } },
	    ERR_SHARE_X, 1 },
	{ "mode before damaged", { 0, { { AT(1, head.mode), 3 }, { AT(0, y), 1 } } },
	    ERR_SHARE_TEST, 1 },
	{ "twice before damaged", { COPY, { { AT(1, y), 1 } } }, ERR_SHARE_TWICE, 1 },
};

static void
shares_that_do_not_belong_together_give_no_key(void)
{
	static const struct mbk zero;
	struct share v[3], out;
	struct share_set set;
	struct mbk mbk, got;
	unsigned bad;
	int r;

	for (size_t i = 0; i < sizeof(bad_sets) / sizeof(bad_sets[0]); i++) {
		make_set(&mbk, v, &set);
		harm(v, &bad_sets[i].harm);
		memset(&got, 0xaa, sizeof(got));
		bad = 99;
		r = share_combine(v, 2, &got, &bad);
		if (r != bad_sets[i].r || bad != bad_sets[i].bad)
			CU_FAIL(bad_sets[i].why);
		SAME(&got, &zero, sizeof(zero));
		r = share_rebuild(v, 2, 3, &out, &set, &bad);
		if (r != bad_sets[i].r || bad != bad_sets[i].bad)
			CU_FAIL(bad_sets[i].why);
	}
	make_set(&mbk, v, &set);
	CU_ASSERT_EQUAL(share_combine(v, 0, &got, &bad), ERR_SHARES_FEW);
	CU_ASSERT_EQUAL(share_combine(v, 1, &got, &bad), ERR_SHARES_FEW);
	CU_ASSERT_EQUAL(share_combine(v, SHAMIR_N_MAX + 1, &got, &bad), ERR_ARG);
}

/* One bit of a record is flipped: read, it is refused, by the decoder or by what follows it. */
static void
one_flipped_bit_anywhere_is_found(void)
{
	uint8_t p[SHARE_RECORD_LEN];
	struct share v[3], w[2];
	struct share_set set;
	struct mbk mbk, got;
	unsigned bad;

	make_set(&mbk, v, &set);
	w[0] = v[0];
	for (unsigned bit = 0; bit < 8 * SHARE_RECORD_LEN; bit++) {
		OK(share_encode(&v[1], p));
		p[bit / 8] = (uint8_t)(p[bit / 8] ^ 1u << bit % 8);
		if (share_decode(p, sizeof(p), &w[1]) != 0)
			continue;
		CU_ASSERT_EQUAL(share_check(&w[1]), ERR_SHARE_DAMAGED);
		CU_ASSERT_NOT_EQUAL(share_of_set(&w[1], &set), 0);
		CU_ASSERT_NOT_EQUAL(share_combine(w, 2, &got, &bad), 0);
	}
}

static const struct {
	const char *why;
	struct harm harm;
	int header, whole;
} strangers[] = {
	{ "TEST with LIVE", { 0, { { AT(1, head.mode), 3 } } }, ERR_SHARE_TEST, ERR_SHARE_TEST },
	{ "another set", { 0, { { AT(1, head.set), 1 } } }, ERR_SHARE_SET, ERR_SHARE_SET },
	{ "another HSM", { 0, { { AT(1, head.label), 1 } } }, ERR_SHARE_HSM, ERR_SHARE_HSM },
	{ "x = 0", { 0, { { AT(1, head.x), 2 } } }, ERR_SHARE_X, ERR_SHARE_X },
	{ "x over n", { 0, { { AT(1, head.x), 2 ^ 4 } } }, ERR_SHARE_X, ERR_SHARE_X },
	{ "another key's name", { FORGE, { { AT(1, head.key_name), 1 } } },
	    ERR_SHARE_DAMAGED, ERR_SHARE_DAMAGED },
	{ "another date", { FORGE, { { AT(1, head.date), 1 } } },
	    ERR_SHARE_DAMAGED, ERR_SHARE_DAMAGED },
	{ "another k", { FORGE, { { AT(1, head.k), 1 } } }, ERR_SHARE_DAMAGED, ERR_SHARE_DAMAGED },
	{ "another n", { FORGE, { { AT(1, head.n), 4 } } }, ERR_SHARE_DAMAGED, ERR_SHARE_DAMAGED },
	{ "another check value of the key", { FORGE, { { AT(1, head.kcv[4]), 1 } } },
	    ERR_SHARE_DAMAGED, ERR_SHARE_DAMAGED },
	{ "a damaged share", { 0, { { AT(1, y), 1 } } }, 0, ERR_SHARE_DAMAGED },
	{ "a forged share", { FORGE, { { AT(1, y), 1 } } }, 0, ERR_SHARE_DAMAGED },
	{ "a forged number", { FORGE, { { AT(1, head.x), 1 } } }, 0, ERR_SHARE_DAMAGED },
	{ "mode before set", { 0, { { AT(1, head.mode), 3 }, { AT(1, head.set), 1 } } },
	    ERR_SHARE_TEST, ERR_SHARE_TEST },
	{ "set before label", { 0, { { AT(1, head.set), 1 }, { AT(1, head.label), 1 } } },
	    ERR_SHARE_SET, ERR_SHARE_SET },
	{ "label before x", { 0, { { AT(1, head.label), 1 }, { AT(1, head.x), 2 } } },
	    ERR_SHARE_HSM, ERR_SHARE_HSM },
	{ "x before the rest", { 0, { { AT(1, head.x), 2 }, { AT(1, head.date), 1 } } },
	    ERR_SHARE_X, ERR_SHARE_X },
};

static void
one_card_alone_is_told_from_a_strangers(void)
{
	struct share v[3];
	struct share_set set;
	struct mbk mbk;

	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		make_set(&mbk, v, &set);
		harm(v, &strangers[i].harm);
		if (share_header_of_set(&v[1].head, &set) != strangers[i].header ||
		    share_of_set(&v[1], &set) != strangers[i].whole)
			CU_FAIL(strangers[i].why);
	}
}

static void
a_share_made_again_serves_in_its_place(void)
{
	struct share v[3], w[2], old;
	struct share_set set, before;
	struct mbk mbk, got;
	unsigned bad;

	make_set(&mbk, v, &set);
	old = v[2];
	before = set;
	CU_ASSERT_EQUAL(share_rebuild(v, 2, 0, &w[1], &set, &bad), ERR_SHARE_X);
	CU_ASSERT_EQUAL(share_rebuild(v, 2, 4, &w[1], &set, &bad), ERR_SHARE_X);
	SAME(&before, &set, sizeof(set));
	OK(share_rebuild(v, 2, 3, &w[1], &set, &bad));
	CU_ASSERT_EQUAL(w[1].head.x, 3);
	SAME(w[1].y, old.y, MBK_LEN);
	CU_ASSERT_NOT_EQUAL(memcmp(w[1].salt, old.salt, SALT_LEN), 0);
	OK(share_of_set(&w[1], &set));
	CU_ASSERT_EQUAL(share_of_set(&old, &set), ERR_SHARE_DAMAGED);
	SAME(before.check, set.check, 2 * CHECK_LEN);
	w[0] = v[1];
	OK(share_combine(w, 2, &got, &bad));
	SAME(&got, &mbk, sizeof(mbk));
}

static void
a_share_is_not_made_again_for_another_set(void)
{
	static const struct share zero;
	struct share v[3], other[3], out;
	struct share_set set, stranger, before;
	struct mbk mbk;
	unsigned bad;

	make_set(&mbk, v, &set);
	make_set(&mbk, other, &stranger);
	before = stranger;
	CU_ASSERT_EQUAL(share_rebuild(v, 2, 3, &out, &stranger, &bad), ERR_SHARE_DAMAGED);
	CU_ASSERT_EQUAL(bad, 0);
	SAME(&out, &zero, sizeof(zero));
	SAME(&before, &stranger, sizeof(before));
}

struct made {
	struct mbk mbk;
	struct share_header head;
	struct share share[3];
	struct share_set set;
	int r;
};

static void
split_key(void *arg)
{
	struct made *m = arg;

	m->r = share_split(&m->mbk, &m->head, m->share, &m->set);
}

static void
a_split_leaves_no_share_behind(void)
{
	static struct made m = {
		.head = { .mode = SHARE_LIVE, .label = "a", .key_name = "b", .k = 2, .n = 3 },
	};

	OK(mbk_make(&m.mbk));
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(ownstack_keeps(split_key, &m, m.share[i].y, MBK_LEN), 0);
	OK(m.r);
	CU_ASSERT_EQUAL(ownstack_keeps(split_key, &m, m.mbk.key, MBK_LEN), 0);
}

static const struct sentence sentences[] = {
	SENTENCE(the_check_value_is_the_one_of_x9_24),
	SENTENCE(two_new_keys_differ_and_a_wiped_one_is_zero),
	SENTENCE(secret_memory_comes_zeroed_and_goes_wiped),
	SENTENCE(any_k_shares_give_the_key_and_more_do_too),
	SENTENCE(a_split_needs_a_head_that_a_card_can_hold),
	SENTENCE(shares_that_do_not_belong_together_give_no_key),
	SENTENCE(one_flipped_bit_anywhere_is_found),
	SENTENCE(one_card_alone_is_told_from_a_strangers),
	SENTENCE(a_share_made_again_serves_in_its_place),
	SENTENCE(a_share_is_not_made_again_for_another_set),
	SENTENCE(a_split_leaves_no_share_behind),
};

SUITE("share", sentences)
