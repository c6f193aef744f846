#ifndef CARDINAL_STORE_SQL_H
#define CARDINAL_STORE_SQL_H

#include <stddef.h>
#include <stdint.h>

/*
 * The store's database: every statement that it runs (schema.c has their texts), and a cursor
 * over one of them, which remembers its first failure as struct rd does.
 */
struct sqlite3;
struct sqlite3_stmt;

enum statement {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
	SQL_HSM_MAKE, SQL_HSM_GET, SQL_STATE_SET, SQL_CEREMONY_SET, SQL_MESSAGE_SET, SQL_LABEL_SET,
	SQL_KEY_SET, SQL_KEY_GET, SQL_ERASE_SET, SQL_TRIAL_SET,
	SQL_SET_DROP, SQL_SET_ADD, SQL_SET_GET,
	SQL_SHARE_ADD, SQL_SHARE_WRITTEN, SQL_SHARES_GET,
	SQL_EVENT_ADD, SQL_EVENT_LAST, SQL_EVENTS_GET,
	SQL_ISSUER_ADD, SQL_ISSUER_GET,
	SQL_ENROLLED_PUT, SQL_ENROLLED_GET, SQL_ENROLLED_ALL,
	SQL_ENROLLED_DROP, SQL_ENROLLED_DROP_OF,
	SQL_HEAD_PUT, SQL_HEAD_GET, SQL_HEAD_DROP,
	SQL_SLOT_PUT, SQL_SLOT_GET, SQL_SLOTS_DROP,
	SQL_MANIFEST_PUT, SQL_MANIFEST_GET, SQL_MANIFESTS_DROP,
	SQL_OBJECT_LAST, SQL_OBJECT_ADD, SQL_OBJECT_SLOT, SQL_OBJECT_GET, SQL_OBJECT_SET,
	SQL_OBJECT_DROP, SQL_OBJECTS_DROP, SQL_OBJECTS_DROP_OF,
	SQL_ENTRY_ADD, SQL_ENTRY_GET, SQL_ENTRY_DROP, SQL_ENTRY_COUNT, SQL_ENTRY_BYTES,
	SQL_ENTRIES_GET, SQL_ENTRIES_FIND, SQL_ENTRIES_DROP, SQL_ENTRIES_DROP_OF,
	SQL_TERM_ADD, SQL_TERM_DROP, SQL_TERM_SEEK,
	SQL_TERMS_GET, SQL_TERMS_FIND, SQL_TERMS_DROP, SQL_TERMS_DROP_OF,
	SQL_COUNT
};

struct sql {
	struct sqlite3 *db;
	struct sqlite3_stmt *stmt[SQL_COUNT];	/* prepared when first used */
};

/*
 * Opens the file, which exists. *from is the version of the schema that was found, 0 in an empty
 * file; when it is not the present one, the transaction that led from it to that is still open: the
 * caller fills the tables and calls sql_end, also after an error. ERR_VERSION, and the database's
 * errors. sql_close goes with success and failure.
 */
int sql_open(struct sql *, const char *path, unsigned *from);
void sql_close(struct sql *);
/* A transaction: sql_end commits when r is 0, else takes all back; returns r or its own error. */
int sql_begin(struct sql *);
int sql_end(struct sql *, int r);
/* Writes all there is from the log into the database and empties the log. */
int sql_checkpoint(struct sql *);
/* Rows that the last statement changed. */
int sql_changes(struct sql *);

struct query {
	struct sql *sql;
	struct sqlite3_stmt *st;
	int at;		/* last parameter bound, last column read */
	int err;
};

/* Parameters are bound in order; texts and blobs stay the caller's and unchanged until the end. */
void query_init(struct query *, struct sql *, enum statement);
void query_int(struct query *, uint64_t);
void query_text(struct query *, const char *);
void query_blob(struct query *, const void *, size_t n);
/* 1: a row, whose columns are read in order; 0: none left, or an error that query_end tells. */
int query_row(struct query *);
uint64_t query_get_int(struct query *);
/* At most cap - 1 characters, without NUL; ERR_FORMAT otherwise. */
void query_get_text(struct query *, char *, size_t cap);
/* Exactly n bytes, ERR_FORMAT otherwise. */
void query_get_blob(struct query *, void *, size_t n);
/* Bytes of the next column, at most cap (ERR_SIZE): how many. */
size_t query_get_bytes(struct query *, void *, size_t cap);
/* Whether the next column is NULL; it stays the next. */
int query_is_null(struct query *);
/* 0 or the first error. */
int query_end(struct query *);
/* A statement without rows to read: runs it and ends. */
int query_run(struct query *);

/* A statement of one parameter, run. */
int sql_set_text(struct sql *, enum statement, const char *);
int sql_set_int(struct sql *, enum statement, uint64_t);

#endif
