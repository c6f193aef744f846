#include "tests/unit/past.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

/* Whether everything of the slot is there and right; if not, that it says so from then on. */
static int
is_whole(struct place *p, unsigned slot)
{
	static const struct { unsigned slot; uint64_t id; const char *text; } all[] = {
		{ 0, A, "replaced" }, { 0, B, "second of slot 0" }, { 0, H, "fourth of slot 0" },
		{ 1, D, "first of slot 1" }, { 1, E, "second of slot 1" },
		{ 6, F, "first of slot 6" }, { 6, G, "second of slot 6" },
	};
	int r = slot == 6 ? token_login(p, 6, SLOT_USER, TOKEN_TRIAL) : 0, bad = r != 0;
	char text[64];
	uint64_t id;

	CU_ASSERT(r == 0 || r == ERR_MAC || r == ERR_PIN_WRONG);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !bad; i++) {
		if (all[i].slot != slot)
			continue;
		if ((r = token_read(p, slot, all[i].id, text)) != 0) {
			CU_ASSERT_EQUAL(r, ERR_MAC);
			bad = 1;
		} else
			CU_ASSERT_STRING_EQUAL(text, all[i].text);
	}
	CU_ASSERT_EQUAL(token_info(p, slot).damaged, bad);
	if (!bad)
		return 1;
	CU_ASSERT_EQUAL(token_info(p, slot).open, 0);
	CU_ASSERT_EQUAL(token_find(p, slot, OBJECT_PUBLIC, NULL), ERR_MAC);
	CU_ASSERT_EQUAL(token_read(p, slot, slot == 0 ? A : slot == 1 ? D : F, text), ERR_MAC);
	CU_ASSERT_EQUAL(token_add(p, slot, OBJECT_PUBLIC, "more", NULL, &id), ERR_MAC);
	if (slot != 6)
		CU_ASSERT_EQUAL(slot_open_auto(p->store, slot), ERR_MAC);
	return 0;
}

static void
what_nobody_has_touched_is_whole(void)
{
	struct place p;

	past_enter(&p);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT(is_whole(&p, 0));
		CU_ASSERT(is_whole(&p, 1));
		CU_ASSERT(is_whole(&p, 6));
		token_again(&p);
	}
	place_leave(&p);
}

enum { S0 = 1 << 0, S1 = 1 << 1, S6 = 1 << 6, ALL = S0 | S1 | S6 };

