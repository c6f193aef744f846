#ifndef CARDINAL_SCHEMA_H
#define CARDINAL_SCHEMA_H

#include "hsm/vault/store_sql.h"

/*
 * The database's tables, version by version, and the text of every statement.
 * docs/keys.md says what is in them.
 */
enum {
	SCHEMA_APPLICATION = 0x4352444c,	/* "CRDL" */
	SCHEMA_VERSION = 4,
};

/* The i-th leads from version i, 0 being an empty file, to the next. */
extern const char *const schema_upgrades[SCHEMA_VERSION];
extern const char *const statement_texts[SQL_COUNT];

#endif
