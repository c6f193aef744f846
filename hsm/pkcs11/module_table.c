#include "hsm/pkcs11/module_table.h"

#include <stdlib.h>

/* Open addressing: rows lie at their number's place or, without a gap, behind it. */
struct table_row {
	uint64_t number;	/* 0: empty */
	void *thing;
};

enum { CAP_FIRST = 64 };

static size_t
place(const struct table *t, uint64_t number)
{
	/* Numbers are counted up, so any odd constant that spreads them does (Knuth's). */
	return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (t->cap - 1);
}

static size_t
find(const struct table *t, uint64_t number)
{
	size_t i = place(t, number);

	while (t->rows[i].number != 0 && t->rows[i].number != number)
		i = (i + 1) & (t->cap - 1);
	return i;
}

static int
grow(struct table *t)
{
	struct table wider = { .cap = t->cap == 0 ? CAP_FIRST : t->cap * 2, .n = t->n };

	if ((wider.rows = calloc(wider.cap, sizeof(*wider.rows))) == NULL)
		return -1;
	for (size_t i = 0; i < t->cap; i++)
		if (t->rows[i].number != 0)
			wider.rows[find(&wider, t->rows[i].number)] = t->rows[i];
	free(t->rows);
	*t = wider;
	return 0;
}

int
table_put(struct table *t, uint64_t number, void *thing)
{
	size_t i;

	/* At least a quarter stays empty. */
	if (t->n >= t->cap / 4 * 3 && grow(t) != 0)
		return -1;
	i = find(t, number);
	t->n += t->rows[i].number == 0;
	t->rows[i] = (struct table_row){ number, thing };
	return 0;
}

void *
table_get(const struct table *t, uint64_t number)
{
	return t->cap == 0 || number == 0 ? NULL : t->rows[find(t, number)].thing;
}

void
table_remove(struct table *t, uint64_t number)
{
	size_t gap;

	if (t->cap == 0 || number == 0 || t->rows[gap = find(t, number)].number == 0)
		return;
	t->n--;
	/* What lies behind moves up, unless that were before its own place. */
	for (size_t i = (gap + 1) & (t->cap - 1); t->rows[i].number != 0;
	    i = (i + 1) & (t->cap - 1)) {
		const size_t home = place(t, t->rows[i].number);

		if (((i - home) & (t->cap - 1)) < ((i - gap) & (t->cap - 1)))
			continue;
		t->rows[gap] = t->rows[i];
		gap = i;
	}
	t->rows[gap] = (struct table_row){ 0 };
}

void
table_free(struct table *t)
{
	free(t->rows);
	*t = (struct table){ 0 };
}
