#include "hsm/vault/store_parts.h"

#include <string.h>

#include "card-os/iso7816/err.h"

/* A search in one domain: what stands for its terms there. */
struct search {
	unsigned domain;	/* enum object_domain; 0: not wanted */
	uint8_t hash[OBJECT_TERMS_MAX][TERM_LEN];
	uint64_t at;		/* the next that fits; 0: none */
};

static int
begin(const struct slot *t, unsigned domain, const struct object_term *terms, size_t n,
    struct search *f)
{
	const struct domain *d = &t->domain[domain];
	int r;

	f->domain = domain + 1;
	if (d->keys == NULL)
		return ERR_NOT_NOW;
	for (size_t i = 0; i < n; i++)
		if ((r = domain_term(d->keys, &terms[i], f->hash[i])) != 0)
			return r;
	return 0;
}

/* The first over `after` of those that have one term. */
static int
seek(struct store *s, unsigned slot, const struct search *f, size_t term, uint64_t after,
    uint64_t *id)
{
	struct query q;

	*id = 0;
	query_init(&q, &s->sql, SQL_TERM_SEEK);
	query_int(&q, slot);
	query_int(&q, f->domain);
	query_blob(&q, f->hash[term], TERM_LEN);
	query_int(&q, after);
	if (query_row(&q) == 1)
		*id = query_get_int(&q);
	return query_end(&q);
}

/*
 * The first over `after` that has all terms: each term in turn leaps to where the others are, so
 * that the rarest sets the pace.
 */
static int
leap(struct store *s, unsigned slot, struct search *f, size_t n, uint64_t after)
{
	uint64_t candidate = after + 1, id;
	size_t agree = 0;
	int r;

	f->at = 0;
	if (f->domain == 0)
		return 0;
	for (size_t i = 0; agree < n; i = (i + 1) % n) {
		if ((r = seek(s, slot, f, i, candidate - 1, &id)) != 0 || id == 0)
			return r;
		agree = id == candidate && agree > 0 ? agree + 1 : 1;
		candidate = id;
	}
	f->at = candidate;
	return 0;
}

/* Both domains, in one order. */
static int
find_all_terms(struct store *s, unsigned slot, struct search f[DOMAINS], size_t n,
    uint64_t after, uint64_t *ids, size_t max, size_t *found)
{
	struct search *first;
	int r;

	for (unsigned d = 0; d < DOMAINS; d++)
		if ((r = leap(s, slot, &f[d], n, after)) != 0)
			return r;
	while (*found < max) {
		first = f[PRIVATE].at == 0 ||
		    (f[PUBLIC].at != 0 && f[PUBLIC].at < f[PRIVATE].at) ? &f[PUBLIC] : &f[PRIVATE];
		if (first->at == 0)
			break;
		ids[(*found)++] = first->at;
		if (*found < max && (r = leap(s, slot, first, n, first->at)) != 0)
			return r;
	}
	return 0;
}

/* With one term or none the order of the table is that of the answer. */
static int
find_in_order(struct store *s, unsigned slot, const struct search f[DOMAINS], size_t n,
    uint64_t after, uint64_t *ids, size_t max, size_t *found)
{
	struct query q;

	query_init(&q, &s->sql, n == 0 ? SQL_ENTRIES_FIND : SQL_TERMS_FIND);
	for (unsigned d = 0; d < DOMAINS; d++) {
		query_int(&q, slot);
		query_int(&q, f[d].domain);
		if (n != 0)
			query_blob(&q, f[d].hash[0], TERM_LEN);
		query_int(&q, after);
	}
	query_int(&q, max);
	while (*found < max && query_row(&q) == 1)
		ids[(*found)++] = query_get_int(&q);
	return query_end(&q);
}

int
object_find(struct store *s, unsigned slot, unsigned domains, const struct object_term *terms,
    size_t n, uint64_t after, uint64_t *ids, size_t max, size_t *found)
{
	struct search f[DOMAINS] = { 0 };
	const struct slot *t;
	int r;

	*found = 0;
	if ((t = slot_of(s, slot, &r)) == NULL)
		return r;
	if (t->damaged)
		return ERR_MAC;
	if (n > OBJECT_TERMS_MAX || (domains & ~(unsigned)(OBJECT_PUBLIC | OBJECT_PRIVATE)) != 0)
		return ERR_ARG;
	for (unsigned d = 0; d < DOMAINS; d++)
		if ((domains & 1u << d) != 0 &&
		    (r = begin(t, d, terms, n, &f[d])) != 0)
			return r;
	if (max == 0 || after >= INT64_MAX)
		return 0;
	r = n < 2 ? find_in_order(s, slot, f, n, after, ids, max, found) :
	    find_all_terms(s, slot, f, n, after, ids, max, found);
	if (r != 0)
		*found = 0;
	return r;
}
