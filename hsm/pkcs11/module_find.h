#ifndef CARDINAL_MODULE_FIND_H
#define CARDINAL_MODULE_FIND_H

#include <stddef.h>
#include <stdint.h>

#include "hsm/pkcs11/cryptoki.h"

/*
 * A search of a session's: the handles of the module's own objects at once, those of vault's a
 * message at a time, with their attributes, which the module keeps.
 */
struct find {
	uint8_t active, more;
	CK_OBJECT_HANDLE *found;	/* n of them, `at` given out */
	size_t at, n;
	uint64_t after, epoch;		/* where vault goes on, and in which application */
	uint8_t *search;		/* search_n bytes, while there is more */
	size_t search_n;
};

/* What it has is freed; it is not active then. */
void find_end(struct find *);

#endif
