#ifndef CARDINAL_MODULE_TABLE_H
#define CARDINAL_MODULE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers, which are not 0, to things that somebody else owns. Zeros are an empty table. Whoever
 * shares one locks it.
 */
struct table {
	struct table_row *rows;
	size_t cap, n;
};

/* 0, also when the number had another thing before; -1: no memory, and nothing has changed. */
int table_put(struct table *, uint64_t number, void *);
/* NULL: not there. */
void *table_get(const struct table *, uint64_t number);
void table_remove(struct table *, uint64_t number);
void table_free(struct table *);

#endif
