#include "hsm/vault/schema.h"

static const char first[] =
    "CREATE TABLE hsm ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  state INTEGER NOT NULL,"
    "  ceremony TEXT NOT NULL,"
    "  message TEXT NOT NULL,"
    "  label TEXT NOT NULL,"
    "  erase INTEGER NOT NULL,"
    "  mbk BLOB"
    ") STRICT;"
    "CREATE TABLE backup_set ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  mode INTEGER NOT NULL,"
    "  id BLOB NOT NULL,"
    "  label TEXT NOT NULL,"
    "  key_name TEXT NOT NULL,"
    "  k INTEGER NOT NULL,"
    "  n INTEGER NOT NULL,"
    "  date INTEGER NOT NULL,"
    "  kcv BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE share ("
    "  x INTEGER PRIMARY KEY,"
    "  backup_set INTEGER NOT NULL REFERENCES backup_set (one) ON DELETE CASCADE,"
    "  check_value BLOB NOT NULL,"
    "  serial TEXT"
    ") STRICT;"
    "CREATE TABLE event ("
    "  seq INTEGER PRIMARY KEY,"
    "  time INTEGER NOT NULL,"
    "  ceremony TEXT NOT NULL,"
    "  step TEXT NOT NULL,"
    "  card INTEGER NOT NULL,"
    "  serial TEXT NOT NULL,"
    "  text TEXT NOT NULL,"
    "  outcome TEXT NOT NULL,"
    "  hash BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE issuer ("
    "  number INTEGER PRIMARY KEY,"
    "  der BLOB NOT NULL UNIQUE"
    ") STRICT;"
    "PRAGMA application_id = 0x4352444c;"
    "PRAGMA user_version = 1;";

/*
 * The second brought slots and token objects. The tables that are read by key alone are kept in
 * that order, without a row number beside it.
 */
static const char second[] =
    "ALTER TABLE hsm ADD COLUMN trial INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE head ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  sealed BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE slot ("
    "  number INTEGER PRIMARY KEY,"
    "  sealed BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE manifest ("
    "  slot INTEGER NOT NULL,"
    "  domain INTEGER NOT NULL,"
    "  sealed BLOB NOT NULL,"
    "  PRIMARY KEY (slot, domain)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE object ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  slot INTEGER NOT NULL,"
    "  sealed BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE entry ("
    "  slot INTEGER NOT NULL,"
    "  domain INTEGER NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL,"
    "  tag BLOB NOT NULL,"
    "  PRIMARY KEY (slot, domain, id)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE term ("
    "  slot INTEGER NOT NULL,"
    "  domain INTEGER NOT NULL,"
    "  hash BLOB NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  PRIMARY KEY (slot, domain, hash, id)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

/*
 * The third brought slots of mode cards, the fourth holds that stay; records of slots lead
 * themselves over. Users that the third enrolled are of no set: their cards are made anew.
 */
static const char third[] =
    "CREATE TABLE enrolled ("
    "  slot INTEGER NOT NULL,"
    "  user INTEGER NOT NULL,"
    "  sealed BLOB NOT NULL,"
    "  PRIMARY KEY (slot, user)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

static const char fourth[] =
    "DELETE FROM enrolled;"
    "PRAGMA user_version = 4;";

const char *const schema_upgrades[SCHEMA_VERSION] = { first, second, third, fourth };

#define EVENT "seq, time, ceremony, step, card, serial, text, outcome, hash"
#define SET "mode, id, label, key_name, k, n, date, kcv"

