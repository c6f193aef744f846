#ifndef CARDINAL_TEST_PAST_H
#define CARDINAL_TEST_PAST_H

#include "tests/unit/token.h"

/*
 * A token with a past. Slot 0 is open by itself and has a public object, a private one, and another
 * public one; slot 1 the same; slot 6 is of mode code. `old_...` are the tables as they were before
 * the first of slot 0 was replaced, its third deleted, a private one added, and a code of slot 6
 * was wrong.
 */
enum { A = 1, B, C, D, E, F, G, H };

/* SQL that puts rows back as they were. */
#define BACK(table, where) \
	"DELETE FROM " table " WHERE " where ";" \
	"INSERT INTO " table " SELECT * FROM old_" table " WHERE " where ";"

void past_enter(struct place *);
/* Opens the store, which is closed, with its auto slots. */
void past_open(struct place *);

#endif
