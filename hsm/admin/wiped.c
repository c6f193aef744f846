#include "hsm/admin/wiped.h"

#include <stddef.h>
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

static void *
take(size_t n)
{
	union head *h = n <= SIZE_MAX - sizeof(*h) ? malloc(sizeof(*h) + n) : NULL;

	if (h == NULL)
		return NULL;
	h->n = n;
	return h + 1;
}

static void
give(void *p)
{
	union head *h = p;

	if (p == NULL)
		return;
	h--;
	OPENSSL_cleanse(p, h->n);
	free(h);
}

void
wiped_json(void)
{
	json_set_alloc_funcs(take, give);
}

void
wiped_free(void *p)
{
	json_malloc_t unused;
	json_free_t its;

	json_get_alloc_funcs(&unused, &its);
	its(p);
}