static const struct {
	const char *why, *sql;
	int found;	/* in which of slots 0, 1 and 6 */
} tampers[] = {
	{ "one record in another's place",
	    "UPDATE object SET sealed = (SELECT sealed FROM object WHERE id = 4) WHERE id = 1", S0 },
	{ "one record and its entry in another's place",
	    "UPDATE object SET sealed = (SELECT sealed FROM object WHERE id = 8) WHERE id = 2;"
	    "UPDATE entry SET tag = (SELECT tag FROM entry WHERE id = 8),"
	    " revision = (SELECT revision FROM entry WHERE id = 8) WHERE id = 2", S0 },
	{ "two objects that have changed their numbers",
	    "UPDATE object SET id = 99 WHERE id = 2; UPDATE object SET id = 2 WHERE id = 8;"
	    "UPDATE object SET id = 8 WHERE id = 99;"
	    "UPDATE entry SET id = 99 WHERE id = 2; UPDATE entry SET id = 2 WHERE id = 8;"
	    "UPDATE entry SET id = 8 WHERE id = 99", S0 },
	{ "an object in another slot", "UPDATE object SET slot = 1 WHERE id = 1;"
	    "UPDATE entry SET slot = 1 WHERE id = 1; UPDATE term SET slot = 1 WHERE id = 1",
	    S0 | S1 },
	/* It is used to sweep, and counts for nothing. */
	{ "a record that names another slot", "UPDATE object SET slot = 1 WHERE id = 1", 0 },
	{ "a record that names no slot", "UPDATE object SET slot = 10 WHERE id = 1", 0 },
	{ "a private object among the public ones",
	    "UPDATE entry SET domain = 1 WHERE id = 2; UPDATE term SET domain = 1 WHERE id = 2",
	    S0 },
	{ "another revision", "UPDATE entry SET revision = revision + 1 WHERE id = 1", S0 },
	{ "an entry removed", "DELETE FROM entry WHERE id = 2", S0 },
	{ "a record removed", "DELETE FROM object WHERE id = 2", S0 },
	{ "an object removed", "DELETE FROM entry WHERE id = 2; DELETE FROM object WHERE id = 2;"
	    "DELETE FROM term WHERE id = 2", S0 },
	{ "all objects removed",
	    "DELETE FROM entry; DELETE FROM object; DELETE FROM term", ALL },
	{ "an entry too many", "INSERT INTO entry VALUES (0, 2, 50, 1, zeroblob(16))", S0 },
	{ "an entry with a number of nothing",
	    "INSERT INTO entry VALUES (0, 2, -1, 1, zeroblob(16))", S0 },
	{ "a table of entries that takes an old one twice, which a sum does not tell",
	    "CREATE TABLE twice AS SELECT * FROM entry;"
	    "INSERT INTO twice SELECT * FROM old_entry WHERE id = 1;"
	    "INSERT INTO twice SELECT * FROM old_entry WHERE id = 1;"
	    "DROP TABLE entry; ALTER TABLE twice RENAME TO entry", S0 },
	{ "a tag one byte short", "UPDATE entry SET tag = substr(tag, 1, 15) WHERE id = 2", S0 },
	{ "a record cut to its nonce",
	    "UPDATE object SET sealed = substr(sealed, 1, 12) WHERE id = 2", S0 },
	{ "an empty record", "UPDATE object SET sealed = x'' WHERE id = 2", S0 },
	{ "a record longer than any",
	    "UPDATE object SET sealed = zeroblob(100000) WHERE id = 2", S0 },
	{ "a term removed", "DELETE FROM term WHERE id = 1", S0 },
	{ "a term of another object's", "UPDATE term SET id = 8 WHERE id = 2 AND hash NOT IN"
	    " (SELECT hash FROM term WHERE id = 8)", S0 },
	{ "a term that is new", "INSERT INTO term VALUES (0, 1, zeroblob(16), 1)", S0 },
	{ "a table of terms that takes one twice, which a sum does not tell",
	    "CREATE TABLE twice AS SELECT * FROM term;"
	    "INSERT INTO twice SELECT slot, domain, hash, 8 FROM term WHERE id = 1;"
	    "INSERT INTO twice SELECT slot, domain, hash, 8 FROM term WHERE id = 1;"
	    "DROP TABLE term; ALTER TABLE twice RENAME TO term", S0 },
	{ "a table of entries that is in another order than it says, so that one is not found",
	    "CREATE TABLE other (slot INTEGER NOT NULL, domain INTEGER NOT NULL, id INTEGER NOT"
	    " NULL, revision INTEGER NOT NULL, tag BLOB NOT NULL, PRIMARY KEY (slot, domain, id"
	    " DESC)) STRICT, WITHOUT ROWID; INSERT INTO other SELECT * FROM entry;"
	    "DROP TABLE entry; ALTER TABLE other RENAME TO entry; PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql = replace(sql, ' DESC', '') WHERE name = 'entry'",
	    S0 },
	{ "a table of terms like that",
	    "CREATE TABLE other (slot INTEGER NOT NULL, domain INTEGER NOT NULL, hash BLOB NOT"
	    " NULL, id INTEGER NOT NULL, PRIMARY KEY (slot, domain, hash DESC, id)) STRICT,"
	    " WITHOUT ROWID; INSERT INTO other SELECT * FROM term;"
	    "DROP TABLE term; ALTER TABLE other RENAME TO term; PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql = replace(sql, ' DESC', '') WHERE name = 'term'",
	    ALL },
	{ "a term of another length", "INSERT INTO term VALUES (0, 1, x'00', 1)", S0 },
	{ "an older record", BACK("object", "id = 1"), S0 },
	{ "an older record and entry", BACK("object", "id = 1") BACK("entry", "id = 1"), S0 },
	{ "an older object", BACK("object", "id = 1") BACK("entry", "id = 1")
	    BACK("term", "id = 1"), S0 },
	{ "a deleted object put back", BACK("object", "id = 3") BACK("entry", "id = 3")
	    BACK("term", "id = 3"), S0 },
	{ "an older manifest", BACK("manifest", "slot = 0 AND domain = 1"), S0 },
	{ "an older private manifest", BACK("manifest", "slot = 0 AND domain = 2"), S0 },
	{ "an older public side, whole",
	    BACK("object", "id IN (1, 3)") BACK("entry", "slot = 0 AND domain = 1")
	    BACK("term", "slot = 0 AND domain = 1")
	    BACK("manifest", "slot = 0 AND domain = 1"), S0 },
	{ "an older private side, whole",
	    "DELETE FROM object WHERE id = 8;" BACK("entry", "slot = 0 AND domain = 2")
	    BACK("term", "slot = 0 AND domain = 2")
	    BACK("manifest", "slot = 0 AND domain = 2"), S0 },
	{ "an older slot, whole", "DELETE FROM object WHERE id = 8;" BACK("object", "slot = 0")
	    BACK("entry", "slot = 0") BACK("term", "slot = 0") BACK("manifest", "slot = 0")
	    BACK("slot", "number = 0"), S0 },
	{ "an older record of a slot, with its tries", BACK("slot", "number = 6"), S6 },
	{ "an older record of a slot, and all of its objects",
	    BACK("slot", "number = 6") BACK("manifest", "slot = 6"), S6 },
	{ "an older head", BACK("head", "1"), S0 | S6 },
	{ "everything older but the head", BACK("slot", "1") BACK("manifest", "1")
	    BACK("object", "1") BACK("entry", "1") BACK("term", "1"), S0 | S6 },
	{ "records of slots that have changed places",
	    "UPDATE slot SET number = 99 WHERE number = 0; UPDATE slot SET number = 0 WHERE"
	    " number = 1; UPDATE slot SET number = 1 WHERE number = 99", S0 | S1 },
	{ "no record of a slot", "DELETE FROM slot WHERE number = 0", S0 },
	{ "a record of a slot that is short",
	    "UPDATE slot SET sealed = substr(sealed, 1, 100) WHERE number = 0", S0 },
	{ "no manifest", "DELETE FROM manifest WHERE slot = 0 AND domain = 1", S0 },
	{ "another slot's manifest",
	    "UPDATE manifest SET sealed = (SELECT sealed FROM manifest WHERE slot = 1 AND"
	    " domain = 1) WHERE slot = 0 AND domain = 1", S0 },
	{ "no head", "DELETE FROM head", ALL },
	{ "a head that is short", "UPDATE head SET sealed = substr(sealed, 1, 100)", ALL },
};

