#include "hsm/pkcs11/crypt_parts.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

static CK_RV
secret_key(struct crypt_key *key, const struct attrs *a)
{
	const uint8_t *p;
	size_t n;

	if (!attrs_get(a, CKA_VALUE, &p, &n) || n == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	if (key->type == CKK_AES ? n != 16 && n != 24 && n != 32 : n > MECH_SECRET_MAX)
		return CKR_KEY_SIZE_RANGE;
	if ((key->secret = crypt_secret_new(n)) == NULL)
		return CKR_HOST_MEMORY;
	memcpy(key->secret, p, n);
	key->size = n;
	return CKR_OK;
}

static CK_RV
rsa_key(struct crypt_key *key, const struct attrs *a)
{
	CK_RV rv = key->class == CKO_PUBLIC_KEY ? rsa_public(key->crypt, a, &key->pkey) :
	    rsa_private(key->crypt, a, &key->pkey);

	if (rv == CKR_OK)
		key->size = (size_t)EVP_PKEY_get_size(key->pkey);
	return rv;
}

static CK_RV
ec_key(struct crypt_key *key, const struct attrs *a)
{
	const CK_ATTRIBUTE_TYPE of = key->class == CKO_PUBLIC_KEY ? CKA_EC_POINT : CKA_VALUE;
	const struct curve *curve;
	const uint8_t *params, *value;
	size_t params_n, n;
	CK_RV rv;

	if (!attrs_get(a, CKA_EC_PARAMS, &params, &params_n) || !attrs_get(a, of, &value, &n))
		return CKR_TEMPLATE_INCOMPLETE;
	if ((rv = curve_find(params, params_n, &curve)) != CKR_OK)
		return rv;
	if (curve->type != key->type)
		return CKR_CURVE_NOT_SUPPORTED;
	key->size = curve->size;
	return of == CKA_EC_POINT ? curve_public(key->crypt, curve, value, n, &key->pkey) :
	    curve_private(key->crypt, curve, value, n, &key->pkey);
}

static CK_RV
fill(struct crypt_key *key, const struct attrs *a)
{
	const int pair = key->class == CKO_PUBLIC_KEY || key->class == CKO_PRIVATE_KEY;

	switch (key->type) {
	case CKK_RSA:
		return pair ? rsa_key(key, a) : CKR_KEY_TYPE_INCONSISTENT;
	case CKK_EC:
	case CKK_EC_EDWARDS:
	case CKK_EC_MONTGOMERY:
		return pair ? ec_key(key, a) : CKR_KEY_TYPE_INCONSISTENT;
	case CKK_AES:
	case CKK_GENERIC_SECRET:
	case CKK_HKDF:
	case CKK_SHA_1_HMAC:
	case CKK_SHA224_HMAC:
	case CKK_SHA256_HMAC:
	case CKK_SHA384_HMAC:
	case CKK_SHA512_HMAC:
		return key->class == CKO_SECRET_KEY ? secret_key(key, a) :
		    CKR_KEY_TYPE_INCONSISTENT;
	default:
		return CKR_KEY_TYPE_INCONSISTENT;
	}
}

CK_RV
crypt_key_new(struct crypt *c, const struct attrs *object, struct crypt_key **out)
{
	struct crypt_key *key;
	CK_RV rv;

	*out = NULL;
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return CKR_HOST_MEMORY;
	if (pthread_mutex_init(&key->lock, NULL) != 0) {
		free(key);
		return CKR_HOST_MEMORY;
	}
	atomic_init(&key->refs, 1);
	key->crypt = c;
	key->class = attrs_ulong(object, CKA_CLASS);
	key->type = attrs_ulong(object, CKA_KEY_TYPE);
	ERR_set_mark();
	rv = fill(key, object);
	ERR_pop_to_mark();
	if (rv == CKR_OK)
		*out = key;
	else
		crypt_key_free(key);
	return rv;
}

struct crypt_key *
crypt_key_ref(struct crypt_key *key)
{
	atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
	return key;
}

void
crypt_key_free(struct crypt_key *key)
{
	struct ready *r;

	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	while ((r = key->ready) != NULL) {
		key->ready = r->next;
		ready_drop(r);
	}
	EVP_PKEY_free(key->pkey);
	crypt_secret_free(key->secret, key->size);
	pthread_mutex_destroy(&key->lock);
	free(key);
}
