#ifndef CARDINAL_WIPED_H
#define CARDINAL_WIPED_H

#include <stddef.h>

/*
 * Codes travel in JSON: from wiped_json() on, all that jansson allocates is wiped when it is
 * freed. Called once, before any JSON is made.
 */
void wiped_json(void);
/*
 * The same for other libraries that take functions for their memory, libcurl among them: as those
 * of libc.
 */
void *wiped_malloc(size_t);
void wiped_release(void *);
void *wiped_realloc(void *, size_t);
void *wiped_calloc(size_t, size_t);
char *wiped_strdup(const char *);

/* Frees what json_dumps gave, instead of free(), whether wiped_json was called or not. */
void wiped_free(void *);

#endif