static void
whatever_is_changed_moved_removed_or_put_back_is_found(void)
{
	static const unsigned slots[] = { 0, 1, 6 };
	struct place p;

	for (size_t i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++) {
		past_enter(&p);
		store_close(p.store);
		place_sql(&p, tampers[i].sql);
		past_open(&p);
		for (unsigned j = 0; j < 3; j++)
			if (is_whole(&p, slots[j]) == ((tampers[i].found >> slots[j] & 1) != 0)) {
				printf("%s: slot %u\n", tampers[i].why, slots[j]);
				CU_FAIL("tampered with");
			}
		place_leave(&p);
	}
}

/* Flips one bit of a blob, and back; the store is closed. */
static void
flip(const struct place *p, const char *table, const char *column, const char *where, int at,
    unsigned bit)
{
	char path[2 * PATH_LEN], sql[256];
	sqlite3_stmt *st = NULL;
	uint8_t blob[2048];
	sqlite3 *db = NULL;
	int n;

	OK(sqlite3_open(place_file(p, "cardinal.db", path), &db));
	OK(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL));
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s", column, table, where);
	OK(sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	CU_ASSERT_EQUAL_FATAL(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_bytes(st, 0);
	CU_ASSERT_FATAL(n > 0 && (size_t)n <= sizeof(blob));
	memcpy(blob, sqlite3_column_blob(st, 0), (size_t)n);
	sqlite3_finalize(st);
	blob[at % n] ^= (uint8_t)(1u << bit);
	snprintf(sql, sizeof(sql), "UPDATE %s SET %s = ? WHERE %s", table, column, where);
	OK(sqlite3_prepare_v2(db, sql, -1, &st, NULL));
	OK(sqlite3_bind_blob(st, 1, blob, n, SQLITE_TRANSIENT));
	CU_ASSERT_EQUAL(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void
a_flipped_bit_is_found_wherever_it_is(void)
{
	static const struct {
		const char *table, *column, *where;
		int n, step;
	} blobs[] = {
		{ "object", "sealed", "id = 2", 70, 2 },
		{ "entry", "tag", "id = 2", 16, 3 },
		{ "term", "hash", "id = 1", 16, 3 },
		{ "manifest", "sealed", "slot = 0 AND domain = 1", 78, 7 },
		{ "manifest", "sealed", "slot = 0 AND domain = 2", 78, 7 },
		{ "slot", "sealed", "number = 0", 780, 61 },
		{ "head", "sealed", "1", 280, 41 },
	};
	struct place p;
	unsigned bit = 0;

	past_enter(&p);
	store_close(p.store);
	for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++)
		for (int at = 0; at < blobs[i].n; at += blobs[i].step) {
			bit = (bit + 3) % 8;
			flip(&p, blobs[i].table, blobs[i].column, blobs[i].where, at, bit);
			OK(store_open(&p.store, p.dir));
			OK(slots_start(p.store));
			if (is_whole(&p, 0)) {
				printf("%s, byte %d\n", blobs[i].table, at);
				CU_FAIL("a bit flipped");
			}
			store_close(p.store);
			flip(&p, blobs[i].table, blobs[i].column, blobs[i].where, at, bit);
		}
	OK(store_open(&p.store, p.dir));
	OK(slots_start(p.store));
	CU_ASSERT(is_whole(&p, 0));
	place_leave(&p);
}

/* What would change rows, or show others, while the daemon runs: after all has been looked at. */
static void
a_file_in_which_something_else_could_act_is_not_opened(void)
{
	static const struct {
		const char *why, *sql;
	} others[] = {
		{ "a trigger that keeps tries from being charged",
		    "CREATE TRIGGER t1 BEFORE INSERT ON slot BEGIN SELECT RAISE(IGNORE); END;"
		    "CREATE TRIGGER t2 BEFORE INSERT ON head BEGIN SELECT RAISE(IGNORE); END" },
		{ "a view that shows what was once a record of the transcript is there",
		    "ALTER TABLE entry RENAME TO today; CREATE VIEW entry AS SELECT * FROM today "
		    "WHERE (SELECT count(*) FROM event) < 20 UNION ALL SELECT * FROM old_entry "
		    "WHERE (SELECT count(*) FROM event) >= 20" },
		{ "an index that need not have what the table has",
		    "CREATE INDEX i ON entry (slot, domain, id, revision, tag)" },
		{ "a table that drops what it is given without a word",
		    "DROP TABLE event; CREATE TABLE event (seq INTEGER PRIMARY KEY, time, ceremony"
		    " UNIQUE ON CONFLICT IGNORE, step, card, serial, text, outcome, hash)" },
		{ "a table that is a program's",
		    "DROP TABLE term; CREATE VIRTUAL TABLE term USING fts5(slot, domain, hash, id)" },
	};
	struct place p;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		past_enter(&p);
		store_close(p.store);
		place_sql(&p, others[i].sql);
		if (store_open(&p.store, p.dir) != ERR_FORMAT) {
			printf("%s\n", others[i].why);
			CU_FAIL("it was opened");
		}
		place_leave(&p);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(what_nobody_has_touched_is_whole),
	SENTENCE(whatever_is_changed_moved_removed_or_put_back_is_found),
	SENTENCE(a_file_in_which_something_else_could_act_is_not_opened),
	SENTENCE(a_flipped_bit_is_found_wherever_it_is),
};

SUITE("objects_tamper", sentences)
