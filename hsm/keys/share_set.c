#include "hsm/keys/share.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

int
share_split(const struct mbk *mbk, const struct share_header *head, struct share *v,
    struct share_set *set)
{
	struct shamir_point points[SHAMIR_N_MAX];
	struct share_header h = *head;
	int r;

	memset(set, 0, sizeof(*set));
	h.x = 1;
	if ((r = share_header_check(&h)) != 0)
		return r;
	memset(v, 0, h.n * sizeof(*v));
	if ((r = mbk_kcv(mbk, h.kcv)) != 0 ||
	    (r = shamir_split(mbk->key, MBK_LEN, h.k, h.n, points)) != 0)
		goto out;
	for (unsigned i = 0; i < h.n; i++) {
		v[i].head = h;
		v[i].head.x = points[i].x;
		memcpy(v[i].y, points[i].y, MBK_LEN);
		if ((r = share_salt(&v[i])) != 0)
			goto out;
		memcpy(set->check[i], v[i].check, CHECK_LEN);
	}
	set->head = h;
	set->head.x = 0;
out:
	OPENSSL_cleanse(points, sizeof(points));
	if (r != 0) {
		share_wipe(v, h.n);
		memset(set, 0, sizeof(*set));
	}
	return r;
}

/* What all shares of a set have in common, beside mode, set and label. */
static int
rest_equal(const struct share_header *a, const struct share_header *b)
{
	return strcmp(a->key_name, b->key_name) == 0 && a->k == b->k && a->n == b->n &&
	    a->date == b->date && memcmp(a->kcv, b->kcv, KCV_LEN) == 0;
}

int
share_header_of_set(const struct share_header *h, const struct share_set *set)
{
	if (h->mode != set->head.mode)
		return ERR_SHARE_TEST;
	if (memcmp(h->set, set->head.set, SET_ID_LEN) != 0)
		return ERR_SHARE_SET;
	if (strcmp(h->label, set->head.label) != 0)
		return ERR_SHARE_HSM;
	if (h->x == 0 || h->x > set->head.n || h->x > SHAMIR_N_MAX)
		return ERR_SHARE_X;
	return rest_equal(h, &set->head) ? 0 : ERR_SHARE_DAMAGED;
}

int
share_of_set(const struct share *s, const struct share_set *set)
{
	int r;

	if ((r = share_header_of_set(&s->head, set)) != 0 || (r = share_check(s)) != 0)
		return r;
	return CRYPTO_memcmp(s->check, set->check[s->head.x - 1], CHECK_LEN) == 0 ? 0 :
	    ERR_SHARE_DAMAGED;
}

/* The refusals, in the order of the header; each asks share i, v[0] tells what it has to be. */
static int
twice(const struct share *v, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (v[i].head.x == v[j].head.x &&
		    memcmp(v[i].head.set, v[j].head.set, SET_ID_LEN) == 0)
			return ERR_SHARE_TWICE;
	return 0;
}

static int
other_set(const struct share *v, unsigned i)
{
	return memcmp(v[i].head.set, v[0].head.set, SET_ID_LEN) == 0 ? 0 : ERR_SHARE_SET;
}

static int
other_hsm(const struct share *v, unsigned i)
{
	return strcmp(v[i].head.label, v[0].head.label) == 0 ? 0 : ERR_SHARE_HSM;
}

static int
bad_x(const struct share *v, unsigned i)
{
	return v[i].head.x >= 1 && v[i].head.x <= v[0].head.n ? 0 : ERR_SHARE_X;
}

static int
other_mode(const struct share *v, unsigned i)
{
	return v[i].head.mode == v[0].head.mode ? 0 : ERR_SHARE_TEST;
}

static int
damaged(const struct share *v, unsigned i)
{
	int r = share_check(&v[i]);

	if (r == 0 && !rest_equal(&v[i].head, &v[0].head))
		r = ERR_SHARE_DAMAGED;
	return r;
}

static int (*const refusals[])(const struct share *, unsigned) = {
	twice, other_set, other_hsm, bad_x, other_mode, damaged,
};

static int
check_shares(const struct share *v, unsigned count, unsigned *bad)
{
	int r;

	*bad = count;
	if (count > SHAMIR_N_MAX)
		return ERR_ARG;
	if (count < 2 || count < v[0].head.k)
		return ERR_SHARES_FEW;
	for (size_t row = 0; row < sizeof(refusals) / sizeof(refusals[0]); row++)
		for (unsigned i = 0; i < count; i++)
			if ((r = refusals[row](v, i)) != 0) {
				*bad = i;
				return r;
			}
	return 0;
}

static void
to_points(const struct share *v, unsigned count, struct shamir_point *points)
{
	for (unsigned i = 0; i < count; i++) {
		points[i].x = v[i].head.x;
		memcpy(points[i].y, v[i].y, MBK_LEN);
	}
}

int
share_combine(const struct share *v, unsigned count, struct mbk *mbk, unsigned *bad)
{
	struct shamir_point points[SHAMIR_N_MAX];
	uint8_t kcv[KCV_LEN];
	int r;

	if ((r = check_shares(v, count, bad)) != 0)
		goto out;
	to_points(v, count, points);
	if ((r = shamir_combine(points, count, MBK_LEN, 0, mbk->key)) != 0 ||
	    (r = mbk_kcv(mbk, kcv)) != 0)
		goto out;
	if (CRYPTO_memcmp(kcv, v[0].head.kcv, KCV_LEN) != 0)
		r = ERR_SHARE_KCV;
out:
	OPENSSL_cleanse(points, sizeof(points));
	if (r != 0)
		mbk_wipe(mbk);
	return r;
}

int
share_rebuild(const struct share *v, unsigned count, uint8_t x, struct share *out,
    struct share_set *set, unsigned *bad)
{
	struct shamir_point points[SHAMIR_N_MAX];
	struct mbk mbk;
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = share_combine(v, count, &mbk, bad)) != 0)
		goto out;
	for (unsigned i = 0; i < count; i++)
		if ((r = share_of_set(&v[i], set)) != 0) {
			*bad = i;
			goto out;
		}
	if (x < 1 || x > set->head.n) {
		r = ERR_SHARE_X;
		goto out;
	}
	to_points(v, count, points);
	out->head = v[0].head;
	out->head.x = x;
	if ((r = shamir_combine(points, count, MBK_LEN, x, out->y)) != 0 ||
	    (r = share_salt(out)) != 0)
		goto out;
	memcpy(set->check[x - 1], out->check, CHECK_LEN);
out:
	OPENSSL_cleanse(points, sizeof(points));
	mbk_wipe(&mbk);
	if (r != 0)
		share_wipe(out, 1);
	return r;
}
