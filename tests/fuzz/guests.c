#include "tests/fuzz/guests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/vault/people.h"

static EVP_PKEY *rsa;
static uint8_t scalar[P256_SCALAR];
static struct user_keys keys;
static pthread_t thread;
static struct store *asks;		/* whose people the thread asks; NULL: there is none */

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* Before libcrypto ends, which the thread has things of. */
static void
forget(void)
{
	guests_stop();
	EVP_PKEY_free(rsa);
}

void
guests_seat(struct user_seat *seat)
{
	BIGNUM *n = NULL;

	if (rsa == NULL) {
		must(p256_generate(scalar, keys.point) == 0);
		must((rsa = EVP_RSA_gen(2048)) != NULL);
		must(EVP_PKEY_get_bn_param(rsa, "n", &n) == 1);
		must(BN_bn2binpad(n, keys.modulus, USER_MODULUS) == USER_MODULUS);
		BN_free(n);
		atexit(forget);
	}
	memset(seat, 0, sizeof(*seat));
	seat->keys = keys;
	seat->copies = 1;
}

static void
prove(struct store *store, uint64_t number)
{
	uint8_t text[CHALLENGE_LEN], point[USER_POINT], signature[USER_MODULUS], z[32];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t n = sizeof(signature);

	must(people_challenge(store, number, 1, text, point) == 0);
	must(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, rsa) == 1 &&
	    EVP_DigestSign(md, signature, &n, text, sizeof(text)) == 1);
	EVP_MD_CTX_free(md);
	must(p256_agree(scalar, point, z) == 0);
	must(people_proof(store, number, 1, signature, z) == 0);
}

static void *
run(void *arg)
{
	struct store *store = arg;
	struct opening o;
	int failed;

	while (people_next(store, &o) == 0) {
		const int comes = o.number % 3 != 0;

		if (comes)
			prove(store, o.number);
		must(people_end(store, o.number, comes ? 0 : ERR_CANCELLED, 0, &failed) == 0 &&
		    !failed);
	}
	return NULL;
}

void
guests_start(struct store *store)
{
	must(pthread_create(&thread, NULL, run, store) == 0);
	asks = store;
}

void
guests_stop(void)
{
	if (asks == NULL)
		return;
	people_stop(asks);
	must(pthread_join(thread, NULL) == 0);
	asks = NULL;
}
