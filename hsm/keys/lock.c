#include "hsm/keys/lock.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/p256.h"
#include "hsm/keys/derive.h"

_Static_assert(USERS_MAX * LOCK_SECRET <= DERIVE_SECRET_MAX, "all secrets make one key");
_Static_assert((int)LOCK_SECRET == (int)P256_SCALAR, "a secret is an x of the curve");

static int
check(unsigned users, size_t bind_n, size_t n)
{
	return users < 1 || users > USERS_MAX || bind_n < 1 || bind_n > SEAL_MAX || n < 1 ||
	    n > SEAL_MAX ? ERR_ARG : 0;
}

/* One hash stands for all that the key is about; only bind's length varies, and it is last. */
static int
box_key(const uint8_t (*points)[USER_POINT], const uint8_t (*ephemeral)[USER_POINT],
    const struct lock_secrets *secrets, unsigned users, const void *bind, size_t bind_n,
    struct seal_key *key)
{
	uint8_t count = (uint8_t)users, about[32];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r = ERR_CRYPTO;

	if (md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, &count, 1) == 1 &&
	    EVP_DigestUpdate(md, points, users * sizeof(*points)) == 1 &&
	    EVP_DigestUpdate(md, ephemeral, users * sizeof(*ephemeral)) == 1 &&
	    EVP_DigestUpdate(md, bind, bind_n) == 1 && EVP_DigestFinal_ex(md, about, NULL) == 1)
		r = derive_joined(secrets->z[0], users * sizeof(secrets->z[0]), "cardinal lock",
		    about, sizeof(about), key);
	EVP_MD_CTX_free(md);
	return r;
}

/* A key pair that nobody sees: its point, and what the user's card will agree on with it. */
static int
ephemeral_for(const uint8_t point[USER_POINT], uint8_t ephemeral[USER_POINT],
    uint8_t z[LOCK_SECRET])
{
	uint8_t scalar[P256_SCALAR];
	int r;

	if ((r = p256_generate(scalar, ephemeral)) == 0)
		r = p256_agree(scalar, point, z);
	OPENSSL_cleanse(scalar, sizeof(scalar));
	return r;
}

int
lock_seal(const uint8_t (*points)[USER_POINT], unsigned users, const void *bind, size_t bind_n,
    const uint8_t *secret, size_t n, uint8_t (*ephemeral)[USER_POINT], uint8_t *sealed)
{
	struct lock_secrets secrets;
	struct seal_key key;
	int r;

	if ((r = check(users, bind_n, n)) != 0)
		return r;
	memset(&secrets, 0, sizeof(secrets));
	memset(&key, 0, sizeof(key));
	for (unsigned i = 0; i < users; i++)
		if ((r = ephemeral_for(points[i], ephemeral[i], secrets.z[i])) != 0)
			goto out;
	if ((r = box_key(points, (const uint8_t (*)[USER_POINT])ephemeral, &secrets, users, bind,
	    bind_n, &key)) == 0)
		r = seal_make(&key, bind, bind_n, secret, n, sealed);
out:
	OPENSSL_cleanse(&secrets, sizeof(secrets));
	OPENSSL_cleanse(&key, sizeof(key));
	if (r != 0) {
		memset(ephemeral, 0, users * sizeof(*ephemeral));
		memset(sealed, 0, n + SEAL_OVERHEAD);
	}
	return r;
}

int
lock_open(const uint8_t (*points)[USER_POINT], const uint8_t (*ephemeral)[USER_POINT],
    const struct lock_secrets *secrets, unsigned users, const void *bind, size_t bind_n,
    const uint8_t *sealed, size_t sealed_n, uint8_t *secret, size_t n)
{
	struct seal_key key;
	int r;

	memset(secret, 0, n);
	if ((r = check(users, bind_n, n)) != 0)
		return r;
	if ((r = box_key(points, ephemeral, secrets, users, bind, bind_n, &key)) == 0)
		r = seal_open(&key, bind, bind_n, sealed, sealed_n, secret, n);
	OPENSSL_cleanse(&key, sizeof(key));
	return r;
}
