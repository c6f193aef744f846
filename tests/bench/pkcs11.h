#ifndef CARDINAL_TESTS_BENCH_PKCS11_H
#define CARDINAL_TESTS_BENCH_PKCS11_H

#include <openssl/evp.h>

#include "tests/tools/p11_load.h"

/*
 * Who is measured: OpenSSL in this process (no module), or a module. Keys are token objects in ours;
 * in the other's they are session objects, with which it is faster.
 */
struct contender {
	const char *name;
	int raw, token;
	struct p11 m;
	CK_SLOT_ID slot;
	const char *pin;
	CK_SESSION_HANDLE s;		/* logged in; opened first, closed last */
	CK_OBJECT_HANDLE rsa, ec, aes, mac;
	EVP_PKEY *raw_rsa, *raw_ec;
};

/* What one thread works with. */
struct worker {
	struct contender *c;
	CK_SESSION_HANDLE s;
	EVP_PKEY_CTX *sign;
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *md;
	unsigned char in[1024], out[2048];
};

struct measure {
	const char *name;
	/* Prepared in its own thread; a NULL means that there is nothing of that kind. */
	void (*prepare)(struct worker *), (*raw_prepare)(struct worker *);
	void (*run)(struct worker *), (*raw_run)(struct worker *);
};

extern const struct measure measures[];

/* Keys; once. */
void contender_keys(struct contender *);
/* Calls a second, best of three rounds, for each contender in turn. */
void measured(const struct measure *, struct contender *const *, size_t n, unsigned threads,
    double *best);
double seconds(void);

/* What is not a rate of threads: searches, durable keys, one guess. */
void bench_store(struct contender *ours, struct contender *theirs);

#endif
