#include "tests/unit/crew.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

/* The tables as the first version made them. */
static const char version_1[] =
    "CREATE TABLE hsm (one INTEGER PRIMARY KEY CHECK (one = 1), state INTEGER NOT NULL,"
    " ceremony TEXT NOT NULL, message TEXT NOT NULL, label TEXT NOT NULL, erase INTEGER NOT NULL,"
    " mbk BLOB) STRICT;"
    "CREATE TABLE backup_set (one INTEGER PRIMARY KEY CHECK (one = 1), mode INTEGER NOT NULL,"
    " id BLOB NOT NULL, label TEXT NOT NULL, key_name TEXT NOT NULL, k INTEGER NOT NULL,"
    " n INTEGER NOT NULL, date INTEGER NOT NULL, kcv BLOB NOT NULL) STRICT;"
    "CREATE TABLE share (x INTEGER PRIMARY KEY,"
    " backup_set INTEGER NOT NULL REFERENCES backup_set (one) ON DELETE CASCADE,"
    " check_value BLOB NOT NULL, serial TEXT) STRICT;"
    "CREATE TABLE event (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, ceremony TEXT NOT NULL,"
    " step TEXT NOT NULL, card INTEGER NOT NULL, serial TEXT NOT NULL, text TEXT NOT NULL,"
    " outcome TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE issuer (number INTEGER PRIMARY KEY, der BLOB NOT NULL UNIQUE) STRICT;"
    "PRAGMA application_id = 0x4352444c;"
    "PRAGMA user_version = 1;";

static const char rows[] =
    "INSERT INTO hsm SELECT one, state, ceremony, message, label, erase, mbk FROM now.hsm;"
    "INSERT INTO backup_set SELECT * FROM now.backup_set;"
    "INSERT INTO share SELECT * FROM now.share;"
    "INSERT INTO event SELECT * FROM now.event;"
    "INSERT INTO issuer VALUES (7, x'3000');";

/* Leaves the closed store with a database of version 1 that says the same. */
static void
go_back(struct place *p)
{
	char now[2 * PATH_LEN], old[2 * PATH_LEN], attach[3 * PATH_LEN];
	sqlite3 *db = NULL;

	store_close(p->store);
	p->store = NULL;
	place_file(p, "cardinal.db", now);
	place_file(p, "cardinal.old", old);
	OK(sqlite3_open(old, &db));
	OK(sqlite3_exec(db, version_1, NULL, NULL, NULL));
	snprintf(attach, sizeof(attach), "ATTACH '%s' AS now", now);
	OK(sqlite3_exec(db, attach, NULL, NULL, NULL));
	OK(sqlite3_exec(db, rows, NULL, NULL, NULL));
	sqlite3_close(db);
	OK(rename(old, now));
	unlink(place_file(p, "cardinal.db-wal", old));
	unlink(place_file(p, "cardinal.db-shm", old));
	OK(chmod(now, 0600));
}

static void
the_first_version_is_led_over_with_all_that_it_has(void)
{
	struct hsm_status before, after;
	struct event was[32], is[32];
	uint8_t der[ISSUER_MAX];
	size_t n, m, der_n;
	struct place p;
	uint64_t seq;

	for (int state = HSM_FACTORY; state <= HSM_INCONSISTENT; state++) {
		place_enter(&p);
		place_lead_to(&p, (enum hsm_state)state);
		before = place_status(&p);
		OK(store_events(p.store, 0, was, 32, &n));
		go_back(&p);
		for (unsigned i = 0; i < 2; i++) {
			OK(store_open(&p.store, p.dir));
			after = place_status(&p);
			SAME(&before, &after, sizeof(after));
			OK(store_events(p.store, 0, is, 32, &m));
			CU_ASSERT_EQUAL(m, n + (state == HSM_OPERATIONAL));
			SAME(was, is, n * sizeof(was[0]));
			OK(store_events_verify(p.store, &seq));
			der_n = sizeof(der);
			OK(store_issuer(p.store, 0, der, &der_n));
			CU_ASSERT_EQUAL(der_n, 2);
			if (state == HSM_OPERATIONAL)
				OK(store_mbk(p.store, &(struct mbk){ { 0 } }));
			store_close(p.store);
		}
		OK(store_open(&p.store, p.dir));
		place_leave(&p);
	}
}

