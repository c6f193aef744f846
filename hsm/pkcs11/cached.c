#include "hsm/pkcs11/cache.h"

#include <stdlib.h>

/* About what libcrypto has for a key beside the numbers themselves, contexts included. */
enum { OVERHEAD = 4096 };

static const struct {
	CK_ATTRIBUTE_TYPE type;
	CK_FLAGS flag;
} uses[] = {
	{ CKA_SIGN, CKF_SIGN }, { CKA_VERIFY, CKF_VERIFY },
	{ CKA_ENCRYPT, CKF_ENCRYPT }, { CKA_DECRYPT, CKF_DECRYPT },
	{ CKA_WRAP, CKF_WRAP }, { CKA_UNWRAP, CKF_UNWRAP }, { CKA_DERIVE, CKF_DERIVE },
};

static CK_MECHANISM_TYPE
mechanism_at(const uint8_t *p)
{
	CK_MECHANISM_TYPE v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

CK_RV
cached_new(struct crypt *crypt, const struct attrs *object, struct cached **out)
{
	const uint8_t *list = NULL;
	struct cached *k;
	size_t n = 0;
	CK_RV rv = CKR_HOST_MEMORY;

	*out = NULL;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&k->refs, 1);
	k->class = attrs_ulong(object, CKA_CLASS);
	k->type = attrs_ulong(object, CKA_KEY_TYPE);
	k->private = (uint8_t)attrs_bool(object, CKA_PRIVATE);
	k->always_authenticate = (uint8_t)attrs_bool(object, CKA_ALWAYS_AUTHENTICATE);
	k->trusted = (uint8_t)attrs_bool(object, CKA_TRUSTED);
	k->always_sensitive = (uint8_t)attrs_bool(object, CKA_ALWAYS_SENSITIVE);
	k->never_extractable = (uint8_t)attrs_bool(object, CKA_NEVER_EXTRACTABLE);
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (attrs_bool(object, uses[i].type))
			k->may |= uses[i].flag;
	if (attrs_get(object, CKA_ALLOWED_MECHANISMS, &list, &n) && n >= 8) {
		if ((k->allowed = calloc(n / 8, sizeof(*k->allowed))) == NULL)
			goto out;
		k->allowed_n = n / 8;
		for (size_t i = 0; i < k->allowed_n; i++)
			k->allowed[i] = mechanism_at(list + 8 * i);
	}
	/* A number is about four times as long with what belongs to its arithmetic. */
	k->size = sizeof(*k) + OVERHEAD + n + 4 * object->n;
	rv = crypt_key_new(crypt, object, &k->key);
out:
	if (rv != CKR_OK)
		cached_free(k);
	else
		*out = k;
	return rv;
}

void
cached_free(struct cached *k)
{
	if (k == NULL || atomic_fetch_sub(&k->refs, 1) != 1)
		return;
	crypt_key_free(k->key);
	free(k->allowed);
	free(k);
}
