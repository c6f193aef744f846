#include "tests/unit/token.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

/* How many objects a slot may have, and how many bytes of them. */

/* As many bytes of objects as if so many were there. */
static void
fill(struct place *p, unsigned slot, unsigned domain, uint64_t left)
{
	p->store->now.slot[slot].domain[domain].m.bytes = OBJECTS_BYTES - left;
}

static uint64_t
bytes_of(const struct place *p, unsigned slot, unsigned domain)
{
	return p->store->now.slot[slot].domain[domain].m.bytes;
}

/* Of one domain, which takes nothing from the other, and which objects of the other may enter. */
static void
bound_bytes(enum object_domain domain)
{
	enum { LONG = 2048, STORED = LONG + NONCE_LEN + 1 };	/* no terms */
	static uint8_t record[LONG + 1];
	const enum object_domain beside = domain == OBJECT_PUBLIC ? OBJECT_PRIVATE : OBJECT_PUBLIC;
	const unsigned d = domain - 1u;
	uint64_t id, other;
	struct place p;

	token_enter(&p);
	fill(&p, 0, d, STORED - 1);
	CU_ASSERT_EQUAL(object_add(p.store, 0, domain, record, LONG, NULL, 0, &id), ERR_FULL);
	OK(object_add(p.store, 1, domain, record, LONG, NULL, 0, &other));
	OK(object_add(p.store, 0, beside, record, LONG, NULL, 0, &other));
	fill(&p, 0, d, STORED);
	OK(object_add(p.store, 0, domain, record, LONG, NULL, 0, &id));
	CU_ASSERT_EQUAL(bytes_of(&p, 0, d), OBJECTS_BYTES);
	/* Nor by replacing, or by coming from beside. */
	CU_ASSERT_EQUAL(object_replace(p.store, id, domain, record, LONG + 1, NULL, 0), ERR_FULL);
	CU_ASSERT_EQUAL(object_replace(p.store, other, domain, record, 1, NULL, 0), ERR_FULL);
	OK(object_replace(p.store, id, domain, record, LONG, NULL, 0));
	OK(object_replace(p.store, id, domain, record, LONG - 100, NULL, 0));
	CU_ASSERT_EQUAL(bytes_of(&p, 0, d), OBJECTS_BYTES - 100);
	OK(object_replace(p.store, id, beside, record, LONG, NULL, 0));
	OK(object_add(p.store, 0, domain, record, LONG, NULL, 0, &other));
	OK(object_delete(p.store, other));
	CU_ASSERT_EQUAL(bytes_of(&p, 0, d), OBJECTS_BYTES - STORED);
	place_leave(&p);
}

static void
public_objects_of_a_slot_have_so_many_bytes_and_no_more(void)
{
	bound_bytes(OBJECT_PUBLIC);
}

static void
private_objects_of_a_slot_have_so_many_bytes_and_no_more(void)
{
	bound_bytes(OBJECT_PRIVATE);
}

static void
a_slot_has_so_many_objects_of_both_kinds_and_no_more(void)
{
	const uint8_t record[1] = { 1 };
	struct slot *t;
	struct place p;
	uint64_t id;

	token_enter(&p);
	t = &p.store->now.slot[0];
	t->domain[PUBLIC].m.count = OBJECTS_COUNT - 1;
	OK(object_add(p.store, 0, OBJECT_PRIVATE, record, 1, NULL, 0, &id));
	CU_ASSERT_EQUAL(object_add(p.store, 0, OBJECT_PRIVATE, record, 1, NULL, 0, &id), ERR_FULL);
	CU_ASSERT_EQUAL(object_add(p.store, 0, OBJECT_PUBLIC, record, 1, NULL, 0, &id), ERR_FULL);
	OK(object_add(p.store, 1, OBJECT_PUBLIC, record, 1, NULL, 0, &id));
	place_leave(&p);
}

/* Version 1 of the manifest, which knew no bytes, in place of the one that is there. */
static void
age_manifest(struct place *p, unsigned slot, unsigned domain)
{
	uint8_t m[MANIFEST_LEN], sealed[MANIFEST_1_LEN + SEAL_OVERHEAD], bind[18];
	const struct slot *t = &p->store->now.slot[slot];
	const struct domain *d = &t->domain[domain];
	char sql[512], text[2 * sizeof(sealed) + 1];
	struct wr wr;

	manifest_encode(&d->m, m);
	m[0] = 1;
	wr_init(&wr, bind, sizeof(bind));
	wr_u8(&wr, (uint8_t)slot);
	wr_u8(&wr, (uint8_t)(domain + 1));
	wr_u64(&wr, t->record.generation);
	wr_u64(&wr, d->counter);
	OK(seal_make(&d->keys->manifest, bind, sizeof(bind), m, MANIFEST_1_LEN, sealed));
	for (size_t i = 0; i < sizeof(sealed); i++)
		snprintf(text + 2 * i, 3, "%02x", sealed[i]);
	snprintf(sql, sizeof(sql), "UPDATE manifest SET sealed = x'%s' WHERE slot = %u AND "
	    "domain = %u", text, slot, domain + 1);
	store_close(p->store);
	place_sql(p, sql);
	OK(store_open(&p->store, p->dir));
	OK(slots_start(p->store));
}

static void
how_many_bytes_there_are_is_known_after_a_start(void)
{
	uint64_t id, bytes;
	struct place p;

	token_enter(&p);
	CU_ASSERT_EQUAL(bytes_of(&p, 1, PUBLIC), 0);
	OK(token_add(&p, 1, OBJECT_PUBLIC, "one", NULL, &id));
	OK(token_add(&p, 1, OBJECT_PUBLIC, "another", "twice", &id));
	OK(token_add(&p, 1, OBJECT_PRIVATE, "private", NULL, &id));
	OK(token_add(&p, 0, OBJECT_PUBLIC, "in another slot", NULL, &id));
	bytes = bytes_of(&p, 1, PUBLIC);
	CU_ASSERT(bytes > 0);
	token_again(&p);
	CU_ASSERT_EQUAL(bytes_of(&p, 1, PUBLIC), bytes);
	age_manifest(&p, 1, PUBLIC);
	CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 0);
	CU_ASSERT_EQUAL(bytes_of(&p, 1, PUBLIC), bytes);
	bytes = bytes_of(&p, 1, PRIVATE);
	CU_ASSERT(bytes > 0);
	age_manifest(&p, 1, PRIVATE);
	CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 0);
	CU_ASSERT_EQUAL(bytes_of(&p, 1, PRIVATE), bytes);
	OK(token_init(&p, 6, TOKEN_TRIAL_SO, "anew"));
	CU_ASSERT_EQUAL(bytes_of(&p, 6, PUBLIC), 0);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(public_objects_of_a_slot_have_so_many_bytes_and_no_more),
	SENTENCE(private_objects_of_a_slot_have_so_many_bytes_and_no_more),
	SENTENCE(a_slot_has_so_many_objects_of_both_kinds_and_no_more),
	SENTENCE(how_many_bytes_there_are_is_known_after_a_start),
};

SUITE("objects_bounds", sentences)