static void
what_was_installed_without_slots_gets_ten_that_are_auto(void)
{
	char serial[SLOT_SERIAL_LEN];
	struct event e[32];
	struct place p;
	uint64_t id;
	size_t n;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	go_back(&p);
	OK(store_open(&p.store, p.dir));
	OK(slots_start(p.store));
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot_info info = token_info(&p, i);

		CU_ASSERT(info.present && info.open && info.mode == SLOT_AUTO && info.so_made);
		OK(token_login(&p, i, SLOT_USER, NULL));
	}
	OK(store_events(p.store, 0, e, 32, &n));
	CU_ASSERT_STRING_EQUAL(e[n - 1].record.ceremony, "slots");
	CU_ASSERT_STRING_EQUAL(e[n - 1].record.step, "made");
	OK(token_add(&p, 3, OBJECT_PRIVATE, "kept", NULL, &id));
	memcpy(serial, token_info(&p, 3).serial, sizeof(serial));
	/* Once: what is there now stays. */
	token_again(&p);
	SAME(serial, token_info(&p, 3).serial, sizeof(serial));
	CU_ASSERT_EQUAL(token_info(&p, 3).objects, 1);
	CU_ASSERT_EQUAL(place_events(&p), n);
	place_leave(&p);
}

static void
an_hsm_without_its_device_key_is_led_over_and_waits_for_a_reset(void)
{
	char path[2 * PATH_LEN];
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	go_back(&p);
	OK(unlink(place_file(&p, "device.key", path)));
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(place_status(&p).key_lost, 1);
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 1);
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_MAC);
	OK(store_factory_reset(p.store));
	place_lead_to(&p, HSM_OPERATIONAL);
	OK(token_login(&p, 0, SLOT_USER, NULL));
	place_leave(&p);
}

/* Slot records, without users, in an older version and their present writing. */
static void
records_go_back(struct place *p, uint8_t version)
{
	uint8_t record[SLOT_RECORD_MAX], sealed[SLOT_RECORD_2_LEN + SEAL_OVERHEAD], bind[9] = { 0 };
	const size_t len = version == 1 ? SLOT_RECORD_1_LEN : SLOT_RECORD_2_LEN;
	char sql[128 + 2 * sizeof(sealed)];
	struct seal_key key;
	size_t n;

	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *t = &p->store->now.slot[i];
		int at = 0;

		OK(slot_record_encode(&t->record, record, &n));
		record[0] = version;
		/* The second ended with the number of users, of whom there are none. */
		record[SLOT_RECORD_2_LEN - 1] = 0;
		bind[0] = (uint8_t)i;
		for (unsigned j = 0; j < 8; j++)
			bind[1 + j] = (uint8_t)(t->writing >> (56 - 8 * j));
		OK(derive_key(p->store->key, NULL, "cardinal slot record", NULL, 0, &key));
		OK(seal_make(&key, bind, sizeof(bind), record, len, sealed));
		at += snprintf(sql, sizeof(sql), "UPDATE slot SET sealed = x'");
		for (size_t j = 0; j < len + SEAL_OVERHEAD; j++)
			at += snprintf(sql + at, sizeof(sql) - (size_t)at, "%02x", sealed[j]);
		snprintf(sql + at, sizeof(sql) - (size_t)at, "' WHERE number = %u", i);
		place_sql(p, sql);
	}
}

static void
the_second_version_is_led_over_with_its_slots(void)
{
	uint8_t point[AUDIT_POINT];
	struct user_seat seat;
	struct place p;
	char text[64];
	uint64_t id;
	size_t n;

	token_enter(&p);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "kept", NULL, &id));
	n = place_events(&p);
	records_go_back(&p, 1);
	store_close(p.store);
	place_sql(&p, "DROP TABLE enrolled; PRAGMA user_version = 2");
	for (unsigned i = 0; i < 2; i++) {
		OK(store_open(&p.store, p.dir));
		slots_delay(p.store, 0, 0);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT_EQUAL(token_info(&p, slot).damaged, 0);
		OK(slots_start(p.store));
		OK(slot_audit_public(p.store, point));
		OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
		OK(token_login(&p, 3, SLOT_SO, TOKEN_SO));
		OK(token_read(&p, 3, id, text));
		CU_ASSERT_EQUAL(store_enrolled(p.store, 3, 1, &seat), ERR_NOT_FOUND);
		CU_ASSERT_EQUAL(place_events(&p), n);
		store_close(p.store);
	}
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
}

