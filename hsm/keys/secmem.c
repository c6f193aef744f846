#include "hsm/keys/secmem.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"

enum { SMALLEST = 32 };

/* Of the heap, which is the process's. */
static size_t heap;

int
secmem_init(void)
{
	return secmem_init_size(SECMEM_SIZE);
}

int
secmem_init_size(size_t size)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return ERR_NOMEM;
	if (CRYPTO_secure_malloc_initialized())
		return 0;
	/* 2 is a heap that could not be locked or guarded: secrets could be swapped out. */
	switch (CRYPTO_secure_malloc_init(size, SMALLEST)) {
	case 1:
		heap = size;
		return 0;
	case 2:
		CRYPTO_secure_malloc_done();
		return ERR_NOMEM;
	default:
		return ERR_NOMEM;
	}
}

int
secmem_short(void)
{
	return CRYPTO_secure_used() > heap - heap / 8;
}

void *
secmem_alloc(size_t n)
{
	/* Without its heap OpenSSL would fall back to malloc and say nothing. */
	return CRYPTO_secure_malloc_initialized() ? OPENSSL_secure_zalloc(n) : NULL;
}

void
secmem_free(void *pp, size_t n)
{
	void *p, *null = NULL;

	memcpy(&p, pp, sizeof(p));
	if (p == NULL)
		return;
	OPENSSL_secure_clear_free(p, n);
	memcpy(pp, &null, sizeof(null));
}
