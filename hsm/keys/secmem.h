#ifndef CARDINAL_SECMEM_H
#define CARDINAL_SECMEM_H

#include <stddef.h>

/*
 * Secret memory: OpenSSL's secure heap, locked, guarded, left out of core
 * files and wiped when freed. A process has one.
 */

/*
 * Sets the heap up and forbids core files and tracing of the process; a second
 * call does nothing, whatever its size. 0, or ERR_NOMEM: no memory, or the kernel does not let it
 * be locked (RLIMIT_MEMLOCK under the size). secmem_init takes SECMEM_SIZE; vault, which keeps
 * opened keys, takes SECMEM_VAULT: libcrypto's random generators alone have 1 KiB there for each
 * thread, and vault has one for each connection; it makes do with SECMEM_VAULT_LEAST. Sizes are
 * powers of two.
 */
enum {
	SECMEM_SIZE = 64 * 1024,
	SECMEM_VAULT = 8 * 1024 * 1024,
	SECMEM_VAULT_LEAST = 1024 * 1024,
};
int secmem_init(void);
int secmem_init_size(size_t);

/* Less than an eighth is left: what can be had again later, or refused, is to give way. */
int secmem_short(void);

/* n zeroed bytes in the secure heap, or NULL: none left, or secmem_init has not been called. */
void *secmem_alloc(size_t n);
/*
 * pp is the address of a pointer to the n bytes: they are wiped and freed, the pointer
 * becomes NULL. A pointer that is NULL already is left alone.
 */
void secmem_free(void *pp, size_t n);

#endif