static void
the_third_version_is_led_over_with_its_slots(void)
{
	struct place p;
	char text[64];
	uint64_t id;

	token_enter(&p);
	OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
	OK(token_add(&p, 3, OBJECT_PRIVATE, "kept", NULL, &id));
	records_go_back(&p, 2);
	store_close(p.store);
	place_sql(&p, "PRAGMA user_version = 3");
	for (unsigned i = 0; i < 2; i++) {
		OK(store_open(&p.store, p.dir));
		slots_delay(p.store, 0, 0);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			CU_ASSERT(!token_info(&p, slot).damaged && !token_info(&p, slot).held);
		OK(token_login(&p, 3, SLOT_USER, TOKEN_CODE));
		OK(token_read(&p, 3, id, text));
		store_close(p.store);
	}
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
}

/* Theirs were sealed to no set, so that they would be taken for tampered with, by every order. */
static void
users_that_the_third_version_enrolled_are_made_anew(void)
{
	const struct user_seat seat = crew_seat(1);
	struct slot_plan plan[SLOTS];
	struct user_seat got;
	unsigned slot, user;
	struct place p;

	crew_begin(&p, 0, plan);
	store_close(p.store);
	place_sql(&p, "UPDATE enrolled SET sealed = zeroblob(length(sealed));"
	    "PRAGMA user_version = 3");
	for (unsigned i = 0; i < 2; i++) {
		OK(store_open(&p.store, p.dir));
		CU_ASSERT_EQUAL(store_enrolled(p.store, 7, 1, &got), ERR_NOT_FOUND);
		CU_ASSERT_EQUAL(people_whose(p.store, &seat.keys, &slot, &user), ERR_NOT_FOUND);
		CU_ASSERT_EQUAL(store_finish(p.store, plan), ERR_NOT_FOUND);
		store_close(p.store);
	}
	OK(store_open(&p.store, p.dir));
	OK(store_enrol(p.store, 7, 1, &seat));
	store_close(p.store);
	OK(store_open(&p.store, p.dir));
	OK(store_enrolled(p.store, 7, 1, &got));
	place_leave(&p);
}

static void
slots_that_have_vanished_are_not_made_again(void)
{
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	store_close(p.store);
	place_sql(&p, "DELETE FROM slot; DELETE FROM head; DELETE FROM manifest");
	OK(store_open(&p.store, p.dir));
	OK(slots_start(p.store));
	for (unsigned i = 0; i < SLOTS; i++)
		CU_ASSERT_EQUAL(token_info(&p, i).damaged, 1);
	place_leave(&p);
}

static void
a_step_that_fails_leaves_the_first_version(void)
{
	sqlite3_stmt *st = NULL;
	char path[2 * PATH_LEN];
	sqlite3 *db = NULL;
	struct place p;

	place_enter(&p);
	place_lead_to(&p, HSM_OPERATIONAL);
	go_back(&p);
	/* The last of its tables is there already. */
	place_sql(&p, "CREATE TABLE term (x INTEGER)");
	CU_ASSERT_NOT_EQUAL(store_open(&p.store, p.dir), 0);
	CU_ASSERT_PTR_NULL(p.store);
	OK(sqlite3_open(place_file(&p, "cardinal.db", path), &db));
	OK(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL));
	CU_ASSERT_EQUAL(sqlite3_step(st), SQLITE_ROW);
	CU_ASSERT_EQUAL(sqlite3_column_int(st, 0), 1);
	sqlite3_finalize(st);
	CU_ASSERT_NOT_EQUAL(sqlite3_exec(db, "SELECT * FROM slot", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	place_sql(&p, "DROP TABLE term");
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(token_info(&p, 9).present, 1);
	CU_ASSERT_EQUAL(token_info(&p, 9).damaged, 0);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(the_first_version_is_led_over_with_all_that_it_has),
	SENTENCE(what_was_installed_without_slots_gets_ten_that_are_auto),
	SENTENCE(an_hsm_without_its_device_key_is_led_over_and_waits_for_a_reset),
	SENTENCE(the_second_version_is_led_over_with_its_slots),
	SENTENCE(the_third_version_is_led_over_with_its_slots),
	SENTENCE(users_that_the_third_version_enrolled_are_made_anew),
	SENTENCE(slots_that_have_vanished_are_not_made_again),
	SENTENCE(a_step_that_fails_leaves_the_first_version),
};

SUITE("migration", sentences)