const char *const statement_texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_HSM_MAKE] = "INSERT INTO hsm (one, state, ceremony, message, label, erase) "
	    "VALUES (1, ?, '', '', ?, 0)",
	[SQL_HSM_GET] = "SELECT state, ceremony, message, label, erase, mbk IS NOT NULL, trial "
	    "FROM hsm",
	[SQL_STATE_SET] = "UPDATE hsm SET state = ?",
	[SQL_CEREMONY_SET] = "UPDATE hsm SET ceremony = ?",
	[SQL_MESSAGE_SET] = "UPDATE hsm SET message = ?",
	[SQL_LABEL_SET] = "UPDATE hsm SET label = ?",
	[SQL_KEY_SET] = "UPDATE hsm SET mbk = ?",
	[SQL_KEY_GET] = "SELECT mbk FROM hsm WHERE mbk IS NOT NULL",
	[SQL_ERASE_SET] = "UPDATE hsm SET erase = ?",
	[SQL_TRIAL_SET] = "UPDATE hsm SET trial = ?",
	[SQL_SET_DROP] = "DELETE FROM backup_set",
	[SQL_SET_ADD] = "INSERT INTO backup_set (one, " SET ") VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_SET_GET] = "SELECT " SET " FROM backup_set",
	[SQL_SHARE_ADD] = "INSERT INTO share (x, backup_set, check_value) VALUES (?, 1, ?)",
	[SQL_SHARE_WRITTEN] = "UPDATE share SET check_value = ?, serial = ? WHERE x = ?",
	[SQL_SHARES_GET] = "SELECT x, check_value, serial FROM share ORDER BY x",
	[SQL_EVENT_ADD] = "INSERT INTO event (" EVENT ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_EVENT_LAST] = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1",
	[SQL_EVENTS_GET] = "SELECT " EVENT " FROM event WHERE seq > ? ORDER BY seq LIMIT ?",
	[SQL_ISSUER_ADD] = "INSERT INTO issuer (der) VALUES (?)",
	[SQL_ISSUER_GET] = "SELECT der FROM issuer ORDER BY number LIMIT 1 OFFSET ?",
	[SQL_ENROLLED_PUT] = "INSERT OR REPLACE INTO enrolled (slot, user, sealed) "
	    "VALUES (?, ?, ?)",
	[SQL_ENROLLED_GET] = "SELECT sealed FROM enrolled WHERE slot = ? AND user = ?",
	[SQL_ENROLLED_ALL] = "SELECT slot, user, sealed FROM enrolled ORDER BY slot, user",
	[SQL_ENROLLED_DROP] = "DELETE FROM enrolled",
	[SQL_ENROLLED_DROP_OF] = "DELETE FROM enrolled WHERE slot = ?",
	[SQL_HEAD_PUT] = "INSERT OR REPLACE INTO head (one, sealed) VALUES (1, ?)",
	[SQL_HEAD_GET] = "SELECT sealed FROM head",
	[SQL_HEAD_DROP] = "DELETE FROM head",
	[SQL_SLOT_PUT] = "INSERT OR REPLACE INTO slot (number, sealed) VALUES (?, ?)",
	[SQL_SLOT_GET] = "SELECT sealed FROM slot WHERE number = ?",
	[SQL_SLOTS_DROP] = "DELETE FROM slot",
	[SQL_MANIFEST_PUT] = "INSERT OR REPLACE INTO manifest (slot, domain, sealed) "
	    "VALUES (?, ?, ?)",
	[SQL_MANIFEST_GET] = "SELECT sealed FROM manifest WHERE slot = ? AND domain = ?",
	[SQL_MANIFESTS_DROP] = "DELETE FROM manifest",
	[SQL_OBJECT_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'object'",
	[SQL_OBJECT_ADD] = "INSERT INTO object (id, slot, sealed) VALUES (?, ?, ?)",
	[SQL_OBJECT_SLOT] = "SELECT slot FROM object WHERE id = ?",
	[SQL_OBJECT_GET] = "SELECT sealed FROM object WHERE id = ?",
	[SQL_OBJECT_SET] = "UPDATE object SET sealed = ? WHERE id = ?",
	[SQL_OBJECT_DROP] = "DELETE FROM object WHERE id = ?",
	[SQL_OBJECTS_DROP] = "DELETE FROM object",
	[SQL_OBJECTS_DROP_OF] = "DELETE FROM object WHERE slot = ?",
	[SQL_ENTRY_ADD] = "INSERT INTO entry (slot, domain, id, revision, tag) "
	    "VALUES (?, ?, ?, ?, ?)",
	[SQL_ENTRY_GET] = "SELECT revision, tag FROM entry "
	    "WHERE slot = ? AND domain = ? AND id = ?",
	[SQL_ENTRY_DROP] = "DELETE FROM entry WHERE slot = ? AND domain = ? AND id = ?",
	[SQL_ENTRY_COUNT] = "SELECT count(*) FROM entry WHERE slot = ? AND domain = ?",
	[SQL_ENTRY_BYTES] = "SELECT coalesce(sum(length(sealed)), 0) "
	    "FROM entry JOIN object ON object.id = entry.id "
	    "WHERE entry.slot = ? AND domain = ?",
	[SQL_ENTRIES_GET] = "SELECT id, revision, tag FROM entry "
	    "WHERE slot = ? AND domain = ? ORDER BY id",
	[SQL_ENTRIES_FIND] = "SELECT id FROM entry WHERE slot = ? AND domain = ? AND id > ? "
	    "UNION ALL SELECT id FROM entry WHERE slot = ? AND domain = ? AND id > ? "
	    "ORDER BY 1 LIMIT ?",
	[SQL_ENTRIES_DROP] = "DELETE FROM entry",
	[SQL_ENTRIES_DROP_OF] = "DELETE FROM entry WHERE slot = ?",
	[SQL_TERM_ADD] = "INSERT INTO term (slot, domain, hash, id) VALUES (?, ?, ?, ?)",
	[SQL_TERM_DROP] = "DELETE FROM term "
	    "WHERE slot = ? AND domain = ? AND hash = ? AND id = ?",
	[SQL_TERM_SEEK] = "SELECT id FROM term "
	    "WHERE slot = ? AND domain = ? AND hash = ? AND id > ? ORDER BY id LIMIT 1",
	[SQL_TERMS_GET] = "SELECT hash, id FROM term WHERE slot = ? AND domain = ? "
	    "ORDER BY hash, id",
	[SQL_TERMS_FIND] = "SELECT id FROM term "
	    "WHERE slot = ? AND domain = ? AND hash = ? AND id > ? "
	    "UNION ALL SELECT id FROM term "
	    "WHERE slot = ? AND domain = ? AND hash = ? AND id > ? ORDER BY 1 LIMIT ?",
	[SQL_TERMS_DROP] = "DELETE FROM term",
	[SQL_TERMS_DROP_OF] = "DELETE FROM term WHERE slot = ?",
};
