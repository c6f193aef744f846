#include "hsm/vault/store_sql.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <sqlite3.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/schema.h"

enum { BUSY_MS = 2000 };

static const char pragmas[] =
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    /* What is deleted is overwritten, so that a reset leaves nothing in free pages. */
    "PRAGMA secure_delete = ON;";

static const struct {
	int sqlite, err;
} errors[] = {
	{ SQLITE_FULL, ERR_FULL },
	{ SQLITE_IOERR, ERR_IO },
	{ SQLITE_CANTOPEN, ERR_IO },
	{ SQLITE_READONLY, ERR_IO },
	{ SQLITE_PERM, ERR_IO },
	{ SQLITE_BUSY, ERR_BUSY },
	{ SQLITE_LOCKED, ERR_BUSY },
	{ SQLITE_NOMEM, ERR_NOMEM },
	{ SQLITE_CORRUPT, ERR_FORMAT },
	{ SQLITE_NOTADB, ERR_FORMAT },
	{ SQLITE_CONSTRAINT, ERR_EXISTS },
};

static int
error(int code)
{
	/*
	 * A quota and a limit on file size are full disks too, but SQLite knows ENOSPC alone, and
	 * has no errno to tell (sqlite3_system_errno is 0) when a write failed: libc's is still
	 * that one.
	 */
	if (code == SQLITE_IOERR_WRITE && (errno == EDQUOT || errno == EFBIG))
		return ERR_FULL;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].sqlite == (code & 0xff))
			return errors[i].err;
	return ERR_INTERNAL;
}

static int
run(struct sql *sql, const char *text)
{
	int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : error(code);
}

static int
number(struct sql *sql, const char *text, int64_t *value)
{
	sqlite3_stmt *st = NULL;
	int code, r = 0;

	if ((code = sqlite3_prepare_v2(sql->db, text, -1, &st, NULL)) != SQLITE_OK ||
	    (code = sqlite3_step(st)) != SQLITE_ROW)
		r = code == SQLITE_DONE ? ERR_FORMAT : error(code);
	else
		*value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return r;
}

/*
 * Whoever may write the file once could leave something in it that acts from then on: a trigger or
 * a conflict clause that drops a try that is charged, a view or an index that shows what was.
 */
static const char strangers[] = "SELECT count(*) FROM sqlite_schema WHERE "
    "type || ifnull(sql, '') NOT LIKE 'tableCREATE TABLE %' AND "
    "type || ifnull(sql, '') <> 'index' OR sql LIKE '%CONFLICT%'";

int
sql_open(struct sql *sql, const char *path, unsigned *from)
{
	int64_t application = 0, version = 0, others = 0;
	int code, r;

	memset(sql, 0, sizeof(*sql));
	*from = SCHEMA_VERSION;
	code = sqlite3_open_v2(path, &sql->db, SQLITE_OPEN_READWRITE, NULL);
	if (code != SQLITE_OK)
		return sql->db == NULL ? ERR_NOMEM : error(code);
	sqlite3_extended_result_codes(sql->db, 1);
	sqlite3_busy_timeout(sql->db, BUSY_MS);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if ((r = number(sql, "PRAGMA application_id", &application)) != 0 ||
	    (r = number(sql, "PRAGMA user_version", &version)) != 0)
		return r;
	if (version < 0 || version > SCHEMA_VERSION ||
	    (version != 0 && application != SCHEMA_APPLICATION))
		return ERR_VERSION;
	if ((r = number(sql, strangers, &others)) != 0 || others != 0)
		return r != 0 ? r : ERR_FORMAT;
	if ((r = run(sql, pragmas)) != 0 || version == SCHEMA_VERSION)
		return r;
	if ((r = sql_begin(sql)) != 0)
		return r;
	*from = (unsigned)version;
	for (int64_t v = version; v < SCHEMA_VERSION && r == 0; v++)
		r = run(sql, schema_upgrades[v]);
	return r;
}

void
sql_close(struct sql *sql)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(sql->stmt[i]);
	sqlite3_close(sql->db);
	memset(sql, 0, sizeof(*sql));
}

int
sql_begin(struct sql *sql)
{
	struct query q;

	query_init(&q, sql, SQL_BEGIN);
	return query_run(&q);
}

