#include "hsm/vault/store_parts.h"

#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

enum {
	ROW_SEALED = SLOT_RECORD_MAX + SEAL_OVERHEAD,
	HEAD_SEALED = HEAD_LEN + SEAL_OVERHEAD,
	NEXT_MAX = 62,		/* objects are numbered up to 2^62 */
};

static const char head_bind[] = "cardinal head";

/* Which slot's record, and which of its writings. */
static void
put_bind(unsigned slot, uint64_t writing, uint8_t bind[9])
{
	struct wr wr;

	wr_init(&wr, bind, 9);
	wr_u8(&wr, (uint8_t)slot);
	wr_u64(&wr, writing);
}

static int
write_slot(struct store *s, unsigned i)
{
	uint8_t p[SLOT_RECORD_MAX], sealed[ROW_SEALED], bind[9];
	struct slot *t = &s->now.slot[i];
	struct seal_key key;
	struct query q;
	size_t n;
	int r;

	put_bind(i, t->writing + 1, bind);
	if ((r = slot_record_encode(&t->record, p, &n)) != 0)
		return ERR_INTERNAL;
	if ((r = derive_key(s->key, NULL, "cardinal slot record", NULL, 0, &key)) == 0)
		r = seal_make(&key, bind, sizeof(bind), p, n, sealed);
	OPENSSL_cleanse(&key, sizeof(key));
	OPENSSL_cleanse(p, n);
	if (r != 0)
		return r;
	query_init(&q, &s->sql, SQL_SLOT_PUT);
	query_int(&q, i);
	query_blob(&q, sealed, n + SEAL_OVERHEAD);
	if ((r = query_run(&q)) != 0)
		return r;
	t->writing++;
	t->dirty = 0;
	return 0;
}

/* 0, ERR_MAC for one that is not there or not this writing, and the database's errors. */
static int
read_slot(struct store *s, unsigned i)
{
	uint8_t p[SLOT_RECORD_MAX], sealed[ROW_SEALED], bind[9];
	struct slot *t = &s->now.slot[i];
	struct seal_key key;
	struct query q;
	size_t n = 0;
	int r, found;

	query_init(&q, &s->sql, SQL_SLOT_GET);
	query_int(&q, i);
	if ((found = query_row(&q)) == 1)
		n = query_get_bytes(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0 || n <= SEAL_OVERHEAD)
		return ERR_MAC;
	n -= SEAL_OVERHEAD;
	put_bind(i, t->writing, bind);
	if ((r = derive_key(s->key, NULL, "cardinal slot record", NULL, 0, &key)) == 0 &&
	    (r = seal_open(&key, bind, sizeof(bind), sealed, n + SEAL_OVERHEAD, p, n)) == 0)
		r = slot_record_decode(p, n, &t->record);
	OPENSSL_cleanse(&key, sizeof(key));
	OPENSSL_cleanse(p, n);
	return r;
}

static int
write_head(struct store *s)
{
	struct head h = { .counter = s->now.counter + 1, .next = s->now.next };
	uint8_t p[HEAD_LEN], sealed[HEAD_SEALED];
	struct seal_key key;
	struct query q;
	int r;

	for (unsigned i = 0; i < SLOTS; i++) {
		h.slot[i].record = s->now.slot[i].writing;
		for (unsigned d = 0; d < DOMAINS; d++)
			h.slot[i].manifest[d] = s->now.slot[i].domain[d].counter;
	}
	head_encode(&h, p);
	if ((r = derive_key(s->key, NULL, head_bind, NULL, 0, &key)) == 0)
		r = seal_make(&key, head_bind, sizeof(head_bind), p, sizeof(p), sealed);
	OPENSSL_cleanse(&key, sizeof(key));
	if (r != 0)
		return r;
	query_init(&q, &s->sql, SQL_HEAD_PUT);
	query_blob(&q, sealed, sizeof(sealed));
	if ((r = query_run(&q)) == 0)
		s->now.counter++;
	return r;
}

static int
read_head(struct store *s, struct head *h)
{
	uint8_t p[HEAD_LEN], sealed[HEAD_SEALED];
	struct seal_key key;
	struct query q;
	int r, found;

	memset(h, 0, sizeof(*h));
	query_init(&q, &s->sql, SQL_HEAD_GET);
	if ((found = query_row(&q)) == 1)
		query_get_blob(&q, sealed, sizeof(sealed));
	if ((r = query_end(&q)) != 0)
		return r;
	if (found == 0)
		return ERR_MAC;
	if ((r = derive_key(s->key, NULL, head_bind, NULL, 0, &key)) == 0 &&
	    (r = seal_open(&key, head_bind, sizeof(head_bind), sealed, sizeof(sealed), p,
	    sizeof(p))) == 0)
		r = head_decode(p, sizeof(p), h);
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}

