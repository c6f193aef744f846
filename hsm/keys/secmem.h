#ifndef CARDINAL_SECMEM_H
#define CARDINAL_SECMEM_H

#include <stddef.h>

/*
 * Secret memory: OpenSSL's secure heap, locked, guarded, left out of core
 * files and wiped when freed. A process has one.
 */

/*
 * Sets the heap up and forbids core files and tracing of the process; a second
 * call does nothing. 0, or ERR_NOMEM: no memory, or the kernel does not let it be locked
 * (RLIMIT_MEMLOCK under SECMEM_SIZE).
 */
int secmem_init(void);
enum { SECMEM_SIZE = 64 * 1024 };

/* n zeroed bytes in the secure heap, or NULL: none left, or secmem_init has not been called. */
void *secmem_alloc(size_t n);
/*
 * pp is the address of a pointer to the n bytes: they are wiped and freed, the pointer
 * becomes NULL. A pointer that is NULL already is left alone.
 */
void secmem_free(void *pp, size_t n);

#endif