int
sql_end(struct sql *sql, int r)
{
	struct query q;

	if (r == 0) {
		query_init(&q, sql, SQL_COMMIT);
		r = query_run(&q);
	}
	/* Some errors have taken the transaction back already, SQLite tells by its autocommit. */
	if (sqlite3_get_autocommit(sql->db) == 0) {
		query_init(&q, sql, SQL_ROLLBACK);
		query_run(&q);
	}
	return r;
}

int
sql_checkpoint(struct sql *sql)
{
	int code = sqlite3_wal_checkpoint_v2(sql->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return code == SQLITE_OK ? 0 : error(code);
}

int
sql_changes(struct sql *sql)
{
	return sqlite3_changes(sql->db);
}

static void
note(struct query *q, int code)
{
	if (q->err == 0 && code != SQLITE_OK)
		q->err = error(code);
}

void
query_init(struct query *q, struct sql *sql, enum statement which)
{
	memset(q, 0, sizeof(*q));
	q->sql = sql;
	if (sql->stmt[which] == NULL)
		note(q, sqlite3_prepare_v3(sql->db, statement_texts[which], -1,
		    SQLITE_PREPARE_PERSISTENT, &sql->stmt[which], NULL));
	q->st = sql->stmt[which];
}

void
query_int(struct query *q, uint64_t v)
{
	q->at++;
	if (q->err == 0)
		note(q, sqlite3_bind_int64(q->st, q->at, (sqlite3_int64)v));
}

void
query_text(struct query *q, const char *s)
{
	q->at++;
	if (q->err == 0)
		note(q, sqlite3_bind_text(q->st, q->at, s, -1, SQLITE_STATIC));
}

void
query_blob(struct query *q, const void *p, size_t n)
{
	q->at++;
	if (q->err == 0)
		note(q, sqlite3_bind_blob64(q->st, q->at, p, n, SQLITE_STATIC));
}

int
query_row(struct query *q)
{
	int code;

	q->at = -1;
	if (q->err != 0)
		return 0;
	code = sqlite3_step(q->st);
	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		note(q, code);
	return 0;
}

uint64_t
query_get_int(struct query *q)
{
	q->at++;
	return q->err == 0 ? (uint64_t)sqlite3_column_int64(q->st, q->at) : 0;
}

size_t
query_get_bytes(struct query *q, void *dst, size_t cap)
{
	const void *p;
	size_t n;

	q->at++;
	if (q->err != 0)
		return 0;
	p = sqlite3_column_blob(q->st, q->at);
	n = (size_t)sqlite3_column_bytes(q->st, q->at);
	if (n > cap) {
		q->err = ERR_SIZE;
		return 0;
	}
	if (n > 0)
		memcpy(dst, p, n);
	return n;
}

void
query_get_text(struct query *q, char *dst, size_t cap)
{
	size_t n = query_get_bytes(q, dst, cap - 1);

	dst[n] = '\0';
	if (q->err == ERR_SIZE || strlen(dst) != n)
		q->err = ERR_FORMAT;
	if (q->err != 0)
		dst[0] = '\0';
}

void
query_get_blob(struct query *q, void *dst, size_t n)
{
	size_t got = query_get_bytes(q, dst, n);

	if (q->err == ERR_SIZE || (q->err == 0 && got != n))
		q->err = ERR_FORMAT;
	if (q->err != 0)
		memset(dst, 0, n);
}

int
query_is_null(struct query *q)
{
	return q->err != 0 || sqlite3_column_type(q->st, q->at + 1) == SQLITE_NULL;
}

int
query_end(struct query *q)
{
	if (q->st != NULL) {
		sqlite3_reset(q->st);
		/* They point to what is the caller's. */
		sqlite3_clear_bindings(q->st);
	}
	return q->err;
}

int
query_run(struct query *q)
{
	if (query_row(q) != 0)
		q->err = ERR_INTERNAL;
	return query_end(q);
}

int
sql_set_text(struct sql *sql, enum statement which, const char *text)
{
	struct query q;

	query_init(&q, sql, which);
	query_text(&q, text);
	return query_run(&q);
}

int
sql_set_int(struct sql *sql, enum statement which, uint64_t v)
{
	struct query q;

	query_init(&q, sql, which);
	query_int(&q, v);
	return query_run(&q);
}