int
slots_write(struct store *s)
{
	int r, any = 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *t = &s->now.slot[i];

		if (t->dirty) {
			if ((r = write_slot(s, i)) != 0)
				return r;
			any = 1;
		}
		for (unsigned d = 0; d < DOMAINS; d++) {
			struct domain_of of = slot_domain(s, i, d);

			if (!t->domain[d].dirty)
				continue;
			if ((r = domain_write(&s->sql, &of, &t->domain[d])) != 0)
				return r;
			any = 1;
		}
	}
	return any ? write_head(s) : 0;
}

/* Errors that say that somebody, or something, has changed what lies on the disk. */
static int
is_harm(int r)
{
	return r == ERR_MAC || r == ERR_FORMAT || r == ERR_VERSION || r == ERR_SIZE;
}

static int
load_slot(struct store *s, unsigned i)
{
	struct slot *t = &s->now.slot[i];
	struct domain_of of;
	int r;

	t->lost = 1;
	for (unsigned d = 0; d < DOMAINS; d++) {
		of = slot_domain(s, i, d);
		if ((r = domain_count(&s->sql, &of, &t->domain[d].m.count)) != 0)
			return r;
	}
	if (s->key == NULL)
		return ERR_MAC;
	if ((r = read_slot(s, i)) != 0)
		return r;
	t->lost = 0;
	of = slot_domain(s, i, PUBLIC);
	if ((r = domain_keys_make(s->key, "cardinal objects public", &of,
	    &t->domain[PUBLIC].keys)) != 0)
		return r;
	return domain_verify(&s->sql, &of, &t->domain[PUBLIC]);
}

/* The number after the last that there ever was, resets included. */
static int
last_object(struct store *s, uint64_t *next)
{
	uint64_t last = 0;
	struct query q;
	int r;

	query_init(&q, &s->sql, SQL_OBJECT_LAST);
	if (query_row(&q) == 1)
		last = query_get_int(&q);
	if ((r = query_end(&q)) != 0)
		return r;
	*next = last < UINT64_C(1) << NEXT_MAX ? last + 1 : UINT64_C(1) << NEXT_MAX;
	return 0;
}

int
slots_load(struct store *s)
{
	struct head h = { 0 };
	struct row row;
	int r;

	slots_close(s);
	if ((r = row_get(s, &row)) != 0 || (r = last_object(s, &s->now.next)) != 0 ||
	    (r = enrol_load(s)) != 0)
		return r;
	if (row.state != HSM_OPERATIONAL)
		goto out;
	r = s->key == NULL ? ERR_MAC : read_head(s, &h);
	if (r != 0 && !is_harm(r))
		return r;
	s->now.counter = h.counter;
	if (h.next > s->now.next)
		s->now.next = h.next;
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *t = &s->now.slot[i];

		t->present = 1;
		t->writing = h.slot[i].record;
		for (unsigned d = 0; d < DOMAINS; d++)
			t->domain[d].counter = h.slot[i].manifest[d];
		r = load_slot(s, i);
		if (r != 0 && !is_harm(r))
			return r;
		t->damaged = r != 0;
	}
out:
	slots_tell(s);
	return 0;
}

static int
drop(struct store *s, enum statement which)
{
	struct query q;

	query_init(&q, &s->sql, which);
	return query_run(&q);
}

int
slots_forget(struct store *s)
{
	static const enum statement drops[] = { SQL_HEAD_DROP, SQL_SLOTS_DROP, SQL_MANIFESTS_DROP,
		SQL_OBJECTS_DROP, SQL_ENTRIES_DROP, SQL_TERMS_DROP };
	uint8_t enrolled[HASH_LEN];
	uint64_t next = s->now.next;
	int r = 0;

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) && r == 0; i++)
		r = drop(s, drops[i]);
	if (r != 0)
		return r;
	/* Keys are freed when the transaction is over; numbers go on, and users are seated yet. */
	memcpy(enrolled, s->now.enrolled, sizeof(enrolled));
	memset(&s->now, 0, sizeof(s->now));
	memcpy(s->now.enrolled, enrolled, sizeof(enrolled));
	s->now.next = next;
	return 0;
}

int
slots_drop_objects(struct store *s, unsigned slot)
{
	static const enum statement drops[] = { SQL_OBJECTS_DROP_OF, SQL_ENTRIES_DROP_OF,
		SQL_TERMS_DROP_OF };
	int r = 0;

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) && r == 0; i++)
		r = sql_set_int(&s->sql, drops[i], slot);
	return r;
}
