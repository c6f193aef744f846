#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

/*
 * What is sealed: the number of terms in a byte, what stands for each in the index, so that they
 * are found there again when the object goes, and the record.
 */
enum {
	TERMS_AT = 1,
	TEXT_MAX = TERMS_AT + OBJECT_TERMS_MAX * TERM_LEN + OBJECT_MAX,
	SEALED_MAX = NONCE_LEN + TEXT_MAX,
	NEXT_BITS = 62,
};

/* An object in memory: where it lies, and its text in clear, which is wiped. */
struct thing {
	unsigned slot, domain;		/* PUBLIC, PRIVATE */
	struct entry entry;
	size_t n;			/* of text */
	uint8_t text[TEXT_MAX];
};

/* The domain, open. */
static int
domain_of(struct store *s, unsigned slot, unsigned domain, struct domain **out)
{
	struct slot *t;
	int r;

	*out = NULL;
	if ((t = slot_of(s, slot, &r)) == NULL)
		return r;
	if (t->damaged)
		return ERR_MAC;
	*out = &t->domain[domain];
	return (*out)->keys != NULL ? 0 : ERR_NOT_NOW;
}

static size_t
terms_of(const struct thing *t)
{
	return t->text[0];
}

static const uint8_t (*
hashes_of(const struct thing *t))[TERM_LEN]
{
	return (const uint8_t (*)[TERM_LEN])(t->text + TERMS_AT);
}

static size_t
record_at(const struct thing *t)
{
	return TERMS_AT + terms_of(t) * TERM_LEN;
}

/* The same term twice is one row of the index. */
static int
put_terms(const struct domain *d, const struct object_term *terms, size_t n, struct thing *t)
{
	uint8_t hash[TERM_LEN];
	size_t have = 0, i;
	int r;

	for (size_t j = 0; j < n; j++) {
		if ((r = domain_term(d->keys, &terms[j], hash)) != 0)
			return r;
		for (i = 0; i < have; i++)
			if (memcmp(t->text + TERMS_AT + i * TERM_LEN, hash, TERM_LEN) == 0)
				break;
		if (i == have)
			memcpy(t->text + TERMS_AT + have++ * TERM_LEN, hash, TERM_LEN);
	}
	t->text[0] = (uint8_t)have;
	return 0;
}

/* What was in the file is not what we wrote. */
static int
harm(struct store *s, unsigned slot, int r)
{
	return r == ERR_MAC || r == ERR_FORMAT || r == ERR_SIZE ? slot_harmed(s, slot) : r;
}

/* Rows. --------------------------------------------------------------------- */

static int
index_term(struct store *s, enum statement which, const struct thing *t, const uint8_t *hash)
{
	struct query q;

	query_init(&q, &s->sql, which);
	query_int(&q, t->slot);
	query_int(&q, t->domain + 1);
	query_blob(&q, hash, TERM_LEN);
	query_int(&q, t->entry.id);
	return query_run(&q);
}

