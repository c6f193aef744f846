#ifndef CARDINAL_SECMEM_H
#define CARDINAL_SECMEM_H

#include <stddef.h>

/*
 * Secret memory: OpenSSL's secure heap, locked, guarded, left out of core
 * files and wiped when freed.
 */

/* Sets the heap up and forbids core files and tracing of the process: 0 or ERR_NOMEM. */
int secmem_init(void);
/* n zeroed bytes in the secure heap, or NULL. */
void *secmem_alloc(size_t n);
/* Wipes and frees what *p points to, and sets *p to NULL. NULL is allowed. */
void secmem_free(void *p, size_t n);

#endif
