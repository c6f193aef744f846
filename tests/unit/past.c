#include "tests/unit/past.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static const char tables[][16] = { "head", "slot", "manifest", "object", "entry", "term" };

void
past_open(struct place *p)
{
	OK(store_open(&p->store, p->dir));
	slots_delay(p->store, 0, 0);
	OK(slots_start(p->store));
}

void
past_enter(struct place *p)
{
	static const struct { unsigned slot; enum object_domain domain; const char *text; } all[] = {
		{ 0, OBJECT_PUBLIC, "first of slot 0" }, { 0, OBJECT_PRIVATE, "second of slot 0" },
		{ 0, OBJECT_PUBLIC, "third of slot 0" }, { 1, OBJECT_PUBLIC, "first of slot 1" },
		{ 1, OBJECT_PRIVATE, "second of slot 1" }, { 6, OBJECT_PUBLIC, "first of slot 6" },
		{ 6, OBJECT_PRIVATE, "second of slot 6" },
	};
	static const struct object_term term = { 1, (const uint8_t *)"replaced", 8 };
	char sql[128];
	uint64_t id;

	token_enter(p);
	OK(token_login(p, 6, SLOT_USER, TOKEN_TRIAL));
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		OK(token_add(p, all[i].slot, all[i].domain, all[i].text, NULL, &id));
		CU_ASSERT_EQUAL(id, A + i);
	}
	store_close(p->store);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "CREATE TABLE old_%s AS SELECT * FROM %s", tables[i],
		    tables[i]);
		place_sql(p, sql);
	}
	past_open(p);
	OK(object_replace(p->store, A, OBJECT_PUBLIC, (const uint8_t *)"replaced", 8, &term, 1));
	OK(object_delete(p->store, C));
	OK(token_add(p, 0, OBJECT_PRIVATE, "fourth of slot 0", NULL, &id));
	CU_ASSERT_EQUAL(id, H);
	CU_ASSERT_EQUAL(token_login(p, 6, SLOT_USER, "12345678"), ERR_PIN_WRONG);
}