/* Seals it and puts it down; with is_new its row of object too. Within a transaction. */
static int
put(struct store *s, struct thing *t, int is_new)
{
	struct domain *d = &s->now.slot[t->slot].domain[t->domain];
	struct domain_of of = slot_domain(s, t->slot, t->domain);
	uint8_t sealed[SEALED_MAX];
	struct query q;
	int r;

	/* The writing of the manifest that will tell of it; no two of one object are the same. */
	t->entry.revision = d->counter + 1;
	if ((r = domain_seal(d->keys, &of, &t->entry, t->text, t->n, sealed)) != 0)
		return r;
	query_init(&q, &s->sql, is_new ? SQL_OBJECT_ADD : SQL_OBJECT_SET);
	if (is_new) {
		query_int(&q, t->entry.id);
		query_int(&q, t->slot);
	}
	query_blob(&q, sealed, NONCE_LEN + t->n);
	if (!is_new)
		query_int(&q, t->entry.id);
	if ((r = query_run(&q)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_ENTRY_ADD);
	query_int(&q, t->slot);
	query_int(&q, t->domain + 1);
	query_int(&q, t->entry.id);
	query_int(&q, t->entry.revision);
	query_blob(&q, t->entry.tag, TAG_LEN);
	r = query_run(&q);
	for (size_t i = 0; i < terms_of(t) && r == 0; i++)
		r = index_term(s, SQL_TERM_ADD, t, hashes_of(t)[i]);
	if (r == 0)
		r = domain_sum(d, &t->entry, hashes_of(t), terms_of(t));
	d->m.count++;
	d->m.bytes += NONCE_LEN + t->n;
	d->dirty = 1;
	return r;
}

/* Takes it out of entries and terms; its row of object is the caller's. */
static int
take(struct store *s, struct thing *t)
{
	struct domain *d = &s->now.slot[t->slot].domain[t->domain];
	struct query q;
	int r;

	query_init(&q, &s->sql, SQL_ENTRY_DROP);
	query_int(&q, t->slot);
	query_int(&q, t->domain + 1);
	query_int(&q, t->entry.id);
	r = query_run(&q);
	for (size_t i = 0; i < terms_of(t) && r == 0; i++) {
		r = index_term(s, SQL_TERM_DROP, t, hashes_of(t)[i]);
		if (r == 0 && sql_changes(&s->sql) != 1)
			r = slot_harmed(s, t->slot);
	}
	if (r == 0)
		r = domain_sum(d, &t->entry, hashes_of(t), terms_of(t));
	d->m.count--;
	d->m.bytes -= NONCE_LEN + t->n;
	d->dirty = 1;
	return r;
}

static int
get_entry(struct store *s, struct thing *t)
{
	struct query q;
	int r, found;

	query_init(&q, &s->sql, SQL_ENTRY_GET);
	query_int(&q, t->slot);
	query_int(&q, t->domain + 1);
	query_int(&q, t->entry.id);
	if ((found = query_row(&q)) == 1) {
		t->entry.revision = query_get_int(&q);
		query_get_blob(&q, t->entry.tag, TAG_LEN);
	}
	if ((r = query_end(&q)) != 0)
		return r;
	return found == 1 ? 0 : ERR_NOT_FOUND;
}

/* Whether it is an object of that slot, and of which domain. */
static int
find_entry(struct store *s, struct thing *t, unsigned slot)
{
	int r = ERR_NOT_FOUND;

	t->slot = slot;
	for (t->domain = 0; t->domain < DOMAINS; t->domain++)
		if ((r = get_entry(s, t)) != ERR_NOT_FOUND)
			break;
	return r == ERR_NOT_FOUND ? r : harm(s, slot, r);
}

/*
 * In any slot. The row of object says which, but only entries are summed up: it does not count
 * where it is wrong.
 */
static int
find_anywhere(struct store *s, struct thing *t)
{
	uint64_t slot = SLOTS;
	struct query q;
	int r;

	query_init(&q, &s->sql, SQL_OBJECT_SLOT);
	query_int(&q, t->entry.id);
	if (query_row(&q) == 1)
		slot = query_get_int(&q);
	if ((r = query_end(&q)) != 0)
		return r;
	r = slot < SLOTS ? find_entry(s, t, (unsigned)slot) : ERR_NOT_FOUND;
	for (unsigned i = 0; i < SLOTS && r == ERR_NOT_FOUND; i++)
		r = find_entry(s, t, i);
	return r;
}

/*
 * Reads t->entry.id of a slot, or of any (SLOTS). ERR_NOT_NOW when it is private and the slot is
 * closed.
 */
static int
get(struct store *s, struct thing *t, unsigned slot)
{
	uint8_t sealed[SEALED_MAX];
	struct domain_of of;
	struct domain *d;
	struct query q;
	size_t n = 0;
	int r, found;

	if (t->entry.id > INT64_MAX)
		return ERR_NOT_FOUND;
	r = slot < SLOTS ? find_entry(s, t, slot) : find_anywhere(s, t);
	if (r != 0 || (r = domain_of(s, t->slot, t->domain, &d)) != 0)
		return r;
	query_init(&q, &s->sql, SQL_OBJECT_GET);
	query_int(&q, t->entry.id);
	if ((found = query_row(&q)) == 1)
		n = query_get_bytes(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0 || found == 0)
		return harm(s, t->slot, r != 0 ? r : ERR_MAC);
	of = slot_domain(s, t->slot, t->domain);
	if ((r = domain_open(d->keys, &of, &t->entry, sealed, n, t->text)) != 0)
		return harm(s, t->slot, r);
	t->n = n - NONCE_LEN;
	return terms_of(t) <= OBJECT_TERMS_MAX && t->n > record_at(t) ? 0 :
	    harm(s, t->slot, ERR_MAC);
}

/* Calls. -------------------------------------------------------------------- */

int
objects_begin(struct store *s)
{
	return tx_begin(s);
}

int
objects_end(struct store *s, int r)
{
	return tx_end(s, r);
}

static int
check_args(enum object_domain domain, size_t n, size_t terms)
{
	if (domain != OBJECT_PUBLIC && domain != OBJECT_PRIVATE)
		return ERR_ARG;
	if (n > OBJECT_MAX)
		return ERR_SIZE;
	return n == 0 || terms > OBJECT_TERMS_MAX ? ERR_ARG : 0;
}

static void
put_record(struct thing *t, const uint8_t *record, size_t n)
{
	memcpy(t->text + record_at(t), record, n);
	t->n = record_at(t) + n;
}

/* Bytes of object.sealed, where no term is given twice. */
static size_t
stored(size_t n, size_t terms)
{
	return NONCE_LEN + TERMS_AT + terms * TERM_LEN + n;
}

/* Of both domains, the private one of a closed slot too: its rows have been counted. */
static uint64_t
count(const struct store *s, unsigned slot)
{
	const struct slot *t = &s->now.slot[slot];

	return t->domain[PUBLIC].m.count + t->domain[PRIVATE].m.count;
}

/* Whether an object of n bytes may come in place of one that has `had` of them there. */
static int
has_room(const struct domain *d, size_t n, size_t had)
{
	return n <= had || d->m.bytes + (n - had) <= OBJECTS_BYTES;
}

int
object_add(struct store *s, unsigned slot, enum object_domain domain, const uint8_t *record,
    size_t n, const struct object_term *terms, size_t terms_n, uint64_t *id)
{
	struct thing t;
	struct domain *d;
	int r, own;

	t.n = 0;
	if ((r = check_args(domain, n, terms_n)) != 0 ||
	    (r = domain_of(s, slot, domain - 1u, &d)) != 0)
		return r;
	if (s->now.next >= UINT64_C(1) << NEXT_BITS)
		return ERR_FULL;
	t.slot = slot;
	t.domain = domain - 1u;
	if (count(s, slot) >= OBJECTS_COUNT || !has_room(d, stored(n, terms_n), 0))
		return ERR_FULL;
	if ((r = tx_join(s, &own)) != 0 || (r = put_terms(d, terms, terms_n, &t)) != 0)
		goto out;
	put_record(&t, record, n);
	t.entry.id = *id = s->now.next++;
	r = put(s, &t, 1);
out:
	OPENSSL_cleanse(t.text, t.n);
	return tx_leave(s, own, r);
}

int
object_replace(struct store *s, uint64_t id, enum object_domain domain, const uint8_t *record,
    size_t n, const struct object_term *terms, size_t terms_n)
{
	struct thing t;
	struct domain *d;
	size_t old_n;
	int r, own;

	t.n = old_n = 0;
	t.entry.id = id;
	if ((r = check_args(domain, n, terms_n)) != 0)
		return r;
	if ((r = get(s, &t, SLOTS)) != 0)
		goto wipe;
	old_n = t.n;
	if ((r = domain_of(s, t.slot, domain - 1u, &d)) != 0)
		goto wipe;
	if (!has_room(d, stored(n, terms_n),
	    t.domain == domain - 1u ? NONCE_LEN + t.n : 0)) {
		r = ERR_FULL;
		goto wipe;
	}
	if ((r = tx_join(s, &own)) != 0 || (r = take(s, &t)) != 0)
		goto out;
	t.domain = domain - 1u;
	if ((r = put_terms(d, terms, terms_n, &t)) != 0)
		goto out;
	put_record(&t, record, n);
	r = put(s, &t, 0);
out:
	r = tx_leave(s, own, r);
wipe:
	OPENSSL_cleanse(t.text, t.n > old_n ? t.n : old_n);
	return r;
}

int
object_delete(struct store *s, uint64_t id)
{
	struct thing t;
	int r, own;

	t.n = 0;
	t.entry.id = id;
	if ((r = get(s, &t, SLOTS)) != 0)
		return r;
	if ((r = tx_join(s, &own)) == 0 && (r = take(s, &t)) == 0)
		r = sql_set_int(&s->sql, SQL_OBJECT_DROP, id);
	OPENSSL_cleanse(t.text, t.n);
	return tx_leave(s, own, r);
}

int
object_read(struct store *s, unsigned slot, uint64_t id, enum object_domain *domain,
    uint8_t *record, size_t *n)
{
	struct thing t;
	size_t cap = *n, have;
	int r;

	*n = 0;
	t.n = 0;
	t.entry.id = id;
	if (slot_of(s, slot, &r) == NULL)
		return r;
	if (s->now.slot[slot].damaged)
		return ERR_MAC;
	if ((r = get(s, &t, slot)) == 0) {
		have = t.n - record_at(&t);
		*domain = t.domain == PUBLIC ? OBJECT_PUBLIC : OBJECT_PRIVATE;
		*n = have;
		if (have > cap)
			r = ERR_SIZE;
		else
			memcpy(record, t.text + record_at(&t), have);
	}
	OPENSSL_cleanse(t.text, t.n);
	return r;
}
