#include "hsm/admin/wiped.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

/* In front of each block: how long it is, in as much room as keeps the alignment. */
union head {
	size_t n;
	max_align_t align;
};

void *
wiped_malloc(size_t n)
{
	union head *h = n <= SIZE_MAX - sizeof(*h) ? malloc(sizeof(*h) + n) : NULL;

	if (h == NULL)
		return NULL;
	h->n = n;
	return h + 1;
}

void
wiped_release(void *p)
{
	union head *h = p;

	if (p == NULL)
		return;
	h--;
	OPENSSL_cleanse(p, h->n);
	free(h);
}

void *
wiped_realloc(void *p, size_t n)
{
	const size_t had = p != NULL ? ((union head *)p - 1)->n : 0;
	void *grown = wiped_malloc(n);

	if (grown == NULL)
		return NULL;
	if (p != NULL)
		memcpy(grown, p, had < n ? had : n);
	wiped_release(p);
	return grown;
}

void *
wiped_calloc(size_t count, size_t size)
{
	void *p = size == 0 || count <= SIZE_MAX / size ? wiped_malloc(count * size) : NULL;

	return p != NULL ? memset(p, 0, count * size) : NULL;
}

char *
wiped_strdup(const char *s)
{
	const size_t n = strlen(s) + 1;
	char *p = wiped_malloc(n);

	return p != NULL ? memcpy(p, s, n) : NULL;
}

void
wiped_json(void)
{
	json_set_alloc_funcs(wiped_malloc, wiped_release);
}

void
wiped_free(void *p)
{
	json_malloc_t unused;
	json_free_t its;

	json_get_alloc_funcs(&unused, &its);
	its(p);
}
