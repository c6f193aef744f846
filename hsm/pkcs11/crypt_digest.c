#include "hsm/pkcs11/crypt_parts.h"

#include <stdlib.h>

struct crypt_digest {
	EVP_MD_CTX *ctx;
};

CK_RV
crypt_digest_new(struct crypt *c, CK_MECHANISM_TYPE hash, struct crypt_digest **out)
{
	const EVP_MD *md = crypt_md(c, hash);
	struct crypt_digest *d;

	*out = NULL;
	if (md == NULL)
		return CKR_MECHANISM_INVALID;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return CKR_HOST_MEMORY;
	if ((d->ctx = EVP_MD_CTX_new()) == NULL || EVP_DigestInit_ex2(d->ctx, md, NULL) != 1) {
		crypt_digest_free(d);
		return CKR_HOST_MEMORY;
	}
	*out = d;
	return CKR_OK;
}

CK_RV
crypt_digest_update(struct crypt_digest *d, const uint8_t *p, size_t n)
{
	if (n == 0)
		return CKR_OK;
	return EVP_DigestUpdate(d->ctx, p, n) == 1 ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_RV
crypt_digest_final(struct crypt_digest *d, uint8_t *out, size_t *n)
{
	unsigned length = 0;

	if (EVP_DigestFinal_ex(d->ctx, out, &length) != 1)
		return CKR_FUNCTION_FAILED;
	*n = length;
	return CKR_OK;
}

struct crypt_digest *
crypt_digest_copy(const struct crypt_digest *d)
{
	struct crypt_digest *copy;

	if ((copy = calloc(1, sizeof(*copy))) == NULL)
		return NULL;
	if ((copy->ctx = EVP_MD_CTX_new()) == NULL || EVP_MD_CTX_copy_ex(copy->ctx, d->ctx) != 1) {
		crypt_digest_free(copy);
		return NULL;
	}
	return copy;
}

void
crypt_digest_free(struct crypt_digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

size_t
crypt_digest_length(CK_MECHANISM_TYPE hash)
{
	return mech_hash_length(hash);
}
